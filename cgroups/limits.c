/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/limits.h"
#include "cgroups/controllers.h"
#include "cgroups/cpuset.h"
#include "cgroups/devices.h"
#include "cgroups/late.h"
#include "cgroups/nest.h"
#include "cgroups/partition.h"
#include "cgroups/systemd.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

const char *limit_text(uint64_t value, const char *max, char *out)
{
	if (is_limited(value))
		(void)snprintf(out, 24, "%" PRIu64, value);
	else
		(void)snprintf(out, 24, "%s", max);
	return out;
}

bool has_limit_file(const char *dir, const char *file)
{
	scoped_str char *path = str_printf("%s/%s", dir, file);

	return access(path, F_OK) == 0;
}

const char *controller_v1(const char *controller)
{
	return strcmp(controller, "io") == 0 ? "blkio" : controller;
}

/* --- the table --- */

/* A member of struct cgroup_limits. */
struct member {
	/* GRANT: a number of which none is 0. TYPE: of a partition, of which none is "member". */
	enum { ABSENT, NUMBER, GRANT, TEXT, TYPE, COUNT, GIVEN, WANTED } kind;
	size_t offset;
};

/* A limit by its v2 name. NULL as translator: its first member, a number, into the file of that
 * name. */
struct limit {
	const char *name, *controller;
	struct member from[5];
	limit_translator *v2, *v1;
};

#define AT(kind, name)                                                                             \
	{                                                                                          \
		kind, offsetof(struct cgroup_limits, name)                                         \
	}
#define NUM(name)  AT(NUMBER, name)
#define LIST(name) AT(COUNT, name)

/* clang-format off */
static const struct limit limits[] = {
	{ "cpu.max",         "cpu",      { NUM(cpu_quota_us), NUM(cpu_period_us), NUM(cpu_burst_us) },  v2_cpu_max,    v1_cpu_max },
	{ "cpu.rt",          "cpu",      { NUM(cpu_rt_runtime_us), NUM(cpu_rt_period_us) },             v2_cpu_rt,     v1_cpu_rt },
	{ "cpu.weight",      "cpu",      { NUM(cpu_weight), NUM(cpu_shares), NUM(cpu_idle) },           v2_cpu_weight, v1_cpu_weight },
	{ "cpu.uclamp",      "cpu",      { AT(GRANT, uclamp_min), NUM(uclamp_max) },                    cpu_uclamp,    cpu_uclamp },
	{ "cpuset.cpus",     "cpuset",   { AT(TEXT, cpus), AT(TYPE, cpu_partition) },                   v2_cpuset_cpus, v1_cpuset_cpus },
	{ "cpuset.mems",     "cpuset",   { AT(TEXT, mems) },                                            cpuset_mems,   cpuset_mems },
	{ "memory.high",     "memory",   { NUM(memory_high) },                                          NULL,          v1_memory_high },
	{ "memory.min",      "memory",   { AT(GRANT, memory_min) },                                     v2_memory_min, v1_memory_min },
	{ "memory.low",      "memory",   { AT(GRANT, memory_low), NUM(memory_reservation) },            v2_memory_low, v1_memory_low },
	{ "memory.max",      "memory",   { NUM(memory_max), NUM(memory_swap_max), NUM(memory_and_swap) }, v2_memory_max, v1_memory_max },
	{ "memory.swappiness", "memory", { NUM(memory_swappiness) },                                    v2_swappiness, v1_swappiness },
	{ "memory.oom_kill", "memory",   { AT(GIVEN, has_oom_kill_disable), AT(WANTED, oom_kill_disable) }, v2_oom_kill,   v1_oom_kill },
	{ "memory.oom.group", "memory",  { AT(GRANT, memory_oom_group) },                               v2_oom_group,  v1_oom_group },
	{ "pids.max",        "pids",     { NUM(pids_max) },                                             NULL,          NULL },
	{ "io.weight",       "io",       { NUM(io_weight), NUM(io_leaf_weight), LIST(io[IO_WEIGHT].n),
					   NUM(io_share), LIST(io[IO_SHARE].n) },                       v2_io_weight,  v1_io_weight },
	{ "io.max",          "io",       { LIST(io[IO_READ_BPS].n), LIST(io[IO_WRITE_BPS].n),
					   LIST(io[IO_READ_IOPS].n), LIST(io[IO_WRITE_IOPS].n) },       v2_io_max,     v1_io_max },
	{ "io.latency",      "io",       { LIST(io[IO_LATENCY].n) },                                    v2_io_latency, v1_io_latency },
	{ "hugetlb.max",     "hugetlb",  { LIST(n_hugepages) },                                         v2_hugetlb,    v1_hugetlb },
	{ "rdma.max",        "rdma",     { LIST(n_rdma) },                                              rdma_max,      rdma_max },
	{ "network.classID", "net_cls",  { NUM(net_class_id) },                                         v2_net,        v1_net_class },
	{ "network.priorities", "net_prio", { LIST(n_net_priorities) },                                 v2_net,        v1_net_priorities },
};
/* clang-format on */

