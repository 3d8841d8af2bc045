/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_CGROUP_H
#define NFRUN_CGROUPS_CGROUP_H

/* One container's control group, on cgroup v2 or on a hybrid host where some controllers sit on v1.
 * This header is all the engine needs of cgroups/. */

#include "cgroups/counters.h"  /* cgroup_stats_read */
#include "cgroups/oci_stats.h" /* cgroup_oci_stats_read */
#include "runtime/base/err.h"
#include "runtime/base/limits.h"
#include "runtime/base/strs.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What this host has: which controller is where. Read from /proc/self/{mountinfo,cgroup}, never
 * assumed. */
struct cgroup_host;
int cgroup_host_open(struct cgroup_host **out, struct err *e);
void cgroup_host_free(struct cgroup_host *h);
bool cgroup_host_is_hybrid(const struct cgroup_host *h); /* any needed controller on v1 */

/* The group nfrun/NAME: one directory in every hierarchy that is needed. */
struct cgroup;

/* Say where the group will be, without making anything: for the record. Free with cgroup_free. */
int cgroup_plan(const struct cgroup_host *h, const char *name, struct cgroup **out, struct err *e);
/* An OCI caller's cgroupsPath: the group lies exactly there, with its processes in it. An absolute
 * path begins at the mount in every hierarchy; a relative one below the caller's own group on v1,
 * and on v2 below what the mount shows as root, or what was delegated to us. On v1 it has devices,
 * freezer and blkio too, and those of hugetlb, net_cls, net_prio and rdma that limits ask for. */
int cgroup_plan_at(const struct cgroup_host *h, const char *path, struct cgroup **out,
		   struct err *e);
/* The systemd driver: the group is that of a transient scope, which systemd makes, with
 * Delegate=yes, and is told of the limits, so that its reload keeps them; the rest is as with
 * cgroup_plan_at. For cgroup v2 alone. Fails where this build, or this host, has no systemd. */
struct cgroup_scope {
	const char *path;       /* runc's "SLICE:PREFIX:NAME"; NULL or "": ":nfrun:" and NAME */
	const char *name;       /* unique on this host, for the unit that has no PATH */
	const char *id;         /* for the unit's description */
	struct strs properties; /* "NAME=VALUE" for the unit, as GVariant writes values */
};
int cgroup_plan_systemd(const struct cgroup_host *h, const struct cgroup_scope *wish,
			struct cgroup **out, struct err *e);
bool cgroup_systemd_is_built(void);
int cgroup_systemd_check(struct err *e); /* is it to be had? */
/* Until the container's first process is in the group, a process of ours stands in for it in a
 * scope: take it out. Nothing to do with the other driver. */
void cgroup_settle(struct cgroup *c);
/* No group at all (the cgroup manager is disabled): creating it with limits fails, and whatever
 * would act on processes finds none. */
int cgroup_plan_none(struct cgroup **out);
bool cgroup_is_none(const struct cgroup *c);
/* The group PATH below C in all its hierarchies, for exec; it has to exist. */
int cgroup_subgroup(const struct cgroup *c, const char *path, struct cgroup **out, struct err *e);
/* What the record kept: PATHS as cgroup_paths gave them. */
int cgroup_from_paths(const struct strs *paths, struct cgroup **out, struct err *e);
/* "cpu,cpuset=/sys/fs/cgroup/cpu/nfrun/x" one a hierarchy; v2: "=/sys/fs/cgroup/nfrun/x". Before
 * them "exact" when cgroup_plan_at made it, and "systemd=UNIT" with a unit; "none" is all there is
 * when cgroup_plan_none did. */
void cgroup_paths(const struct cgroup *c, struct strs *out);
void cgroup_free(struct cgroup *c);

/* Make the directories, enable the controllers from the top, and write the limits. A group that
 * holds processes is refused. An empty one of that name is replaced; but where an OCI caller
 * prepared it, it is joined as it is. A limit that this host cannot enforce is an error that names
 * the controller and where it is mounted. */
int cgroup_create(struct cgroup *c, const struct cgroup_limits *l, struct err *e);

/* Change limits of a live group: all hold or none (what was written is put back). */
int cgroup_update(struct cgroup *c, const struct cgroup_limits *l, struct err *e);
/* The same, and THEN (NULL: nothing), which has to hold as well. It is called when the files have
 * been written, and once more if they had to be put back after it had succeeded. */
int cgroup_update_with(struct cgroup *c, const struct cgroup_limits *l,
		       int (*then)(void *arg, struct err *e), void *arg, struct err *e);

/* How a new process gets in. v2: clone3 with CLONE_INTO_CGROUP and this descriptor (the leaf
 * "app"). -1 with E->code 0 where there is no v2 part; -1 with a code when it failed. The
 * descriptor stays the group's. */
int cgroup_clone_fd(struct cgroup *c, struct err *e);
/* The same for the group below it that PID is in now. For a container that has handed controllers
 * on to groups of its own: then its own group takes no process any more (EBUSY; cgroup v2, "No
 * Internal Process Constraint"). */
int cgroup_clone_fd_of(struct cgroup *c, pid_t pid, struct err *e);
/* v1: the calling, single-threaded process enters every v1 part by writing 0 to tasks, which spares
 * the kernel's global lock: 20 us, where a pid written to cgroup.procs takes an RCU grace period
 * (11 ms seen). WITH_V2 is for a process that CLONE_INTO_CGROUP did not put there; it costs that
 * grace period. Call cgroup_open_entries first, in the parent if need be: it opens the files; enter
 * only writes, and closes them. */
