/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/stats.h"
#include "cgroups/host.h"
#include "cgroups/limits.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#define FIELD(name) offsetof(struct cgroup_stats, name)

/* How a file's number becomes ours. */
enum unit { PLAIN, NANOSECONDS, TICKS, V1_BYTES, SHARES };

/* One counter. Rows of one file stand together: it is read once. A file or key that the host does
 * not have leaves the field unset. */
struct counter {
	const char *controller; /* v1: in which hierarchy */
	const char *file, *key; /* no key: the file is one number */
	size_t offset;
	enum unit unit;
};

/* clang-format off */
static const struct counter v2_counters[] = {
	{ NULL, "cpu.stat",            "usage_usec",     FIELD(cpu_usage_us),           PLAIN },
	{ NULL, "cpu.stat",            "user_usec",      FIELD(cpu_user_us),            PLAIN },
	{ NULL, "cpu.stat",            "system_usec",    FIELD(cpu_system_us),          PLAIN },
	{ NULL, "cpu.stat",            "nr_periods",     FIELD(cpu_periods),            PLAIN },
	{ NULL, "cpu.stat",            "nr_throttled",   FIELD(cpu_throttled),          PLAIN },
	{ NULL, "cpu.stat",            "throttled_usec", FIELD(cpu_throttled_us),       PLAIN },
	{ NULL, "memory.current",      NULL,             FIELD(memory_current),         PLAIN },
	{ NULL, "memory.peak",         NULL,             FIELD(memory_peak),            PLAIN },
	{ NULL, "memory.swap.current", NULL,             FIELD(memory_swap),            PLAIN },
	{ NULL, "memory.events",       "oom",            FIELD(memory_oom),             PLAIN },
	{ NULL, "memory.events",       "oom_kill",       FIELD(memory_oom_kills),       PLAIN },
	{ NULL, "pids.current",        NULL,             FIELD(pids_current),           PLAIN },
	{ NULL, "cpu.max",             NULL,             FIELD(limits.cpu_quota_us),    PLAIN },
	{ NULL, "cpu.weight",          NULL,             FIELD(limits.cpu_weight),      PLAIN },
	{ NULL, "memory.max",          NULL,             FIELD(limits.memory_max),      PLAIN },
	{ NULL, "memory.high",         NULL,             FIELD(limits.memory_high),     PLAIN },
	{ NULL, "memory.swap.max",     NULL,             FIELD(limits.memory_swap_max), PLAIN },
	{ NULL, "pids.max",            NULL,             FIELD(limits.pids_max),        PLAIN },
};

/* memory.failcnt is no memory_oom: it also counts the times that reclaim helped. memory_swap and
 * memory_swap_max first take memory and swap together. */
static const struct counter v1_counters[] = {
	{ "cpuacct", "cpuacct.usage",               NULL,             FIELD(cpu_usage_us),           NANOSECONDS },
	{ "cpuacct", "cpuacct.stat",                "user",           FIELD(cpu_user_us),            TICKS },
	{ "cpuacct", "cpuacct.stat",                "system",         FIELD(cpu_system_us),          TICKS },
	{ "cpu",     "cpu.stat",                    "nr_periods",     FIELD(cpu_periods),            PLAIN },
	{ "cpu",     "cpu.stat",                    "nr_throttled",   FIELD(cpu_throttled),          PLAIN },
	{ "cpu",     "cpu.stat",                    "throttled_time", FIELD(cpu_throttled_us),       NANOSECONDS },
	{ "memory",  "memory.usage_in_bytes",       NULL,             FIELD(memory_current),         PLAIN },
	{ "memory",  "memory.max_usage_in_bytes",   NULL,             FIELD(memory_peak),            PLAIN },
	{ "memory",  "memory.memsw.usage_in_bytes", NULL,             FIELD(memory_swap),            PLAIN },
	{ "memory",  "memory.oom_control",          "oom_kill",       FIELD(memory_oom_kills),       PLAIN },
	{ "pids",    "pids.current",                NULL,             FIELD(pids_current),           PLAIN },
	{ "cpu",     "cpu.cfs_quota_us",            NULL,             FIELD(limits.cpu_quota_us),    PLAIN },
	{ "cpu",     "cpu.cfs_period_us",           NULL,             FIELD(limits.cpu_period_us),   PLAIN },
	{ "cpu",     "cpu.shares",                  NULL,             FIELD(limits.cpu_weight),      SHARES },
	{ "memory",  "memory.limit_in_bytes",       NULL,             FIELD(limits.memory_max),      V1_BYTES },
	{ "memory",  "memory.memsw.limit_in_bytes", NULL,             FIELD(limits.memory_swap_max), V1_BYTES },
	{ "pids",    "pids.max",                    NULL,             FIELD(limits.pids_max),        PLAIN },
};
/* clang-format on */

