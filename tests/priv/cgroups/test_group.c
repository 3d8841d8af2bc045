/* SPDX-License-Identifier: Apache-2.0 */
/* Making, entering, killing and removing groups. */
#include "tests/priv/cgroups/group_test.h"

#include <errno.h>
#include <sys/stat.h>

TestSuite(group, .fini = group_clean, .timeout = 120);

Test(group, a_process_gets_into_every_part)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = group_make("enter", &l);
	pid_t pid = group_spawn(c, 0, run_pause), *pids = NULL;
	size_t n = 0;

	cr_assert(wait_until(is_inside(c, pid), 5000));
	must(cgroup_pids(c, &pids, &n, &why));
	cr_assert_eq(n, 1);
	cr_assert_eq(pids[0], pid);
	free(pids);

	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
	must(cgroup_remove(c, &why));
	cr_assert(nothing_left(c));
	must(cgroup_remove(c, &why)); /* and again */
}

/* The files are opened by us; the kernel checks their opener's rights, so a child whose user
 * namespace has no mapping yet, and hence no rights at all, still gets in. */
Test(group, a_child_in_a_user_namespace_gets_in)
{
	struct cgroup_limits l = no_limits();

	l.cpus = "0";
	struct cgroup *c = group_make("userns", &l);
	pid_t pid = group_spawn(c, CLONE_NEWUSER, run_pause);

	cr_assert(wait_until(is_inside(c, pid), 5000));
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
}

Test(group, exec_enters_by_writing_alone)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = group_make("exec", &l);

	must(cgroup_open_entries(c, true, &why));
	pid_t pid = fork();
	if (pid == 0) {
		struct err e = { 0 };

		_exit(cgroup_enter(c, &e) < 0 ? 99 : run_pause());
	}
	cr_assert(wait_until(is_inside(c, pid), 5000));
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
}

Test(group, the_recorded_paths_are_the_group)
{
	struct cgroup_limits l = no_limits();

	l.pids_max = 77;
	struct cgroup *c = group_make("paths", &l), *again = NULL;
	scoped_strs struct strs paths = { 0 }, same = { 0 };
	struct cgroup_stats s;

	cgroup_paths(c, &paths);
	must(cgroup_from_paths(&paths, &again, &why));
	cgroup_paths(again, &same);
	cr_assert_eq(paths.n, same.n);
	for (size_t i = 0; i < paths.n; i++)
		cr_assert_str_eq(paths.v[i], same.v[i]);
	must(cgroup_stats_read(again, &s, &why));
	cr_assert_eq(s.pids_limit, 77);
	cgroup_stats_drop(&s);
	must(cgroup_remove(again, &why));
	cr_assert(nothing_left(c));
	cgroup_free(again);
}

Test(group, an_empty_leftover_is_taken_over)
{
	struct cgroup_limits l = no_limits();

	l.pids_max = 5;
	l.cpus = "0";
	struct cgroup *c = group_make("leftover", &l);
	scoped_str char *nested = str_printf("%s/nested", c->parts[c->n - 1].dir);
	struct cgroup_stats s;

	cr_assert_eq(mkdir(nested, 0755), 0);
	l = no_limits();
	must(cgroup_create(c, &l, &why));
	must(cgroup_stats_read(c, &s, &why));
	cr_assert_eq(s.pids_limit, CGROUP_UNSET, "the old limit is gone");
	cr_assert_neq(access(nested, F_OK), 0);
	cgroup_stats_drop(&s);
}

Test(group, a_leftover_with_processes_is_refused_and_left_alone)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = group_make("busy", &l), *other = NULL;
	scoped_strs struct strs paths = { 0 };
	pid_t pid = group_spawn(c, 0, run_pause);
	struct err e;

	cr_assert(wait_until(is_inside(c, pid), 5000));
	cgroup_paths(c, &paths);
	must(cgroup_from_paths(&paths, &other, &why));
	must_fail(cgroup_create(other, &l, &e), e);
	scoped_str char *told = str_printf("already holds processes: %d", pid);
	cr_assert_eq(e.code, EBUSY);
	cr_assert(strstr(e.text, told), "%s", e.text);

	must(cgroup_kill(other, 1000, &why));
	must(cgroup_remove(other, &why));
	cr_assert_eq(kill(pid, 0), 0, "what was refused is not killed");
	cr_assert(is_inside(c, pid));
	cgroup_free(other);
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
}

