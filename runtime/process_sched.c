/* SPDX-License-Identifier: Apache-2.0 */
/* When and where a process runs: scheduler, I/O priority, CPUs, memory nodes. */
#include "runtime/base/fs.h"
#include "runtime/base/units.h"
#include "runtime/process_parts.h"
#include "runtime/process_rt.h"
#include "runtime/sched_attr.h"
#include "runtime/stage.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>

/* --- scheduler --- */

static const char *policy_name(int policy)
{
	static const char *const names[] = {
		"SCHED_OTHER", "SCHED_FIFO", "SCHED_RR",       "SCHED_BATCH",
		"SCHED_ISO",   "SCHED_IDLE", "SCHED_DEADLINE",
	};

	return policy >= 0 && (size_t)policy < ARRAY_LEN(names) ? names[policy] : "its policy";
}

static bool is_real_time(const struct spec_scheduler *s)
{
	return s->policy == SCHED_FIFO || s->policy == SCHED_RR;
}

static int may_not(pid_t pid, const struct spec_scheduler *s, struct err *e)
{
	const char *name = policy_name(s->policy);
	scoped_str char *file = is_real_time(s) ? process_rt_file(pid) : NULL;

	if (file)
		return err_tell(e, EPERM,
				"set %s, priority %u: its cpu group has no real-time runtime; give "
				"it some in %s, and in the groups above "
				"(linux.resources.cpu.realtimeRuntime)",
				name, s->priority, file);
	if (s->policy == SCHED_DEADLINE_POLICY)
		return err_tell(e, EPERM,
				"set SCHED_DEADLINE: it takes CAP_SYS_NICE, and every CPU of its "
				"root domain: no cpuset, no affinity");
	if (is_real_time(s))
		return err_tell(e, EPERM,
				"set %s, priority %u: it takes CAP_SYS_NICE, or an RLIMIT_RTPRIO "
				"of that",
				name, s->priority);
	return err_tell(e, EPERM, "set %s, nice %d: it takes CAP_SYS_NICE, or an RLIMIT_NICE of %d",
			name, s->nice, 20 - s->nice);
}

static int scheduler_refused(pid_t pid, const struct spec_scheduler *s, int code, struct err *e)
{
	const char *name = policy_name(s->policy);
	char cause[64];

	if (code == EPERM || code == EACCES)
		return may_not(pid, s, e);
	if (code == EBUSY)
		return err_tell(e, EBUSY,
				"set SCHED_DEADLINE, %" PRIu64 " of every %" PRIu64
				" ns: the CPUs have not that much left to promise",
				s->runtime, s->period ? s->period : s->deadline);
	if (code == EINVAL)
		return err_tell(e, EINVAL,
				"set %s, nice %d, priority %u, flags 0x%" PRIx64
				", runtime %" PRIu64 ", deadline %" PRIu64 ", period %" PRIu64
				": the kernel does not take these together (sched(7))",
				name, s->nice, s->priority, s->flags, s->runtime, s->deadline,
				s->period);
	return err_tell(e, code, "set %s: %s", name, process_cause(code, cause, sizeof cause));
}

int process_scheduler(pid_t pid, const struct spec_scheduler *s, struct err *e)
{
	const struct sched_attr a = {
		.policy = (uint32_t)s->policy,
		.flags = s->flags,
		.nice = s->nice,
		.priority = s->priority,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
	};

	if (!s->given || sched_attr_set(pid, &a) == 0)
		return 0;
	return scheduler_refused(pid, s, errno, e);
}

bool process_scheduler_waits(const struct spec_scheduler *s, bool forks)
{
	return forks && s->given && s->policy == SCHED_DEADLINE_POLICY &&
	       !(s->flags & SCHED_RESETS_ON_FORK);
}

bool process_scheduler_is_inherited(const struct spec_scheduler *s)
{
	return !s->given ||
	       (s->policy != SCHED_DEADLINE_POLICY && !(s->flags & SCHED_RESETS_ON_FORK));
}

