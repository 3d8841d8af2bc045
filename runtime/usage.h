/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_USAGE_H
#define NFRUN_RUNTIME_USAGE_H

/* What a container uses: one document out of cgroups/ and netns/. */

#include "cgroups/cgroup.h"
#include "netns/packet.h"
#include "runtime/base/scope.h"
#include "runtime/packet.h"
#include "runtime/record.h"
#include "runtime/softirq.h"

struct usage_port {
	char name[IFNAMSIZ];
	char bridge[IFNAMSIZ];
	bool present; /* false: no such link, or its network namespace cannot be reached; no STATS
		       */
	struct port_stats stats;
	/* usage_read_all: in front of it, at the host's end, what it is to receive; and at its own
	 * end what it sends */
	bool has_rx_queue, has_tx_queue;
	struct net_queue rx_queue, tx_queue;
};

struct usage {
	uint64_t time_ns; /* CLOCK_MONOTONIC at reading, for rates */
	struct cgroup_stats cgroup;
	struct usage_port *ports;
	size_t n_ports;
	bool has_packet;
	struct packet_report packet; /* whose CPU time they cost; its ports are those above */
};

/* DIR is the state directory; -1: PACKET is not wanted. OUT is overwritten; free it with
 * usage_drop, also after a failure. E->code ENOENT: the group is gone, so the container is not
 * running. */
int usage_read(int dir, const struct record *r, struct usage *out, struct err *e);
/* The same with all that cgroup_stats_read_all tells, and with the queues. */
int usage_read_all(int dir, const struct record *r, struct usage *out, struct err *e);
void usage_drop(struct usage *u);
#define scoped_usage scoped(usage_drop)

/* What of a CPU was used between two readings, in percent: 100 is one CPU. Negative: not known. */
double usage_cpu_percent(const struct usage *before, const struct usage *now);
/* How much of the time between them it was throttled, in percent of the enforcement periods.
 * Negative: not known, or not limited. */
double usage_throttled_percent(const struct usage *before, const struct usage *now);
/* Whether packets are processed by kernel threads of its own; PORT: of that interface, NULL: of
 * any.
 */
bool usage_has_threads(const struct usage *u, const char *port);
/* Or were, since it was started. */
bool usage_had_threads(const struct usage *u, const char *port);
/* What of a CPU its packets' kernel threads used, in percent; PORT as above. Negative: not
 * known, or it has none. */
double usage_packet_percent(const struct usage *before, const struct usage *now, const char *port);
/* Packets dropped because it did not keep up, since its start; PORT as above.
 * CGROUP_UNSET: not known. */
uint64_t usage_packet_dropped(const struct usage *u, const char *port);
/* What of a CPU the packets of interfaces without threads took in SoftIRQ: an estimate by their
 * share of all packets that were received there. Negative: not known, or it has no such interface.
 */
double usage_unbilled_percent(const struct usage *before, const struct usage *now,
			      const struct softirq_reading *softirq_before,
			      const struct softirq_reading *softirq_now);
/* Per second, of a counter that stood at BEFORE and stands at NOW; one that was reset counts from
 * 0. */
double usage_rate(const struct usage *ub, uint64_t before, const struct usage *un, uint64_t now);
/* The port of that name, or NULL. */
const struct usage_port *usage_port_find(const struct usage *u, const char *name);
const struct packet_port *usage_packet_find(const struct usage *u, const char *name);

#endif
