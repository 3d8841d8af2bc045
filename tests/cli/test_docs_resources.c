/* SPDX-License-Identifier: Apache-2.0 */
/* docs/resources.md has a line for every key, option and kernel file that there is: a new one
 * without it is red here. */
#include "runtime/spec/oci_tables.h"
#include "runtime/spec/vnf_tables.h"
#include "tests/support/support.h"

#include <string.h>

static char *document(void)
{
	return read_text(NFRUN_SOURCE_DIR "/docs/resources.md");
}

/* As `NAME`, with an argument, or as the begin of `NAME.member` or `NAME[].member`. */
static bool is_told(const char *text, const char *name)
{
	static const char *const after[] = { "`", " ", ".", "[]." };

	for (size_t i = 0; i < ARRAY_LEN(after); i++) {
		scoped_str char *word = str_printf("`%s%s", name, after[i]);

		if (strstr(text, word))
			return true;
	}
	return false;
}

/* Keys of objects; of the elements of lists only when LISTS. */
static void expect_keys(const char *text, const struct field_table *t, const char *above,
			bool lists)
{
	cr_assert_gt(t->n, 0);
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->fields[i];
		bool is_object = f->load == load_object;
		scoped_str char *name = str_printf("%s%s", above, f->key);
		scoped_str char *below = str_printf("%s%s", name, is_object ? "." : "[].");

		cr_expect(is_told(text, name), "docs/resources.md does not have `%s`", name);
		if (f->table && (is_object || lists))
			expect_keys(text, f->table, below, lists);
	}
}

Test(docs_resources, every_key_of_the_descriptor_is_told)
{
	scoped_str char *text = document();

	expect_keys(text, &resources_table, "", true);
}

Test(docs_resources, every_member_of_oci_is_told)
{
	scoped_str char *text = document();

	expect_keys(text, &oci_resources_table, "", false);
}

/* The words that SCRIPT prints, run in the source directory. */
static void expect_words(const char *script, size_t at_least)
{
	scoped_str char *text = document();
	scoped_run struct run r = run_cmd("sh", "-c", script, nfrun_path(), NFRUN_SOURCE_DIR);
	size_t n = 0;

	cr_assert_eq(r.status, 0, "%s", r.err);
	for (char *word = strtok(r.out, "\n"); word; word = strtok(NULL, "\n"), n++)
		cr_expect(is_told(text, word), "docs/resources.md does not have `%s`", word);
	cr_assert_geq(n, at_least, "only %zu words", n);
}

/* The options of all verbs, which come last, begin with --root. */
Test(docs_resources, every_option_of_update_is_told)
{
	expect_words("\"$0\" update --help |"
		     " sed -n '/--root /q; s/^ *\\(-., \\)*\\(--[a-z0-9-]*\\).*/\\2/p'",
		     20);
}

/* File names in the sources that write limits; those with a % are made of a page size. Four rows of
 * the table are called after what they do. */
Test(docs_resources, every_kernel_file_is_told)
{
	expect_words("cd \"$1/cgroups\" && grep -ohE "
		     "'\"(cpu|cpuset|memory|pids|io|blkio|hugetlb|rdma|net_cls|net_prio)"
		     "\\.[a-zA-Z0-9_.]+\"' limits*.c cpuset.c $(ls partition.c 2>/dev/null)"
		     " | tr -d '\"' | sort -u | grep -v effective | grep -vxE"
		     " 'cpu\\.(rt|uclamp)|memory\\.oom_kill|hugetlb\\.max|memory\\.stat'",
		     30);
}
