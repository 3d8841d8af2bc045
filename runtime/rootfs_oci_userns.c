/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/sys.h"
#include "runtime/rootfs_oci_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

static int write_map(pid_t pid, const char *file, const struct spec_idmaps *maps, struct err *e)
{
	scoped_str char *path = str_printf("/proc/%d/%s", pid, file);
	scoped_str char *text = str_dup("");

	for (size_t i = 0; i < maps->n; i++) {
		char *longer = str_printf("%s%u %u %u\n", text, maps->v[i].inside,
					  maps->v[i].outside, maps->v[i].size);
		str_drop(&text);
		text = longer;
	}
	/* without a line the file stays as it is: nothing is mapped */
	return maps->n == 0 ? 0 : fs_write_at(AT_FDCWD, path, text, e);
}

static int map_and_open(pid_t pid, const struct spec_idmaps *uids, const struct spec_idmaps *gids,
			struct err *e)
{
	char path[40];

	snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
	if (write_map(pid, "uid_map", uids, e) < 0 || write_map(pid, "gid_map", gids, e) < 0)
		return -1;
	return fs_open_at(AT_FDCWD, path, O_RDONLY, 0, e);
}

/* A namespace is born with a process, and lives on with its descriptor. */
int bundle_userns_for(const struct spec_idmaps *uids, const struct spec_idmaps *gids, struct err *e)
{
	int pidfd = -1;
	struct clone_args args = { .flags = CLONE_NEWUSER | CLONE_PIDFD,
				   .exit_signal = SIGCHLD,
				   .pidfd = (uintptr_t)&pidfd };
	pid_t pid = sys_clone3(&args);
	siginfo_t info;

	if (pid == 0)
		for (;;)
			pause();
	if (pid < 0)
		return err_set(e, errno, "make a user namespace for the id maps of a mount");

	scoped_fd int child = pidfd;
	int fd = map_and_open(pid, uids, gids, e);
	(void)pidfd_send_signal(child, SIGKILL, NULL, 0); /* it waits for nothing else */
	while (waitid(P_PIDFD, (id_t)child, &info, WEXITED) < 0 && errno == EINTR)
		;
	return fd < 0 ? err_wrap(e, "id maps of a mount") : fd;
}
