/* SPDX-License-Identifier: Apache-2.0 */
/* tests/data/vnf: a new sample needs no C. bad/NAME.json has all that nfrun says of it in
 * bad/NAME.err; good/NAME.json loads. */
#include "runtime/spec/vnf_load.h"
#include "tests/support/support.h"

#include <glob.h>
#include <string.h>

/* As from a file in /samples, whatever the folder of the checkout. */
static int load(const char *path, struct vnf **out, struct strs *problems)
{
	scoped_str char *text = read_text(path);

	return vnf_load_bytes(text, strlen(text), strrchr(path, '/') + 1, "/samples", out,
			      problems);
}

Test(vnf_samples, every_problem_of_every_bad_one_is_told)
{
	glob_t found;

	cr_assert_eq(glob("tests/data/vnf/bad/*.json", 0, NULL, &found), 0);
	cr_expect_geq(found.gl_pathc, 60);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *json = found.gl_pathv[i];
		scoped_strs struct strs problems = { 0 };
		scoped_str char *expected = str_printf("%.*s.err", (int)strlen(json) - 5, json);
		scoped_str char *want = read_text(expected);
		struct vnf *v = NULL;
		int r = load(json, &v, &problems);
		scoped_str char *got = lines_joined(&problems);

		cr_expect_eq(r, -1, "%s was accepted", json);
		cr_expect_null(v);
		cr_expect_str_eq(got, want, "%s: got\n%s\n", json, got);
		vnf_free(v);
	}
	globfree(&found);
}

Test(vnf_samples, every_good_one_loads_and_its_text_loads_again)
{
	glob_t found;

	cr_assert_eq(glob("tests/data/vnf/good/*.json", 0, NULL, &found), 0);
	cr_expect_geq(found.gl_pathc, 15);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		scoped_strs struct strs problems = { 0 };
		struct vnf *v = NULL, *again = NULL;

		cr_assert_eq(load(found.gl_pathv[i], &v, &problems), 0, "%s: %s", found.gl_pathv[i],
			     problems.n ? problems.v[0] : "");
		/* The record's copy has no folder: its paths are absolute. */
		cr_assert_eq(
			vnf_load_bytes(v->text, strlen(v->text), "again", NULL, &again, &problems),
			0, "%s: %s", found.gl_pathv[i], problems.n ? problems.v[0] : "");
		cr_expect_str_eq(v->text, again->text);
		cr_expect_null(strchr(v->text, '\n'), "%s: not compact", found.gl_pathv[i]);
		vnf_free(v);
		vnf_free(again);
	}
	globfree(&found);
}

Test(vnf_samples, the_examples_load)
{
	glob_t found;

	cr_assert_eq(glob("examples/*.json", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		scoped_strs struct strs problems = { 0 };
		struct vnf *v = NULL;

		cr_expect_eq(vnf_load_file(found.gl_pathv[i], &v, &problems), 0, "%s",
			     problems.n ? problems.v[0] : "");
		vnf_free(v);
	}
	globfree(&found);
}

/* roff's way to write '-' is "\-". */
static char *unescaped(const char *from, const char *to)
{
	char *out = mem_alloc((size_t)(to - from) + 1), *p = out;

	for (; from < to; from++)
		if (*from != '\\')
			*p++ = *from;
	return out;
}

Test(vnf_samples, the_descriptors_of_the_man_page_load)
{
	static const char begin[] = ".EX\n{\n", end[] = "\n.EE\n";
	scoped_str char *page = read_text("docs/man/nfrun-vnf.5");
	size_t found = 0;

	for (const char *p = page; (p = strstr(p, begin)); found++) {
		scoped_str char *text = unescaped(p + strlen(".EX\n"), strstr(p, end));
		scoped_strs struct strs problems = { 0 };
		struct vnf *v = NULL;

		cr_expect_eq(vnf_load_bytes(text, strlen(text), "man", "/d", &v, &problems), 0,
			     "%s", problems.n ? problems.v[0] : "");
		vnf_free(v);
		p += strlen(begin);
	}
	cr_expect_eq(found, 3);
}
