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

	/* --- OCI --- */
	const struct spec *container; /* NULL: a VNF */
	const char *subgroup;         /* below the container's group; NULL: in it */
	unsigned first_fd;            /* those from 3 to below it are the caller's; 0: none */
	bool detach;                  /* return once it has been exec'd */
	int console_socket;           /* gets the master of the terminal; -1: it is relayed */
	int pidfd_socket;             /* gets a pidfd; -1: none */
	const char *pid_file;
	int agent; /* of a filter that notifies; -1: none */
	const char *agent_metadata;
};
#define ATTACH_NONE .console_socket = -1, .pidfd_socket = -1, .agent = -1

/* Enter cgroup, then namespaces, fork, exec; wait. *STATUS: the exit code to pass on: the process's
 * own, 128 + signal; with DETACH 0. -1 and an error when it never ran; then *STATUS is 127 (not
 * found), 126 (not executable) or 1. Nothing of the host's descriptors but stdin, stdout, stderr
 * and those of FIRST_FD gets in. */
int attach_run(const struct attach *a, int *status, struct err *e);

#endif