int cgroup_open_entries(struct cgroup *c, bool with_v2, struct err *e);
int cgroup_enter(struct cgroup *c, struct err *e);

/* Stop all that is in it from running, or let it go on; done when the kernel says so. A freeze that
 * is not complete after TIMEOUT_MS fails and is taken back. */
int cgroup_freeze(struct cgroup *c, bool on, int timeout_ms, struct err *e);
/* False also when the group is gone, or none. */
int cgroup_is_frozen(struct cgroup *c, bool *out, struct err *e);

/* SIG to each process in it and in groups below it. Frozen ones get it when they are thawed, but
 * for SIGKILL, which thaws. None left is fine. */
int cgroup_signal(struct cgroup *c, int sig, struct err *e);
/* SIGKILL to everything in it (cgroup.kill; on v1 by pids until none is left), frozen or not, then
 * wait, at most TIMEOUT_MS. */
int cgroup_kill(struct cgroup *c, int timeout_ms, struct err *e);
/* Remove the directories, leaves first, and nfrun/ above them when it is empty; a scope is stopped
 * before that. Gone is fine. */
int cgroup_remove(struct cgroup *c, struct err *e);

/* A descriptor that is readable when something about the group's memory may have happened; the
 * caller closes it. cgroup_oom_read takes in what made it readable and says what it was. */
int cgroup_oom_fd(struct cgroup *c, struct err *e);
enum cgroup_event {
	CGROUP_NOTHING, /* a false alarm */
	CGROUP_OOM,     /* out of memory since the last look, or since cgroup_oom_fd */
	CGROUP_ENDED /* no process is left in it (v2), or it is gone: nothing will come any more */
};
int cgroup_oom_read(struct cgroup *c, int fd, enum cgroup_event *what, struct err *e);

/* The group's owner becomes UID, so that a container with a cgroup namespace of its own can manage
 * what is below: its directory and the files that the kernel names for it (runtime-spec
 * config-linux.md, "Cgroup ownership"). Where a core controller is on v1, which cannot be delegated
 * safely, nothing changes. */
int cgroup_give(struct cgroup *c, uid_t uid, struct err *e);

/* The pids in the group and in groups below it, in any of its hierarchies, sorted. Malloc'd. */
int cgroup_pids(struct cgroup *c, pid_t **pids, size_t *n, struct err *e);

/* --- kernel threads that work for the group --- */

/* They sit in a leaf of their own, "packet", in each hierarchy that bills, weighs or binds to CPUs
 * (v2; of v1 cpu, cpuacct, and cpuset when it is there): billed to the group, weighed and bound
 * with it; but freezing, signals, kill, wait and pids do not see them: a kernel thread does none of
 * that, and a group that has one in it never is empty (v2). The leaf is made with the first one.
 * cgroup_remove, and cgroup_create on a leftover, send away who is still there, which is all that a
 * crash needs. Only kernel threads are passed over: processes that a container moves into the leaf
 * are signalled and killed like the others. They have to be of our pid namespace, the machine's.
 *
 * Weights: on v1 the leaf competes with each process of the group as one more process of nice 0; on
 * v2 each thread does, until the leaf gets a quota: then the processes together and the threads
 * together have equal shares of what the group gets.
 *
 * An exact v2 group with a thread in it stays "populated", so cgroup_oom_fd does not become
 * readable with the end of its last process (cgroup_oom_read would say so): a pidfd tells. */

/* ESRCH: there is no such kernel thread (any more). In where it is already: fine. Costs one or two
 * RCU grace periods a hierarchy. When it fails the thread is back at the root. */
int cgroup_packet_enter(struct cgroup *c, pid_t tid, struct err *e);
/* Is it there, in all hierarchies? A thread that has ended is not. */
bool cgroup_packet_has(struct cgroup *c, pid_t tid);
/* Those in the leaf of any hierarchy, malloc'd; none is fine. */
int cgroup_packet_threads(struct cgroup *c, pid_t **tids, size_t *n, struct err *e);
/* One back to the root of the hierarchy that binds it to CPUs, for a change that the scheduler does
 * not allow while it is bound (SCHED_DEADLINE). cgroup_packet_enter takes it in again; until then
 * cgroup_packet_has says no. Not there is fine. */
int cgroup_packet_let_go(struct cgroup *c, pid_t tid, struct err *e);
/* All of them back to where the kernel made them, the root; the leaf is removed, and its quota with
 * it, unless a container uses it for itself. None is fine. */
int cgroup_packet_leave(struct cgroup *c, struct err *e);
/* The leaf's own quota: QUOTA_US (the kernel wants 1 ms or more) of each PERIOD_US,
 * CGROUP_NO_LIMIT: none (then PERIOD_US may be 0). The leaf is made for a quota. E->code
 * EOPNOTSUPP: it cannot have one (an OCI caller's v2 group holds processes itself, so its cpu
 * controller cannot be handed on). Whether this kernel stops kernel threads by it is another
 * question.
 *
 * What the group's own quota leaves is less still, if that is less: v2 sees to it, but v1 refuses
 * it, so there the leaf gets the group's, also in a cgroup_update that makes the group's smaller;
 * set the leaf's again after one that makes it larger. */
int cgroup_packet_quota(struct cgroup *c, uint64_t quota_us, uint64_t period_us, struct err *e);
/* CPU time that was billed to the leaf since it was made, in us; CGROUP_UNSET: not known, 0 without
 * a leaf. cgroup_stats_read's cpu_usage_us has it in it. */
int cgroup_packet_usage(struct cgroup *c, uint64_t *us, struct err *e);

#endif
