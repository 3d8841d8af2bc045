/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_WATCH_H
#define NFRUN_CGROUPS_WATCH_H

/* Being told by the kernel that something befell a group: out of memory, at a limit, throttled.
 * Nothing is asked for in between. */

#include "cgroups/cgroup.h"

/* How often it has happened since the group was made. CGROUP_UNSET: this host does not count it. */
struct cgroup_counts {
	uint64_t ooms;        /* v2: allocations that were about to fail */
	uint64_t oom_kills;   /* processes killed for it */
	uint64_t memory_high; /* v2: made to reclaim by memory.high */
	uint64_t memory_max;  /* v2: memory.max was reached */
	uint64_t pids_max;    /* forks refused */
	uint64_t periods, throttled, throttled_us;
};

/* E->code ENOENT: the group is gone. */
int cgroup_counts_read(struct cgroup *c, struct cgroup_counts *out, struct err *e);

/* Watches any number of groups, with descriptors that it adds to the caller's EPOLL: those events
 * have DATA. It has to be the one that is waited on. (One in between would take in what
 * cpu.pressure tells, which tells it once, when it is asked whether it is readable.) */
struct cgroup_watch;
int cgroup_watch_open(int epoll, void *data, struct cgroup_watch **out, struct err *e);
void cgroup_watch_free(struct cgroup_watch *w); /* NULL is fine */

/* TAG stands for C, which the caller keeps until it removes it. UNTOLD gets a sentence for each
 * thing that will not be told of it here, and why. Adding it again is fine. */
void cgroup_watch_add(struct cgroup_watch *w, struct cgroup *c, void *tag, struct strs *untold);
void cgroup_watch_remove(struct cgroup_watch *w, const void *tag); /* not there is fine */

enum cgroup_told {
	CGROUP_TOLD_LOOK, /* some of its counters may have risen */
	CGROUP_TOLD_OOM, /* v1: out of memory; whoever is killed for it is counted a moment later */
	CGROUP_TOLD_LOST /* TAG is NULL: look at all of them, what the kernel told was too much */
};
/* Where to and with what, for cgroup_watch_read: TOLD may be called several times for one, and must
 * not add or remove any. UNTOLD as above, of one that has got a limit meanwhile. */
struct cgroup_telling {
	void (*told)(enum cgroup_told what, void *tag, void *arg);
	void *arg;
	struct strs *untold;
};
/* Take in what came with EVENTS of epoll_wait(2), and never wait. */
void cgroup_watch_read(struct cgroup_watch *w, uint32_t events, const struct cgroup_telling *t);

#endif
