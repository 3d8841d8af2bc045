/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of config.json and the words of mount options, each for itself. */
#include "runtime/spec/document.h"
#include "runtime/spec/mount_words.h"
#include "runtime/spec/oci_load.h"
#include "runtime/spec/oci_tables.h"
#include "runtime/spec/settings.h"
#include "tests/support/support.h"

#include <linux/mount.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

static size_t expect_sound(const struct field_table *t, const char *path)
{
	size_t keys = t->n;

	cr_expect_gt(t->n, 0, "%s: no keys", path);
	/* What is closed has names of things for its keys. */
	cr_expect(t->open || strcmp(path, "/linux/timeOffsets") == 0, "%s", path);
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->fields[i];
		scoped_str char *here = str_printf("%s/%s", path, f->key);

		cr_expect(f->load, "%s: no loader", here);
		for (size_t j = 0; j < i; j++)
			cr_expect_str_neq(f->key, t->fields[j].key, "%s is there twice", here);
		if (f->load == load_list)
			cr_expect(f->table && f->table->size > 0 && f->also != f->offset, "%s",
				  here);
		if (f->load == load_object || f->load == load_given)
			cr_expect(f->table, "%s", here);
		if (f->load == load_word || f->load == load_int_bits || f->load == load_u64_bits)
			cr_expect(f->words && f->words[0], "%s", here);
		if (f->load == load_u32 || f->load == load_u64 || f->load == load_int ||
		    f->load == load_i64)
			cr_expect_lt(f->min, f->max, "%s", here);
		if (f->table)
			keys += expect_sound(f->table, here);
	}
	return keys;
}

Test(oci_tables, keys_are_unique_and_loaders_have_what_they_read)
{
	cr_expect_geq(expect_sound(&oci_table, ""), 170);
}

/* everything.json is what it says: no key is missing in it but those of versions before 1.3. */
static void expect_all(const struct field_table *t, const json_t *v, const char *path)
{
	json_t *first = json_is_array(v) ? json_array_get(v, 0) : NULL;

	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->fields[i];
		scoped_str char *here = str_printf("%s/%s", path, f->key);
		const json_t *part = NULL, *item;
		size_t k;

		if (strncmp(f->key, "enableC", 7) == 0 || strcmp(f->key, "enableMBM") == 0)
			continue;
		if (first)
			json_array_foreach(v, k, item) part =
				part ? part : json_object_get(item, f->key);
		else if (strcmp(path, "/linux/resources/rdma") == 0)
			part = json_object_get(json_object_get(v, "mlx5_1"), f->key);
		else
			part = json_object_get(v, f->key);
		cr_expect(part, "%s is not in everything.json", here);
		if (f->table && part)
			expect_all(f->table, part, here);
	}
}

Test(oci_tables, the_sample_has_every_key)
{
	scoped_strs struct strs problems = { 0 };
	scoped_str char *text = read_text("tests/data/oci/good/everything.json");
	json_t *doc = document_parse_oci(text, strlen(text), "e", &problems);

	expect_all(&oci_table, doc, "");
	json_decref(doc);
}

/* The table of config.md ("Linux mount options") in 1.3.0. */
static const char *const words_of_the_specification[] = {
	"async",
	"atime",
	"bind",
	"defaults",
	"dev",
	"diratime",
	"dirsync",
	"exec",
	"iversion",
	"lazytime",
	"loud",
	"mand",
	"noatime",
	"nodev",
	"nodiratime",
	"noexec",
	"noiversion",
	"nolazytime",
	"nomand",
	"norelatime",
	"nostrictatime",
	"nosuid",
	"nosymfollow",
	"private",
	"ratime",
	"rbind",
	"rdev",
	"rdiratime",
	"relatime",
	"remount",
	"rexec",
	"rnoatime",
	"rnodev",
	"rnodiratime",
	"rnoexec",
	"rnorelatime",
	"rnostrictatime",
	"rnosuid",
	"rnosymfollow",
	"ro",
	"rprivate",
	"rrelatime",
	"rro",
	"rrw",
	"rshared",
	"rslave",
	"rstrictatime",
	"rsuid",
	"rsymfollow",
	"runbindable",
	"rw",
	"shared",
	"silent",
	"slave",
	"strictatime",
	"suid",
	"symfollow",
	"sync",
	"tmpcopyup",
	"unbindable",
	"idmap",
	"ridmap",
};

