/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_INIT_H
#define NFRUN_RUNTIME_INIT_H

/* The child's side: from clone to a container that runs, as a table of steps; then PID 1. */

#include "runtime/container.h"

#include <stdnoreturn.h>

struct init {
	struct container *c; /* a copy of the parent's, to read */
	int sock;            /* stage messages */
	int out, err;        /* become stdout and stderr; -1: keep the parent's */
	pid_t payload;       /* 0: PID 1 alone holds the container */
};

/* All signals are blocked. Owns nothing of the parent's and leaves by _exit only. */
noreturn void init_main(struct init *in);

/* pid1.c: what PID 1 does for the rest of its life: reap, pass signals on, note how the payload
 * ended. */
noreturn void pid1_main(struct init *in);

/* setup.c */
int init_run_setup(struct init *in, struct err *e);
int init_start_process(struct init *in, struct err *e);

#endif
