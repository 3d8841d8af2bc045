/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines of a kernel thread. */
#include "cgroups/cgroup.h"
#include "runtime/packet_sched.h"
#include "runtime/sched_attr.h"
#include "tests/support/napi.h"
#include "tests/support/support.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static const uint64_t period = 10000000;
static pid_t helpers[4];
static size_t n_helpers;

static void end_helpers(void)
{
	while (n_helpers > 0)
		(void)kill(helpers[--n_helpers], SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}

static void clean(void)
{
	end_helpers();
	if (if_nametoindex(napi_peer())) /* at once, and its deadline with it */
		napi_thread_end();
}

TestSuite(packet_sched, .fini = clean, .timeout = 60);

#define must(call)                                                                                 \
	do {                                                                                       \
		struct err why = { 0 };                                                            \
		if ((call) < 0)                                                                    \
			cr_assert_fail("%s: %s: %s", #call, why.text, strerror(why.code));         \
	} while (0)

static void must_refuse(pid_t tid, uint64_t runtime, uint64_t per, int code, const char *word)
{
	struct err e = { 0 };

	cr_assert_eq(packet_sched_deadline(tid, runtime, per, false, &e), -1);
	cr_assert_eq(e.code, code, "%d: %s", e.code, e.text);
	cr_assert(strstr(e.text, word), "%s", e.text);
}

static void start(void (*run)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run();
	}
	helpers[n_helpers++] = pid;
}

static __attribute__((noreturn)) void flood(void)
{
	(void)!nice(-20); /* it is not to be what is short */
	napi_flood(60000);
	_exit(0);
}

static __attribute__((noreturn)) void spin(void)
{
	for (volatile unsigned long i = 0;; i++)
		continue;
}

/* The thread's share of a CPU in the next MS, in 1/1000. */
static unsigned share(pid_t tid, int ms)
{
	uint64_t before = 0, after = 0;
	int64_t from = now_ms();

	must(packet_sched_cpu_ns(tid, &before, &why));
	sleep_ms(ms);
	must(packet_sched_cpu_ns(tid, &after, &why));
	return (unsigned)((after - before) / 1000 / (uint64_t)(now_ms() - from));
}

/* An emulated CPU that its host takes away goes on counting. */
static unsigned slack(void)
{
	return getenv("RUN_IN_VM") ? 80 : 10;
}

Test(packet_sched, what_is_set_is_read)
{
	pid_t tid = napi_thread_make();
	struct packet_sched s = { .deadline = true };

	must(packet_sched_read(tid, &s, &why));
	cr_assert_not(s.deadline);
	must(packet_sched_deadline(tid, 2500000, period, false, &why));
	must(packet_sched_read(tid, &s, &why));
	cr_assert(s.deadline && !s.reclaim);
	cr_assert_eq(s.runtime_ns, 2500000);
	cr_assert_eq(s.period_ns, period);
	must(packet_sched_deadline(tid, PACKET_RUNTIME_MIN_NS, period, true, &why));
	must(packet_sched_read(tid, &s, &why));
	cr_assert(s.deadline && s.reclaim);
	cr_assert_eq(s.runtime_ns, PACKET_RUNTIME_MIN_NS);
	must(packet_sched_normal(tid, &why));
	must(packet_sched_normal(tid, &why)); /* and again */
	cr_assert_eq(sched_getscheduler(tid), SCHED_OTHER);
}

Test(packet_sched, it_caps)
{
	pid_t tid = napi_thread_make();

	napi_burden();
	start(flood);
	cr_assert(wait_until(share(tid, 200) > 200, 20000), "it would use more");
	must(packet_sched_deadline(tid, period / 10, period, false, &why));
	share(tid, 50);
	unsigned got = share(tid, 1000);
	cr_assert(got >= 50 && got <= 100 + slack(), "%u of 100", got);
	must(packet_sched_normal(tid, &why));
	cr_assert(wait_until(share(tid, 200) > 200, 20000), "lifted");
}

/* Beside more busy processes than CPUs. */
Test(packet_sched, it_guarantees)
{
	pid_t tid = napi_thread_make();

	napi_burden();
	start(flood);
	start(spin);
	start(spin);
	start(spin);
	must(packet_sched_deadline(tid, period * 3 / 10, period, true, &why));
	share(tid, 50);
	unsigned got = share(tid, 1000);
	cr_assert_geq(got, 270, "%u, not 300 and more", got);
}

Test(packet_sched, a_thread_that_is_none)
{
	pid_t tid = napi_thread_make();
	struct err e = { 0 };
	uint64_t ns;

	must_refuse(getpid(), 1000000, period, ESRCH, "kernel thread");
	cr_assert_eq(sched_getscheduler(0), SCHED_OTHER);
	napi_thread_end();
	cr_assert(wait_until(packet_sched_cpu_ns(tid, &ns, &e) < 0, 5000));
	cr_assert_eq(e.code, ESRCH, "%s", e.text);
	must_refuse(tid, 1000000, period, ESRCH, "kernel thread");
	cr_assert_eq(packet_sched_normal(tid, &e), -1);
	cr_assert_eq(e.code, ESRCH);
}

Test(packet_sched, out_of_range)
{
	pid_t tid = napi_thread_make();

	must_refuse(tid, PACKET_RUNTIME_MIN_NS - 1, period, EINVAL, "1024 ns and more");
	must_refuse(tid, period + 1, period, EINVAL, "no more than the period");
	must_refuse(tid, 10000, 20000, EINVAL, "sched_deadline_period");
	must_refuse(tid, 10000, 60ULL * 1000000000, EINVAL, "sched_deadline_period");
	cr_assert_eq(sched_getscheduler(tid), SCHED_OTHER);
}

Test(packet_sched, bound_to_some_cpus)
{
	pid_t tid = napi_thread_make();
	cpu_set_t first, all;

	skip_unless(sysconf(_SC_NPROCESSORS_ONLN) > 1, "needs two CPUs");
	cr_assert_eq(sched_getaffinity(tid, sizeof all, &all), 0);
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	cr_assert_eq(sched_setaffinity(tid, sizeof first, &first), 0);
	must_refuse(tid, 1000000, period, EPERM, "bound to CPUs 0, ");
	must_refuse(tid, 1000000, period, EPERM, "cpuset.cpus.partition");
	cr_assert_eq(sched_setaffinity(tid, sizeof all, &all), 0);
	must(packet_sched_deadline(tid, 1000000, period, false, &why));
}

/* In a group with fewer CPUs: the deadline comes first, or the thread steps out for it. */
Test(packet_sched, in_a_group_with_one_cpu)
{
	pid_t tid = napi_thread_make();
	scoped_str char *name = str_printf("test-%d-sched", getpid());
	struct cgroup_limits l = CGROUP_LIMITS_UNSET;
	struct cgroup_host *h = NULL;
	struct cgroup *c = NULL;
	struct packet_sched s;

	l.cpus = "1";
	must(cgroup_host_open(&h, &why));
	must(cgroup_plan(h, name, &c, &why));
	cgroup_host_free(h);
	must(cgroup_create(c, &l, &why));
	must(packet_sched_deadline(tid, 1000000, period, false, &why));
	must(cgroup_packet_enter(c, tid, &why));
	must_refuse(tid, 2000000, period, EPERM, "bound to CPUs 1, ");
	must(cgroup_packet_let_go(c, tid, &why));
	must(packet_sched_deadline(tid, 2000000, period, false, &why));
	must(cgroup_packet_enter(c, tid, &why));
	must(packet_sched_read(tid, &s, &why));
	cr_assert_eq(s.runtime_ns, 2000000);
	cr_assert(cgroup_packet_has(c, tid));
	napi_burden();
	start(flood);
	unsigned got = share(tid, 1000);
	cr_assert(got >= 100 && got <= 200 + slack(), "%u of 200", got);
	l.cpus = "0"; /* the group's may change under it */
	must(cgroup_update(c, &l, &why));
	must(packet_sched_read(tid, &s, &why));
	cr_assert(s.deadline);
	must(cgroup_packet_let_go(c, tid, &why));
	must(packet_sched_normal(tid, &why));
	must(cgroup_packet_enter(c, tid, &why));
	must(cgroup_remove(c, &why));
	cgroup_free(c);
}

/* --- what is left --- */

static uint32_t left_of(uint32_t wanted)
{
	uint32_t left = 0;

	must(packet_sched_left(wanted, &left, &why));
	return left;
}

/* What half a CPU makes of it, in 1/1000; others on this machine may have deadlines meanwhile. */
static bool halves(pid_t tid)
{
	uint32_t all = left_of(1000000), less;

	must(packet_sched_deadline(tid, period / 2, period, false, &why));
	less = left_of(1000000);
	must(packet_sched_normal(tid, &why));
	sleep_ms(20); /* the kernel keeps it for this period */
	return all <= less + 502 && all >= less + 498 && left_of(1000000) + 2 >= all;
}

Test(packet_sched, what_is_left)
{
	pid_t tid = napi_thread_make();
	uint32_t all = left_of(1000000);

	cr_assert(all > 1000 && all < 1000000, "%u", all);
	cr_assert_eq(left_of(0), 0);
	cr_assert_eq(left_of(100), 100, "no more than asked for");
	cr_assert(wait_until(halves(tid), 20000));
	cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "a child is left");
}

