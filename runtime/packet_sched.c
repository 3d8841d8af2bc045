/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/packet_sched.h"
#include "runtime/base/fs.h"
#include "runtime/base/kthread.h"
#include "runtime/base/strs.h"
#include "runtime/base/units.h"
#include "runtime/sched_attr.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <time.h>

static const char cannot[] = "give kernel thread %d a deadline";

/* --- why not --- */

/* The text of a setting, or "?"; the caller frees. */
static char *setting(const char *path)
{
	struct err ignored = { 0 };
	char *text = NULL;

	if (fs_read_at(AT_FDCWD, path, &text, NULL, &ignored) < 0)
		return str_dup("?");
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static char *percent(uint64_t permille)
{
	return str_printf("%" PRIu64 ".%" PRIu64 "%%", permille / 10, permille % 10);
}

static int err_busy(uint64_t runtime_ns, uint64_t period_ns, struct err *e)
{
	uint64_t wanted = (runtime_ns * 1000 + period_ns - 1) / period_ns;
	scoped_str char *want = percent(wanted), *have = NULL;
	scoped_str char *runtime = setting("/proc/sys/kernel/sched_rt_runtime_us");
	scoped_str char *period = setting("/proc/sys/kernel/sched_rt_period_us");
	struct err unknown = { 0 };
	uint32_t left = 0;

	/* as much as is wanted: it has become free meanwhile, and may be somebody's again */
	if (packet_sched_left((uint32_t)wanted, &left, &unknown) == 0 && left < wanted)
		have = percent(left);
	return err_tell(
		e, EBUSY,
		"promise a kernel thread %s of a CPU: this machine has %s%s left to "
		"promise; lower this limit or another one's, stop somebody who has one "
		"(of each CPU, %s of %s us can be promised: kernel.sched_rt_runtime_us), or "
		"have it held by the governor",
		want, have ? have : "less than that", have ? " of a CPU" : "", runtime, period);
}

/* Has it fewer CPUs than the machine? Then WHICH are its. */
static bool is_bound(pid_t tid, char **which, char **all)
{
	struct cpulist machine, own = { 0 };
	cpu_set_t set;

	*all = setting("/sys/devices/system/cpu/online");
	*which = NULL;
	if (!cpulist_parse(*all, &machine) || sched_getaffinity(tid, sizeof set, &set) < 0)
		return false;

	bool less = false;
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!cpulist_has(&machine, cpu))
			continue;
		if (CPU_ISSET(cpu, &set))
			own.bits[cpu / 64] |= 1ULL << cpu % 64;
		else
			less = true;
	}
	*which = cpulist_format(&own);
	return less;
}

static int err_not_allowed(pid_t tid, struct err *e)
{
	scoped_str char *which = NULL, *all = NULL;

	if (is_bound(tid, &which, &all))
		return err_tell(
			e, EPERM,
			"give kernel thread %d a deadline: it is bound to CPUs %s, and "
			"SCHED_DEADLINE takes none that may not use all of the machine's, %s; "
			"leave out \"cpus\", give its group a partition (cgroup v2, "
			"cpuset.cpus.partition), or have the limit held by the governor",
			tid, which, all);
	return err_tell(e, EPERM, "give kernel thread %d a deadline: it takes CAP_SYS_NICE", tid);
}

static int err_range(uint64_t runtime_ns, uint64_t period_ns, struct err *e)
{
	scoped_str char *min = setting("/proc/sys/kernel/sched_deadline_period_min_us");
	scoped_str char *max = setting("/proc/sys/kernel/sched_deadline_period_max_us");

	return err_tell(
		e, EINVAL,
		"a deadline of %" PRIu64 " ns in every %" PRIu64
		" ns: the kernel takes %d ns and more, no more than the period, and periods "
		"of %s to %s us (kernel.sched_deadline_period_*_us)",
		runtime_ns, period_ns, PACKET_RUNTIME_MIN_NS, min, max);
}

