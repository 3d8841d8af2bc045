/* SPDX-License-Identifier: Apache-2.0 */
/* The limits hold, measured by what a process in the group can do. */
#include "tests/priv/cgroups/group_test.h"

#include <sched.h>
#include <sys/mman.h>

TestSuite(caps, .fini = group_clean, .timeout = 180);

static __attribute__((noreturn)) int run_spin(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (volatile unsigned long n = 0;; n++)
		continue;
}

static struct cgroup_stats stats_of(struct cgroup *c)
{
	struct cgroup_stats s;

	must(cgroup_stats_read(c, &s, &why));
	return s;
}

/* CPU time of the group in percent of the wall clock's, over three seconds. */
static double cpu_percent(struct cgroup *c)
{
	int64_t begin = now_ms();
	uint64_t before = stats_of(c).cpu_usage_us;

	sleep_ms(3000);

	uint64_t used = stats_of(c).cpu_usage_us - before;
	return (double)used / 10.0 / (double)(now_ms() - begin);
}

/* On a host that keeps all its processes in the root group, nfrun/ as a whole weighs as much as one
 * of them, so that a compiler run next door would starve what is measured here. */
static void outweigh_neighbours(struct cgroup *c)
{
	const struct part *p = part_of(c, "cpu");
	scoped_str char *nfrun = dir_above(p->dir);
	scoped_str char *file = str_printf("%s/%s", nfrun, p->v2 ? "cpu.weight" : "cpu.shares");

	write_text(file, "%d", p->v2 ? 10000 : 262144);
}

Test(caps, half_a_cpu_is_half_a_cpu)
{
	struct cgroup_limits l = no_limits();
	double percent = 0;

	l.cpu_quota_us = 50000;
	l.cpu_period_us = 100000;
	l.cpu_weight = 10000;
	struct cgroup *c = group_make("half", &l);
	outweigh_neighbours(c);
	for (int i = 0; i < 2; i++)
		group_spawn(c, 0, run_spin);
	cr_assert(wait_until(stats_of(c).cpu_throttled >= 2, 20000));

	/* Neighbours on a busy machine may take from it, but no moment may give more. */
	for (int tries = 0; tries < 4 && percent < 47.5; tries++) {
		percent = cpu_percent(c);
		cr_assert_leq(percent, 52.5, "%.1f %% of a CPU", percent);
	}
	cr_assert_geq(percent, 47.5, "%.1f %% of a CPU", percent);

	struct cgroup_stats s = stats_of(c);
	cr_assert_gt(s.cpu_periods, 10);
	cr_assert_gt(s.cpu_throttled_us, 0);
	cr_assert_leq(s.cpu_user_us, s.cpu_usage_us + 20000);
	cr_assert_eq(s.limits.cpu_quota_us, 50000);
	cr_assert_eq(s.limits.cpu_period_us, 100000);
	cr_assert_eq(s.limits.cpu_weight, 10000);

	l = no_limits();
	l.cpu_quota_us = 10000;
	must(cgroup_update(c, &l, &why));
	sleep_ms(200);
	percent = cpu_percent(c);
	cr_assert_leq(percent, 11.0, "%.1f %% of a CPU", percent);
	must(cgroup_kill(c, 10000, &why));
}

static int run_hog(void)
{
	enum { SIZE = 64 << 20 };
	char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 98;
	memset(p, 1, SIZE);
	return 0;
}

Test(caps, memory_over_the_limit_is_killed_alone)
{
	struct cgroup_limits l = no_limits();

	l.memory_max = 32 << 20;
	l.memory_swap_max = 0;
	struct cgroup *c = group_make("memory", &l);
	pid_t small = group_spawn(c, 0, run_pause);

	cr_assert_eq(stats_of(c).memory_oom_kills, 0);
	cr_assert_eq(stats_of(c).memory_limit, 32 << 20);
	cr_assert_eq(wait_for(group_spawn(c, 0, run_hog)), 128 + SIGKILL);
	struct cgroup_stats s = stats_of(c);
	cr_assert_eq(s.memory_oom_kills, 1);
	cr_assert_leq(s.memory_peak, 32 << 20);
	cr_assert_gt(s.memory_peak, 16 << 20);
	cr_assert_eq(waitpid(small, NULL, WNOHANG), 0, "the small one lives");

	/* With room enough the same program ends well. */
	l = no_limits();
	l.memory_max = 128 << 20;
	must(cgroup_update(c, &l, &why));
	cr_assert_eq(wait_for(group_spawn(c, 0, run_hog)), 0);
	cr_assert_eq(stats_of(c).memory_oom_kills, 1);
}

static int run_fork_bomb(void)
{
	int born = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < 64; i++) {
		pid_t pid = fork();

		if (pid == 0)
			return run_pause();
		born += pid > 0;
	}
	return born;
}

Test(caps, a_fork_bomb_stops_at_the_pids_limit)
{
	struct cgroup_limits l = no_limits();

	l.pids_max = 10;
	struct cgroup *c = group_make("pids", &l);

	cr_assert_eq(wait_for(group_spawn(c, 0, run_fork_bomb)), 9);
	cr_assert_eq(stats_of(c).pids_limit, 10);
	must(cgroup_kill(c, 10000, &why));
	/* a zombie counts until its parent, by now the machine's init, has reaped it */
	cr_assert(wait_until(stats_of(c).pids_current == 0, 10000));
}

static int run_where(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	return sched_getaffinity(0, sizeof set, &set) < 0 ? 98 : CPU_COUNT(&set);
}

static int affinity_of(pid_t pid)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	cr_assert_eq(sched_getaffinity(pid, sizeof set, &set), 0);
	return CPU_COUNT(&set);
}

Test(caps, cpus_bind_from_the_start)
{
	struct cgroup_limits l = no_limits();

	l.cpus = "1";
	struct cgroup *c = group_make("cpus", &l);
	cr_assert_eq(wait_for(group_spawn(c, 0, run_where)), 1);
	struct cgroup_stats s = stats_of(c);
	cr_assert_str_eq(s.limits.cpus, "1");
	cgroup_stats_drop(&s);
}

Test(caps, cpus_bind_a_live_group)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = group_make("latecpus", &l);
	pid_t pid = group_spawn(c, 0, run_pause);

	cr_assert(wait_until(is_inside(c, pid), 5000));
	cr_assert_gt(affinity_of(pid), 1);
	l.cpus = "0";
	must(cgroup_update(c, &l, &why));
	cr_assert_eq(affinity_of(pid), 1);
	cr_assert(is_inside(c, pid));
	cr_assert_eq(wait_for(group_spawn(c, 0, run_where)), 1, "who comes later is bound too");
}