/* What the group has to do for a member: nothing, lift something, limit something. */
enum demand { NOTHING, LIFT, LIMIT };

static enum demand number_demand(const struct member *m, const char *at)
{
	uint64_t number;

	memcpy(&number, at, sizeof number);
	if (!is_set(number))
		return NOTHING;
	return is_limited(number) && (m->kind != GRANT || number > 0) ? LIMIT : LIFT;
}

static enum demand text_demand(const struct member *m, const char *at)
{
	const char *text;

	memcpy(&text, at, sizeof text);
	if (!text || !*text)
		return NOTHING;
	return m->kind == TYPE && strcmp(text, "member") == 0 ? LIFT : LIMIT;
}

static enum demand member_demand(const struct member *m, const struct cgroup_limits *l)
{
	const char *at = (const char *)l + m->offset;
	size_t count;

	switch (m->kind) {
	case NUMBER:
	case GRANT:
		return number_demand(m, at);
	case COUNT:
		memcpy(&count, at, sizeof count);
		return count > 0 ? LIMIT : NOTHING;
	case TEXT:
	case TYPE:
		return text_demand(m, at);
	case GIVEN:
		return *(const bool *)at ? LIFT : NOTHING;
	case WANTED:
		return *(const bool *)at ? LIMIT : NOTHING;
	case ABSENT:
		break;
	}
	return NOTHING;
}

static enum demand limit_demand(const struct limit *it, const struct cgroup_limits *l)
{
	enum demand most = NOTHING;

	for (size_t i = 0; i < ARRAY_LEN(it->from); i++) {
		enum demand d = member_demand(&it->from[i], l);

		most = d > most ? d : most;
	}
	return most;
}

static bool unified_needs(const struct cgroup_limits *l, const char *controller)
{
	size_t len = strlen(controller);

	for (size_t i = 0; i < l->n_unified; i++)
		if (strncmp(l->unified[i].file, controller, len) == 0 &&
		    l->unified[i].file[len] == '.')
			return true;
	return false;
}

bool limits_need(const struct cgroup_limits *l, const char *controller)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (strcmp(limits[i].controller, controller) == 0 &&
		    limit_demand(&limits[i], l) == LIMIT)
			return true;
	if (l->has_devices && strcmp(controller, "devices") == 0)
		return true;
	return unified_needs(l, controller);
}

/* The first limit that L asks for; NULL: none. */
static const char *first_limit(const struct cgroup_limits *l)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (limit_demand(&limits[i], l) == LIMIT)
			return limits[i].name;
	return l->n_unified > 0 ? l->unified[0].file : l->has_devices ? "devices" : NULL;
}

/* --- applying it --- */

static int err_no_hierarchy(const struct limit *it, struct err *e)
{
	return err_set(e, 0, "%s: controller %s is mounted nowhere (/proc/self/mountinfo)",
		       it->name, it->controller);
}

static int add_limit(struct cgroup *c, const struct limit *it, const struct cgroup_limits *l,
		     struct settings *s, struct err *e)
{
	const struct part *p = part_of(c, controller_v1(it->controller));
	bool limiting = limit_demand(it, l) == LIMIT;
	limit_translator *translate;
	char text[24];