/* --- setting and reading --- */

/* What was somebody's stays promised until the end of a period; and others may be trying how much
 * is left, which takes all there is for a moment. */
static int set_patiently(pid_t tid, const struct sched_attr *a)
{
	enum { TRIES = 6, NAP_NS = 10000000 };

	for (int i = 1;; i++) {
		if (sched_attr_set(tid, a) == 0)
			return 0;
		if (errno != EBUSY || i == TRIES)
			return -1;
		(void)nanosleep(&(struct timespec){ .tv_nsec = NAP_NS }, NULL);
	}
}

int packet_sched_deadline(pid_t tid, uint64_t runtime_ns, uint64_t period_ns, bool reclaim,
			  struct err *e)
{
	const struct sched_attr a = {
		.policy = SCHED_DEADLINE_POLICY,
		.flags = reclaim ? SCHED_RECLAIMS : 0,
		.runtime = runtime_ns,
		.deadline = period_ns,
		.period = period_ns,
	};

	/* A number may be another's by now: no process of the host gets what was meant for it. */
	if (!is_kernel_thread(tid))
		return err_set(e, ESRCH, cannot, tid);
	if (runtime_ns < PACKET_RUNTIME_MIN_NS || runtime_ns > period_ns)
		return err_range(runtime_ns, period_ns, e);
	if (set_patiently(tid, &a) == 0)
		return 0;
	switch (errno) {
	case EBUSY:
		return err_busy(runtime_ns, period_ns, e);
	case EPERM:
		return err_not_allowed(tid, e);
	case EINVAL:
		return err_range(runtime_ns, period_ns, e);
	default:
		return err_set(e, errno, cannot, tid);
	}
}

int packet_sched_read(pid_t tid, struct packet_sched *out, struct err *e)
{
	struct sched_attr a = { 0 };

	*out = (struct packet_sched){ 0 };
	if (sched_attr_get(tid, &a) < 0)
		return err_set(e, errno, "scheduling of kernel thread %d", tid);
	if (a.policy != SCHED_DEADLINE_POLICY)
		return 0;
	*out = (struct packet_sched){
		.deadline = true,
		.reclaim = a.flags & SCHED_RECLAIMS,
		.runtime_ns = a.runtime,
		.period_ns = a.period,
	};
	return 0;
}

/* Linux (6.12 and 6.18 seen) never takes back what it promised to a thread that sleeps when its
 * deadline is taken away: until something makes it count anew (a cpuset, a CPU unplugged), that
 * much less is left for all. A change of a deadline it does account for: so first it becomes one
 * that is nothing in its unit, 1/2^20 of a CPU. */
static void make_worthless(pid_t tid)
{
	struct sched_attr a = {
		.policy = SCHED_DEADLINE_POLICY,
		.runtime = PACKET_RUNTIME_MIN_NS,
		.deadline = 1100000000,
		.period = 1100000000,
	};

	if (sched_attr_set(tid, &a) == 0)
		return;
	a.deadline = a.period = 10000000; /* where periods may not be as long: next to nothing */
	(void)sched_attr_set(tid, &a);    /* what comes next counts */
}

/* What somebody else gave it, such as SCHED_FIFO, stays. */
int packet_sched_normal(pid_t tid, struct err *e)
{
	const struct sched_attr normal = { .policy = SCHED_OTHER };
	struct packet_sched now;

	if (!is_kernel_thread(tid))
		return err_set(e, ESRCH, "take the deadline from kernel thread %d", tid);
	if (packet_sched_read(tid, &now, e) < 0)
		return -1;
	if (!now.deadline)
		return 0;
	make_worthless(tid);
	if (sched_attr_set(tid, &normal) < 0)
		return err_set(e, errno, "take the deadline from kernel thread %d", tid);
	return 0;
}

int packet_sched_cpu_ns(pid_t tid, uint64_t *ns, struct err *e)
{
	return thread_cpu_ns(tid, ns, e);
}
