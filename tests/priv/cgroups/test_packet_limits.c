/* SPDX-License-Identifier: Apache-2.0 */
/* What holds the leaf of kernel threads: its quota, and its group's CPUs. */
#include "tests/priv/cgroups/group_test.h"
#include "tests/support/napi.h"
#include "cgroups/packet.h"

#include <sched.h>

TestSuite(packet_limits, .fini = oci_clean, .timeout = 60);

static struct cgroup *make(bool exact, const struct cgroup_limits *l)
{
	struct cgroup *c = exact ? oci_plan("packet") : group_plan("packet");

	must(cgroup_create(c, l, &why));
	return c;
}

/* "QUOTA PERIOD" of the leaf, in v2's words; the caller frees. */
static char *leaf_quota(struct cgroup *c)
{
	const struct part *p = part_of(c, "cpu");
	scoped_str char *leaf = packet_leaf(p->dir);
	scoped_str char *max = str_printf("%s/cpu.max", leaf);
	scoped_str char *quota_file = str_printf("%s/cpu.cfs_quota_us", leaf);
	scoped_str char *period_file = str_printf("%s/cpu.cfs_period_us", leaf);

	if (p->v2)
		return read_text(max);

	scoped_str char *quota = read_text(quota_file), *period = read_text(period_file);
	return str_printf("%s %s", strcmp(quota, "-1") ? quota : "max", period);
}

static void assert_quota(struct cgroup *c, const char *want)
{
	scoped_str char *is = leaf_quota(c);

	cr_assert_str_eq(is, want);
}

Test(packet_limits, a_quota_of_its_own)
{
	struct cgroup_limits l = no_limits();
	pid_t tid = napi_thread_make();
	struct cgroup *c = make(false, &l);
	struct err e;

	must(cgroup_packet_quota(c, CGROUP_NO_LIMIT, 100000, &why)); /* nothing to lift */
	must(cgroup_packet_quota(c, 2500, 10000, &why));             /* makes the leaf */
	assert_quota(c, "2500 10000");
	must(cgroup_packet_enter(c, tid, &why));
	must(cgroup_packet_quota(c, 50000, 100000, &why));
	assert_quota(c, "50000 100000");
	must_fail(cgroup_packet_quota(c, 10, 100000, &e), e); /* the kernel wants 1 ms */
	assert_quota(c, "50000 100000");
	must(cgroup_packet_quota(c, CGROUP_NO_LIMIT, 0, &why));
	assert_quota(c, "max 100000");
	must(cgroup_packet_quota(c, CGROUP_NO_LIMIT, 100000, &why));
	must(cgroup_packet_quota(c, 2500, 10000, &why));
	must(cgroup_packet_leave(c, &why));
	must(cgroup_remove(c, &why));
	cr_assert(nothing_left(c));
}

Test(packet_limits, processes_go_on_beside_a_quota)
{
	struct cgroup_limits l = no_limits();
	pid_t tid = napi_thread_make();

	l.cpu_quota_us = 50000;
	l.cpu_period_us = 100000;
	l.cpu_weight = 200;
	struct cgroup *c = make(false, &l);
	pid_t pid = group_spawn(c, 0, run_pause);
	struct cgroup_stats s;

	must(cgroup_packet_enter(c, tid, &why));
	must(cgroup_packet_quota(c, 10000, 100000, &why));
	cr_assert(wait_until(is_inside(c, pid), 5000));
	must(cgroup_stats_read(c, &s, &why)); /* the group's own are as they were */
	cr_assert_eq(s.limits.cpu_quota_us, 50000);
	cr_assert_eq(s.limits.cpu_weight, 200);
	cgroup_stats_drop(&s);

	pid_t second = group_spawn(c, 0, run_pause); /* still takes processes */
	cr_assert(wait_until(is_inside(c, second), 5000));
	must(cgroup_packet_leave(c, &why));
	pid_t third = group_spawn(c, 0, run_pause);
	cr_assert(wait_until(is_inside(c, third), 5000));
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
	cr_assert_eq(wait_for(second), 128 + SIGKILL);
	cr_assert_eq(wait_for(third), 128 + SIGKILL);
	must(cgroup_remove(c, &why));
}

Test(packet_limits, an_exact_v2_group_cannot_have_a_quota)
{
	struct cgroup_limits l = no_limits();
	pid_t tid = napi_thread_make();
	struct cgroup *c = make(true, &l);
	pid_t pid = group_spawn(c, 0, run_pause);
	struct err e;

	cr_assert(wait_until(is_inside(c, pid), 5000));
	must(cgroup_packet_enter(c, tid, &why));
	must(cgroup_packet_quota(c, CGROUP_NO_LIMIT, 100000, &why));
	if (part_of(c, "cpu")->v2) {
		must_fail(cgroup_packet_quota(c, 10000, 100000, &e), e);
		cr_assert_eq(e.code, EOPNOTSUPP);
		cr_assert(strstr(e.text, "can have no cpu.max"), "%s", e.text);
	} else {
		must(cgroup_packet_quota(c, 10000, 100000, &why));
		assert_quota(c, "10000 100000");
	}
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
	must(cgroup_remove(c, &why));
	cr_assert(nothing_left(c));
}

