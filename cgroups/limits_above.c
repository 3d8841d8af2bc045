/* SPDX-License-Identifier: Apache-2.0 */
/* What the groups above a VNF's have: it can hold no more than they do. */
#include "cgroups/limits.h"
#include "cgroups/nest.h"
#include "runtime/base/fs.h"
#include "runtime/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static bool read_first(const char *dir, const char *file, char **out)
{
	scoped_str char *path = str_printf("%s/%s", dir, file);
	struct err missing = { 0 };

	if (fs_read_at(AT_FDCWD, path, out, NULL, &missing) < 0)
		return false;
	(*out)[strcspn(*out, "\n")] = '\0';
	return true;
}

/* --- CPU time --- */

bool quota_read(const char *dir, bool v2, struct quota *out)
{
	scoped_str char *quota = NULL, *period = NULL;

	if (!read_first(dir, v2 ? "cpu.max" : "cpu.cfs_quota_us", &quota) ||
	    (!v2 && !read_first(dir, "cpu.cfs_period_us", &period)))
		return false;

	const char *blank = strchr(quota, ' ');
	out->quota = *quota == 'm' ? -1 : strtoll(quota, NULL, 10);
	out->period = strtoll(v2 ? (blank ? blank : "0") : period, NULL, 10);
	return true;
}

static int check_quota(const struct part *p, const struct cgroup_limits *l, struct err *e)
{
	scoped_str char *above = dir_above(p->dir);
	struct quota have, want = { -1, 100000 };

	if (!is_limited(l->cpu_quota_us))
		return 0;
	(void)quota_read(p->dir, p->v2, &want);
	want.quota = (int64_t)l->cpu_quota_us;
	if (is_limited(l->cpu_period_us))
		want.period = (int64_t)l->cpu_period_us;
	while (quota_read(above, p->v2, &have)) {
		if (have.quota >= 0 && want.quota * have.period > have.quota * want.period)
			return err_set(e, 0,
				       "cpu.max %.2f CPUs is above %s's %.2f: lower it, or raise "
				       "that",
				       (double)want.quota / (double)want.period, above,
				       (double)have.quota / (double)have.period);

		scoped_str char *higher = dir_above(above);
		str_drop(&above);
		above = str_take(&higher);
	}
	return 0;
}

/* --- what is counted --- */

/* A limit for which every group above has a limit of its own. */
struct ceiling {
	const char *controller, *v2, *v1;
	size_t offset; /* in struct cgroup_limits */
	enum { BYTES, COUNT, HUNDREDTHS } unit;
};

#define LIMIT(name) offsetof(struct cgroup_limits, name)

static const struct ceiling ceilings[] = {
	{ "memory", "memory.max", "memory.limit_in_bytes", LIMIT(memory_max), BYTES },
	{ "memory", "memory.swap.max", NULL, LIMIT(memory_swap_max), BYTES },
	{ "pids", "pids.max", "pids.max", LIMIT(pids_max), COUNT },
};

/* And a protection, which is worth no more than theirs; the nest has what it needs. */
static const struct ceiling floors[] = {
	{ "memory", "memory.min", NULL, LIMIT(memory_min), BYTES },
	{ "memory", "memory.low", NULL, LIMIT(memory_low), BYTES },
	{ "cpu", "cpu.uclamp.min", NULL, LIMIT(uclamp_min), HUNDREDTHS },
};

static const char *amount(const struct ceiling *it, uint64_t value, char *out)
{
	if (it->unit == BYTES && is_limited(value))
		return size_format(value, out);
	if (it->unit == HUNDREDTHS && is_limited(value)) {
		(void)snprintf(out, 24, "%" PRIu64 ".%02" PRIu64, value / 100, value % 100);
		return out;
	}
	return limit_text(value, "no limit", out);
}

static uint64_t wanted(const struct ceiling *it, const struct cgroup_limits *l)
{
	uint64_t value;

	memcpy(&value, (const char *)l + it->offset, sizeof value);
	return value;
}

static uint64_t number(const struct ceiling *it, const char *text)
{
	char *end;

	if (*text == 'm')
		return CGROUP_NO_LIMIT;

	uint64_t value = strtoull(text, &end, 10);
	if (it->unit != HUNDREDTHS)
		return value;
	return value * 100 + (*end == '.' ? strtoull(end + 1, NULL, 10) : 0);
}

static int check_ceiling(const struct part *p, const struct ceiling *it, uint64_t want,
			 const char *above, struct err *e)
{
	const char *file = p->v2 ? it->v2 : it->v1;
	scoped_str char *text = NULL, *higher = dir_above(above);
	char ours[24], theirs[24];

	if (!file || !read_first(above, file, &text))
		return 0;
	if (number(it, text) < want)
		return err_set(e, 0, "%s %s is above %s's %s: lower it, or raise that", it->v2,
			       amount(it, want, ours), above, amount(it, number(it, text), theirs));
	return check_ceiling(p, it, want, higher, e);
}

static int check_floor(const struct part *p, const struct ceiling *it, uint64_t want,
		       const char *above, struct err *e)
{
	scoped_str char *text = NULL, *higher = dir_above(above);
	char ours[24], theirs[24];

	if (!read_first(above, it->v2, &text))
		return 0;
	if (!is_nest(above) && number(it, text) < want)
		return err_set(e, 0,
			       "%s %s: the group above, %s, has %s, and what it has not protects "
			       "nothing below it: raise it there first",
			       it->v2, amount(it, want, ours), above,
			       amount(it, number(it, text), theirs));
	return check_floor(p, it, want, higher, e);
}

int limits_check_above(struct cgroup *c, const struct cgroup_limits *l, struct err *e)
{
	const struct part *cpu = part_of(c, "cpu");

	if (cpu && check_quota(cpu, l, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(ceilings) + ARRAY_LEN(floors); i++) {
		bool floor = i >= ARRAY_LEN(ceilings);
		const struct ceiling *it = floor ? &floors[i - ARRAY_LEN(ceilings)] : &ceilings[i];
		const struct part *p = part_of(c, it->controller);
		uint64_t want = wanted(it, l);

		if (!p || !is_limited(want) || (floor && (want == 0 || !p->v2)))
			continue;

		scoped_str char *above = dir_above(p->dir);
		if ((floor ? check_floor : check_ceiling)(p, it, want, above, e) < 0)
			return -1;
	}
	return 0;
}
