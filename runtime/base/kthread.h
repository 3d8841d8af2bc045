/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_KTHREAD_H
#define NFRUN_BASE_KTHREAD_H

/* Kernel threads, by number as this process counts. They are in the machine's pid namespace alone:
 * from within another one there are none. */

#include "runtime/base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* PF_KTHREAD. False also for what has ended, or that we cannot see. */
bool is_kernel_thread(pid_t tid);

/* It runs, or would if it might: a throttled one, too. */
bool thread_is_runnable(pid_t tid);

/* The CPU time that a thread, of whatever kind, has used, in ns. ESRCH: it has ended. */
int thread_cpu_ns(pid_t tid, uint64_t *ns, struct err *e);

#endif
