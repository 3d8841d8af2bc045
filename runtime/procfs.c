/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/procfs.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum { PROC_ROOT_INO = 1 }; /* what else of a proc is bound there has another number */

int procfs_open(struct err *e)
{
	scoped_fd int fd = fs_open_at(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, e);
	struct statfs fs;
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return err_set(e, errno, "look at /proc");
	if (fs.f_type != PROC_SUPER_MAGIC || st.st_ino != PROC_ROOT_INO)
		return err_set(e, 0, "/proc is not the kernel's: that takes a mount of proc there");
	return fd_take(&fd);
}

int procfs_open_file(int proc, const char *path, int flags, struct err *e)
{
	const struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	int fd = sys_openat2(proc, path, &how);

	if (fd >= 0)
		return fd;
	if (errno == EXDEV)
		return err_set(e, 0,
			       "/proc/%s is covered by another mount: nothing is written there",
			       path);
	return err_set(e, errno, "open /proc/%s", path);
}

int procfs_write(int proc, const char *path, const char *value, struct err *e)
{
	scoped_fd int fd = procfs_open_file(proc, path, O_WRONLY, e);
	size_t len = strlen(value);

	if (fd < 0)
		return -1;
	ssize_t n = write(fd, value, len);
	if (n < 0)
		return err_set(e, errno, "write '%s' to /proc/%s", value, path);
	if ((size_t)n != len)
		return err_set(e, EIO, "write '%s' to /proc/%s: only %zd bytes taken", value, path,
			       n);
	return 0;
}