bool stats_find(const char *text, const char *key, uint64_t *out)
{
	size_t len = key ? strlen(key) : 0;

	while (key && (strncmp(text, key, len) != 0 || text[len] != ' ')) {
		text = strchr(text, '\n');
		if (!text)
			return false;
		text++;
	}
	text += key ? len + 1 : 0;
	if (strncmp(text, "max", 3) == 0 || *text == '-') {
		*out = CGROUP_UNSET;
		return true;
	}
	if (*text < '0' || *text > '9')
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

static uint64_t convert(uint64_t value, enum unit unit)
{
	if (value == CGROUP_UNSET)
		return value;
	switch (unit) {
	case NANOSECONDS:
		return value / 1000;
	case TICKS:
		return value * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	case V1_BYTES:
		return v1_is_unlimited(value) ? CGROUP_UNSET : value;
	case SHARES:
		return weight_from_shares(value);
	case PLAIN:
		break;
	}
	return value;
}

/* FILE is the path of what *TEXT holds, so that a run of rows reads it once. */
static int read_counter(const char *dir, const struct counter *it, char **file, char **text,
			struct err *e)
{
	scoped_str char *path = str_printf("%s/%s", dir, it->file);
	struct err failed = { 0 };

	if (*file && strcmp(*file, path) == 0)
		return 0;
	str_drop(file);
	str_drop(text);
	*file = str_take(&path);
	if (fs_read_at(AT_FDCWD, *file, text, NULL, &failed) == 0)
		return 0;
	*text = NULL;
	if (failed.code != ENOENT && failed.code != EOPNOTSUPP)
		return err_set(e, failed.code, "%s", failed.text);
	return 0;
}

static int read_counters(const struct part *p, const struct counter *rows, size_t n,
			 struct cgroup_stats *out, struct err *e)
{
	scoped_str char *file = NULL, *text = NULL;
	uint64_t value;

	for (size_t i = 0; i < n; i++) {
		if (rows[i].controller && !part_has(p, rows[i].controller))
			continue;
		if (read_counter(p->dir, &rows[i], &file, &text, e) < 0)
			return -1;
		if (!text || !stats_find(text, rows[i].key, &value))
			continue;
		value = convert(value, rows[i].unit);
		memcpy((char *)out + rows[i].offset, &value, sizeof value);
	}
	return 0;
}

/* --- what takes more than one number --- */

static char *read_if_there(const char *dir, const char *file)
{
	scoped_str char *path = str_printf("%s/%s", dir, file);
	struct err ignored = { 0 }; /* not every host has every file */
	char *text = NULL;

	(void)fs_read_at(AT_FDCWD, path, &text, NULL, &ignored);
	return text;
}

static void read_cpus(struct cgroup *c, struct cgroup_stats *out)
{
	const struct part *p = part_of(c, "cpuset");
	scoped_str char *text = p ? read_if_there(p->dir, "cpuset.cpus") : NULL;

	if (!text || *text == '\n' || !*text)
		return;
	text[strcspn(text, "\n")] = '\0';
	out->limits.cpus = str_take(&text);
}

/* cpu.max is "QUOTA PERIOD". */
static void read_v2_period(const struct part *p, struct cgroup_stats *out)
{
	scoped_str char *text = read_if_there(p->dir, "cpu.max");
	const char *period = text ? strchr(text, ' ') : NULL;

	if (period)
		out->limits.cpu_period_us = strtoull(period, NULL, 10);
}

/* v1's memsw is memory and swap together; taken at two moments, the difference may be below 0. */
static void split_memsw(struct cgroup_stats *s)
{
	if (s->memory_swap != CGROUP_UNSET && s->memory_current != CGROUP_UNSET)
		s->memory_swap =
			s->memory_swap > s->memory_current ? s->memory_swap - s->memory_current : 0;
	if (s->limits.memory_swap_max != CGROUP_UNSET && s->limits.memory_max != CGROUP_UNSET)
		s->limits.memory_swap_max -= s->limits.memory_max;
}

static int read_part(const struct part *p, struct cgroup_stats *out, struct err *e)
{
	if (p->v2) {
		read_v2_period(p, out);
		return read_counters(p, v2_counters, ARRAY_LEN(v2_counters), out, e);
	}
	if (read_counters(p, v1_counters, ARRAY_LEN(v1_counters), out, e) < 0)
		return -1;
	if (part_has(p, "memory"))
		split_memsw(out);
	return 0;
}

int cgroup_stats_read(struct cgroup *c, struct cgroup_stats *out, struct err *e)
{
	memset(out, 0xff, sizeof *out); /* every counter CGROUP_UNSET */
	cgroup_limits_init(&out->limits);
	if (c->n > 0 && !part_exists(&c->parts[0]))
		return err_set(e, ENOENT, "read statistics of group %s", c->parts[0].dir);
	for (size_t i = 0; i < c->n; i++)
		if (read_part(&c->parts[i], out, e) < 0)
			return -1;
	read_cpus(c, out);
	out->memory_limit = out->limits.memory_max;
	out->pids_limit = out->limits.pids_max;
	return 0;
}

void cgroup_stats_drop(struct cgroup_stats *s)
{
	free((char *)s->limits.cpus);
	s->limits.cpus = NULL;
}
