/* SPDX-License-Identifier: Apache-2.0 */
/* The leaf of kernel threads: its quota, what it was billed, and what holds it on v1 when the
 * limits of its group change. */
#include "cgroups/controllers.h"
#include "cgroups/limits.h"
#include "cgroups/packet.h"
#include "cgroups/stats.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static const char quota_file[] = "cpu.cfs_quota_us", period_file[] = "cpu.cfs_period_us";

/* The smaller share of WANTED and what the group has. */
static struct quota fitting(struct quota wanted, struct quota group)
{
	bool fits = group.quota < 0 || (wanted.quota >= 0 &&
					wanted.quota * group.period <= group.quota * wanted.period);

	return fits || wanted.quota < 0 ? wanted : group;
}

/* Each combination on the way has to be one that the kernel takes. */
static void add_quota(struct settings *s, const char *leaf, struct quota q)
{
	settings_add(s, leaf, quota_file, "-1");
	if (q.period > 0)
		settings_add(s, leaf, period_file, "%" PRId64, q.period);
	if (q.quota >= 0)
		settings_add(s, leaf, quota_file, "%" PRId64, q.quota);
}

/* --- when the group's own limits change (v1) --- */

void packet_add_list(struct settings *s, const char *dir, const char *file, const char *list)
{
	scoped_str char *leaf = packet_leaf(dir), *tasks = str_printf("%s/tasks", leaf);
	scoped_str char *path = str_printf("%s/%s", leaf, file), *now = NULL;
	struct err missing = { 0 };

	/* v2's leaf has no list of its own, and gets along with any of the group's */
	if (access(tasks, F_OK) == 0 && fs_read_at(AT_FDCWD, path, &now, NULL, &missing) == 0) {
		now[strcspn(now, "\n")] = '\0';
		settings_add(s, dir, file, "%s,%s", now, list);
		settings_add(s, leaf, file, "%s", list);
	}
	settings_add(s, dir, file, "%s", list);
}

void packet_lift_quota(struct settings *s, const char *dir)
{
	scoped_str char *leaf = packet_leaf(dir);
	struct quota now;

	if (quota_read(leaf, false, &now) && now.quota >= 0)
		settings_add(s, leaf, quota_file, "-1");
}

void packet_fit_quota(struct settings *s, const char *dir, int64_t quota, int64_t period)
{
	scoped_str char *leaf = packet_leaf(dir);
	struct quota now;

	if (quota_read(leaf, false, &now) && now.quota >= 0)
		add_quota(s, leaf, fitting(now, (struct quota){ quota, period }));
}

/* --- the leaf's own quota --- */

static int v1_quota(const char *dir, const char *leaf, struct quota wanted, struct err *e)
{
	scoped(settings_drop) struct settings s = { 0 };
	struct quota group = { .quota = -1 };

	(void)quota_read(dir, false, &group);
	add_quota(&s, leaf, fitting(wanted, group));
	return settings_write(&s, true, e);
}

static int hand_on_cpu(const struct cgroup *c, const struct part *p, struct err *e)
{
	scoped_str char *control = str_printf("%s/cgroup.subtree_control", p->dir);

	if (c->exact)
		return err_tell(e, EOPNOTSUPP,
				"%s/packet can have no cpu.max: the container's processes are in "
				"the group above it, which then cannot hand on its cpu controller "
				"(cgroup v2, \"No Internal Process Constraint\")",
				p->dir);
	if (controllers_require(p->dir, "cpu", e) < 0 ||
	    fs_write_at(AT_FDCWD, control, "+cpu", e) < 0)
		return err_wrap(e, "packet quota");
	return 0;
}

static int v2_quota(const struct cgroup *c, const struct part *p, const char *leaf,
		    struct quota wanted, struct err *e)
{
	scoped_str char *file = str_printf("%s/cpu.max", leaf);
	scoped_str char *text =
		wanted.quota < 0 ? str_dup("max")
				 : str_printf("%" PRId64 " %" PRId64, wanted.quota, wanted.period);

	if (access(file, F_OK) < 0) {
		if (wanted.quota < 0)
			return 0; /* it never had one */
		if (hand_on_cpu(c, p, e) < 0)
			return -1;
	}
	return fs_write_at(AT_FDCWD, file, text, e);
}

int cgroup_packet_quota(struct cgroup *c, uint64_t quota_us, uint64_t period_us, struct err *e)
{
	const struct part *p = part_of(c, "cpu");
	bool limiting = is_limited(quota_us);
	struct quota wanted = { limiting ? (int64_t)quota_us : -1, (int64_t)period_us };

	if (!p || !part_exists(p))
		return limiting ? err_tell(e, EOPNOTSUPP,
					   "packet quota: no group holds this container's CPU time")
				: 0;

	scoped_str char *leaf = packet_leaf(p->dir);
	if (!limiting && access(leaf, F_OK) < 0)
		return 0;
	if (mkdir(leaf, 0755) < 0 && errno != EEXIST)
		return err_set(e, errno, "make group %s", leaf);
	return p->v2 ? v2_quota(c, p, leaf, wanted, e) : v1_quota(p->dir, leaf, wanted, e);
}

/* --- what it was billed --- */

/* v2 counts CPU time in every group, with and without controllers. */
static int read_usage(const struct part *p, uint64_t *us, struct err *e)
{
	scoped_str char *leaf = packet_leaf(p->dir), *text = NULL;
	scoped_str char *file = str_printf("%s/%s", leaf, p->v2 ? "cpu.stat" : "cpuacct.usage");
	struct err failed = { 0 };

	*us = 0;
	if (fs_read_at(AT_FDCWD, file, &text, NULL, &failed) < 0)
		return failed.code == ENOENT || failed.code == ENODEV
			       ? 0
			       : err_set(e, failed.code, "%s", failed.text);
	if (!stats_find(text, p->v2 ? "usage_usec" : NULL, us))
		*us = CGROUP_UNSET;
	else if (!p->v2)
		*us /= 1000;
	return 0;
}

int cgroup_packet_usage(struct cgroup *c, uint64_t *us, struct err *e)
{
	const struct part *p = part_v2(c);

	if (!p)
		p = part_of(c, "cpuacct");
	*us = CGROUP_UNSET;
	return p ? read_usage(p, us, e) : 0;
}