/* v1 refuses a child more than its group, in either order of setting them; v2 does not mind. */
Test(packet_limits, a_quota_beyond_the_groups_own)
{
	struct cgroup_limits l = no_limits();
	pid_t tid = napi_thread_make();

	l.cpu_quota_us = 20000;
	l.cpu_period_us = 100000;
	struct cgroup *c = make(false, &l);
	bool v2 = part_of(c, "cpu")->v2;

	must(cgroup_packet_enter(c, tid, &why));
	must(cgroup_packet_quota(c, 50000, 100000, &why));
	assert_quota(c, v2 ? "50000 100000" : "20000 100000");
	l.cpu_quota_us = 5000;
	l.cpu_period_us = 50000;
	must(cgroup_update(c, &l, &why));
	assert_quota(c, v2 ? "50000 100000" : "5000 50000");
	l.cpu_quota_us = 40000;
	must(cgroup_update(c, &l, &why));
	assert_quota(c, v2 ? "50000 100000" : "5000 50000");
	l.cpu_quota_us = CGROUP_NO_LIMIT;
	must(cgroup_update(c, &l, &why));
	must(cgroup_packet_quota(c, 50000, 100000, &why));
	assert_quota(c, "50000 100000");
	must(cgroup_remove(c, &why));
}

/* --- CPUs --- */

static void assert_cpus(pid_t tid, size_t first, size_t last)
{
	cpu_set_t is;

	cr_assert_eq(sched_getaffinity(tid, sizeof is, &is), 0);
	cr_assert_eq((size_t)CPU_COUNT(&is), last - first + 1);
	for (size_t i = first; i <= last; i++)
		cr_assert(CPU_ISSET(i, &is), "not on CPU %zu", i);
}

static void update_cpus(struct cgroup *c, char *cpus)
{
	struct cgroup_limits l = no_limits();

	l.cpus = cpus;
	must(cgroup_update(c, &l, &why));
}

Test(packet_limits, the_groups_cpus_are_its_own)
{
	struct cgroup_limits l = no_limits();
	pid_t tid = napi_thread_make();
	struct err e;

	for (int exact = 0; exact < 2; exact++) {
		l.cpus = "0";
		struct cgroup *c = make(exact, &l);

		must(cgroup_packet_enter(c, tid, &why));
		cr_assert(cgroup_packet_has(c, tid));
		assert_cpus(tid, 0, 0);
		update_cpus(c, "1"); /* nothing in common */
		assert_cpus(tid, 1, 1);
		update_cpus(c, "0-1");
		assert_cpus(tid, 0, 1);
		update_cpus(c, "0");
		assert_cpus(tid, 0, 0);
		l.cpus = "1";
		l.memory_max = 1; /* refused after the CPUs: put back */
		l.pids_max = 1ULL << 40;
		if (cgroup_update(c, &l, &e) == 0)
			update_cpus(c, "0");
		assert_cpus(tid, 0, 0);
		must(cgroup_packet_leave(c, &why));
		assert_cpus(tid, 0, 1);
		must(cgroup_remove(c, &why));
		oci_clean();
		l = no_limits();
	}
}

Test(packet_limits, let_go_for_a_moment)
{
	struct cgroup_limits l = no_limits();
	pid_t tid = napi_thread_make(), *tids = NULL;
	size_t n = 1;

	l.cpus = "1";
	for (int exact = 0; exact < 2; exact++) {
		struct cgroup *c = make(exact, &l);

		must(cgroup_packet_threads(c, &tids, &n, &why));
		cr_assert_eq(n, 0);
		must(cgroup_packet_let_go(c, tid, &why)); /* not there is fine */
		must(cgroup_packet_enter(c, tid, &why));
		assert_cpus(tid, 1, 1);
		must(cgroup_packet_let_go(c, tid, &why));
		assert_cpus(tid, 0, 1);
		cr_assert_not(cgroup_packet_has(c, tid));
		must(cgroup_packet_enter(c, tid, &why));
		assert_cpus(tid, 1, 1);
		must(cgroup_packet_threads(c, &tids, &n, &why));
		cr_assert_eq(n, 1);
		cr_assert_eq(*tids, tid);
		free(tids);
		tids = NULL;
		must(cgroup_remove(c, &why));
		oci_clean();
	}
}

/* v1's cpuset is made only now, with a thread in the other leaves. */
Test(packet_limits, cpus_that_come_later)
{
	struct cgroup_limits l = no_limits();
	pid_t tid = napi_thread_make();

	for (int exact = 0; exact < 2; exact++) {
		struct cgroup *c = make(exact, &l);
		pid_t pid = group_spawn(c, 0, run_pause);

		cr_assert(wait_until(is_inside(c, pid), 5000));
		must(cgroup_packet_enter(c, tid, &why));
		assert_cpus(tid, 0, 1);
		update_cpus(c, "1");
		cr_assert(cgroup_packet_has(c, tid));
		assert_cpus(tid, 1, 1);
		assert_cpus(pid, 1, 1);
		must(cgroup_kill(c, 5000, &why));
		cr_assert_eq(wait_for(pid), 128 + SIGKILL);
		must(cgroup_remove(c, &why));
		cr_assert(nothing_left(c));
		assert_cpus(tid, 0, 1);
		oci_clean();
	}
}
