/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/side.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

struct nl_sock *side_socket(const struct net *n, enum net_side side)
{
	assert(side == NET_HOST || n->guest);
	return side == NET_HOST ? n->host : n->guest;
}

int netns_do(int netns_fd, side_work *work, void *arg, struct err *e)
{
	scoped_fd int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	if (own < 0)
		return err_set(e, errno, "open own network namespace");
	if (setns(netns_fd, CLONE_NEWNET) < 0)
		return err_set(e, errno, "enter network namespace");

	int r = work(arg, e);
	if (setns(own, CLONE_NEWNET) < 0)
		return err_set(e, errno, "return to own network namespace");
	return r;
}

int side_do(const struct net *n, enum net_side side, side_work *work, void *arg, struct err *e)
{
	assert(side == NET_HOST || n->guest);
	return side == NET_HOST ? work(arg, e) : netns_do(n->guest_ns, work, arg, e);
}

/* A sysfs shows the links of the network namespace in which it was made. It needs no place in any
 * tree of mounts, so nobody sees it and nothing has to be taken away. */
static int mount_sysfs(void *arg, struct err *e)
{
	int *out = arg;
	scoped_fd int fs = fsopen("sysfs", FSOPEN_CLOEXEC);

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return err_set(e, errno, "make a sysfs of the network namespace");
	*out = fsmount(fs, FSMOUNT_CLOEXEC,
		       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return *out < 0 ? err_set(e, errno, "make a sysfs of the network namespace") : 0;
}

int side_sysfs(const struct net *n, enum net_side side, struct err *e)
{
	scoped_fd int fd = -1;

	return side_do(n, side, mount_sysfs, &fd, e) < 0 ? -1 : fd_take(&fd);
}

char *side_sysfs_path(const char *name, const char *file)
{
	return str_printf("class/net/%s/%s", name, file);
}
