/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_NETNS_GOVERNOR_BPF_H
#define NFRUN_NETNS_GOVERNOR_BPF_H

/* The governor's program and what it shares with us. Inside netns/ only. */

#include "netns/packet.h"
#include "runtime/base/bpf.h"

#include <stddef.h>
#include <stdint.h>

/* A token bucket with one number for its state, the time at which it will be full again (GCRA):
 * many CPUs can take from it at once by compare and exchange, and none needs a lock. A packet moves
 * DUE on by INTERVAL, from now on if it has passed, and is let through when it was not more than
 * TOLERANCE ahead before. Times are CLOCK_MONOTONIC, in units of 1/16 ns, so that an interval is
 * exact to 0.1 % at ten million packets per second. */
struct governor {
	uint64_t interval;  /* 0: all pass; UINT64_MAX: none */
	uint64_t tolerance; /* bursts: INTERVAL times all packets but the first */
	uint64_t due;
	uint64_t passed, dropped; /* packets */
};

enum { GOVERNOR_SHIFT = 4 };

/* How often a CPU tries again when others were quicker. So many have let a packet through then. */
enum { GOVERNOR_TRIES = 32 };

/* INTERVAL and TOLERANCE for PER_SECOND and BURST. */
struct governor governor_config(uint64_t per_second, uint64_t burst);

/* Change the rate while packets go through: what is owed is owed in packets, so it changes with it.
 * NOW: in GOVERNOR_SHIFT units. */
void governor_retune(struct governor *g, const struct governor *to, uint64_t now);
uint64_t governor_now(void);

/* The program, for traffic control in direct action mode. MAP: an array of one struct governor. */
enum { GOVERNOR_INSNS = 32 };
void governor_build(int map, struct bpf_insn out[GOVERNOR_INSNS]);

int governor_map_create(struct err *e);
/* The map, shared; governor_unmap gives it back. */
struct governor *governor_map(int map, struct err *e);
void governor_unmap(struct governor **g);
#define scoped_governor scoped(governor_unmap)

/* The map of a link's governor, as a descriptor. E->code ENOENT: it has none. */
int governor_open(struct net *n, enum net_side side, const char *name, struct err *e);
/* The map of the program with this number, as a descriptor. */
int governor_map_find(uint32_t program, struct err *e);

#endif
