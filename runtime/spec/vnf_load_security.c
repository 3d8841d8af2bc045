/* SPDX-License-Identifier: Apache-2.0 */
/* What the VNF may do: capabilities, ids, filters, kernel settings. */
#include "runtime/base/caps.h"
#include "runtime/spec/settings.h"
#include "runtime/spec/vnf.h"
#include "runtime/spec/vnf_tables.h"

#include <string.h>

static void capability_load(struct reading *r, json_t *v, const struct field *f, void *out,
			    const struct where *at)
{
	const char *name = text_of(r, v, at);
	int number = name ? caps_number(name) : -1;
	struct strs *list = field_member(f, out);
	char normal[32];

	if (!name)
		return;
	/* One spelling, so that the schema can list them. */
	if (number < 0 || name[strcspn(name, "abcdefghijklmnopqrstuvwxyz")])
		problem_add(r, at, "'%s' is not a capability such as \"NET_ADMIN\"", name);
	else if (strs_has(list, caps_name(number, normal)))
		problem_add(r, at, "%s is there twice", normal);
	else
		strs_add(list, normal);
}

void load_capabilities(struct reading *r, json_t *v, const struct field *f, void *out,
		       const struct where *at)
{
	static const struct each capabilities = { "a list of capabilities", capability_load };

	each_item(r, v, f, out, at, &capabilities);
}

/* A word is never taken for a file, or a misspelt "unconfined" would be looked for on disk. */
void load_seccomp(struct reading *r, json_t *v, const struct field *f, void *out,
		  const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (!text)
		return;
	if (strcmp(text, "default") == 0 || strcmp(text, "unconfined") == 0)
		load_text(r, v, f, out, at);
	else if (strchr(text, '/'))
		load_host_path(r, v, f, out, at);
	else
		problem_add(r, at,
			    "'%s' is neither \"default\", \"unconfined\" nor a path with a '/'",
			    text);
}

void load_ids(struct reading *r, json_t *v, const struct field *f, void *out,
	      const struct where *at)
{
	struct vnf_ids *ids = field_member(f, out);

	ids->given = true;
	fields_load(r, v, f->table, ids, at);
	/* (uid_t)-1 stands for none. */
	if (reading_clean(r, at) && (uint64_t)ids->base + ids->size > UINT32_MAX)
		problem_add(r, at, "%u ids from %u on end above 4294967294", ids->size, ids->base);
}

/* Below 65536 are the users of the host itself; a program inside wants root, nobody and a few more.
 */
#define MEMBER(m) offsetof(struct vnf_ids, m)
static const struct field ids_fields[] = {
	{ .key = "base", REQUIRED, MEMBER(base), load_u32, 65536, UINT32_MAX - 1 },
	{ .key = "size", OPTIONAL, MEMBER(size), load_u32, 1000, UINT32_MAX - 1 },
};
#undef MEMBER
const struct field_table ids_table = { .fields = ids_fields, ARRAY_LEN(ids_fields) };

static void pair_load(struct reading *r, const json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	struct vnf_pair *pair;

	if (!json_is_string(v)) {
		problem_type(r, at, "a string", v);
		return;
	}
	pair = list_add(field_member(f, out), field_also(f, out), sizeof *pair);
	pair->key = str_dup(at->key);
	pair->value = str_dup(json_string_value(v));
}

static void annotation_load(struct reading *r, json_t *v, const struct field *f, void *out,
			    const struct where *at)
{
	if (!*at->key)
		problem_add(r, at, "the key is empty");
	else if (strncmp(at->key, "io.nfrun.", strlen("io.nfrun.")) == 0)
		problem_add(r, at, "keys that begin with io.nfrun. are nfrun's own");
	else
		pair_load(r, v, f, out, at);
}

void load_annotations(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	static const struct each annotations = { "an object of strings", annotation_load };

	each_member(r, v, f, out, at, &annotations);
}

static void setting_load(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	if (!setting_is_name(at->key))
		problem_add(r, at, "is not a setting such as \"net.ipv4.ip_forward\"");
	else if (text_of(r, v, at))
		pair_load(r, v, f, out, at);
}

void load_sysctl(struct reading *r, json_t *v, const struct field *f, void *out,
		 const struct where *at)
{
	static const struct each settings = { "an object of strings", setting_load };

	each_member(r, v, f, out, at, &settings);
}
