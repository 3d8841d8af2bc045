/* SPDX-License-Identifier: Apache-2.0 */
/* What a VNF's limits may not be, told before anything is written. */
#include "cgroups/limits.h"
#include "cgroups/tree.h"
#include "runtime/base/fs.h"
#include "runtime/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

enum { FRESH_WEIGHT = 100 }; /* of every new group, for CPU time and block devices */

static char *read_text(const char *dir, const char *file)
{
	scoped_str char *path = str_printf("%s/%s", dir, file), *text = NULL;
	struct err missing = { 0 };

	return fs_read_at(AT_FDCWD, path, &text, NULL, &missing) == 0 ? str_take(&text) : NULL;
}

/* --- among themselves --- */

static int check_idle(const struct cgroup_limits *l, struct err *e)
{
	if (!is_limited(l->cpu_idle) || l->cpu_idle == 0 || !is_limited(l->cpu_weight) ||
	    l->cpu_weight == FRESH_WEIGHT)
		return 0;
	return err_set(e, 0,
		       "cpu.weight %" PRIu64 " and cpu.idle: an idle group has no weight, it gets "
		       "what nobody else wants: leave one of them out",
		       l->cpu_weight);
}

static int check_memory(const struct cgroup_limits *l, struct err *e)
{
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = { { "memory.min", l->memory_min }, { "memory.low", l->memory_low } };
	char min[16], max[16];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (is_limited(rows[i].value) && is_limited(l->memory_max) &&
		    rows[i].value > l->memory_max)
			return err_set(
				e, 0,
				"%s %s is above memory.max %s: no more than the limit can be "
				"protected",
				rows[i].name, size_format(rows[i].value, min),
				size_format(l->memory_max, max));
	return 0;
}

static int check_clamps(const struct cgroup_limits *l, struct err *e)
{
	if (!is_limited(l->uclamp_min) || !is_limited(l->uclamp_max) ||
	    l->uclamp_min <= l->uclamp_max)
		return 0;
	return err_set(e, 0,
		       "cpu.uclamp.min %" PRIu64 ".%02" PRIu64 " is above cpu.uclamp.max %" PRIu64
		       ".%02" PRIu64,
		       l->uclamp_min / 100, l->uclamp_min % 100, l->uclamp_max / 100,
		       l->uclamp_max % 100);
}

/* A burst is saved out of the quota: without one there is nothing to save, and the kernel saves no
 * more than one quota. */
static int check_burst(struct cgroup *c, const struct cgroup_limits *l, struct err *e)
{
	const struct part *p = part_of(c, "cpu");
	struct quota now = { -1, 0 };

	if (!is_limited(l->cpu_burst_us) || l->cpu_burst_us == 0)
		return 0;
	if (p)
		(void)quota_read(p->dir, p->v2, &now);
	if (is_set(l->cpu_quota_us))
		now.quota = is_limited(l->cpu_quota_us) ? (int64_t)l->cpu_quota_us : -1;
	if (now.quota < 0)
		return err_set(e, 0,
			       "cpu.max.burst %" PRIu64 " us: without a CPU limit there is nothing "
			       "to save up for a burst",
			       l->cpu_burst_us);
	if (l->cpu_burst_us <= (uint64_t)now.quota)
		return 0;
	return err_set(e, 0,
		       "cpu.max.burst %" PRIu64 " us is above the quota, %" PRId64
		       " us of each period: the kernel saves no more than that",
		       l->cpu_burst_us, now.quota);
}

/* --- who shares by weight --- */

static bool cost_is_on(const char *top, const char *device)
{
	scoped_str char *qos = read_text(top, "io.cost.qos");
	size_t len = strlen(device);

	for (const char *line = qos; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';

		const char *on = strstr(line, "enable=1");
		if (strncmp(line, device, len) == 0 && line[len] == ' ' && on &&
		    on < line + strcspn(line, "\n"))
			return true;
	}
	return false;
}

