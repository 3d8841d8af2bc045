/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/oci_load.h"
#include "runtime/spec/document.h"
#include "runtime/spec/oci_annotations.h"
#include "runtime/spec/oci_tables.h"

#include <string.h>

enum { PROBLEMS_MAX = 20, NAME_LEN_MAX = 64 /* sethostname(2) */ };

static field_loader load_version, load_host_name, load_annotations;

/* "1.0.2-dev", "1.3.0+build.7": MAJOR.MINOR.PATCH without leading zeroes, and what the version
 * before it or its build is called (semver.org 2.0.0). */
static bool is_version(const char *text)
{
	static const char digits[] = "0123456789";
	static const char words[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-.";

	for (int i = 0; i < 3; i++) {
		size_t len = strspn(text, digits);

		if (len == 0 || (len > 1 && *text == '0') || (i < 2 && text[len] != '.'))
			return false;
		text += len + (i < 2);
	}
	for (const char *sign = "-+"; *sign; sign++) {
		if (*text != *sign)
			continue;

		size_t len = strspn(++text, words);
		if (len == 0 || *text == '.' || text[len - 1] == '.' || memmem(text, len, "..", 2))
			return false;
		text += len;
	}
	return !*text;
}

static void load_version(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	const char *text = text_of(r, v, at);

	(void)f;
	(void)out;
	if (!text)
		return;
	if (!is_version(text))
		problem_add(r, at, "'%s' is not a version such as \"1.3.0\" (SemVer 2.0.0)", text);
	else if (strncmp(text, "1.", 2) != 0)
		problem_add(r, at, "version %s is not supported, only 1.x is", text);
}

static void load_host_name(struct reading *r, json_t *v, const struct field *f, void *out,
			   const struct where *at)
{
	if (json_string_length(v) > NAME_LEN_MAX)
		problem_add(r, at, "has more than %d characters", NAME_LEN_MAX);
	else
		load_optional(r, v, f, out, at);
}

static void annotation_load(struct reading *r, json_t *v, const struct field *f, void *out,
			    const struct where *at)
{
	if (!*at->key)
		problem_add(r, at, "the key is empty");
	else
		load_pair(r, v, f, out, at);
}

static void load_annotations(struct reading *r, json_t *v, const struct field *f, void *out,
			     const struct where *at)
{
	static const struct each annotations = { "an object of strings", annotation_load };

	each_member(r, v, f, out, at, &annotations);
}

#define STRUCT struct spec_root
static const struct field root_fields[] = {
	{ .key = "path", REQUIRED_KEY, MEMBER(path), .load = load_host_path },
	{ .key = "readonly", MEMBER(readonly), .load = load_bool },
};
static const struct field_table root_table = OBJECT_TABLE(root_fields);
#undef STRUCT

#define STRUCT struct spec
static const struct field fields[] = {
	{ .key = "ociVersion", REQUIRED_KEY, .load = load_version },
	{ .key = "root", REQUIRED_KEY, MEMBER(root), .load = load_object, .table = &root_table },
	{ .key = "process", MEMBER(process), .load = load_process, .table = &oci_process_table },
	{ .key = "hostname", MEMBER(hostname), .load = load_host_name },
	{ .key = "domainname", MEMBER(domainname), .load = load_host_name },
	{ .key = "mounts", LIST(mounts, n_mounts), .load = load_mounts, .table = &oci_mount_table },
	{ .key = "hooks", .load = load_object, .table = &oci_hooks_table },
	{ .key = "linux", .load = load_object, .table = &oci_linux_table },
	{ .key = "annotations", LIST(annotations, n_annotations), .load = load_annotations },
};
const struct field_table oci_table = OBJECT_TABLE(fields);
#undef STRUCT

static int verdict(const struct reading *r)
{
	if (r->spots.n > r->max)
		strs_addf(r->problems, "%s: and %zu more", r->name, r->spots.n - r->max);
	return r->spots.n > 0 ? -1 : 0;
}

/* NOLINTNEXTLINE(readability-function-size): seven, and each by itself */
int oci_load_bytes(const char *json, size_t n, const char *name, const char *bundle,
		   struct spec **out, struct strs *problems, struct strs *warnings)
{
	scoped_reading struct reading r = { .name = name,
					    .dir = bundle,
					    .problems = problems,
					    .max = PROBLEMS_MAX,
					    .warnings = warnings };
	const struct where here = { 0 }, annotations = { .up = &here, .key = "annotations" };
	json_t *doc = document_parse_oci(json, n, name, problems);

	if (!doc)
		return -1;

	struct spec *s = mem_alloc(sizeof *s);
	s->oci = true;
	s->root.kind = SPEC_ROOT_DIR;
	cgroup_limits_init(&s->resources);
	fields_load(&r, doc, &oci_table, s, &here);
	oci_check(&r, s);
	oci_annotations_apply(&r, s, &annotations);
	json_decref(doc);
	if (s->resources.has_devices)
		oci_default_devices(&s->resources);
	if (verdict(&r) < 0) {
		spec_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

/* One object by itself. */
static int load_part(const char *json, size_t n, struct reading *r, const struct field *whole,
		     void *out)
{
	const struct where here = { 0 };
	json_t *doc = document_parse_oci(json, n, r->name, r->problems);

	if (!doc)
		return -1;
	whole->load(r, doc, whole, out, &here);
	json_decref(doc);
	return verdict(r);
}

int oci_process_load(const char *json, size_t n, const char *name, struct spec_process *out,
		     struct strs *problems)
{
	static const struct field whole = { .load = load_process, .table = &oci_process_table };
	scoped_reading struct reading r = { .name = name,
					    .problems = problems,
					    .max = PROBLEMS_MAX };

	*out = (struct spec_process){ 0 };
	return load_part(json, n, &r, &whole, out);
}

int oci_resources_load(const char *json, size_t n, const char *name, struct cgroup_limits *out,
		       struct strs *problems)
{
	static const struct field whole = { .load = load_resources, .table = &oci_resources_table };
	scoped_reading struct reading r = { .name = name,
					    .problems = problems,
					    .max = PROBLEMS_MAX };

	cgroup_limits_init(out);
	return load_part(json, n, &r, &whole, out);
}
