/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_PACKET_CPU_H
#define NFRUN_BASE_PACKET_CPU_H

/* Whose CPU time the packets of a VNF's interface cost: docs/packet-cpu.md. */

#include <stdbool.h>
#include <stdint.h>

enum packet_mode {
	PACKET_SHARED,  /* the kernel's default: the sender's SoftIRQ, nobody's bill */
	PACKET_OWN,     /* kernel threads in the VNF's group; BUDGET, if any, is a cap */
	PACKET_RESERVE, /* the same threads, with BUDGET as a guarantee */
	PACKET_PINNED,  /* SoftIRQ on the VNF's CPUs, by RPS */
};

/* What holds a budget. */
enum packet_means {
	PACKET_MEANS_NONE,     /* there is none; as a wish: nfrun finds out what this host does */
	PACKET_MEANS_QUOTA,    /* the group's quota, where it stops kernel threads (up to 6.17) */
	PACKET_MEANS_DEADLINE, /* SCHED_DEADLINE on each thread */
	PACKET_MEANS_GOVERNOR, /* packets dropped early, at the rate that the budget pays for */
};

enum { PACKET_BUDGET_MIN = 10, PACKET_BUDGET_MAX = 1000000 };

struct packet_cpu {
	bool given; /* else the VNF's, and without one PACKET_SHARED */
	enum packet_mode mode;
	uint32_t budget; /* in 1/1000 of a CPU: "25%" is 250; 0: none */
	enum packet_means means;
	char *cpus; /* PACKET_PINNED: CPU list; NULL: the group's */
};

#endif
