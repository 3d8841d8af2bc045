/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/link.h"
#include "netns/side.h"
#include "runtime/base/fs.h"
#include "runtime/base/strs.h"
#include "runtime/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int read_online(int sysfs, struct cpulist *out, struct err *e)
{
	static const char path[] = "devices/system/cpu/online";
	scoped_str char *text = NULL;

	if (fs_read_at(sysfs, path, &text, NULL, e) < 0)
		return -1;
	text[strcspn(text, "\n")] = '\0';
	return cpulist_parse(text, out) ? 0 : err_set(e, EPROTO, "understand %s: '%s'", path, text);
}

/* CPUs that are not online the kernel leaves out without a word, and uses none when it is left with
 * none. */
static int parse(int sysfs, const char *cpus, struct cpulist *out, struct err *e)
{
	struct cpulist online;

	*out = (struct cpulist){ 0 };
	if (!*cpus)
		return 0;
	if (!cpulist_parse(cpus, out))
		return err_tell(e, EINVAL, "process packets on CPUs %s: not a list such as 0-2,5",
				cpus);
	if (read_online(sysfs, &online, e) < 0)
		return -1;
	if (cpulist_within(out, &online))
		return 0;

	scoped_str char *have = cpulist_format(&online);
	return err_tell(e, EINVAL, "process packets on CPUs %s: those that are online here are %s",
			cpus, have);
}

static int write_queue(int queues, const char *queue, const char *mask, struct err *e)
{
	scoped_str char *path = str_printf("%s/rps_cpus", queue);

	if (fs_write_at(queues, path, mask, e) == 0)
		return 0;
	if (e->code == ENOENT)
		return err_tell(e, EOPNOTSUPP, "this kernel has no RPS (CONFIG_RPS)");
	return -1;
}

static int write_all(int queues, const char *mask, struct err *e)
{
	int fd = fcntl(queues, F_DUPFD_CLOEXEC, 0);
	scoped_dir DIR *d = fdopendir(fd);

	if (!d) {
		int code = errno;

		fd_drop(&fd);
		return err_set(e, code, "list receive queues");
	}
	for (struct dirent *entry; (entry = readdir(d));)
		if (strncmp(entry->d_name, "rx-", 3) == 0 &&
		    write_queue(queues, entry->d_name, mask, e) < 0)
			return -1;
	return 0;
}

int rps_set(struct net *n, enum net_side side, const char *name, const char *cpus, struct err *e)
{
	scoped_str char *path = side_sysfs_path(name, "queues");
	struct cpulist list;
	struct link_info l;

	if (link_get(side_socket(n, side), name, &l, e) < 0)
		return -1;

	scoped_fd int sysfs = side_sysfs(n, side, e);
	if (sysfs < 0 || parse(sysfs, cpus, &list, e) < 0)
		return -1;

	scoped_str char *mask = cpumask_format(&list);
	scoped_fd int queues = fs_open_at(sysfs, path, O_RDONLY | O_DIRECTORY, 0, e);
	if (queues < 0 || write_all(queues, mask, e) < 0)
		return err_wrap(e, "RPS of %s", name);
	return 0;
}
