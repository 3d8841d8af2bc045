/* SPDX-License-Identifier: Apache-2.0 */
/* config.md, "Process". */
#include "runtime/spec/oci_tables.h"

#include <string.h>
#include <sys/resource.h>

static field_loader load_env, load_id, load_groups, load_umask, load_capabilities, load_resource,
	load_score;

/* uid and gid while they are read: the engine wants them in one text. */
struct user {
	uint32_t uid, gid;
	bool has_uid, has_gid;
	struct spec_process *process;
};

/* IEEE 1003.1's environ: NAME=value. Of several with the same name the last one counts, as with
 * runc: engines append theirs to the image's. */
static void variable_load(struct reading *r, json_t *v, const struct field *f, void *out,
			  const struct where *at)
{
	const char *text = text_of(r, v, at), *value = text ? strchr(text, '=') : NULL;
	struct strs *env = field_member(f, out);

	if (!text)
		return;
	if (!value || value == text) {
		problem_add(r, at, "'%s' is not of the form NAME=value", text);
		return;
	}
	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->v[i], text, (size_t)(value - text) + 1) != 0)
			continue;
		free(env->v[i]);
		env->v[i] = str_dup(text);
		return;
	}
	strs_add(env, text);
}

static void load_env(struct reading *r, json_t *v, const struct field *f, void *out,
		     const struct where *at)
{
	static const struct each variables = { "a list of strings", variable_load };

	each_item(r, v, f, out, at, &variables);
}

/* --- user --- */

/* (uid_t)-1 means "leave it" to the kernel. */
#define ID_MAX (UINT32_MAX - 1)

static void load_id(struct reading *r, json_t *v, const struct field *f, void *out,
		    const struct where *at)
{
	*(bool *)field_also(f, out) = true;
	load_u32(r, v, f, out, at);
}

static void group_load(struct reading *r, json_t *v, const struct field *f, void *out,
		       const struct where *at)
{
	const struct field number = { RANGE(0, ID_MAX) };
	struct user *u = out;
	uint32_t id = UINT32_MAX;

	(void)f;
	load_u32(r, v, &number, &id, at);
	if (id != UINT32_MAX)
		strs_addf(&u->process->groups, "%u", id);
}

static void load_groups(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	static const struct each groups = { "a list of group ids", group_load };

	each_item(r, v, f, out, at, &groups);
}

static void load_umask(struct reading *r, json_t *v, const struct field *f, void *out,
		       const struct where *at)
{
	struct user *u = out;
	uint32_t mask = 0;

	load_u32(r, v, f, &mask, at);
	u->process->has_umask = true;
	u->process->umask = mask & 0777; /* umask(2) looks at no more */
}

#define STRUCT struct user
static const struct field user_fields[] = {
	{ .key = "uid", LIST(uid, has_uid), .load = load_id, RANGE(0, ID_MAX) },
	{ .key = "gid", LIST(gid, has_gid), .load = load_id, RANGE(0, ID_MAX) },
	{ .key = "umask", .load = load_umask, RANGE(0, 07777) },
	{ .key = "additionalGids", .load = load_groups },
};
static const struct field_table user_table = OBJECT_TABLE(user_fields);
#undef STRUCT

static void load_user(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	struct user u = { .process = out };

	fields_load(r, v, f->table, &u, at);
	/* Required by the text, not by the schema nor by any runtime. */
	if (json_is_object(v) && !u.has_uid)
		warning_add(r, at, "missing key 'uid', taken for 0");
	if (json_is_object(v) && !u.has_gid)
		warning_add(r, at, "missing key 'gid', taken for 0");
	free(u.process->user);
	u.process->user = str_printf("%u:%u", u.uid, u.gid);
}

/* --- capabilities --- */

/* What the kernel or the library does not know MUST be logged, and SHOULD NOT fail. */
static void capability_load(struct reading *r, json_t *v, const struct field *f, void *out,
			    const struct where *at)
{
	const char *name = text_of(r, v, at);
	int number = name ? caps_number(name) : -1;

	if (number >= 0)
		*(caps_mask *)field_member(f, out) |= UINT64_C(1) << number;
	else if (name)
		warning_add(r, at, "'%s' is not a capability known here, left out", name);
}

static void load_capabilities(struct reading *r, json_t *v, const struct field *f, void *out,
			      const struct where *at)
{
	static const struct each capabilities = { "a list of capabilities", capability_load };

	each_item(r, v, f, out, at, &capabilities);
}

#define STRUCT struct caps_sets
static const struct field caps_fields[] = {
	{ .key = "bounding", MEMBER(bounding), .load = load_capabilities },
	{ .key = "effective", MEMBER(effective), .load = load_capabilities },
	{ .key = "permitted", MEMBER(permitted), .load = load_capabilities },
	{ .key = "inheritable", MEMBER(inheritable), .load = load_capabilities },
	{ .key = "ambient", MEMBER(ambient), .load = load_capabilities },
};
static const struct field_table caps_table = OBJECT_TABLE(caps_fields);
#undef STRUCT

/* --- rlimits --- */

