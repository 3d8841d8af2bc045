/* SPDX-License-Identifier: Apache-2.0 */
/* tests/data/oci: a new sample needs no C. bad/NAME.json has all that nfrun says of it in
 * bad/NAME.err; good/NAME.json loads, with the warnings of good/NAME.warn, or none. The samples of
 * podman, runc and ctr are what these programs wrote; those of docker, CRI-O and Kubernetes have
 * the shape of what they write. */
#include "runtime/spec/document.h"
#include "runtime/spec/oci_load.h"
#include "tests/support/support.h"

#include <glob.h>
#include <jansson.h>
#include <string.h>

static int load(const char *text, const char *path, struct spec **out, struct strs *problems,
		struct strs *warnings)
{
	return oci_load_bytes(text, strlen(text), strrchr(path, '/') + 1, "/bundle", out, problems,
			      warnings);
}

Test(oci_samples, every_problem_of_every_bad_one_is_told)
{
	glob_t found;

	cr_assert_eq(glob("tests/data/oci/bad/*.json", 0, NULL, &found), 0);
	cr_expect_geq(found.gl_pathc, 90);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *json = found.gl_pathv[i];
		scoped_strs struct strs problems = { 0 }, warnings = { 0 };
		scoped_str char *expected = str_printf("%.*s.err", (int)strlen(json) - 5, json);
		scoped_str char *want = read_text(expected);
		scoped_str char *text = read_text(json);
		struct spec *s = NULL;

		cr_expect_eq(load(text, json, &s, &problems, &warnings), -1, "%s was accepted",
			     json);
		cr_expect_null(s);

		scoped_str char *got = lines_joined(&problems);
		cr_expect_str_eq(got, want, "%s: got\n%s\n", json, got);
		spec_free(s);
	}
	globfree(&found);
}

Test(oci_samples, every_good_one_loads_with_its_warnings)
{
	glob_t found;

	cr_assert_eq(glob("tests/data/oci/good/*.json", 0, NULL, &found), 0);
	cr_expect_geq(found.gl_pathc, 18);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *json = found.gl_pathv[i];
		scoped_strs struct strs problems = { 0 }, warnings = { 0 };
		scoped_str char *expected = str_printf("%.*s.warn", (int)strlen(json) - 5, json);
		scoped_str char *want =
			access(expected, F_OK) == 0 ? read_text(expected) : str_dup("");
		scoped_str char *text = read_text(json);
		struct spec *s = NULL;

		cr_assert_eq(load(text, json, &s, &problems, &warnings), 0, "%s", problems.v[0]);

		scoped_str char *got = lines_joined(&warnings);
		cr_expect_str_eq(got, want, "%s: got\n%s\n", json, got);
		cr_expect(s->oci);
		cr_expect_eq(s->root.kind, SPEC_ROOT_DIR);
		spec_free(s);
	}
	globfree(&found);
}

/* Objects whose keys are names of things and not of the specification. */
static bool is_map(const char *key)
{
	static const char *const maps[] = { "annotations", "sysctl",      "rdma",
					    "unified",     "timeOffsets", "netDevices" };

	for (size_t i = 0; i < ARRAY_LEN(maps); i++)
		if (strcmp(key, maps[i]) == 0)
			return true;
	return false;
}

/* Two in every object: one of a future version, one that somebody's tool writes. */
static size_t add_unknown_keys(json_t *v)
{
	const char *key;
	json_t *value;
	size_t i, n = 1;

	if (json_is_array(v)) {
		n = 0;
		json_array_foreach(v, i, value) n += add_unknown_keys(value);
		return n;
	}
	if (!json_is_object(v))
		return 0;
	json_object_foreach(v, key, value) if (!is_map(key)) n += add_unknown_keys(value);
	json_object_set_new(v, "ofTheFuture", json_pack("{s:[i]}", "a", 1));
	json_object_set_new(v, "x-tool", json_string("y"));
	return n;
}

/* config.md, "Extensibility" */
Test(oci_samples, unknown_keys_are_accepted_anywhere)
{
	scoped_strs struct strs problems = { 0 }, warnings = { 0 };
	scoped_str char *text = read_text("tests/data/oci/good/everything.json");
	json_t *doc = document_parse_oci(text, strlen(text), "everything", &problems);
	struct spec *s = NULL;

	cr_assert(doc);
	cr_expect_geq(add_unknown_keys(doc), 60);

	scoped_str char *salted = json_dumps(doc, 0);
	json_decref(doc);
	cr_expect_eq(load(salted, "/everything", &s, &problems, &warnings), 0, "%s",
		     problems.n ? problems.v[0] : "");
	cr_expect_eq(warnings.n, 0, "%s", warnings.n ? warnings.v[0] : "");
	spec_free(s);
}
