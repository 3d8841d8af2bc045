/* SPDX-License-Identifier: Apache-2.0 */
/* Processes beyond doubt: a pid is used again, a pid with its start time is not. proc(5). */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>

uint64_t proc_start_parse(const char *stat)
{
	/* The command name is in brackets and may hold anything, brackets too. */
	const char *at = strrchr(stat, ')');

	/* Behind it: a space and field 3; so field 22 follows the 20th space. */
	for (int i = 0; at && i < 20; i++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at + 1, NULL, 10) : 0;
}

int proc_id_of(pid_t pid, struct proc_id *out, struct err *e)
{
	scoped_str char *stat = NULL;
	char path[32];

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	if (fs_read_at(AT_FDCWD, path, &stat, NULL, e) < 0)
		return -1;
	*out = (struct proc_id){ pid, proc_start_parse(stat) };
	return 0;
}

int proc_id_open(const struct proc_id *p, struct err *e)
{
	struct proc_id now;
	struct err why = { 0 };

	if (p->pid == 0)
		return err_set(e, ESRCH, "no process");

	/* Open first, compare then: were the pid reused in between, the start time would tell. */
	scoped_fd int fd = pidfd_open(p->pid, 0);
	if (fd < 0)
		return err_set(e, errno, "open process %d", p->pid);
	if (proc_id_of(p->pid, &now, &why) < 0 || now.start != p->start)
		return err_set(e, ESRCH, "process %d is gone", p->pid);
	return fd_take(&fd);
}

bool proc_id_alive(const struct proc_id *p)
{
	struct err ignored = { 0 };
	scoped_fd int fd = proc_id_open(p, &ignored);
	struct pollfd ended = { .fd = fd, .events = POLLIN };

	/* A pidfd is readable once the process has ended, reaped or not. */
	return fd >= 0 && poll(&ended, 1, 0) == 0;
}

/* proc_pid_fdinfo(5): the pid in the terms of the reader's procfs. */
pid_t proc_pid_of(int pidfd, struct err *e)
{
	scoped_str char *text = NULL;
	char path[40];
	int pid = 0;

	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	if (fs_read_at(AT_FDCWD, path, &text, NULL, e) < 0)
		return -1;

	const char *line = strstr(text, "\nPid:");
	if (line)
		pid = (int)strtol(line + strlen("\nPid:"), NULL, 10);
	return pid > 0 ? pid : err_set(e, ESRCH, "find the process");
}

int boot_id_read(char **out, struct err *e)
{
	size_t n = 0;

	if (fs_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", out, &n, e) < 0)
		return -1;
	if (n > 0 && (*out)[n - 1] == '\n')
		(*out)[n - 1] = '\0';
	return 0;
}