bool process_scheduler_waits_oci(const struct spec *s)
{
	bool notifies = s->profile && seccomp_profile_notifies(s->profile);

	return !s->own_init &&
	       process_scheduler_waits(&s->process.scheduler,
				       notifies || s->hooks[HOOK_START_CONTAINER].n > 0);
}

int process_scheduler_early(pid_t pid, const struct spec_scheduler *s, bool waits, struct err *e)
{
	struct spec_scheduler early = *s;

	if (waits)
		early.flags |= SCHED_RESETS_ON_FORK;
	return process_scheduler(pid, &early, e);
}

int process_scheduler_serve(int sock, pid_t pid, const struct spec_scheduler *s, struct err *e)
{
	if (stage_await(sock, STAGE_SCHEDULE, NULL, NULL, -1, e) < 0 ||
	    process_scheduler(pid, s, e) < 0)
		return -1;
	return stage_send(sock, STAGE_SCHEDULE, NULL, NULL, 0, e);
}

int process_scheduler_ask(int sock, struct err *e)
{
	if (stage_send(sock, STAGE_SCHEDULE, NULL, NULL, 0, e) < 0)
		return -1;
	return stage_await(sock, STAGE_SCHEDULE, NULL, NULL, -1, e);
}

/* The process alone, not its group: it has no children yet, and its group may still be the
 * caller's. Children inherit it. */
int process_io_priority(pid_t pid, const struct spec_io_priority *prio, struct err *e)
{
	static const char *const names[] = { "NONE", "RT", "BE", "IDLE" };
	char cause[64];

	if (!prio->given)
		return 0;
	int value = IOPRIO_PRIO_VALUE(prio->class, prio->priority);
	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, value) == 0)
		return 0;
	int code = errno;
	return err_tell(e, code, "set I/O priority IOPRIO_CLASS_%s %d: %s", names[prio->class & 3],
			prio->priority,
			code == EPERM ? "it takes CAP_SYS_NICE or CAP_SYS_ADMIN"
				      : process_cause(code, cause, sizeof cause));
}

/* --- places --- */

int process_affinity(pid_t pid, const char *cpus, struct err *e)
{
	struct cpulist list = { 0 };
	char cause[64];

	if (!cpus || !*cpus)
		return 0;
	if (!cpulist_parse(cpus, &list))
		return err_set(e, 0, "CPU affinity '%s' is not a list of CPUs (\"0-3,7\")", cpus);
	if (syscall(SYS_sched_setaffinity, pid, sizeof list, &list) >= 0)
		return 0;
	int code = errno;
	return err_tell(e, code, "set CPU affinity %s: %s", cpus,
			code == EINVAL ? "none of these is a CPU of this host and of its group's "
					 "cpuset"
				       : process_cause(code, cause, sizeof cause));
}

int process_memory_policy(const struct spec_memory_policy *m, struct err *e)
{
	struct cpulist nodes = { 0 }; /* the same form, nodes for CPUs */
	bool has_nodes = m->nodes && *m->nodes;
	char cause[64];

	if (!m->given)
		return 0;
	if (has_nodes && !cpulist_parse(m->nodes, &nodes))
		return err_set(e, 0, "memory policy: '%s' is not a list of nodes (\"0-1\")",
			       m->nodes);
	/* The kernel takes one less for the number of bits: set_mempolicy(2), Bugs. */
	if (syscall(SYS_set_mempolicy, m->mode, has_nodes ? &nodes : NULL,
		    has_nodes ? CPU_MAX + 1 : 0) == 0)
		return 0;
	int code = errno;
	return err_tell(e, code, "set memory policy 0x%x, nodes '%s': %s", (unsigned)m->mode,
			has_nodes ? m->nodes : "",
			code == EINVAL   ? "not for these nodes, or not all of them have memory "
					   "and are in its group's cpuset"
			: code == ENOSYS ? "this kernel has no NUMA"
					 : process_cause(code, cause, sizeof cause));
}
