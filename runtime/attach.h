/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_ATTACH_H
#define NFRUN_RUNTIME_ATTACH_H

/* Run one more process in a running container. */

#include "runtime/base/err.h"
#include "runtime/record.h"
#include "runtime/seccomp.h"
#include "runtime/spec/spec.h"

struct attach {
	const struct record *rec;           /* which container: init, cgroup, user namespace */
	const struct spec_process *process; /* args, env, cwd, user, caps, rlimits, umask */
	const struct seccomp_program *seccomp;
	bool terminal; /* allocate one inside and relay it */
};

/* Enter cgroup, then namespaces, fork, exec; wait. *STATUS: the exit code to pass on: the process's
 * own, 128 + signal. -1 and an error when it never ran; then *STATUS is 127 (not found), 126 (not
 * executable) or
 * 1. Nothing of the host's descriptors but stdin, stdout and stderr gets in. */
int attach_run(const struct attach *a, int *status, struct err *e);

#endif
