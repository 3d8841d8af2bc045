/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/kthread.h"
#include "runtime/base/fs.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* proc(5), "stat": the seventh field after the name, which may hold anything. */
bool is_kernel_thread(pid_t tid)
{
	enum { KTHREAD = 0x00200000 };
	scoped_str char *file = str_printf("/proc/%d/stat", tid), *text = NULL;
	struct err gone = { 0 };
	unsigned int flags;

	if (fs_read_at(AT_FDCWD, file, &text, NULL, &gone) < 0)
		return false;

	const char *end = strrchr(text, ')');
	return end && sscanf(end, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 && /* NOLINT */
	       (flags & KTHREAD);
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
