/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel threads in a group's leaf: whatever is done to the group passes over them. */
#include "tests/priv/cgroups/group_test.h"
#include "tests/support/napi.h"
#include "cgroups/packet.h"

#include <sys/stat.h>

static void clean(void)
{
	struct err e = { 0 };

	if (group)
		(void)cgroup_freeze(group, false, 1000, &e);
	oci_clean();
}

TestSuite(packet, .fini = clean, .timeout = 60);

static struct cgroup *make(bool exact)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = exact ? oci_plan("packet") : group_plan("packet");

	must(cgroup_create(c, &l, &why));
	return c;
}

/* For the next round of a loop over both kinds. */
static void forget(struct cgroup *c)
{
	must(cgroup_remove(c, &why));
	cr_assert(nothing_left(c));
	oci_clean();
}

static size_t count_pids(struct cgroup *c)
{
	pid_t *pids = NULL;
	size_t n = 0;

	must(cgroup_pids(c, &pids, &n, &why));
	free(pids);
	return n;
}

static bool path_has(pid_t tid, const char *what)
{
	scoped_str char *file = str_printf("/proc/%d/cgroup", tid), *own = read_text(file);

	return strstr(own, what) != NULL;
}

static bool is_home(pid_t tid)
{
	return !path_has(tid, "packet");
}

Test(packet, a_thread_gets_in_and_out)
{
	pid_t tid = napi_thread_make();

	for (int exact = 0; exact < 2; exact++) {
		struct cgroup *c = make(exact);

		cr_assert_not(cgroup_packet_has(c, tid));
		must(cgroup_packet_leave(c, &why)); /* none is fine */
		must(cgroup_packet_enter(c, tid, &why));
		must(cgroup_packet_enter(c, tid, &why)); /* and again */
		cr_assert(cgroup_packet_has(c, tid));
		cr_assert_not(cgroup_packet_has(c, getpid()));
		cr_assert(path_has(tid, "packet/packet"));
		for (size_t i = 0; i < c->n; i++) {
			const struct part *p = &c->parts[i];
			scoped_str char *leaf = packet_leaf(p->dir);
			bool wanted = p->v2 || part_has(p, "cpu") || part_has(p, "cpuacct") ||
				      (part_has(p, "cpuset") && part_exists(p));

			cr_assert_eq(access(leaf, F_OK) == 0, wanted, "%s", leaf);
		}
		must(cgroup_packet_leave(c, &why));
		cr_assert(is_home(tid));
		cr_assert_not(cgroup_packet_has(c, tid));
		must(cgroup_packet_leave(c, &why));
		forget(c);
	}
}

Test(packet, only_a_living_kernel_thread_gets_in)
{
	pid_t tid = napi_thread_make();
	struct cgroup *c = make(false), *none = NULL;
	struct err e;

	must_fail(cgroup_packet_enter(c, getpid(), &e), e);
	cr_assert_eq(e.code, ESRCH);
	cr_assert(is_home(getpid()));
	must(cgroup_plan_none(&none));
	must_fail(cgroup_packet_enter(none, tid, &e), e);
	cr_assert(strstr(e.text, "the cgroup manager is disabled"), "%s", e.text);
	cr_assert_not(cgroup_packet_has(none, tid));
	must(cgroup_packet_leave(none, &why));
	cgroup_free(none);

	must(cgroup_packet_enter(c, tid, &why));
	napi_thread_end();
	cr_assert(wait_until(!cgroup_packet_has(c, tid), 5000));
	must_fail(cgroup_packet_enter(c, tid, &e), e);
	cr_assert_eq(e.code, ESRCH);
	forget(c);
}

Test(packet, its_time_is_the_groups)
{
	pid_t tid = napi_thread_make();

	for (int exact = 0; exact < 2; exact++) {
		struct cgroup *c = make(exact);
		struct cgroup_stats s;
		uint64_t us = 1;

		must(cgroup_packet_usage(c, &us, &why));
		cr_assert_eq(us, 0, "no leaf yet");
		must(cgroup_packet_enter(c, tid, &why));

		uint64_t before = napi_cpu_ns(tid);
		napi_flood(300);
		uint64_t ran_us = (napi_cpu_ns(tid) - before) / 1000;
		cr_assert_gt(ran_us, 1000);
		must(cgroup_packet_usage(c, &us, &why));
		cr_assert_geq(us, ran_us * 95 / 100, "billed %lu of %lu us", us, ran_us);
		must(cgroup_stats_read(c, &s, &why));
		cr_assert_geq(s.cpu_usage_us, us * 99 / 100);
		cgroup_stats_drop(&s);
		forget(c);
	}
}

