/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_INIT_H
#define NFRUN_RUNTIME_INIT_H

/* The child's side: from clone to a container that runs, as a table of steps. A VNF's init stays as
 * PID 1; an OCI container's waits for `start` and becomes the process. */

#include "runtime/container.h"
#include "runtime/rootfs_oci.h"

#include <stdnoreturn.h>

struct init {
	struct container *c; /* a copy of the parent's, to read */
	int sock;            /* stage messages; from `start` on, who started it */
	int out, err;        /* become stdout and stderr; -1: keep the parent's */
	pid_t payload;       /* 0: PID 1 alone holds the container */

	/* --- OCI --- */
	pid_t host_pid; /* what the host calls this process */
	struct rootfs_oci rootfs;
	char *program; /* found at create, exec'd at start */
};

/* All signals are blocked. Owns nothing of the parent's and leaves by _exit only. */
noreturn void init_main(struct init *in);
/* init_oci.c: the same for a container made of a config.json. */
noreturn void init_main_oci(struct init *in);

struct init_step {
	const char *name; /* "" : its errors need no context */
	int (*run)(struct init *in, struct err *e);
};
/* All in order; one that fails is told to who listens, and ends the process. */
void init_walk(struct init *in, const struct init_step *walk, size_t n);

/* Steps of both faces, and parts of such. */
int init_enter_cgroup(struct init *in, struct err *e);
int init_cgroup_namespace(struct init *in, struct err *e);
int init_hostname(struct init *in, struct err *e);
int init_become_root(bool new_keyring, struct err *e);
int init_sysctl(struct init *in, struct err *e);

/* init_signals.c. An init that waits for `start` is a container that callers signal: from here on
 * what would end a process ends it, also as PID 1. */
void init_signals_take(void);
/* Block them all again, as they are from the clone on: pid1_main takes them. */
void init_signals_hold(void);

/* pid1.c: what PID 1 does for the rest of its life: reap, pass signals on, note how the payload
 * ended. */
noreturn void pid1_main(struct init *in);

/* setup.c */
int init_run_setup(struct init *in, struct err *e);
int init_start_process(struct init *in, struct err *e);

#endif
