/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_CONTAINER_H
#define NFRUN_RUNTIME_CONTAINER_H

/* One container while a process of ours works on it. */

#include "cgroups/cgroup.h"
#include "netns/port.h"
#include "runtime/base/err.h"
#include "runtime/record.h"
#include "runtime/seccomp.h"
#include "runtime/spec/spec.h"

struct container {
	const char *root;   /* the state root's path */
	int root_fd;        /* the state root */
	int dir_fd;         /* ROOT/ID */
	int lock_fd;        /* ROOT/ID/lock, held */
	struct spec *spec;  /* NULL when only undoing */
	struct record rec;
	struct cgroup *cgroup;
	struct net *net;
	struct seccomp_program seccomp;
	int init_pidfd;
	int stage;     /* our end of the stage socket */
	int hangup_fd; /* closes when who asked is gone; -1: nobody asks */
	int out_fd, err_fd; /* the FIFOs as the container will have them */
};

#endif
