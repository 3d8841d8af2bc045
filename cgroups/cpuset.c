/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/cpuset.h"
#include "cgroups/packet.h"
#include "cgroups/partition.h"
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

static int inherit_file(const char *dir, const char *file, struct err *e)
{
	scoped_str char *above = dir_above(dir), *own = NULL, *theirs = NULL;
	scoped_str char *path = str_printf("%s/%s", dir, file);

	if (read_line(dir, file, &own, e) < 0)
		return -1;
	if (*own)
		return 0;
	if (inherit_file(above, file, e) < 0 || read_line(above, file, &theirs, e) < 0)
		return -1;
	return fs_write_at(AT_FDCWD, path, theirs, e);
}

/* The recursion ends at the root of the hierarchy at the latest, which has all there is. */
int cpuset_inherit(const char *dir, struct err *e)
{
	return inherit_file(dir, "cpuset.cpus", e) < 0 ? -1 : inherit_file(dir, "cpuset.mems", e);
}

char *cpuset_read(const char *dir, const char *file)
{
	scoped_str char *line = NULL;
	struct err missing = { 0 };

	return read_line(dir, file, &line, &missing) == 0 ? str_take(&line) : NULL;
}

bool cpus_are_same(const char *a, const char *b)
{
	struct cpulist x, y;

	return a && b && cpulist_parse(a, &x) && cpulist_parse(b, &y) && cpulist_within(&x, &y) &&
	       cpulist_within(&y, &x);
}

/* --- what there is --- */

/* The first that LIST has and ALLOWED has not; -1: none. */
static int first_outside(const char *list, const char *allowed)
{
	struct cpulist want, have = { 0 };

	if (!cpulist_parse(list, &want))
		return -1;
	(void)cpulist_parse(allowed, &have); /* empty: then nothing is */
	for (unsigned int i = 0; i < CPU_MAX; i++)
		if (cpulist_has(&want, i) && !cpulist_has(&have, i))
			return (int)i;
	return -1;
}

static int list_check(const char *what, const char *list, const char *allowed, const char *whose,
		      struct err *e)
{
	struct cpulist want, have;

	if (!cpulist_parse(list, &want))
		return err_set(e, EINVAL, "%s %s: not a list such as 0-2,5", what, list);
	if (!cpulist_parse(allowed, &have))
		return err_set(e, EINVAL, "%s %s: %s has '%s'", what, list, whose, allowed);
	return first_outside(list, allowed) < 0
		       ? 0
		       : err_set(e, 0, "%s %s: %s has %s", what, list, whose, allowed);
}

int cpus_check(const char *list, const char *allowed, const char *whose, struct err *e)
{
	return list_check("cpus", list, allowed, whose, e);
}

int cpus_check_online(const char *list, const char *online, const char *present, struct err *e)
{
	int cpu = first_outside(list, online);

	if (cpu >= 0 && first_outside(list, present) < 0)
		return err_set(e, 0,
			       "cpus %s: CPU %d is offline: write 1 to "
			       "/sys/devices/system/cpu/cpu%d/online, or choose of %s",
			       list, cpu, cpu, online);
	return cpus_check(list, online, "this host", e);
}

/* --- what the groups above have --- */

/* v2 takes what does not exist, or what the groups above withhold, without a word, and then runs
 * the group elsewhere; v1 says EINVAL or EACCES. Neither is an answer. FILES are v2's name of what
 * the group above has, v1's since Linux 3.17, and v1's before. The caller frees. */
static char *read_allowed(const char *above, const char *const files[3], struct err *e)
{
	scoped_str char *allowed = NULL;

	for (size_t i = 0; i < 2; i++) {
		char *there = cpuset_read(above, files[i]);

		if (there)
			return there;
	}
	return read_line(above, files[2], &allowed, e) < 0 ? NULL : str_take(&allowed);
}

int cpuset_check_cpus(const char *dir, const char *list, const char *own, struct err *e)
{
	static const char *const files[] = { "cpuset.cpus.effective", "cpuset.effective_cpus",
					     "cpuset.cpus" };
	scoped_str char *above = dir_above(dir), *allowed = read_allowed(above, files, e);
	scoped_str char *whose = str_printf("the group above, %s,", above);
	scoped_str char *online = cpuset_read("/sys/devices/system/cpu", "online");
	scoped_str char *present = cpuset_read("/sys/devices/system/cpu", "present");

	if (!allowed ||
	    (online && cpus_check_online(list, online, present ? present : online, e) < 0))
		return -1;

	scoped_str char *both = own && *own
					? str_printf("%s%s%s", allowed, *allowed ? "," : "", own)
					: str_take(&allowed);
	int cpu = first_outside(list, both);
	if (cpus_check(list, both, whose, e) == 0)
		return 0;
	return cpu < 0 ? -1 : partition_explain(dir, (unsigned int)cpu, e);
}

int cpuset_check_mems(const char *dir, const char *list, struct err *e)
{
	static const char *const files[] = { "cpuset.mems.effective", "cpuset.effective_mems",
					     "cpuset.mems" };
	scoped_str char *above = dir_above(dir), *allowed = read_allowed(above, files, e);
	scoped_str char *whose = str_printf("the group above, %s,", above);
	scoped_str char *online = cpuset_read("/sys/devices/system/node", "online");

	if (!allowed || (online && list_check("mems", list, online, "this host", e) < 0))
		return -1;
	return list_check("mems", list, allowed, whose, e);
}

/* --- rows --- */

int v1_cpuset_cpus(struct settings *s, const char *dir, const struct cgroup_limits *l,
		   struct err *e)
{
	const char *type = l->cpu_partition;

	if (type && strcmp(type, "member") != 0)
		return err_set(e, 0,
			       "cpuset.cpus.partition %s: controller cpuset is on cgroup v1 here "
			       "(%s), which has no partitions: boot with "
			       "systemd.unified_cgroup_hierarchy=1, or keep the others off these "
			       "CPUs by their own cpus",
			       type, dir);
	if (!l->cpus || !*l->cpus)
		return 0;
	if (cpuset_check_cpus(dir, l->cpus, NULL, e) < 0)
		return -1;
	packet_add_list(s, dir, "cpuset.cpus", l->cpus);
	return 0;
}

int cpuset_mems(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	if (cpuset_check_mems(dir, l->mems, e) < 0)
		return -1;
	packet_add_list(s, dir, "cpuset.mems", l->mems);
	return 0;
}
