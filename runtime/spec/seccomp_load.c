/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/seccomp_load.h"
#include "runtime/spec/document.h"
#include "runtime/spec/seccomp_fields.h"

#include <errno.h>
#include <string.h>

enum { PROBLEMS_MAX = 20 };

static field_loader load_action, load_op, load_name, load_kernel;

#define MEMBER(m) .offset = offsetof(STRUCT, m)
#define LIST(m)   MEMBER(m), .also = offsetof(STRUCT, n_##m), .load = load_list
#define TABLE(f)                                                                                   \
	{                                                                                          \
		.fields = (f), .n = ARRAY_LEN(f), .open = true, .size = sizeof(STRUCT)             \
	}
#define UP_TO(limit) .max = (limit)

/* All tables are open: runtime-spec config.md (Extensibility) forbids an error for an unknown key,
 * and profiles have comments in them. */
#define STRUCT struct profile_arg
static const struct field arg_fields[] = {
	{ .key = "index", .required = true, MEMBER(index), .load = load_u32, UP_TO(5) },
	{ .key = "value", .required = true, MEMBER(value), .load = load_any_u64 },
	{ .key = "valueTwo", MEMBER(value_two), .load = load_any_u64 },
	{ .key = "op", .required = true, MEMBER(op), .load = load_op },
};
const struct field_table profile_arg_table = TABLE(arg_fields);
#undef STRUCT

#define STRUCT struct profile_when
static const struct field when_fields[] = {
	{ .key = "caps", MEMBER(caps), .load = load_texts },
	{ .key = "arches", MEMBER(arches), .load = load_texts },
	{ .key = "minKernel", MEMBER(min_kernel), .load = load_kernel },
};
static const struct field_table when_table = TABLE(when_fields);
#undef STRUCT

#define STRUCT struct profile_rule
static const struct field rule_fields[] = {
	{ .key = "names", MEMBER(names), .load = load_texts },
	{ .key = "name", MEMBER(names), .load = load_name }, /* Docker's until 1.12 */
	{ .key = "action", .required = true, MEMBER(action), .load = load_action },
	{ .key = "errnoRet", MEMBER(errno_ret), .load = load_u32, UP_TO(0xffff) },
	{ .key = "args", LIST(args), .table = &profile_arg_table },
	{ .key = "includes", MEMBER(includes), .load = load_object, .table = &when_table },
	{ .key = "excludes", MEMBER(excludes), .load = load_object, .table = &when_table },
};
const struct profile_rule profile_rule_defaults = { .errno_ret = EPERM };
static const struct field_table rule_table = {
	.fields = rule_fields,
	.n = ARRAY_LEN(rule_fields),
	.open = true,
	.size = sizeof(STRUCT),
	.defaults = &profile_rule_defaults,
};
#undef STRUCT

#define STRUCT struct profile_arch
static const struct field arch_fields[] = {
	{ .key = "architecture", .required = true, MEMBER(name), .load = load_text },
	{ .key = "subArchitectures", MEMBER(sub), .load = load_texts },
};
static const struct field_table arch_table = TABLE(arch_fields);
#undef STRUCT

#define STRUCT struct seccomp_profile
static const struct field profile_fields[] = {
	{ .key = "defaultAction", .required = true, MEMBER(default_action), .load = load_action },
	{ .key = "defaultErrnoRet", MEMBER(default_errno), .load = load_u32, UP_TO(0xffff) },
	{ .key = "architectures", MEMBER(architectures), .load = load_texts },
	{ .key = "archMap", LIST(arch_map), .table = &arch_table },
	{ .key = "flags", MEMBER(flags), .load = load_seccomp_flags },
	{ .key = "syscalls", LIST(rules), .table = &rule_table },
};
static const struct field_table profile_table = TABLE(profile_fields);
#undef STRUCT