Test(oci_tables, every_mount_option_of_the_specification_is_known_once)
{
	const char *const *known = oci_mount_words();

	for (size_t i = 0; i < ARRAY_LEN(words_of_the_specification); i++) {
		size_t found = 0;

		for (size_t k = 0; known[k]; k++)
			found += strcmp(known[k], words_of_the_specification[i]) == 0;
		cr_expect_eq(found, 1, "%s", words_of_the_specification[i]);
	}
	for (size_t k = 0; known[k]; k++) {
		struct spec_mount m = { 0 };

		cr_expect_neq(mount_word_set(known[k], &m), MOUNT_WORD_UNKNOWN, "%s", known[k]);
		free(m.type);
	}
}

Test(oci_tables, of_contrary_mount_options_the_last_counts)
{
	static const struct {
		const char *words;
		uint64_t set, clear, rec_set, rec_clear;
	} cases[] = {
		{ "ro", MOUNT_ATTR_RDONLY, 0, 0, 0 },
		{ "rw", 0, MOUNT_ATTR_RDONLY, 0, 0 },
		{ "ro rw", 0, MOUNT_ATTR_RDONLY, 0, 0 },
		{ "rw ro", MOUNT_ATTR_RDONLY, 0, 0, 0 },
		{ "ro rrw", MOUNT_ATTR_RDONLY, 0, 0, MOUNT_ATTR_RDONLY },
		{ "rnodev rdev rnosuid", 0, 0, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV },
		{ "noatime", MOUNT_ATTR_NOATIME, 0, 0, 0 },
		{ "strictatime noatime", MOUNT_ATTR_NOATIME, 0, 0, 0 },
		{ "noatime nostrictatime", MOUNT_ATTR_NOATIME, 0, 0, 0 },
		{ "noatime atime", 0, MOUNT_ATTR__ATIME, 0, 0 },
		{ "relatime", 0, MOUNT_ATTR__ATIME, 0, 0 },
		{ "relatime strictatime norelatime", MOUNT_ATTR_STRICTATIME, 0, 0, 0 },
		{ "rstrictatime rrelatime", 0, 0, 0, MOUNT_ATTR__ATIME },
		{ "nodiratime nosymfollow", MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW, 0, 0,
		  0 },
		{ "defaults silent loud", 0, 0, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		scoped_str char *words = str_dup(cases[i].words);
		struct spec_mount m = { 0 };
		char *rest = words, *word;

		while ((word = strsep(&rest, " ")))
			cr_expect_eq(mount_word_set(word, &m), MOUNT_WORD_DONE, "%s", word);
		cr_expect_eq(m.attrs, cases[i].set, "%s", cases[i].words);
		cr_expect_eq(m.attrs_clear, cases[i].clear, "%s", cases[i].words);
		cr_expect_eq(m.rec_set, cases[i].rec_set, "%s", cases[i].words);
		cr_expect_eq(m.rec_clear, cases[i].rec_clear, "%s", cases[i].words);
	}
}

Test(oci_tables, settings_and_their_namespaces)
{
	static const struct {
		const char *key;
		int type;
	} cases[] = {
		{ "net.ipv4.ip_forward", CLONE_NEWNET },
		{ "net/ipv4/conf/eth0.7/forwarding", CLONE_NEWNET },
		{ "network.x", 0 },
		{ "kernel.sem", CLONE_NEWIPC },
		{ "kernel/sem", CLONE_NEWIPC },
		{ "kernel.semx", 0 },
		{ "kernel.se", 0 },
		{ "fs.mqueue.msg_max", CLONE_NEWIPC },
		{ "fs.file-max", 0 },
		{ "kernel.domainname", CLONE_NEWUTS },
		{ "user.max_user_namespaces", CLONE_NEWUSER },
		{ "vm.swappiness", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		cr_expect_eq(setting_namespace(cases[i].key), cases[i].type, "%s", cases[i].key);
}

Test(oci_tables, integers_above_what_json_t_holds)
{
	static const struct {
		const char *json;
		uint64_t value;
		bool known;
	} cases[] = {
		{ "[9223372036854775808]", UINT64_C(1) << 63, true },
		{ "[ 18446744073709551615 ]", UINT64_MAX, true },
		{ "[\"\\\"9223372036854775808\", 9223372036854775809]", 0, false },
		{ "[9223372036854775807, 18446744073709551615]", INT64_MAX, true },
		{ "[-1, 18446744073709551615]", 0, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		scoped_strs struct strs problems = { 0 };
		uint64_t got = 0;
		json_t *doc =
			document_parse_oci(cases[i].json, strlen(cases[i].json), "n", &problems);

		cr_assert(doc, "%s: %s", cases[i].json, problems.n ? problems.v[0] : "");
		cr_expect_eq(document_u64(json_array_get(doc, 0), &got), cases[i].known, "%s",
			     cases[i].json);
		cr_expect_eq(got, cases[i].value, "%s", cases[i].json);
		json_decref(doc);
	}
}
