/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_SYS_H
#define NFRUN_BASE_SYS_H

/* System calls that glibc 2.36 has no wrapper for. */

#include <linux/openat2.h>
#include <linux/sched.h>
#include <sys/types.h>

pid_t sys_clone3(struct clone_args *args);                              /* clone3(2) */
int sys_openat2(int dir, const char *path, const struct open_how *how); /* openat2(2) */

#endif
