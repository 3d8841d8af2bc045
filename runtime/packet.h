/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PACKET_H
#define NFRUN_RUNTIME_PACKET_H

/* packet_cpu: a container's packets are processed at its own expense. docs/packet-cpu.md. */

#include "runtime/base/err.h"
#include "runtime/base/packet_cpu.h"
#include "runtime/base/scope.h"

#include <net/if.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

const char *packet_mode_name(enum packet_mode m);   /* "own" */
const char *packet_means_name(enum packet_means m); /* "deadline"; "none" */

/* A kernel thread at work for the container. */
struct packet_thread {
	char port[IFNAMSIZ]; /* inside */
	bool host;           /* it polls the host end: bridging what the VNF sends */
	pid_t tid;
	uint64_t cpu_ns; /* of this and its predecessors, since the container's start */
	uint32_t budget; /* its share now, 1/1000 of a CPU; 0: none */
};

struct packet_port {
	char name[IFNAMSIZ]; /* inside */
	struct packet_cpu wanted;
	enum packet_means means;
	uint64_t cpu_ns;  /* both ends */
	uint64_t dropped; /* on their way in, because the container did not keep up: queue, governor
			   */
	bool known;       /* DROPPED is */
};

struct packet_report {
	char *why;                 /* why these means and no others; NULL: nothing to say */
	enum packet_means means;   /* of the budget that is the container's, if it has one */
	uint64_t cpu_ns;           /* of all threads */
	uint64_t billed_us;        /* to the group's leaf; CGROUP_UNSET: not known */
	struct packet_port *ports; /* all of the container's, in the record's order */
	size_t n_ports;
	struct packet_thread *threads; /* those there are now */
	size_t n_threads;
};
void packet_report_drop(struct packet_report *r);
#define scoped_packet_report scoped(packet_report_drop)

/* DIR: the container's state directory. A container without packet_cpu has its ports only, shared.
 * The caller drops OUT, also after a failure. */
struct record;
int packet_report_read(int dir, const struct record *rec, struct packet_report *out, struct err *e);

#endif