Test(packet, who_looks_for_processes_does_not_see_it)
{
	pid_t tid = napi_thread_make();

	for (int exact = 0; exact < 2; exact++) {
		struct cgroup *c = make(exact);
		pid_t pid = group_spawn(c, 0, run_pause);

		must(cgroup_packet_enter(c, tid, &why));
		cr_assert(wait_until(is_inside(c, pid), 5000));
		cr_assert_eq(count_pids(c), 1);
		must(cgroup_freeze(c, true, 5000, &why));

		bool frozen = false;
		must(cgroup_is_frozen(c, &frozen, &why));
		cr_assert(frozen);
		must(cgroup_freeze(c, false, 5000, &why));
		must(cgroup_signal(c, SIGTERM, &why));
		cr_assert_eq(wait_for(pid), 128 + SIGTERM);
		must(cgroup_freeze(c, true, 5000, &why)); /* no process in it */
		must(cgroup_freeze(c, false, 5000, &why));

		pid = group_spawn(c, 0, run_pause);
		must(cgroup_kill(c, 5000, &why));
		cr_assert_eq(wait_for(pid), 128 + SIGKILL);
		cr_assert_eq(count_pids(c), 0);
		cr_assert(cgroup_packet_has(c, tid), "it lives");
		forget(c);
		cr_assert(is_home(tid));
	}
}

/* A container that manages groups of its own has its processes in them, none in its own. */
Test(packet, a_group_whose_processes_are_below_freezes)
{
	pid_t tid = napi_thread_make();
	struct cgroup *c = make(true);
	scoped_str char *sub = str_printf("%s/sub", part_v2(c)->dir);
	scoped_str char *procs = str_printf("%s/cgroup.procs", sub);
	pid_t pid = group_spawn(c, 0, run_pause);
	bool frozen = false;

	cr_assert(wait_until(is_inside(c, pid), 5000));
	cr_assert_eq(mkdir(sub, 0755), 0);
	write_text(procs, "%d", pid);
	must(cgroup_packet_enter(c, tid, &why));
	must(cgroup_freeze(c, true, 5000, &why));
	must(cgroup_is_frozen(c, &frozen, &why));
	cr_assert(frozen);
	must(cgroup_freeze(c, false, 5000, &why));
	must(cgroup_is_frozen(c, &frozen, &why));
	cr_assert_not(frozen);
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
	forget(c);
}

Test(packet, an_exact_group_with_a_thread_alone_has_ended)
{
	pid_t tid = napi_thread_make();
	struct cgroup *c = make(true);
	scoped_fd int fd = -1;
	enum cgroup_event what = CGROUP_NOTHING;
	pid_t pid = group_spawn(c, 0, run_pause);

	must(cgroup_packet_enter(c, tid, &why));
	must(fd = cgroup_oom_fd(c, &why));
	must(cgroup_oom_read(c, fd, &what, &why));
	cr_assert_eq(what, CGROUP_NOTHING);
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
	must(cgroup_oom_read(c, fd, &what, &why));
	if (part_of(c, "memory")->v2) /* v1 tells with the group's removal */
		cr_assert_eq(what, CGROUP_ENDED);
	forget(c);
}

/* --- the leaf's name excuses nobody --- */

static pid_t spawn_in(struct cgroup *c, const char *dir)
{
	scoped_str char *procs = str_printf("%s/cgroup.procs", dir);
	pid_t pid = group_spawn(c, 0, run_pause);

	cr_assert(wait_until(is_inside(c, pid), 5000));
	write_text(procs, "%d", pid);
	return pid;
}

