/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/selfexe.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
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

int selfexe_again(struct err *e)
{
	scoped_str char *line = NULL;
	scoped_strs struct strs argv = { 0 };
	size_t n = 0;

	if (selfexe_is_sealed())
		return 0;
	if (fs_read_at(AT_FDCWD, "/proc/self/cmdline", &line, &n, e) < 0)
		return -1;
	for (size_t at = 0; at < n; at += strlen(line + at) + 1)
		strs_add(&argv, line + at);
	return argv.n > 0 ? selfexe_exec(argv.v, e) : err_set(e, 0, "no command line");
}
