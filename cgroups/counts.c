/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of what befalls a group. */
#include "cgroups/group.h"
#include "cgroups/stats.h"
#include "cgroups/watch.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

struct row {
	const char *controller, *file, *key;
	size_t offset;
	uint64_t divide;
};

#define COUNT(name) offsetof(struct cgroup_counts, name)

/* The events of a group's memory count those of its leaves, too. */
/* clang-format off */
static const struct row v2_rows[] = {
	{ "memory", "memory.events", "oom",            COUNT(ooms),         1 },
	{ "memory", "memory.events", "oom_kill",       COUNT(oom_kills),    1 },
	{ "memory", "memory.events", "high",           COUNT(memory_high),  1 },
	{ "memory", "memory.events", "max",            COUNT(memory_max),   1 },
	{ "pids",   "pids.events",   "max",            COUNT(pids_max),     1 },
	{ "cpu",    "cpu.stat",      "nr_periods",     COUNT(periods),      1 },
	{ "cpu",    "cpu.stat",      "nr_throttled",   COUNT(throttled),    1 },
	{ "cpu",    "cpu.stat",      "throttled_usec", COUNT(throttled_us), 1 },
};

static const struct row v1_rows[] = {
	{ "memory", "memory.oom_control", "oom_kill",       COUNT(oom_kills),    1 },
	{ "pids",   "pids.events",        "max",            COUNT(pids_max),     1 },
	{ "cpu",    "cpu.stat",           "nr_periods",     COUNT(periods),      1 },
	{ "cpu",    "cpu.stat",           "nr_throttled",   COUNT(throttled),    1 },
	{ "cpu",    "cpu.stat",           "throttled_time", COUNT(throttled_us), 1000 },
};
/* clang-format on */

static void read_row(const char *dir, const struct row *r, struct cgroup_counts *out)
{
	scoped_str char *path = str_printf("%s/%s", dir, r->file), *text = NULL;
	struct err ignored = { 0 }; /* not every host has every file */
	uint64_t n;

	if (fs_read_at(AT_FDCWD, path, &text, NULL, &ignored) < 0 ||
	    !stats_find(text, r->key, &n) || n == CGROUP_UNSET)
		return;
	n /= r->divide;
	memcpy((char *)out + r->offset, &n, sizeof n);
}

static void read_rows(struct cgroup *c, const struct row *rows, size_t n, bool v2,
		      struct cgroup_counts *out)
{
	for (size_t i = 0; i < n; i++) {
		const struct part *p = part_of(c, rows[i].controller);

		if (p && p->v2 == v2)
			read_row(p->dir, &rows[i], out);
	}
}

int cgroup_counts_read(struct cgroup *c, struct cgroup_counts *out, struct err *e)
{
	memset(out, 0xff, sizeof *out); /* CGROUP_UNSET */
	if (c->n > 0 && !group_exists(c))
		return err_set(e, ENOENT, "look at group %s", c->parts[0].dir);
	read_rows(c, v2_rows, ARRAY_LEN(v2_rows), true, out);
	read_rows(c, v1_rows, ARRAY_LEN(v1_rows), false, out);
	return 0;
}
