/* SPDX-License-Identifier: Apache-2.0 */
/* linux.seccomp of a config.json. The keys that Docker's and Podman's profile files have beyond it
 * (archMap, includes, excludes) are unknown keys here: their callers have resolved them. */
#include "runtime/spec/seccomp_fields.h"

#include <errno.h>
#include <string.h>

static field_loader load_rules, load_oci_action, load_errno, load_archs, load_any_text;

enum { NOT_GIVEN = 0x10000 }; /* beyond what an errno can be */

#define MEMBER(m) .offset = offsetof(STRUCT, m)

#define STRUCT struct profile_rule
static const struct field rule_fields[] = {
	{ .key = "names", .required = true, MEMBER(names), .load = load_texts },
	{ .key = "action", .required = true, MEMBER(action), .load = load_oci_action },
	{ .key = "errnoRet", MEMBER(errno_ret), .load = load_errno },
	{ .key = "args",
	  MEMBER(args),
	  .also = offsetof(STRUCT, n_args),
	  .load = load_list,
	  .table = &profile_arg_table },
};
static const struct profile_rule rule_defaults = { .errno_ret = NOT_GIVEN };
static const struct field_table rule_table = {
	.fields = rule_fields,
	.n = ARRAY_LEN(rule_fields),
	.open = true,
	.size = sizeof(STRUCT),
	.defaults = &rule_defaults,
};
#undef STRUCT

#define STRUCT struct seccomp_profile
static const struct field fields[] = {
	{ .key = "defaultAction",
	  .required = true,
	  MEMBER(default_action),
	  .load = load_oci_action },
	{ .key = "defaultErrnoRet", MEMBER(default_errno), .load = load_errno },
	{ .key = "architectures", MEMBER(architectures), .load = load_archs },
	{ .key = "flags", MEMBER(flags), .load = load_seccomp_flags },
	{ .key = "listenerPath", MEMBER(listener_path), .load = load_any_text },
	{ .key = "listenerMetadata", MEMBER(listener_metadata), .load = load_any_text },
	{ .key = "syscalls",
	  MEMBER(rules),
	  .also = offsetof(STRUCT, n_rules),
	  .load = load_rules,
	  .table = &rule_table },
};
static const struct field_table table = {
	.fields = fields,
	.n = ARRAY_LEN(fields),
	.open = true,
	.size = sizeof(STRUCT),
};
#undef STRUCT

static void load_oci_action(struct reading *r, json_t *v, const struct field *f, void *out,
			    const struct where *at)
{
	struct field words = *f;

	words.words = seccomp_known_actions();
	load_word(r, v, &words, out, at);
}

static void load_errno(struct reading *r, json_t *v, const struct field *f, void *out,
		       const struct where *at)
{
	struct field range = *f;

	range.max = 0xffff;
	load_u32(r, v, &range, out, at);
}

/* Empty is as good as not there: Go's omitempty. */
static void load_any_text(struct reading *r, json_t *v, const struct field *f, void *out,
			  const struct where *at)
{
	if (!json_is_string(v) || json_string_length(v) > 0)
		load_text(r, v, f, out, at);
}

static void load_archs(struct reading *r, json_t *v, const struct field *f, void *out,
		       const struct where *at)
{
	const char *const *known = seccomp_known_archs();
	struct strs *names = field_member(f, out);
	struct where here = { .up = at };

	load_texts(r, v, f, out, at);
	for (; here.index < names->n; here.index++) {
		bool found = false;

		for (size_t i = 0; known[i]; i++)
			found = found || strcmp(known[i], names->v[here.index]) == 0;
		if (!found)
			problem_add(r, &here, "'%s' is not an architecture of libseccomp's",
				    names->v[here.index]);
	}
}

static void load_rules(struct reading *r, json_t *v, const struct field *f, void *out,
		       const struct where *at)
{
	load_list(r, v, f, out, at);
	seccomp_check_rules(r, out, at->up);
}

/* "When the action doesn't support an errno, the runtime MUST print an error and fail." */
static void settle_errno(struct reading *r, int action, uint32_t *value, const struct where *at,
			 const char *key)
{
	struct where here = { .up = at, .key = key };
	bool carries = action == PROFILE_ERRNO || action == PROFILE_TRACE;

	if (*value != NOT_GIVEN && !carries && reading_clean(r, at))
		problem_add(r, &here,
			    "%s carries no errno, only SCMP_ACT_ERRNO and SCMP_ACT_TRACE do",
			    seccomp_known_actions()[action]);
	if (*value == NOT_GIVEN)
		*value = EPERM;
}

static void check_listener(struct reading *r, const struct seccomp_profile *p,
			   const struct where *at)
{
	struct where metadata = { .up = at, .key = "listenerMetadata" };

	if (p->listener_path)
		return;
	if (p->listener_metadata)
		problem_add(r, &metadata, "there is no 'listenerPath' to send it to");
	else if (seccomp_profile_notifies(p))
		problem_add(r, at, "SCMP_ACT_NOTIFY needs a 'listenerPath': nobody would answer");
}

void seccomp_profile_fill(struct reading *r, json_t *v, struct seccomp_profile *out,
			  const struct where *at)
{
	struct where list = { .up = at, .key = "syscalls" }, rule = { .up = &list };

	*out = (struct seccomp_profile){ .default_errno = NOT_GIVEN };
	fields_load(r, v, &table, out, at);
	for (; rule.index < out->n_rules; rule.index++)
		settle_errno(r, out->rules[rule.index].action, &out->rules[rule.index].errno_ret,
			     &rule, "errnoRet");
	if (reading_clean(r, at))
		check_listener(r, out, at);
	settle_errno(r, out->default_action, &out->default_errno, at, "defaultErrnoRet");
}
