/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/kthread.h"
#include "runtime/base/fs.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* proc(5), "stat", from behind the name, which may hold anything: ") R 2 0 ..." or NULL. The caller
 * frees *TEXT. */
static const char *stat_of(pid_t tid, char **text)
{
	scoped_str char *file = str_printf("/proc/%d/stat", tid);
	struct err gone = { 0 };

	return fs_read_at(AT_FDCWD, file, text, NULL, &gone) < 0 ? NULL : strrchr(*text, ')');
}

bool is_kernel_thread(pid_t tid)
{
	enum { KTHREAD = 0x00200000 };
	scoped_str char *text = NULL;
	const char *end = stat_of(tid, &text);
	unsigned int flags;

	return end && sscanf(end, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 && /* NOLINT */
	       (flags & KTHREAD);
}

bool thread_is_runnable(pid_t tid)
{
	scoped_str char *text = NULL;
	const char *end = stat_of(tid, &text);

	return end && strncmp(end, ") R", 3) == 0;
}

/* sched-stats.txt: the first number is what the scheduler charged, exact to the ns. */
int thread_cpu_ns(pid_t tid, uint64_t *ns, struct err *e)
{
	scoped_str char *dir = str_printf("/proc/%d", tid);
	scoped_str char *file = str_printf("%s/schedstat", dir), *text = NULL;

	if (fs_read_at(AT_FDCWD, file, &text, NULL, e) == 0) {
		*ns = strtoull(text, NULL, 10);
		return 0;
	}
	if (e->code == ESRCH || access(dir, F_OK) < 0)
		return err_set(e, ESRCH, "CPU time of thread %d", tid);
	return err_wrap(e, "CPU time of thread %d (CONFIG_SCHED_INFO)", tid);
}