/* All but SCMP_ACT_NOTIFY, the last: a VNF has nobody who would answer. */
static void load_action(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	const char *words[PROFILE_NOTIFY + 1] = { 0 }, *text = json_string_value(v);
	struct field known = *f;

	memcpy(words, seccomp_known_actions(), PROFILE_NOTIFY * sizeof *words);
	known.words = words;
	if (text && strcmp(text, "SCMP_ACT_NOTIFY") == 0)
		problem_add(r, at, "SCMP_ACT_NOTIFY is not supported: nobody would answer");
	else
		load_word(r, v, &known, out, at);
}

static void load_op(struct reading *r, json_t *v, const struct field *f, void *out,
		    const struct where *at)
{
	struct field words = *f;

	words.words = seccomp_known_operators();
	load_word(r, v, &words, out, at);
}

static void load_name(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (text)
		strs_add(field_member(f, out), text);
}

void load_seccomp_flags(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	struct strs *flags = field_member(f, out);
	const char *const *known = seccomp_known_flags();
	struct where here = { .up = at };

	load_texts(r, v, f, out, at);
	for (; here.index < flags->n; here.index++) {
		bool found = false;

		for (size_t i = 0; known[i]; i++)
			found = found || strcmp(known[i], flags->v[here.index]) == 0;
		if (!found)
			problem_add(r, &here, "'%s' is not supported", flags->v[here.index]);
	}
}

static void load_kernel(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	static const char digits[] = "0123456789";
	const char *text = text_of(r, v, at);

	if (!text)
		return;

	size_t major = strspn(text, digits), dot = text[major] == '.';
	size_t minor = strspn(text + major + dot, digits);
	if (!major || !dot || !minor || text[major + dot + minor])
		problem_add(r, at, "'%s' is not a kernel version (\"4.8\")", text);
	else
		*(char **)field_member(f, out) = str_dup(text);
}

void seccomp_check_rules(struct reading *r, const struct seccomp_profile *p, const struct where *at)
{
	struct where list = { .up = at, .key = "syscalls" }, rule = { .up = &list };

	for (; rule.index < p->n_rules; rule.index++)
		if (p->rules[rule.index].names.n == 0 && reading_clean(r, &rule))
			problem_add(r, &rule, "missing key 'names'");
}

int seccomp_profile_load(const char *json, size_t n, const char *name, struct seccomp_profile *out,
			 struct strs *problems)
{
	scoped_reading struct reading r = { .name = name,
					    .problems = problems,
					    .max = PROBLEMS_MAX };
	struct where top = { 0 };
	json_t *doc = document_parse_oci(json, n, name, problems);

	*out = (struct seccomp_profile){ .default_errno = EPERM };
	if (!doc)
		return -1;
	fields_load(&r, doc, &profile_table, out, &top);
	seccomp_check_rules(&r, out, &top);
	json_decref(doc);
	return r.spots.n > 0 ? -1 : 0;
}

bool seccomp_profile_notifies(const struct seccomp_profile *p)
{
	for (size_t i = 0; i < p->n_rules; i++)
		if (p->rules[i].action == PROFILE_NOTIFY)
			return true;
	return p->default_action == PROFILE_NOTIFY;
}

static void when_drop(struct profile_when *w)
{
	strs_free(&w->caps);
	strs_free(&w->arches);
	free(w->min_kernel);
}

void seccomp_profile_drop(struct seccomp_profile *p)
{
	for (size_t i = 0; i < p->n_rules; i++) {
		strs_free(&p->rules[i].names);
		free(p->rules[i].args);
		when_drop(&p->rules[i].includes);
		when_drop(&p->rules[i].excludes);
	}
	for (size_t i = 0; i < p->n_arch_map; i++) {
		free(p->arch_map[i].name);
		strs_free(&p->arch_map[i].sub);
	}
	free(p->rules);
	free(p->arch_map);
	strs_free(&p->architectures);
	strs_free(&p->flags);
	free(p->listener_path);
	free(p->listener_metadata);
	*p = (struct seccomp_profile){ 0 };
}