static void hold(pid_t who, uint32_t permille)
{
	const struct sched_attr a = { .policy = SCHED_DEADLINE_POLICY,
				      .runtime = permille * period / 1000,
				      .deadline = period,
				      .period = period };

	(void)sched_attr_set(who, &a); /* what comes of it is seen later */
}

static __attribute__((noreturn)) void wait_idle(void)
{
	for (;;)
		pause();
}

/* With a tenth of a CPU left. False: the rest is not what it was a moment ago; others on this
 * machine have deadlines, and the kernel counts anew at times. */
static bool is_refused(pid_t tid)
{
	uint32_t all = left_of(1000000), most = (all - 102) / 2;
	struct err e = { 0 };

	skip_unless(all < 2200 && all > 600, "needs a machine of two CPUs");
	for (int i = 0; i < 2; i++) {
		start(wait_idle);
		hold(helpers[i], most < 1000 ? most : 1000);
	}

	bool fits = packet_sched_deadline(tid, 90 * period / 1000, period, false, &e) == 0;
	must(packet_sched_normal(tid, &why));
	bool refused = packet_sched_deadline(tid, period / 4, period, false, &e) < 0;
	must(packet_sched_normal(tid, &why));
	end_helpers();
	sleep_ms(20);
	if (refused) {
		cr_assert_eq(e.code, EBUSY, "%s", e.text);
		cr_assert(strstr(e.text, "sched_rt_runtime_us"), "%s", e.text);
	}
	return fits && refused && strstr(e.text, "25.0% of a CPU: this machine has 10.");
}

Test(packet_sched, there_is_not_enough)
{
	pid_t tid = napi_thread_make();

	cr_assert(wait_until(is_refused(tid), 20000));
}
