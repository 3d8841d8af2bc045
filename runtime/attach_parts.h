/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_ATTACH_PARTS_H
#define NFRUN_RUNTIME_ATTACH_PARTS_H

/* Between the files of attach. */

#include "runtime/attach.h"

#include <stdbool.h>
#include <sys/types.h>

/* The namespaces of PID (CLONE_NEW*) that are not ours already: one's own user namespace cannot be
 * entered again, and the others need no privilege that a caller may lack. PID may have ended and
 * its number be another's: the caller looks again afterwards. */
int attach_namespaces(pid_t pid, int *wanted, struct err *e);

/* attach_outside.c: what it takes the host's root to set, or to know. The process waits for it. */
bool attach_is_helped(const struct attach *a);
/* Needs the host's /proc and privileges. */
int attach_set_outside(const struct attach *a, pid_t pid, struct err *e);
/* process_scheduler_waits: the process is to ask, and attach_schedule, nothing else, to answer. */
bool attach_schedules_late(const struct attach *a);
int attach_schedule(const struct attach *a, int sock, int pidfd, struct err *e);

#endif
