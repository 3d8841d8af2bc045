/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PACKET_PARTS_H
#define NFRUN_RUNTIME_PACKET_PARTS_H

/* Between the files of packet_cpu. */

#include "netns/packet.h"
#include "runtime/container.h"
#include "runtime/packet.h"
#include "runtime/packet_split.h"

enum { PACKET_PERIOD_NS = 10000000, PPM_OF_PERMILLE = 1000 };

struct packet_task { /* a kernel thread of an end */
	pid_t tid;
	uint64_t cpu_ns; /* when last looked at */
};

/* One end of a veth pair whose packets are the container's own business. */
struct packet_end {
	char port[IFNAMSIZ]; /* inside */
	char dev[IFNAMSIZ];  /* on its side */
	enum net_side side;
	size_t purse;
	struct packet_task *tasks;
	size_t n_tasks;
	uint64_t past_ns; /* of tasks that are no more */
	bool lost;        /* some of them since the bill was settled last */
	uint64_t mark_ns; /* all of it at the last split */
	uint32_t of_late; /* ppm: what it has used, as it is forgotten */
	uint32_t share;   /* ppm; 0: no budget */
	/* the governor's */
	uint64_t passed; /* when last looked at */
	double debt_ns;  /* spent beyond what the share allowed; less than 0: left over */
	double cost_ns;  /* of a packet; 0: not known yet */
};

/* What holds of one interface. */
struct packet_line {
	char port[IFNAMSIZ], dev[IFNAMSIZ]; /* inside; the host end */
	enum packet_mode mode;
	char *cpus;       /* PACKET_PINNED */
	uint64_t past_ns; /* of ends that it has no more: another mode's */
	bool lost;        /* as above */
	/* until the last change, less what the kernel's counters, some of which began anew, said
	 * then */
	int64_t past_drops;
	uint64_t drops; /* all of them, at the last look */
};

/* A budget, and who lives on it: the container's, or an interface's own. */
struct packet_purse {
	enum packet_mode mode;
	uint32_t budget;          /* 1/1000 of a CPU; 0: none */
	bool own;                 /* of one interface */
	enum packet_means wanted; /* NONE: whichever does it here */
	enum packet_means means;
	struct packet_loan loan; /* of a limit that is held by deadlines */
};

struct packet {
	struct packet_line *lines; /* of all interfaces, in the record's order */
	size_t n_lines;
	struct packet_end *ends;
	size_t n_ends;
	struct packet_purse *purses;
	size_t n_purses;
	char *why;           /* of the means */
	uint64_t split_ns;   /* CLOCK_MONOTONIC of the last split */
	bool changed;        /* since it was saved last */
	bool has_bill;       /* UNBILLED_NS is known */
	int64_t unbilled_ns; /* what its threads have used more than the group's leaf was billed */
	uint64_t file;       /* which packet.json this is, or was made of */
	struct proc_id keeper; /* OCI: the process that stays for it */
};

/* What the spec asks for, interface by interface. */
struct packet *packet_plan(const struct spec *s, const struct record *rec);
void packet_free(struct packet *p); /* NULL is fine */
/* How the kernel made them: all shared. */
struct packet *packet_plan_shared(const struct record *rec);
/* Is that end polled by threads of its own? And any? */
bool packet_polls(enum packet_mode m, enum net_side side);
bool packet_has_threads(enum packet_mode m);
void packet_add_ends(struct packet *p, const struct packet_line *l, size_t purse);

/* Which means hold the budgets here. Tries, and so may take 0.2 s once a boot. */
int packet_choose(struct container *c, struct err *e);

/* 1: they can be held by dropping packets instead, which is why the error in E does not count; the
 * reason is kept. 0: somebody asked for another means, or has to hear of it. */
bool packet_choose_governor(struct container *c, const struct err *e);

/* packet_line.c: the interface as it WAS becomes as L says. */
int packet_change_line(struct net *n, const struct packet_line *was, const struct packet_line *l,
		       struct err *e);
/* Does veth of that kernel (uname -r) have a queue wait for a full ring, and never forget it? */
bool packet_veth_waits(const char *release);
int packet_hold_line(struct net *n, const struct packet_line *l, struct err *e);

/* Find the threads that there are now, and put each where it belongs: scheduling first, as a thread
 * whose CPUs are fewer than the machine's takes no deadline any more. */
int packet_place(struct container *c, struct err *e);
/* How END's threads are to be scheduled now, on each of them. */
int packet_schedule(struct container *c, const struct packet_end *end, struct err *e);
/* Read what its threads have used; the sum with those that are no more, in ns. */
uint64_t packet_look(struct packet_end *end);
/* packet_bill.c: what the leaf was billed beyond what is known of threads is an ended one's last
 * moments; who had some that ended gets it. Returns what nobody got, in ns. */
uint64_t packet_add_missing(struct packet *p, uint64_t billed_us);
/* The same, and what is billed and what is not are as they are now. */
void packet_settle_bill(struct container *c);
/* Packets dropped on their way in because the container did not keep up, all of them. False: not
 * known. */
bool packet_sum_drops(struct net *n, const struct packet_line *l, uint64_t *dropped);
/* The sum, from then on; and the counters begin anew, whatever became of them. */
void packet_look_drops(struct net *n, struct packet *p);
void packet_keep_drops(struct net *n, struct packet *p);
/* packet_busy.c: -1; E, where the scheduler has no room left for a thread, becomes the budget's.
 * Its deadlines are gone then. */
int packet_tell_busy(struct container *c, struct err *e);
/* packet_warn.c: in the record, instead of what was there of it: that the processes may be starved
 * by packets. */
#define PACKET_UNCAPPED "packets "
void packet_note_warning(struct container *c);
/* The links as the threads need them, should somebody inside have changed that. */
int packet_hold_lines(struct container *c, struct err *e);
/* Look what was used, and give each end its part of the budget. */
int packet_balance(struct container *c, struct err *e);
/* Everything that might keep a thread from running is lifted, for who is about to take links down.
 * Needs the record only. */
int packet_lift(struct container *c, struct err *e);

/* The container's group, as the record has it, if it is not open yet. */
int packet_open_group(struct container *c, struct err *e);
/* Sockets on both sides, if there are none yet; the host's in the container's home. */
int packet_open_net(struct container *c, struct err *e);

/* record_packet.c: ROOT/ID/packet.json, for who asks. */
int packet_save(int dir, struct packet *p, struct err *e);
/* What was saved, with the threads' tids. E->code ENOENT: there is none. */
int packet_load(int dir, struct packet **out, struct err *e);
/* Somebody has saved other words since these were loaded or saved. */
bool packet_is_stale(int dir, const struct packet *p);
int packet_load_bytes(const char *text, size_t n, struct packet **out, struct err *e);

#endif
