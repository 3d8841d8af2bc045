/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_SUPERVISE_H
#define NFRUN_RUNTIME_SUPERVISE_H

/* A supervisor's working life: serve the output, see the end, follow the policy. */

#include "runtime/container.h"
#include "runtime/spec/vnf.h"

struct supervisor {
	struct container c;
	struct vnf *vnf;
	int ticket;  /* who asked; -1: has been told */
	int signals; /* signalfd */
	struct packet_keeper *keeper;
};

/* The container is running or restarting, and not locked. Returns when it is over, in other hands,
 * or this process was told to go. */
void supervise(struct supervisor *s);

/* Locked, the end noted: starting again, or over; into the record. */
void supervise_follow_policy(struct supervisor *s);

#endif
