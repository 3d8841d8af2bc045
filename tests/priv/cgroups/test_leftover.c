/* SPDX-License-Identifier: Apache-2.0 */
/* What a crash or somebody else left in the way of a start: mended, or named with what helps. */
#include "tests/priv/cgroups/nest_test.h"

TestSuite(leftover, .fini = nest_end, .timeout = 60);

static struct part *v2(struct cgroup *c)
{
	if (!part_v2(c))
		cr_skip_test("no cgroup2 here");
	return part_v2(c);
}

static char *file_of(const char *dir, const char *file)
{
	return str_printf("%s/%s", dir, file);
}

Test(leftover, a_frozen_one_is_made_anew)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = nest_make(0, &l);
	scoped_str char *freeze = file_of(v2(c)->dir, "cgroup.freeze");

	write_text(freeze, "1");
	must(cgroup_create(c, &l, &why));
	pid_t pid = group_spawn(c, 0, run_pause);
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
}

Test(leftover, a_frozen_nest_is_named)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *a = nest_make(0, &l), *b = nest_plan(1);
	scoped_str char *nest = dir_above(v2(a)->dir), *freeze = file_of(nest, "cgroup.freeze");
	scoped_str char *told =
		str_printf("group %s is frozen: write 0 to its cgroup.freeze", nest);
	struct err e;

	write_text(freeze, "1");
	must_fail(cgroup_create(b, &l, &e), e);
	cr_assert(strstr(e.text, told), "%s", e.text);
	write_text(freeze, "0");
	must(cgroup_create(b, &l, &why));
	must(cgroup_remove(b, &why));
	cr_assert(nothing_left(b));
}

/* kill -9 between mkdir and the leaf, with a group below that somebody made. */
Test(leftover, a_half_made_one_is_made_anew)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = nest_make(0, &l);
	scoped_str char *leaf = part_leaf(c, v2(c)), *alien = file_of(v2(c)->dir, "alien");

	must_run("rmdir", leaf);
	must_run("mkdir", "-p", alien);
	must(cgroup_create(c, &l, &why));
	cr_assert_neq(access(alien, F_OK), 0);
	cr_assert_eq(access(leaf, F_OK), 0);
}

Test(leftover, no_room_is_told_with_the_place)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *a = nest_make(0, &l), *b = nest_plan(1);
	scoped_str char *nest = dir_above(v2(a)->dir);
	scoped_str char *most = file_of(nest, "cgroup.max.descendants");
	scoped_str char *told = str_printf("%s allows 1", most);
	struct err e;

	write_text(most, "1");
	must_fail(cgroup_create(b, &l, &e), e);
	cr_assert(strstr(e.text, told), "%s", e.text);
	(void)cgroup_remove(b, &e);
}

Test(leftover, a_threaded_nest_is_named)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *a = nest_plan(0);
	scoped_str char *nest = dir_above(v2(a)->dir), *type = file_of(nest, "cgroup.type");
	scoped_str char *told = str_printf("the group above, %s, is threaded", nest);
	struct err e;

	if (host_is_hybrid()) {
		must_run("mkdir", nest);
		write_text(type, "threaded");
		must_fail(cgroup_create(a, &l, &e), e);
		cr_assert(strstr(e.text, told), "%s", e.text);
	}
}

Test(leftover, processes_in_the_nest_are_named)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *a = nest_plan(0);
	scoped_str char *nest = dir_above(v2(a)->dir), *procs = file_of(nest, "cgroup.procs");
	struct err e;

	if (host_is_hybrid())
		return;
	must_run("mkdir", nest);
	pid_t pid = fork();
	if (pid == 0)
		run_pause();
	scoped_str char *told = str_printf("(%d); move them into a child of ", pid);
	write_text(procs, "%d", pid);
	l.memory_max = 64 << 20;
	must_fail(cgroup_create(a, &l, &e), e);
	cr_assert(strstr(e.text, told), "%s", e.text);
	l.memory_max = CGROUP_UNSET;
	l.pids_max = 10; /* the kernel hands pids on, and makes what is below useless */
	must_fail(cgroup_create(a, &l, &e), e);
	cr_assert(strstr(e.text, told), "%s", e.text);
	cr_assert_eq(kill(pid, SIGKILL), 0);
	(void)wait_for(pid);
	must(cgroup_create(a, &l, &why));
}

/* Its last process is still on its way out when the next start comes. */
Test(leftover, one_that_is_just_dying_is_waited_for)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = nest_make(0, &l);

	for (int i = 0; i < 20; i++) {
		pid_t pid = group_spawn(c, 0, run_pause);

		cr_assert_eq(kill(pid, SIGKILL), 0);
		cr_assert_eq(wait_for(pid), 128 + SIGKILL);
		must(cgroup_create(c, &l, &why));
	}
}
