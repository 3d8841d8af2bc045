/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_STATE_H
#define NFRUN_RUNTIME_STATE_H

/* The OCI state: runtime-spec runtime.md, "State". Both faces, hooks and consoles get it from here.
 */

#include "runtime/spec/spec.h"

#include <sys/types.h>
#include <time.h>

#define OCI_VERSION "1.3.0"

struct oci_state { /* borrows all */
	const char *id;
	const char *status; /* "creating", "created", "running", "stopped", or runc's "paused" */
	pid_t pid;          /* as the host counts; 0: there is none */
	const char *bundle; /* absolute */
	const struct spec_pair *annotations;
	size_t n_annotations;

	/* What runc's `state` says beyond the specification; state_print only, NULL: left out. */
	const char *rootfs;
	const struct timespec *created;
	const char *owner;
};

/* For hooks and the seccomp agent: one line without a newline, no pid when there is none. The
 * caller frees. */
char *state_json(const struct oci_state *s);

/* What a seccomp agent is told of process PID (config-linux.md, "The Container Process State"): one
 * line; METADATA may be NULL. The caller frees. */
char *state_agent_json(const struct oci_state *s, pid_t pid, const char *metadata);

/* For the verb `state`: indented, with a newline behind, the pid 0 when there is none, as runc has
 * it. The caller frees. */
char *state_print(const struct oci_state *s);

/* {"level","msg","time"} in one line, as runc's --log has it. The caller frees. */
char *state_log_line(const char *level, const char *msg, const char *time);

#endif