static void assert_found(pid_t tid, const char *place)
{
	struct cgroup *c = make(true);
	scoped_str char *leaf = packet_leaf(part_v2(c)->dir);
	scoped_str char *below = str_printf("%s/packet", leaf);
	scoped_str char *dir = str_printf("%s%s", part_v2(c)->dir, place);

	cr_assert_eq(mkdir(leaf, 0755), 0); /* the container was first */
	cr_assert_eq(mkdir(below, 0755), 0);
	must(cgroup_packet_enter(c, tid, &why));

	pid_t pid = spawn_in(c, dir);
	cr_assert_eq(count_pids(c), 1);
	must(cgroup_packet_leave(c, &why)); /* what it cannot remove stays */
	must(cgroup_signal(c, SIGUSR1, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGUSR1);

	pid = spawn_in(c, dir);
	must(cgroup_packet_enter(c, tid, &why));
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
	cr_assert(cgroup_packet_has(c, tid));
	forget(c);
	cr_assert(is_home(tid));
}

Test(packet, a_process_that_hides_in_the_leaf_is_found)
{
	pid_t tid = napi_thread_make();

	assert_found(tid, "/packet");
	assert_found(tid, "/packet/packet");
}

/* --- the end --- */

static pid_t by_another(const struct cgroup *c, int (*act)(struct cgroup *, struct err *))
{
	scoped_strs struct strs paths = { 0 };

	cgroup_paths(c, &paths);
	pid_t pid = fork();
	if (pid == 0) {
		struct cgroup *again = NULL;
		struct err e = { 0 };

		_exit(cgroup_from_paths(&paths, &again, &e) < 0 || act(again, &e) < 0);
	}
	return pid;
}

/* The record is all it has; who moved the thread in may have been killed at any moment. */
Test(packet, another_process_removes_the_group)
{
	pid_t tid = napi_thread_make();

	for (int exact = 0; exact < 2; exact++) {
		struct cgroup *c = make(exact);

		must(cgroup_packet_enter(c, tid, &why));
		cr_assert_eq(wait_for(by_another(c, cgroup_remove)), 0);
		cr_assert(nothing_left(c));
		cr_assert(is_home(tid));

		/* half way in: in the first hierarchy alone */
		struct cgroup_limits l = no_limits();
		must(cgroup_create(c, &l, &why));
		must(cgroup_packet_enter(c, tid, &why));
		for (size_t i = 1; i < c->n; i++)
			must(packet_evict(c->parts[i].dir, &why));
		cr_assert_eq(cgroup_packet_has(c, tid), c->n == 1);
		cr_assert_eq(wait_for(by_another(c, cgroup_remove)), 0);
		cr_assert(is_home(tid));
		forget(c);
	}
}

static int make_anew(struct cgroup *c, struct err *e)
{
	struct cgroup_limits l = no_limits();

	return cgroup_create(c, &l, e);
}

Test(packet, a_leftover_is_made_anew)
{
	pid_t tid = napi_thread_make();

	for (int exact = 0; exact < 2; exact++) {
		struct cgroup *c = make(exact);
		scoped_str char *leaf = packet_leaf(part_of(c, "cpu")->dir);

		must(cgroup_packet_enter(c, tid, &why));
		cr_assert_eq(wait_for(by_another(c, make_anew)), 0);
		cr_assert(is_home(tid));
		cr_assert_neq(access(leaf, F_OK), 0);
		must(cgroup_packet_enter(c, tid, &why));
		forget(c);
	}
}

Test(packet, a_group_is_removed_under_flood)
{
	pid_t tid = napi_thread_make();
	struct cgroup *c = make(false);
	pid_t flood = fork();

	if (flood == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		napi_flood(20000);
		_exit(0);
	}
	must(cgroup_packet_enter(c, tid, &why));
	must(cgroup_packet_quota(c, 1000, 100000, &why)); /* throttled where the kernel can */
	sleep_ms(300);
	int64_t before = now_ms();
	must(cgroup_remove(c, &why));
	cr_assert_lt(now_ms() - before, 2000);
	cr_assert(is_home(tid));
	kill(flood, SIGKILL);
	cr_assert_eq(wait_for(flood), 128 + SIGKILL);
	forget(c);
}
