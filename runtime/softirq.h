/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_SOFTIRQ_H
#define NFRUN_RUNTIME_SOFTIRQ_H

/* The kernel's receive work (SoftIRQ NET_RX) on this host, timed and counted by eBPF on tracepoints
 * while somebody watches: what is paid for by whoever happened to run. What NAPI threads do is not
 * in it. */

#include "runtime/base/err.h"
#include "runtime/base/scope.h"

#include <stdint.h>

enum { SOFTIRQ_PROGRAMS = 3 };
struct softirq { /* zeroed but for the descriptors: not open */
	int map, programs[SOFTIRQ_PROGRAMS], links[SOFTIRQ_PROGRAMS];
	unsigned cpus;
};
#define SOFTIRQ_NONE                                                                               \
	{                                                                                          \
		.map = -1, .programs = { -1, -1, -1 }, .links = { -1, -1, -1 }                     \
	}

/* Begin to watch. Fails where the host does not allow it; S is to be closed all the same. */
int softirq_open(struct softirq *s, struct err *e);
void softirq_close(struct softirq *s);
#define scoped_softirq scoped(softirq_close)

struct softirq_reading {
	uint64_t net_rx_ns; /* on all CPUs, since the watch began */
	uint64_t packets;   /* that were received in it, by whichever link */
};
int softirq_read(const struct softirq *s, struct softirq_reading *out, struct err *e);

/* Of the time between two readings what PACKETS of those received took, in ns. */
double softirq_share(const struct softirq_reading *before, const struct softirq_reading *now,
		     uint64_t packets);

#endif
