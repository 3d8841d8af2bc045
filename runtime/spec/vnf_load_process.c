/* SPDX-License-Identifier: Apache-2.0 */
/* What runs: setup and process. */
#include "runtime/spec/vnf.h"
#include "runtime/spec/vnf_tables.h"

#include <string.h>
#include <sys/resource.h>

/* Lists of argv. The first word is what is executed, so it is not empty; the others may be. OUT is
 * the list. */
static void word_load(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	(void)f;
	if (!json_is_string(v))
		problem_type(r, at, "a string", v);
	else if (at->index == 0 && !*json_string_value(v))
		problem_add(r, at, "is empty");
	else
		strs_add(out, json_string_value(v));
}

static void argv_load(struct reading *r, json_t *v, const struct field *f, struct strs *argv,
		      const struct where *at)
{
	static const struct each words = { "a list of strings", word_load };

	if (json_is_array(v) && json_array_size(v) == 0)
		problem_add(r, at, "is empty");
	each_item(r, v, f, argv, at, &words);
}

static void load_args(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	argv_load(r, v, f, field_member(f, out), at);
}

static void command_load(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	argv_load(r, v, f, list_add(field_member(f, out), field_also(f, out), sizeof(struct strs)),
		  at);
}

void load_setup(struct reading *r, json_t *v, const struct field *f, void *out,
		const struct where *at)
{
	static const struct each commands = { "a list of commands, each a list of strings",
					      command_load };

	each_item(r, v, f, out, at, &commands);
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define DIGITS  "0123456789"

static void variable_load(struct reading *r, json_t *v, const struct field *f, void *out,
			  const struct where *at)
{
	const char *key = at->key;

	if (!*key || strchr(DIGITS, *key) || key[strspn(key, LETTERS DIGITS)])
		problem_add(r, at, "is not a name of letters, digits and '_'");
	else if (!json_is_string(v))
		problem_type(r, at, "a string", v);
	else
		strs_addf(field_member(f, out), "%s=%s", key, json_string_value(v));
}

static void load_env(struct reading *r, json_t *v, const struct field *f, void *out,
		     const struct where *at)
{
	static const struct each variables = { "an object of strings", variable_load };

	each_member(r, v, f, out, at, &variables);
}

/* Names or numbers; a number may stand as such. */
static void group_load(struct reading *r, json_t *v, const struct field *f, void *out,
		       const struct where *at)
{
	json_int_t id = json_integer_value(v);
	const char *text = json_string_value(v);

	if (json_is_integer(v) && (id < 0 || id >= UINT32_MAX))
		problem_add(r, at, "%lld is not a group id", (long long)id);
	else if (json_is_integer(v))
		strs_addf(field_member(f, out), "%lld", (long long)id);
	else if (!text)
		problem_type(r, at, "a name or a number", v);
	else if (!is_user_or_group(text, strlen(text)))
		problem_add(r, at, "'%s' is not a group", text);
	else
		strs_add(field_member(f, out), text);
}

void load_groups(struct reading *r, json_t *v, const struct field *f, void *out,
		 const struct where *at)
{
	static const struct each groups = { "a list of groups", group_load };

	each_item(r, v, f, out, at, &groups);
}

static void load_umask(struct reading *r, json_t *v, const struct field *f, void *out,
		       const struct where *at)
{
	const char *text = json_string_value(v);
	size_t len = text ? strlen(text) : 0;

	if (!text)
		problem_type(r, at, "a string such as \"0022\"", v);
	else if (len < 1 || len > 4 || text[strspn(text, "01234567")] ||
		 strtoul(text, NULL, 8) > 0777)
		problem_add(r, at, "'%s' is not an octal mask such as \"0022\"", text);
	else
		*(uint32_t *)field_member(f, out) = (uint32_t)strtoul(text, NULL, 8);
}

/* "TERM", "SIGTERM", "RTMIN+3". */
static int signal_of(const char *text)
{
	char name[16];

	if (strncmp(text, "SIG", 3) == 0)
		text += 3;
	for (int s = 1; s < SIGRTMIN; s++)
		if (sigabbrev_np(s) && strcmp(sigabbrev_np(s), text) == 0)
			return s;
	for (int s = SIGRTMIN; s <= SIGRTMAX; s++) {
		snprintf(name, sizeof name, "RTMIN+%d", s - SIGRTMIN);
		if (strcmp(name, text) == 0)
			return s;
	}
	return -1;
}

static void load_signal(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	const char *text = text_of(r, v, at);
	int s = text ? signal_of(text) : 0;

	if (text && s < 0)
		problem_add(r, at, "'%s' is not a signal such as \"TERM\"", text);
	else if (text)
		*(int *)field_member(f, out) = s;
}

static void load_rlimit_value(struct reading *r, json_t *v, const struct field *f, void *out,
			      const struct where *at)
{
	uint64_t *member = field_member(f, out);
	const char *text = json_string_value(v);

	if (text && strcmp(text, "unlimited") == 0)
		*member = RLIM_INFINITY;
	else if (!json_is_integer(v))
		problem_add(r, at, "expected an integer or \"unlimited\"");
	else if (json_integer_value(v) < 0)
		problem_add(r, at, "%lld is negative", (long long)json_integer_value(v));
	else
		*member = (uint64_t)json_integer_value(v);
}

#define MEMBER(m) offsetof(struct vnf_rlimit, m)
static const struct field rlimit_pair_fields[] = {
	{ .key = "soft", REQUIRED, MEMBER(soft), load_rlimit_value },
	{ .key = "hard", REQUIRED, MEMBER(hard), load_rlimit_value },
};
#undef MEMBER
static const struct field_table rlimit_pair_table = { .fields = rlimit_pair_fields,
						      ARRAY_LEN(rlimit_pair_fields) };

/* "NOFILE": 1024, both limits, or {"soft": 1024, "hard": 4096}. F->min is the resource. */
static void load_rlimit(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	struct vnf_process *p = out;
	struct vnf_rlimit *l = list_add(&p->rlimits, &p->n_rlimits, sizeof *l);

	l->resource = (int)f->min;
	if (json_is_object(v)) {
		fields_load(r, v, f->table, l, at);
		if (l->soft > l->hard && reading_clean(r, at))
			problem_add(r, at, "soft is above hard");
		return;
	}

	static const struct field both = { .offset = offsetof(struct vnf_rlimit, soft) };
	load_rlimit_value(r, v, &both, l, at);
	l->hard = l->soft;
}

/* setrlimit(2); members of struct vnf_process. */
#define RLIMIT(name)                                                                               \
	{                                                                                          \
		.key = #name, OPTIONAL, 0, load_rlimit, RLIMIT_##name, .table = &rlimit_pair_table \
	}
static const struct field rlimit_fields[] = {
	RLIMIT(AS),     RLIMIT(CORE),   RLIMIT(CPU),        RLIMIT(DATA),
	RLIMIT(FSIZE),  RLIMIT(LOCKS),  RLIMIT(MEMLOCK),    RLIMIT(MSGQUEUE),
	RLIMIT(NICE),   RLIMIT(NOFILE), RLIMIT(NPROC),      RLIMIT(RSS),
	RLIMIT(RTPRIO), RLIMIT(RTTIME), RLIMIT(SIGPENDING), RLIMIT(STACK),
};
#undef RLIMIT
static const struct field_table rlimits_table = { .fields = rlimit_fields,
						  ARRAY_LEN(rlimit_fields) };

#define MEMBER(m) offsetof(struct vnf_process, m)
static const struct field process_fields[] = {
	{ .key = "args", OPTIONAL, MEMBER(args), load_args },
	{ .key = "env", OPTIONAL, MEMBER(env), load_env },
	{ .key = "cwd", OPTIONAL, MEMBER(cwd), load_inner_path },
	{ .key = "user", OPTIONAL, MEMBER(user), load_owner },
	{ .key = "groups", OPTIONAL, MEMBER(groups), load_groups },
	{ .key = "umask", OPTIONAL, MEMBER(umask), load_umask },
	{ .key = "rlimits", OPTIONAL, 0, load_object, .table = &rlimits_table },
	{ .key = "stop_signal", OPTIONAL, MEMBER(stop_signal), load_signal },
	{ .key = "stop_timeout", OPTIONAL, MEMBER(stop_timeout), load_duration, 0, 86400000 },
};
#undef MEMBER
const struct field_table process_table = { .fields = process_fields, ARRAY_LEN(process_fields) };
