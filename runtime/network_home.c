/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/network_home.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

int network_here(uint64_t *cookie, struct err *e)
{
	scoped_fd int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof *cookie;

	if (sock < 0 || getsockopt(sock, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &size) < 0)
		return err_set(e, errno, "identify this network namespace");
	return 0;
}

/* Go and see. What PATH is may have changed or gone meanwhile. */
static bool enter_if_home(const char *path, uint64_t home)
{
	struct err ignored = { 0 };
	scoped_fd int ns = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	uint64_t cookie = 0;

	return ns >= 0 && setns(ns, CLONE_NEWNET) == 0 && network_here(&cookie, &ignored) == 0 &&
	       cookie == home;
}

static bool enter_that_of_a_process(uint64_t home)
{
	scoped_dir DIR *proc = opendir("/proc");
	const struct dirent *d;

	while (proc && (d = readdir(proc))) {
		scoped_str char *path = str_printf("/proc/%s/ns/net", d->d_name);

		if (d->d_name[0] >= '0' && d->d_name[0] <= '9' && enter_if_home(path, home))
			return true;
	}
	return false;
}

/* Where ip-netns(8) and others keep one that no process is in: a mount whose root is "net:[...]",
 * proc_pid_mountinfo(5). */
static bool enter_that_of_a_mount(uint64_t home)
{
	scoped_file FILE *table = fopen("/proc/self/mountinfo", "re");
	scoped_str char *line = NULL;
	char root[32], point[PATH_MAX];
	size_t size = 0;

	while (table && getline(&line, &size, table) > 0)
		if (sscanf(line, "%*s %*s %*s %31s %4095s", root, point) == 2 &&
		    strncmp(root, "net:[", strlen("net:[")) == 0 && enter_if_home(point, home))
			return true;
	return false;
}

int network_return(int *back, struct err *e)
{
	int r = *back < 0 ? 0 : setns(*back, CLONE_NEWNET);

	if (r < 0)
		err_set(e, errno, "return to the caller's network namespace");
	fd_drop(back);
	return r;
}

int network_go_home(const struct record *r, int *back, bool *gone, struct err *e)
{
	uint64_t here = 0;

	*back = -1;
	*gone = false;
	if (network_here(&here, e) < 0)
		return -1;
	if (here == r->host_netns)
		return 0;
	*back = fs_open_at(AT_FDCWD, "/proc/self/ns/net", O_RDONLY, 0, e);
	if (*back < 0)
		return -1;
	if (enter_that_of_a_process(r->host_netns) || enter_that_of_a_mount(r->host_netns))
		return 0;
	*gone = true;
	return network_return(back, e);
}
