/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_EVENT_PARTS_H
#define NFRUN_RUNTIME_EVENT_PARTS_H

/* From what is seen of a container to what is told of it: no file is read here, and no clock. Used
 * by the files named event_* only. */

#include "cgroups/watch.h"
#include "netns/port.h"
#include "runtime/event.h"
#include "runtime/record.h"

/* Where events go, and when it is. */
struct event_out {
	void (*say)(const struct event *ev, void *arg);
	void *arg;
	struct timespec time; /* CLOCK_REALTIME */
	int64_t ms;           /* CLOCK_MONOTONIC */
};

/* Something that goes on for a while: told when it begins, and when it has not happened for
 * EVENT_SPELL_MS. */
enum { EVENT_SPELL_MS = 1000 };
enum event_spells { SPELL_THROTTLED, SPELL_HIGH, SPELL_MAX, SPELL_PIDS, SPELLS };
struct event_spell {
	bool on;
	int64_t since, last;         /* ms */
	struct cgroup_counts before; /* the counts when it began */
};

struct event_link {
	char name[IFNAMSIZ], host_name[IFNAMSIZ];
	bool known, there;
	struct port_link is;
};

/* Out of memory: is anybody killed for it? After EVENT_OOM_MS nobody is. */
enum { EVENT_OOM_MS = 500, EVENT_OOM_LOOK_MS = 20, EVENT_OOM_TOLD_MS = 1000 };
struct event_oom {
	bool pending, told;
	int64_t since, last_told; /* ms */
};

/* What has been told of one container. */
struct event_vnf {
	char *name;
	bool known; /* there is a record of it */
	bool vnf;
	enum status status;
	struct proc_id init, supervisor;
	struct timespec created, ended;
	struct cgroup_counts counts;
	struct event_spell spells[SPELLS];
	struct event_oom oom;
	struct event_link *links;
	size_t n_links;
};
void event_vnf_drop(struct event_vnf *v);

/* It is there already: nothing is told, or "running", "stopped", ... with NOW. */
void event_vnf_first(struct event_vnf *v, const struct record *r, bool now,
		     const struct event_out *out);
/* The record is another; NULL: there is none any more. BACKOFF_MS: the pause before the next
 * restart, -1: not known. */
void event_vnf_record(struct event_vnf *v, const struct record *r, int64_t backoff_ms,
		      const struct event_out *out);
/* Nobody records the end of an OCI container. WSTATUS as wait(2) has it; -1: not known. */
void event_vnf_ended(struct event_vnf *v, int wstatus, const struct event_out *out);
void event_vnf_supervisor_died(const struct event_vnf *v, const struct event_out *out);

/* The counters are as NOW has them. Returns in how many ms to look at them again: something is
 * going on; -1: when the kernel tells. */
int64_t event_vnf_counts(struct event_vnf *v, const struct cgroup_counts *now,
			 const struct event_out *out);
/* The kernel told that it is out of memory; who is killed for it is counted a moment later. */
void event_vnf_oom(struct event_vnf *v, const struct event_out *out);
void event_counts_reset(struct event_vnf *v);

/* A host end as it is; NULL: there is none. */
void event_vnf_link(struct event_vnf *v, struct event_link *l, const struct port_link *now,
		    const struct event_out *out);

/* --- making one --- */

struct event event_new(const struct event_out *out, const char *type, const char *name);
void event_add_number(struct event *ev, const char *key, int64_t n);
void event_add_count(struct event *ev, const char *key, uint64_t n);      /* CGROUP_UNSET: null */
void event_add_text(struct event *ev, const char *key, const char *text); /* NULL: null */
void event_add_bool(struct event *ev, const char *key, bool b);
void event_say(const struct event *ev, const struct event_out *out);

#endif
