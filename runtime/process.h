/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PROCESS_H
#define NFRUN_RUNTIME_PROCESS_H

/* The last stretch of a process on its way into a container: from a child of ours to the program.
 */

#include "runtime/base/err.h"
#include "runtime/seccomp.h"
#include "runtime/spec/spec.h"

/* Limits, groups, user, capabilities, directory, filter, exec. The caller is inside the namespaces
 * with all its capabilities there, and its descriptors other than 0 to 2 are CLOEXEC or closed.
 * Returns only to report a failure; E->code ENOENT or EACCES of the program itself make the exit
 * codes 127 and 126. */
int process_become(const struct spec_process *p, const struct seccomp_program *filter,
		   struct err *e);

/* 127, 126 or 1, by what process_become failed with. */
int process_exit_code(const struct err *e);

/* A session keyring of its own, empty: what the caller's login left in theirs would be the
 * container's to read, in a user namespace too. session-keyring(7). */
int process_leave_keyring(struct err *e);

/* Close every descriptor but 0, 1, 2 and those of KEEP (any order, -1 is skipped). */
int process_close_all_but(const int *keep, size_t n, struct err *e);

#endif
