/* SPDX-License-Identifier: Apache-2.0 */
/* config.md, "Linux Process": when and where the process may run. */
#include "runtime/base/units.h"
#include "runtime/spec/oci_tables.h"

#include <linux/ioprio.h>
#include <linux/sched.h>
#include <string.h>

/* By their numbers. */
static const char *const policy_words[] = {
	[SCHED_NORMAL] = "SCHED_OTHER",
	[SCHED_FIFO] = "SCHED_FIFO",
	[SCHED_RR] = "SCHED_RR",
	[SCHED_BATCH] = "SCHED_BATCH",
	[4] = "SCHED_ISO",
	[SCHED_IDLE] = "SCHED_IDLE",
	[SCHED_DEADLINE] = "SCHED_DEADLINE",
	[SCHED_DEADLINE + 1] = NULL,
};

/* Each is the bit of its place. */
static const char *const flag_words[] = {
	"SCHED_FLAG_RESET_ON_FORK",  "SCHED_FLAG_RECLAIM",
	"SCHED_FLAG_DL_OVERRUN",     "SCHED_FLAG_KEEP_POLICY",
	"SCHED_FLAG_KEEP_PARAMS",    "SCHED_FLAG_UTIL_CLAMP_MIN",
	"SCHED_FLAG_UTIL_CLAMP_MAX", NULL,
};

#define STRUCT struct spec_scheduler
static const struct field scheduler_fields[] = {
	{ .key = "policy", REQUIRED_KEY, MEMBER(policy), .load = load_word, .words = policy_words },
	{ .key = "nice", MEMBER(nice), .load = load_int, RANGE(-20, 19) },
	{ .key = "priority", MEMBER(priority), .load = load_u32, RANGE(0, 99) },
	{ .key = "flags", MEMBER(flags), .load = load_u64_bits, .words = flag_words },
	{ .key = "runtime", MEMBER(runtime), .load = load_any_u64 },
	{ .key = "deadline", MEMBER(deadline), .load = load_any_u64 },
	{ .key = "period", MEMBER(period), .load = load_any_u64 },
};
const struct field_table oci_scheduler_table = OBJECT_TABLE(scheduler_fields);
#undef STRUCT

/* What sched_setattr(2) would answer with a bare EINVAL. */
static void check_scheduler(struct reading *r, const struct spec_scheduler *s,
			    const struct where *at)
{
	bool realtime = s->policy == SCHED_FIFO || s->policy == SCHED_RR;
	const char *name = policy_words[s->policy];

	if (s->policy == 4)
		problem_add(r, at, "SCHED_ISO is a policy that Linux does not have");
	if (realtime && s->priority == 0)
		problem_add(r, at, "%s needs a priority of 1..99", name);
	if (!realtime && s->priority > 0)
		problem_add(r, at, "priority is for SCHED_FIFO and SCHED_RR alone, not for %s",
			    name);
	if (s->policy != SCHED_DEADLINE) {
		if (s->runtime > 0 || s->deadline > 0 || s->period > 0)
			problem_add(r, at,
				    "runtime, deadline and period are for SCHED_DEADLINE alone, "
				    "not for %s",
				    name);
		return;
	}

	uint64_t period = s->period > 0 ? s->period : s->deadline;
	if (s->runtime < 1024 || s->runtime > s->deadline || s->deadline > period)
		problem_add(r, at,
			    "SCHED_DEADLINE needs 1024 <= runtime <= deadline <= period, in ns");
}

void load_scheduler(struct reading *r, json_t *v, const struct field *f, void *out,
		    const struct where *at)
{
	struct spec_scheduler *s = field_member(f, out);

	s->given = true;
	load_object(r, v, f, out, at);
	if (reading_clean(r, at))
		check_scheduler(r, s, at);
}

/* From IOPRIO_CLASS_RT on, by their numbers. */
static const char *const class_words[] = {
	"IOPRIO_CLASS_RT",
	"IOPRIO_CLASS_BE",
	"IOPRIO_CLASS_IDLE",
	NULL,
};

#define STRUCT struct spec_io_priority
static const struct field io_priority_fields[] = {
	{ .key = "class", REQUIRED_KEY, MEMBER(class), .load = load_word, .words = class_words },
	{ .key = "priority", REQUIRED_KEY, MEMBER(priority), .load = load_int, RANGE(0, 7) },
};
const struct field_table oci_io_priority_table = OBJECT_TABLE(io_priority_fields);
#undef STRUCT

void load_io_priority(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	struct spec_io_priority *p = field_member(f, out);

	load_object(r, v, f, out, at);
	p->given = true;
	p->class += IOPRIO_CLASS_RT;
}

/* cpuset(7), "List format". Go's readers also take spaces, and commas too many. */
static void load_cpus(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	const char *text = json_string_value(v);
	struct cpulist l;

	if (!text) {
		problem_type(r, at, "a string", v);
		return;
	}

	scoped_str char *tidy = mem_alloc(strlen(text) + 1);
	char *p = tidy;
	for (; *text; text++)
		if (*text != ' ' && (*text != ',' || (p > tidy && p[-1] != ',')))
			*p++ = *text;
	if (p > tidy && p[-1] == ',')
		p[-1] = '\0';
	if (!*tidy)
		return;
	if (!cpulist_parse(tidy, &l))
		problem_add(r, at, "'%s' is not a list of CPUs such as \"0-3,8\"",
			    json_string_value(v));
	else
		*(char **)field_member(f, out) = cpulist_format(&l);
}

#define STRUCT struct spec_process
static const struct field affinity_fields[] = {
	{ .key = "initial", MEMBER(affinity_initial), .load = load_cpus },
	{ .key = "final", MEMBER(affinity_final), .load = load_cpus },
};
const struct field_table oci_affinity_table = OBJECT_TABLE(affinity_fields);
#undef STRUCT
