/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/cpuset.h"
#include "cgroups/controllers.h"
#include "cgroups/tree.h"
#include "runtime/base/fs.h"
#include "runtime/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int read_line(const char *dir, const char *file, char **out, struct err *e)
{
	scoped_str char *path = str_printf("%s/%s", dir, file);

	if (fs_read_at(AT_FDCWD, path, out, NULL, e) < 0)
		return -1;
	(*out)[strcspn(*out, "\n")] = '\0';
	return 0;
}

int cpuset_inherit(const char *dir, struct err *e)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	scoped_str char *above = dir_above(dir);

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		scoped_str char *own = NULL, *theirs = NULL;
		scoped_str char *path = str_printf("%s/%s", dir, files[i]);

		if (read_line(dir, files[i], &own, e) < 0)
			return -1;
		if (*own)
			continue;
		if (read_line(above, files[i], &theirs, e) < 0 ||
		    fs_write_at(AT_FDCWD, path, theirs, e) < 0)
			return -1;
	}
	return 0;
}

int cpus_check(const char *list, const char *allowed, const char *whose, struct err *e)
{
	struct cpulist want, have;

	if (!cpulist_parse(list, &want))
		return err_set(e, EINVAL, "cpus %s: not a list such as 0-2,5", list);
	if (!cpulist_parse(allowed, &have))
		return err_set(e, EINVAL, "cpus %s: %s has '%s'", list, whose, allowed);
	for (unsigned int cpu = 0; cpu < CPU_MAX; cpu++)
		if (cpulist_has(&want, cpu) && !cpulist_has(&have, cpu))
			return err_set(e, 0, "cpus %s: %s has %s", list, whose, allowed);
	return 0;
}

/* v2 takes CPUs that do not exist, or that the groups above withhold, without a word, and then
 * runs the group on others; v1 says EINVAL or EACCES. Neither is an answer. */
static int check_allowed(const struct part *p, const char *list, struct err *e)
{
	scoped_str char *above = dir_above(p->dir), *allowed = NULL, *online = NULL;
	scoped_str char *whose = str_printf("the group above, %s,", above);
	const char *file = p->v2 ? "cpuset.cpus.effective" : "cpuset.effective_cpus";
	struct err missing = { 0 };

	if (read_line("/sys/devices/system/cpu", "online", &online, e) < 0 ||
	    cpus_check(list, online, "this host", e) < 0)
		return -1;
	/* cpuset.effective_cpus came with Linux 3.17, and only matters where CPUs come and go */
	if (read_line(above, file, &allowed, &missing) < 0 &&
	    read_line(above, "cpuset.cpus", &allowed, e) < 0)
		return -1;
	return cpus_check(list, allowed, whose, e);
}

int cpuset_add(struct cgroup *c, const char *list, struct settings *s, struct err *e)
{
	const struct part *p = part_of(c, "cpuset");

	if (!p)
		return err_set(e, 0,
			       "cpuset.cpus: controller cpuset is mounted nowhere "
			       "(/proc/self/mountinfo)");
	if (p->v2 && controllers_require(p->dir, "cpuset", e) < 0)
		return err_wrap(e, "cpuset.cpus");
	if (check_allowed(p, list, e) < 0)
		return -1;
	settings_add(s, p->dir, "cpuset.cpus", "%s", list);
	return 0;
}

/* --- late --- */

static int move_all(const struct pids *who, const char *dir, struct err *e)
{
	scoped_str char *procs = str_printf("%s/cgroup.procs", dir);

	for (size_t i = 0; i < who->n; i++) {
		char pid[24];

		(void)snprintf(pid, sizeof pid, "%d", who->v[i]);
		if (fs_write_at(AT_FDCWD, procs, pid, e) < 0 && e->code != ESRCH)
			return -1;
	}
	return 0;
}

/* A process that forks while we move it leaves a child behind: look again until all are over. */
static int join_late(struct cgroup *c, const struct part *p, struct err *e)
{
	enum { ROUNDS = 32 };

	for (int i = 0; i < ROUNDS; i++) {
		scoped(pids_drop) struct pids all = { 0 }, there = { 0 };

		if (cgroup_pids(c, &all.v, &all.n, e) < 0 || tree_pids(p->dir, &there, e) < 0)
			return -1;
		if (all.n == there.n)
			return 0;
		if (move_all(&all, p->dir, e) < 0)
			return -1;
	}
	return err_set(e, EAGAIN, "move the group's processes to %s: it forks faster than that",
		       p->dir);
}

int cpuset_prepare(struct cgroup *c, const struct cgroup_limits *l, bool *joined, struct err *e)
{
	const struct part *p = part_of(c, "cpuset");

	if (!p)
		return 0; /* cpuset_add says so */
	if (p->v2) {
		scoped_str char *above = dir_above(p->dir);

		return controllers_enable(c, above, l, e);
	}
	if (part_exists(p))
		return 0;
	*joined = true;
	if (tree_make(c, p, l, e) == 0 && join_late(c, p, e) == 0)
		return 0;
	cpuset_leave(c, e);
	return -1;
}

void cpuset_leave(struct cgroup *c, struct err *e)
{
	const struct part *p = part_of(c, "cpuset");
	scoped_str char *nfrun = dir_above(p->dir), *above = dir_above(nfrun);
	scoped(pids_drop) struct pids there = { 0 };
	struct err failed = { 0 };

	if (tree_pids(p->dir, &there, &failed) == 0 && move_all(&there, above, &failed) == 0 &&
	    tree_remove(p->dir, &failed) == 0)
		return;
	err_wrap(e, "%s could not be removed (%s)", p->dir, failed.text);
}