/* Does DIR of /sys, a disk's or a partition's, say that it shares by weight? */
static bool device_weighs(const char *dir, const char *top)
{
	scoped_str char *device = read_text(dir, "dev");
	scoped_str char *own = read_text(dir, "queue/scheduler");
	scoped_str char *disk = own ? NULL : read_text(dir, "../queue/scheduler");
	const char *scheduler = own ? own : disk;

	if (scheduler && (strstr(scheduler, "[bfq]") || strstr(scheduler, "[cfq]")))
		return true;
	if (!device)
		return false;
	device[strcspn(device, "\n")] = '\0';
	return cost_is_on(top, device);
}

static bool any_device_weighs(const char *top)
{
	scoped_dir DIR *d = opendir("/sys/block");
	const struct dirent *entry;

	while (d && (entry = readdir(d))) {
		scoped_str char *dir = str_printf("/sys/block/%s", entry->d_name);

		if (entry->d_name[0] != '.' && device_weighs(dir, top))
			return true;
	}
	return false;
}

/* Any device takes a weight, and most of them never look at it. */
static int check_io_weights(struct cgroup *c, const struct cgroup_limits *l, struct err *e)
{
	const struct part *p = part_of(c, "blkio");
	scoped_str char *top = p ? tree_top(p->dir) : str_dup("/");
	static const char help[] = "write bfq to /sys/block/DEVICE/queue/scheduler, or enable=1 to "
				   "io.cost.qos of the root group (v2)";

	if (is_limited(l->io_share) && l->io_share != FRESH_WEIGHT && !any_device_weighs(top))
		return err_set(e, 0,
			       "io.weight %" PRIu64 ": no block device of this host shares by "
			       "weight: %s",
			       l->io_share, help);
	for (size_t i = 0; i < l->io[IO_SHARE].n; i++) {
		const struct limits_io *it = &l->io[IO_SHARE].v[i];
		scoped_str char *dir =
			str_printf("/sys/dev/block/%" PRIu64 ":%" PRIu64, it->major, it->minor);

		if (!is_limited(it->value) || it->value == 0 || device_weighs(dir, top))
			continue;
		return err_set(e, 0,
			       "io.weight %" PRIu64 " of device %" PRIu64 ":%" PRIu64
			       ": it does not share by weight: %s",
			       it->value, it->major, it->minor, help);
	}
	return 0;
}

int limits_check(struct cgroup *c, const struct cgroup_limits *l, struct err *e)
{
	if (c->exact)
		return 0;
	if (check_idle(l, e) < 0 || check_memory(l, e) < 0 || check_clamps(l, e) < 0 ||
	    check_burst(c, l, e) < 0 || check_io_weights(c, l, e) < 0)
		return -1;
	return limits_check_above(c, l, e);
}

/* --- what is in use --- */

/* What the kernel drops first, and without harm; 0: it does not tell. */
static uint64_t file_cache(const char *dir, bool v2)
{
	scoped_str char *text = read_text(dir, "memory.stat");
	const char *key = v2 ? "file " : "total_cache ";

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, strlen(key)) == 0)
			return strtoull(line + strlen(key), NULL, 10);
	}
	return 0;
}

static uint64_t read_bytes(const char *dir, const char *file)
{
	scoped_str char *text = read_text(dir, file);

	return !text || *text == 'm' ? CGROUP_NO_LIMIT : strtoull(text, NULL, 10);
}

/* v2 reclaims, and kills where that is not enough; v1 reclaims, and refuses then. */
int limits_check_use(const char *dir, bool v2, const struct cgroup_limits *l, struct err *e)
{
	const char *limit = v2 ? "memory.max" : "memory.limit_in_bytes";
	uint64_t used = read_bytes(dir, v2 ? "memory.current" : "memory.usage_in_bytes");
	uint64_t now = read_bytes(dir, limit);
	char size[3][16];

	if (!l->memory_check_before_update || !is_limited(l->memory_max) || !is_limited(used) ||
	    used <= l->memory_max || now <= l->memory_max)
		return 0;
	return err_tell(e, EBUSY,
			"set %s/%s to %s: %s is in use, %s of it cached files: the kernel would "
			"drop those, and %s",
			dir, limit, size_format(l->memory_max, size[0]), size_format(used, size[1]),
			size_format(file_cache(dir, v2), size[2]),
			v2 ? "kill where that is not enough" : "refuse where that is not enough");
}