Test(group, removing_a_group_in_use_names_who_uses_it)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = group_make("inuse", &l);
	pid_t pid = group_spawn(c, 0, run_pause);
	struct err e;

	cr_assert(wait_until(is_inside(c, pid), 5000));
	must_fail(cgroup_remove(c, &e), e);
	scoped_str char *told = str_printf("still holds processes: %d", pid);
	cr_assert_eq(e.code, EBUSY);
	cr_assert(strstr(e.text, told), "%s", e.text);
}

static int run_family(void)
{
	for (int i = 0; i < 200; i++)
		if (fork() == 0)
			return run_pause();
	return run_pause();
}

Test(group, kill_ends_a_crowd)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = group_make("crowd", &l);
	pid_t pid = group_spawn(c, 0, run_family);
	struct cgroup_stats s = { 0 };

	cr_assert(wait_until(
		cgroup_stats_read(c, &s, &(struct err){ 0 }) == 0 && s.pids_current == 201, 20000));
	must(cgroup_kill(c, 20000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
	must(cgroup_remove(c, &why));
	must(cgroup_kill(c, 1000, &why)); /* gone is fine */
}

Test(group, without_cgroup_kill_each_process_is_killed)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = group_make("v1kill", &l), *v1 = NULL;

	if (!host_is_hybrid())
		return;
	/* as on a host without cgroup2: the v2 part is not known to this object */
	scoped_strs struct strs paths = { 0 }, some = { 0 };
	cgroup_paths(c, &paths);
	for (size_t i = 0; i < paths.n; i++)
		if (*paths.v[i] != '=')
			strs_add(&some, paths.v[i]);
	must(cgroup_from_paths(&some, &v1, &why));
	pid_t pid = group_spawn(v1, 0, run_family);
	cr_assert(wait_until(is_inside(v1, pid), 5000));
	must(cgroup_kill(v1, 20000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
	must(cgroup_remove(v1, &why));
	cgroup_free(v1);
}

Test(group, fifty_cycles_leave_nothing)
{
	for (int i = 0; i < 50; i++) {
		struct cgroup_limits l = no_limits();

		l.memory_max = 64 << 20;
		l.cpu_quota_us = 50000;
		struct cgroup *c = group_make("cycle", &l);
		pid_t pid = group_spawn(c, 0, run_pause);
		must(cgroup_kill(c, 5000, &why));
		must(cgroup_remove(c, &why));
		cr_assert(nothing_left(c), "cycle %d", i);
		cr_assert_eq(wait_for(pid), 128 + SIGKILL);
		cgroup_free(c);
		group = NULL;
	}
}

/* Each takes nfrun/ away under the feet of the others whenever it was the last in it. */
static int run_cycles(int who)
{
	struct cgroup_limits l = no_limits();
	struct err e = { 0 };

	l.pids_max = 10;
	l.cpus = "0";
	for (int i = 0; i < 40; i++) {
		scoped_str char *name = str_printf("race%d", who);
		struct cgroup *c = group_plan(name);

		if (cgroup_create(c, &l, &e) < 0 || cgroup_remove(c, &e) < 0) {
			(void)fprintf(stderr, "cycle %d: %s: %s\n", i, e.text, strerror(e.code));
			return 1;
		}
		cgroup_free(c);
	}
	return 0;
}

Test(group, many_at_once_do_not_disturb_each_other)
{
	pid_t pids[4];

	for (int i = 0; i < 4; i++)
		if ((pids[i] = fork()) == 0)
			_exit(run_cycles(i));
	for (int i = 0; i < 4; i++)
		cr_expect_eq(wait_for(pids[i]), 0);
}
