/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/cpuset.h"
#include "cgroups/packet.h"
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

static int list_check(const char *what, const char *list, const char *allowed, const char *whose,
		      struct err *e)
{
	struct cpulist want, have;

	if (!cpulist_parse(list, &want))
		return err_set(e, EINVAL, "%s %s: not a list such as 0-2,5", what, list);
	if (!cpulist_parse(allowed, &have))
		return err_set(e, EINVAL, "%s %s: %s has '%s'", what, list, whose, allowed);
	for (unsigned int i = 0; i < CPU_MAX; i++)
		if (cpulist_has(&want, i) && !cpulist_has(&have, i))
			return err_set(e, 0, "%s %s: %s has %s", what, list, whose, allowed);
	return 0;
}

int cpus_check(const char *list, const char *allowed, const char *whose, struct err *e)
{
	return list_check("cpus", list, allowed, whose, e);
}

/* v2 takes what does not exist, or what the groups above withhold, without a word, and then runs
 * the group elsewhere; v1 says EINVAL or EACCES. Neither is an answer. FILES are v2's name of what
 * the group above has, v1's since Linux 3.17, and v1's before. */
static int check_allowed(const char *what, const char *list, const char *dir,
			 const char *const files[3], struct err *e)
{
	scoped_str char *above = dir_above(dir), *allowed = NULL;
	scoped_str char *whose = str_printf("the group above, %s,", above);
	struct err missing = { 0 };

	if (read_line(above, files[0], &allowed, &missing) < 0 &&
	    read_line(above, files[1], &allowed, &missing) < 0 &&
	    read_line(above, files[2], &allowed, e) < 0)
		return -1;
	return list_check(what, list, allowed, whose, e);
}

int cpuset_cpus(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	static const char *const files[] = { "cpuset.cpus.effective", "cpuset.effective_cpus",
					     "cpuset.cpus" };
	scoped_str char *online = NULL;

	if (read_line("/sys/devices/system/cpu", "online", &online, e) < 0 ||
	    cpus_check(l->cpus, online, "this host", e) < 0 ||
	    check_allowed("cpus", l->cpus, dir, files, e) < 0)
		return -1;
	packet_add_list(s, dir, "cpuset.cpus", l->cpus);
	return 0;
}

int cpuset_mems(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	static const char *const files[] = { "cpuset.mems.effective", "cpuset.effective_mems",
					     "cpuset.mems" };

	if (check_allowed("mems", l->mems, dir, files, e) < 0)
		return -1;
	packet_add_list(s, dir, "cpuset.mems", l->mems);
	return 0;
}
