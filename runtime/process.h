/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PROCESS_H
#define NFRUN_RUNTIME_PROCESS_H

/* The last stretch of a process on its way into a container: from a child of ours to the program.
 *
 * What only the host's root may do to it - raise a hard limit, a real-time policy, a lower
 * oom_score_adj - is done to its pid from outside, as a user namespace of its own gives it no right
 * to any of these. Texts: clients make the exit codes 127 and 126 of "no such file or directory",
 * "executable file not found" and "permission denied", so nothing here says so of anything but the
 * program and its directory. */

#include "runtime/base/err.h"
#include "runtime/seccomp.h"
#include "runtime/spec/spec.h"

/* --- in the process --- */

struct process_launch {
	const struct spec_process *process;
	const struct spec *container; /* OCI: personality, memory policy; NULL: a VNF's process */
	const struct seccomp_program *filter;
	const char *program; /* what process_find_program found; NULL: look for it now */
	/* For a filter that notifies (seccomp_notifies): a connection to the agent, which is closed
	 * here once it has been told, and what it is told. -1 and NULL without. */
	int agent;
	const char *agent_state;
	bool ask_scheduler; /* process_scheduler_waits: at SOCK, a stage socket */
	int sock;
};

/* Labels, memory policy, limits, groups, user, capabilities, directory, filter, exec. The caller is
 * inside the namespaces with all its capabilities there, and its descriptors that the program is
 * not to have are CLOEXEC or closed. Returns only to report a failure; E->code ENOENT or EACCES of
 * the program itself make the exit codes 127 and 126. */
int process_launch(const struct process_launch *l, struct err *e);

/* The same for a VNF's. */
int process_become(const struct spec_process *p, const struct seccomp_program *filter,
		   struct err *e);

/* 127, 126 or 1, by what process_launch or process_find_program failed with. */
int process_exit_code(const struct err *e);

/* Inside the root, as root, before it becomes read-only: the working directory, made (0755) when it
 * is missing. For a container's own process; exec finds it or fails. */
int process_make_cwd(const struct spec_process *p, struct err *e);

/* Inside the root: the program that args[0] names, looked for in the PATH of the environment and
 * with the rights of the process's user. *PATH is the caller's. The texts are those that clients
 * know: exec: "NAME": executable file not found in $PATH; exec: "/x": stat /x: no such file or
 * directory; exec: "/x": permission denied; exec: "/x": is a directory: permission denied. */
int process_find_program(const struct spec_process *p, char **path, struct err *e);

/* A session keyring of its own, empty: what the caller's login left in theirs would be the
 * container's to read, in a user namespace too. session-keyring(7). */
int process_leave_keyring(struct err *e);

/* Close every descriptor but 0, 1, 2 and those of KEEP (any order, -1 is skipped). */
int process_close_all_but(const int *keep, size_t n, struct err *e);
/* The same, but keep all below FIRST. */
int process_close_from(unsigned first, const int *keep, size_t n, struct err *e);

/* The caller's memory policy; kept over exec. */
int process_memory_policy(const struct spec_memory_policy *m, struct err *e);

/* --- in the nfrun that was called --- */

/* The descriptors from 3 on that the caller hands to the container: those of socket activation
 * (sd_listen_fds(3), when LISTEN_PID is us; only with ENV, which gets LISTEN_FDS and LISTEN_PID=1),
 * then PRESERVED more. *FIRST becomes the first number that is not handed on. Call it before
 * anything is opened. */
int process_keep_fds(unsigned preserved, struct strs *env, unsigned *first, struct err *e);

/* The host's kernel has the security modules that the process wants labels of. */
int process_lsm_check(const struct spec_process *p, struct err *e);

/* --- from outside, on PID; 0: on the caller --- */

/* Raise the hard limits that are to be higher. Lower ones, and the soft ones, the process sets
 * itself right before exec, when it needs no descriptor or memory any more. */
int process_rlimits(pid_t pid, const struct spec_process *p, struct err *e);

/* Nothing without has_oom_score_adj. Needs the host's /proc. E->code EACCES: to lower it takes
 * CAP_SYS_RESOURCE (rootless callers may pass over it, as runc does). */
int process_oom_score(pid_t pid, const struct spec_process *p, struct err *e);

/* Nothing unless given. In its group already. */
int process_scheduler(pid_t pid, const struct spec_scheduler *s, struct err *e);

/* What runs under SCHED_DEADLINE cannot fork (sched(7)), and one that FORKS still has a hook to run
 * or a seccomp agent to tell. It gets the policy at first so that its children do not have it,
 * then, when it asks, as it is wanted: process_scheduler_serve, behind STAGE_START. */
bool process_scheduler_waits(const struct spec_scheduler *s, bool forks);
bool process_scheduler_waits_oci(const struct spec *s); /* in a container's first process */
/* A child of a process with it has it too. */
bool process_scheduler_is_inherited(const struct spec_scheduler *s);
int process_scheduler_early(pid_t pid, const struct spec_scheduler *s, bool waits, struct err *e);
int process_scheduler_serve(int sock, pid_t pid, const struct spec_scheduler *s, struct err *e);

int process_io_priority(pid_t pid, const struct spec_io_priority *prio, struct err *e);

/* CPUS is a list, NULL: nothing to do. For exec: affinity_initial before the group is joined,
 * affinity_final after it. */
int process_affinity(pid_t pid, const char *cpus, struct err *e);

#endif