	if (!p)
		return limiting ? err_no_hierarchy(it, e) : 0;
	translate = p->v2 ? it->v2 : it->v1;
	/* whom v2 has nothing for says so itself */
	if (p->v2 && translate != v2_net && limiting &&
	    controllers_require(p->dir, it->controller, e) < 0)
		return err_wrap(e, "%s", it->name);
	if (p->v2 && !limiting && !controllers_have(p->dir, it->controller))
		return 0; /* no limit is no trouble */
	if (translate)
		return translate(s, p->dir, l, e);

	uint64_t value;
	memcpy(&value, (const char *)l + it->from[0].offset, sizeof value);
	settings_add(s, p->dir, it->name, "%s", limit_text(value, "max", text));
	return 0;
}

/* runc's rule: on a hybrid host nobody can tell which of the controllers it means. */
static int add_unified(struct cgroup *c, const struct cgroup_limits *l, struct settings *s,
		       struct err *e)
{
	const struct part *p = part_v2(c);

	if (l->n_unified == 0)
		return 0;
	if (!p || group_is_hybrid(c))
		return err_set(e, 0,
			       "unified/%s: the controllers of this host are on cgroup v1, "
			       "'unified' is for cgroup v2 alone",
			       l->unified[0].file);
	return v2_unified(s, p->dir, l, e);
}

static int collect(struct cgroup *c, const struct cgroup_limits *l, struct settings *s,
		   struct err *e)
{
	if (limits_check(c, l, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (limit_demand(&limits[i], l) != NOTHING && add_limit(c, &limits[i], l, s, e) < 0)
			return -1;
	return add_unified(c, l, s, e);
}

struct then {
	int (*run)(void *arg, struct err *e);
	void *arg;
};

static int then_run(const struct then *then, struct err *e)
{
	return then->run ? then->run(then->arg, e) : 0;
}

/* Not longer under the lock of the nest than the files take: THEN may make a group too. */
static int write_locked(struct cgroup *c, const struct cgroup_limits *l, struct settings *s,
			bool undo, struct err *e)
{
	scoped_fd int lock = nest_lock(c);
	int rc = collect(c, l, s, e) < 0 ? -1 : settings_write(s, undo, e);

	if (lock >= 0)
		nest_settle(c, l);
	return rc;
}

static void put_back_locked(struct cgroup *c, const struct cgroup_limits *l, struct settings *s,
			    struct err *e)
{
	scoped_fd int lock = nest_lock(c);

	settings_put_back(s, e);
	if (lock >= 0)
		nest_settle(c, l);
}

/* THEN after the files, which it may look at, and before the devices, which cannot be put back. */
static int limits_apply_with(struct cgroup *c, const struct cgroup_limits *l, bool undo,
			     const struct then *then, struct err *e)
{
	scoped(settings_drop) struct settings s = { 0 };
	const char *first = c->n == 0 ? first_limit(l) : NULL;

	if (first)
		return err_set(e, 0, "%s: no limit can be set, the cgroup manager is disabled",
			       first);
	if (c->n == 0)
		return then_run(then, e);
	if (write_locked(c, l, &s, undo, e) < 0)
		return -1;

	bool followed = !c->scope || scope_follow(c, &s, e) == 0;
	bool held = followed && then_run(then, e) == 0;
	if (held && (!l->has_devices || devices_apply(c, l, undo, e) == 0))
		return 0;
	if (undo)
		put_back_locked(c, l, &s, e);
	if (undo && c->scope)
		(void)scope_follow(c, &s, &(struct err){ 0 });
	if (held)
		(void)then_run(then, &(struct err){ 0 }); /* by what holds now again */
	return -1;
}

int limits_apply(struct cgroup *c, const struct cgroup_limits *l, bool undo, struct err *e)
{
	return limits_apply_with(c, l, undo, &(const struct then){ NULL, NULL }, e);
}

int cgroup_update_with(struct cgroup *c, const struct cgroup_limits *l,
		       int (*then)(void *arg, struct err *e), void *arg, struct err *e)
{
	struct late late = { 0 };

	if (late_make(c, l, &late, e) < 0)
		return -1;
	if (limits_apply_with(c, l, true, &(const struct then){ then, arg }, e) == 0)
		return 0;
	late_undo(c, &late, e);
	return -1;
}

int cgroup_update(struct cgroup *c, const struct cgroup_limits *l, struct err *e)
{
	return cgroup_update_with(c, l, NULL, NULL, e);
}
