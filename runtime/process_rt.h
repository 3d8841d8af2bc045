/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PROCESS_RT_H
#define NFRUN_RUNTIME_PROCESS_RT_H

#include <sys/types.h>

/* The cpu.rt_runtime_us of PID's group (0: the caller's), when it is there and 0: the reason why
 * the kernel refuses real-time policies in it. NULL: that is not the reason. The caller frees. */
char *process_rt_file(pid_t pid);

/* The same path from the texts of /proc/PID/cgroup and /proc/self/mountinfo; NULL: no v1 hierarchy
 * with the cpu controller, or its mount does not show that group. */
char *process_rt_path(const char *cgroup, const char *mountinfo);

#endif
