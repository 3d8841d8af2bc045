/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/selfexe.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

bool selfexe_is_sealed(void)
{
	scoped_fd int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && fcntl(fd, F_GET_SEALS) >= 0 && (fcntl(fd, F_GET_SEALS) & SEALS) == SEALS;
}

/* On a mount of the host's that is read-only anyway, or on ours. */
static bool is_read_only(void)
{
	scoped_fd int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct statvfs s;

	return fd >= 0 && fstatvfs(fd, &s) == 0 && (s.f_flag & ST_RDONLY);
}

static int copy_to(int memfd, struct err *e)
{
	scoped_fd int exe = fs_open_at(AT_FDCWD, "/proc/self/exe", O_RDONLY, 0, e);
	struct stat st;
	ssize_t n;

	if (exe < 0)
		return -1;
	if (fstat(exe, &st) < 0)
		return err_set(e, errno, "stat /proc/self/exe");
	for (off_t done = 0; done < st.st_size;) {
		n = sendfile(memfd, exe, &done, (size_t)(st.st_size - done));
		if (n <= 0)
			return err_set(e, n < 0 ? errno : EIO, "copy /proc/self/exe");
	}
	if (fcntl(memfd, F_ADD_SEALS, SEALS) < 0)
		return err_set(e, errno, "seal the copy of nfrun");
	return 0;
}

int selfexe_exec(char *const argv[], struct err *e)
{
	scoped_fd int memfd = memfd_create("nfrun", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (memfd < 0 && errno == EINVAL)
		memfd = memfd_create("nfrun", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memfd < 0)
		return err_set(e, errno, "make a copy of nfrun in memory");
	if (copy_to(memfd, e) < 0)
		return -1;
	fexecve(memfd, argv, environ);
	return err_set(e, errno, "exec the copy of nfrun in memory");
}

/* A detached mount of the program's file alone, read-only: that costs next to nothing, where
 * copying costs as much as starting the program. Returns when it cannot be had. */
static void exec_read_only(char *const argv[])
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	scoped_fd int fd =
		open_tree(AT_FDCWD, "/proc/self/exe", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd >= 0 && mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof attr) == 0)
		fexecve(fd, argv, environ);
}

int selfexe_again(bool may_mount, struct err *e)
{
	scoped_str char *line = NULL;
	scoped_strs struct strs argv = { 0 };
	size_t n = 0;

	if (selfexe_is_sealed() || (!may_mount && is_read_only()))
		return 0;
	if (fs_read_at(AT_FDCWD, "/proc/self/cmdline", &line, &n, e) < 0)
		return -1;
	for (size_t at = 0; at < n; at += strlen(line + at) + 1)
		strs_add(&argv, line + at);
	if (argv.n == 0)
		return err_set(e, 0, "no command line");
	if (!may_mount)
		exec_read_only(argv.v);
	return selfexe_exec(argv.v, e);
}
