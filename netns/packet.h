/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_NETNS_PACKET_H
#define NFRUN_NETNS_PACKET_H

/* Where the kernel does the packet work of a veth pair: its NAPI threads, the offloads that decide
 * whether they are used, RPS, queues, and what is told when any of it changes. An end is named by
 * its side and its name there. E->code ENODEV: there is no such link. */

#include "netns/port.h"

#include <sys/types.h>

enum net_side { NET_HOST, NET_GUEST }; /* of struct net; the guest has to have been opened */

/* --- kernel threads --- */

/* Have each NAPI instance of the link polled by a kernel thread of its own ("napi/DEV-ID"), or in
 * SoftIRQ again. A veth polls by NAPI only while it is up and has GRO on, and gets what could be a
 * TSO packet past it while the peer has TSO on: see offloads. EOPNOTSUPP: it does not poll now (so:
 * on after GRO, off before it), or this kernel cannot (Linux 5.12). The setting stays with the
 * link: when it goes down and up, or GRO is toggled, the new instances get new threads. Up to
 * Linux 6.16 threads stay when it is turned off, idle, until their instances go: napi_threads tells
 * them still, and GRO off makes them go. */
int napi_set_threaded(struct net *n, enum net_side side, const char *name, bool on, struct err *e);

/* The threads there are now; malloc'd; none is fine. EOPNOTSUPP: the kernel does not tell (Linux
 * 6.8), or this process is not in the machine's first PID namespace: kernel threads are there only,
 * and nobody else can move or schedule them. */
int napi_threads(struct net *n, enum net_side side, const char *name, pid_t **tids, size_t *n_tids,
		 struct err *e);

/* --- offloads (ethtool) --- */

enum offload { OFFLOAD_GRO = 1, OFFLOAD_TSO = 2 };
int offload_get(struct net *n, enum net_side side, const char *name, unsigned *on, struct err *e);
/* Those in MASK become as they are in ON. OFFLOAD_TSO is all that a veth looks at (IPv4, IPv6, ECN,
 * mangled id): on while any of them is. EOPNOTSUPP: one stays as it is (TSO without checksum
 * offload). Turning GRO off or on makes other NAPI threads. */
int offload_set(struct net *n, enum net_side side, const char *name, unsigned mask, unsigned on,
		struct err *e);

/* --- RPS --- */

/* CPUS: a list, "" for none: what the link receives is processed there, on all its receive queues;
 * those that it gets later have none. EINVAL: not a list, or not all of them are online. */
int rps_set(struct net *n, enum net_side side, const char *name, const char *cpus, struct err *e);

/* --- the queue in front of a link --- */

struct queue_stats {
	uint64_t dropped, backlog_packets, requeues;
};
/* A pfifo of LIMIT packets as the root queueing discipline, so that what the peer does not take
 * waits and is dropped here, in the sender's own queue; 0: the kernel's default again (noqueue). It
 * is changed in place: packets and counters stay. EBUSY: somebody else's is there.
 * A veth whose peer's ring (256 packets; it has one while it polls) is full makes the queue wait
 * from Linux 6.16 on, and in stable series that took this over (6.12.117 has it). Before, it drops
 * what the ring does not take: the queue stays empty, and port_stats' rx_dropped counts. */
int queue_set(struct net *n, enum net_side side, const char *name, uint32_t limit, struct err *e);
/* E->code ENOENT: there is no such queue. */
int queue_stats_read(struct net *n, enum net_side side, const char *name, struct queue_stats *out,
		     struct err *e);

/* What waits or was dropped in front of a link, whoever put the queue there. */
struct net_queue {
	int link;      /* its index on that side */
	char kind[16]; /* of the root queueing discipline: "noqueue", "pfifo"; "": none */
	uint64_t backlog_bytes, backlog_packets;
	uint64_t dropped, requeues, overlimits;
	uint64_t filtered; /* dropped by filters (clsact, ingress), the governor's among them */
};
struct net_queues { /* of all links of a side */
	struct net_queue *v;
	size_t n;
};
/* The caller drops OUT, also after a failure. */
int net_queues_read(struct net *n, enum net_side side, struct net_queues *out, struct err *e);
void net_queues_drop(struct net_queues *l);
/* That of the link NAME. E->code ENODEV: no such link; ENOENT: it has none. */
int net_queues_find(struct net *n, enum net_side side, const struct net_queues *l, const char *name,
		    struct net_queue *out, struct err *e);

/* --- the governor: packets to the link are let through at a rate, by eBPF on clsact egress --- */

/* Make it, or change the rate of one that is there: PER_SECOND packets, bursts of BURST (0 is 1);
 * UINT64_MAX: all; 0: none. What is over is dropped before it costs the peer anything. A packet
 * that GRO or TSO made of many counts as many. It belongs to the link, not to a process: any finds
 * it again. A change takes effect at once and gives nothing away: what a full burst has borrowed
 * stays owed, so a rate may be set as often as one likes. EOPNOTSUPP: not on this host. */
int governor_set(struct net *n, enum net_side side, const char *name, uint64_t per_second,
		 uint64_t burst, struct err *e);
/* None there is fine. */
int governor_remove(struct net *n, enum net_side side, const char *name, struct err *e);
/* Packets let through and dropped since it was made. E->code ENOENT: there is none. */
int governor_read(struct net *n, enum net_side side, const char *name, uint64_t *passed,
		  uint64_t *dropped, struct err *e);

/* --- changes --- */

/* A descriptor that is readable when something about links on that side may have changed (up, down,
 * features, XDP, a new one, one less): NAPI threads may be others now. In the guest also when a
 * queueing discipline has, without the name of its link. The caller closes it. */
int net_watch_open(struct net *n, enum net_side side, struct err *e);
/* Another for the number of channels (NAPI instances), which a VNF may change: the kernel tells
 * that here at once, while above it shows as a change of carrier, and up to a second late when the
 * two ends have the same index in their namespaces. EOPNOTSUPP: not before Linux 5.6. */
int net_watch_open_channels(struct net *n, enum net_side side, struct err *e);
/* Take in what made either readable, and never wait: CHANGED is called once for each link that
 * changed. Lost messages (ENOBUFS) are told as a change with NAME "": look at all. */
int net_watch_read(int fd, void (*changed)(const char *name, void *arg), void *arg, struct err *e);

#endif