static const struct {
	const char *name;
	int resource;
} resources[] = {
	{ "RLIMIT_AS", RLIMIT_AS },
	{ "RLIMIT_CORE", RLIMIT_CORE },
	{ "RLIMIT_CPU", RLIMIT_CPU },
	{ "RLIMIT_DATA", RLIMIT_DATA },
	{ "RLIMIT_FSIZE", RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE", RLIMIT_NICE },
	{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC },
	{ "RLIMIT_RSS", RLIMIT_RSS },
	{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK", RLIMIT_STACK },
};

static void load_resource(struct reading *r, json_t *v, const struct field *f, void *out,
			  const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (!text)
		return;
	for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
		if (strcmp(resources[i].name, text) == 0) {
			*(int *)field_member(f, out) = resources[i].resource;
			return;
		}
	}
	problem_add(r, at, "'%s' is not a limit of this kernel such as \"RLIMIT_NOFILE\"", text);
}

#define STRUCT struct spec_rlimit
static const struct field rlimit_fields[] = {
	{ .key = "type", REQUIRED_KEY, MEMBER(resource), .load = load_resource },
	{ .key = "soft", REQUIRED_KEY, MEMBER(soft), .load = load_any_u64 },
	{ .key = "hard", REQUIRED_KEY, MEMBER(hard), .load = load_any_u64 },
};
static const struct spec_rlimit rlimit_defaults = { .resource = -1 };
static const struct field_table rlimit_table = {
	.fields = rlimit_fields,
	.n = ARRAY_LEN(rlimit_fields),
	.open = true,
	.size = sizeof(STRUCT),
	.defaults = &rlimit_defaults,
};
#undef STRUCT

static void check_rlimits(struct reading *r, const struct spec_process *p, const struct where *top)
{
	struct where list = { .up = top, .key = "rlimits" }, at = { .up = &list };

	for (; at.index < p->n_rlimits; at.index++) {
		const struct spec_rlimit *l = &p->rlimits[at.index];

		if (!reading_clean(r, &at))
			continue;
		if (l->soft > l->hard)
			problem_add(r, &at, "soft is above hard");
		for (size_t i = 0; i < at.index; i++)
			if (p->rlimits[i].resource == l->resource)
				problem_add(r, &at, "has the type of %zu again", i);
	}
}

/* --- process --- */

static void load_score(struct reading *r, json_t *v, const struct field *f, void *out,
		       const struct where *at)
{
	*(bool *)field_also(f, out) = true;
	load_int(r, v, f, out, at);
}

static void load_args(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	if (json_is_array(v) && json_array_size(v) == 0)
		problem_add(r, at, "is empty");
	load_strings(r, v, f, out, at);
}

#define STRUCT struct spec_process
static const struct field size_fields[] = {
	{ .key = "height",
	  REQUIRED_KEY,
	  MEMBER(console_rows),
	  .load = load_u32,
	  RANGE(0, UINT32_MAX) },
	{ .key = "width",
	  REQUIRED_KEY,
	  MEMBER(console_columns),
	  .load = load_u32,
	  RANGE(0, UINT32_MAX) },
};
static const struct field_table size_table = OBJECT_TABLE(size_fields);

static const struct field process_fields[] = {
	{ .key = "terminal", MEMBER(terminal), .load = load_bool },
	{ .key = "consoleSize", .load = load_object, .table = &size_table },
	{ .key = "user", .load = load_user, .table = &user_table },
	{ .key = "args", REQUIRED_KEY, MEMBER(args), .load = load_args },
	{ .key = "env", MEMBER(env), .load = load_env },
	{ .key = "cwd", REQUIRED_KEY, MEMBER(cwd), .load = load_path },
	{ .key = "capabilities", LIST(caps, has_caps), .load = load_given, .table = &caps_table },
	{ .key = "rlimits", LIST(rlimits, n_rlimits), .load = load_list, .table = &rlimit_table },
	{ .key = "noNewPrivileges", MEMBER(no_new_privs), .load = load_bool },
	{ .key = "apparmorProfile", MEMBER(apparmor), .load = load_optional },
	{ .key = "selinuxLabel", MEMBER(selinux), .load = load_optional },
	{ .key = "oomScoreAdj",
	  LIST(oom_score_adj, has_oom_score_adj),
	  .load = load_score,
	  RANGE(-1000, 1000) },
	{ .key = "scheduler",
	  MEMBER(scheduler),
	  .load = load_scheduler,
	  .table = &oci_scheduler_table },
	{ .key = "ioPriority",
	  MEMBER(io_priority),
	  .load = load_io_priority,
	  .table = &oci_io_priority_table },
	{ .key = "execCPUAffinity", .load = load_object, .table = &oci_affinity_table },
};
const struct field_table oci_process_table = OBJECT_TABLE(process_fields);
#undef STRUCT

void load_process(struct reading *r, json_t *v, const struct field *f, void *out,
		  const struct where *at)
{
	/* "Runtimes MUST ignore consoleSize if terminal is false or unset." */
	if (!json_is_true(json_object_get(v, "terminal")))
		json_object_del(v, "consoleSize");
	load_object(r, v, f, out, at);
	check_rlimits(r, field_member(f, out), at);
}
