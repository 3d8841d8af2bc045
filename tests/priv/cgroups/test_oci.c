/* SPDX-License-Identifier: Apache-2.0 */
/* Groups at an OCI caller's path, and no group at all. */
#include "tests/priv/cgroups/group_test.h"

#include <sys/stat.h>

TestSuite(oci, .fini = oci_clean, .timeout = 60);

static struct cgroup *oci_make(const char *name, const struct cgroup_limits *l)
{
	struct cgroup *c = oci_plan(name);

	must(cgroup_create(c, l, &why));
	return c;
}

Test(oci, an_absolute_path_begins_at_each_mount)
{
	struct cgroup_host *h = NULL;

	need_root();
	must(cgroup_host_open(&h, &why));
	must(cgroup_plan_at(h, "/a//b/./c/", &group, &why));
	cr_assert_gt(group->n, 0);
	for (size_t i = 0; i < group->n; i++) {
		scoped_str char *want = NULL;

		for (size_t k = 0; k < h->n; k++)
			if (h->v[k].v2 == group->parts[i].v2 &&
			    strcmp(h->v[k].controllers, group->parts[i].controllers) == 0)
				want = str_printf("%s/a/b/c", h->v[k].mount);
		cr_assert_str_eq(group->parts[i].dir, want);
	}
	cgroup_free(group);
	group = NULL;
	cgroup_host_free(h);
}

Test(oci, the_process_is_in_the_group_itself_in_every_hierarchy)
{
	static const char *const all[] = { "cpu",     "cpuacct", "memory", "pids",
					   "devices", "freezer", "blkio" };
	struct cgroup_limits l = no_limits();

	l.memory_max = 64 << 20;
	struct cgroup *c = oci_make("deep/er/x", &l);
	pid_t pid = group_spawn(c, 0, run_pause);

	cr_assert(wait_until(is_inside(c, pid), 5000));
	for (size_t i = 0; i < ARRAY_LEN(all) && host_is_hybrid(); i++)
		cr_assert(part_exists(part_of(c, all[i])), "%s", all[i]);

	scoped_str char *file = str_printf("/proc/%d/cgroup", pid), *own = read_text(file);
	cr_assert_null(strstr(own, "/app"), "%s", own);
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
	must(cgroup_remove(c, &why));
	cr_assert(nothing_left(c));
	for (size_t i = 0; i < c->n; i++) { /* the two that oci_clean does not know */
		scoped_str char *er = dir_above(c->parts[i].dir), *deep = dir_above(er);
		scoped_str char *top = dir_above(deep);

		(void)rmdir(er);
		(void)rmdir(deep);
		(void)rmdir(top);
	}
}

Test(oci, the_record_keeps_what_it_is)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = oci_make("record", &l), *again = NULL;
	scoped_strs struct strs paths = { 0 }, same = { 0 };
	pid_t pid = group_spawn(c, 0, run_pause);

	cr_assert(wait_until(is_inside(c, pid), 5000));
	cgroup_paths(c, &paths);
	must(cgroup_from_paths(&paths, &again, &why));
	cgroup_paths(again, &same);
	cr_assert_eq(paths.n, same.n);
	for (size_t i = 0; i < paths.n; i++)
		cr_assert_str_eq(paths.v[i], same.v[i]);

	/* exec's way in, and a limit in a part that create left out */
	pid_t other = group_spawn(again, 0, run_pause);
	cr_assert(wait_until(is_inside(again, other), 5000));
	l.cpus = "0";
	must(cgroup_update(again, &l, &why));
	cr_assert(is_inside(again, pid));
	cr_assert(is_inside(again, other));
	must(cgroup_kill(again, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
	cr_assert_eq(wait_for(other), 128 + SIGKILL);
	cgroup_free(again);
}

/* v1's cpuset part is left out when nobody asks for it, but not where a group above is there to
 * hold its processes. */
Test(oci, the_cpuset_of_a_group_above_holds)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = oci_plan("pod/x");
	const struct part *p = part_of(c, "cpuset");
	scoped_str char *pod = dir_above(p->dir), *above = dir_above(pod);
	scoped_str char *cpus = str_printf("%s/cpuset.cpus", pod);
	scoped_str char *mems = str_printf("%s/cpuset.mems", pod);

	if (p->v2)
		return;
	must(cgroup_create(c, &l, &why));
	cr_assert_not(part_exists(p));
	must(cgroup_remove(c, &why));

	l.cpus = (char[]){ "0" };
	must(cgroup_create(c, &l, &why));
	must(cgroup_remove(c, &why));
	l.cpus = NULL;
	write_text(cpus, "1"); /* of what the first left above it */
	write_text(mems, "0");
	must(cgroup_create(c, &l, &why));
	scoped_str char *file = str_printf("%s/cpuset.cpus", p->dir), *text = read_text(file);
	cr_assert_str_eq(text, "1");
	must(cgroup_remove(c, &why));
	for (size_t i = 0; i < c->n; i++) {
		scoped_str char *dir = dir_above(c->parts[i].dir), *top = dir_above(dir);

		(void)rmdir(dir);
		(void)rmdir(top);
	}
	cr_assert_neq(access(above, F_OK), 0);
}

Test(oci, paths_that_are_none)
{
	static const char *const bad[] = {
		"", "/", "//.", "..", "../x", "/a/../b", "a/..", "a\nb"
	};
	struct cgroup_host *h = NULL;

	must(cgroup_host_open(&h, &why));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct cgroup *c = NULL;
		struct err e;

		must_fail(cgroup_plan_at(h, bad[i], &c, &e), e);
		cr_assert(strstr(e.text, "cgroups path '"), "%s", e.text);
	}
	cgroup_host_free(h);
}

Test(oci, what_was_prepared_is_joined_as_it_is)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = oci_plan("prepared");
	struct cgroup_stats s;

	l.pids_max = 33;
	must(cgroup_create(c, &l, &why));
	l = no_limits();
	must(cgroup_create(c, &l, &why));
	must(cgroup_stats_read(c, &s, &why));
	cr_assert_eq(s.pids_limit, 33);
	cgroup_stats_drop(&s);
}

Test(oci, a_group_with_processes_is_refused)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = oci_make("busy", &l), *other = NULL;
	scoped_strs struct strs paths = { 0 };
	pid_t pid = group_spawn(c, 0, run_pause);
	struct err e;

	cr_assert(wait_until(is_inside(c, pid), 5000));
	cgroup_paths(c, &paths);
	must(cgroup_from_paths(&paths, &other, &why));
	must_fail(cgroup_create(other, &l, &e), e);
	cr_assert(strstr(e.text, "already holds processes: "), "%s", e.text);
	cgroup_free(other);
}

Test(oci, exec_into_a_group_below)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = oci_make("above", &l), *sub = NULL;
	struct err e;

	must_fail(cgroup_subgroup(c, "inner", &sub, &e), e);
	cr_assert_eq(e.code, ENOENT);
	for (size_t i = 0; i < c->n; i++) {
		scoped_str char *dir = str_printf("%s/inner", c->parts[i].dir);

		cr_assert(mkdir(dir, 0755) == 0 || !part_exists(&c->parts[i]));
	}
	must(cgroup_subgroup(c, "/inner/", &sub, &why));
	pid_t pid = group_spawn(sub, 0, run_pause);
	cr_assert(wait_until(is_inside(sub, pid), 5000));
	scoped_str char *file = str_printf("/proc/%d/cgroup", pid), *own = read_text(file);
	cr_assert(strstr(own, "above/inner"), "%s", own);
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
	cgroup_free(sub);
	must_fail(cgroup_subgroup(c, "../busy", &sub, &e), e);
}

Test(oci, no_group_at_all)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = NULL, *again = NULL;
	scoped_strs struct strs paths = { 0 };
	struct cgroup_stats s;
	struct err e = { 0 };

	must(cgroup_plan_none(&c));
	cr_assert(cgroup_is_none(c));
	must(cgroup_create(c, &l, &why));
	cr_assert_eq(cgroup_clone_fd(c, &e), -1);
	cr_assert_eq(e.code, 0);
	must(cgroup_open_entries(c, true, &why));
	must(cgroup_enter(c, &why));
	must(cgroup_stats_read(c, &s, &why));
	cr_assert_eq(s.pids_current, CGROUP_UNSET);
	must(cgroup_kill(c, 100, &why));
	must(cgroup_remove(c, &why));
	l.pids_max = 3;
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert_str_eq(e.text, "pids.max: no limit can be set, the cgroup manager is disabled");

	cgroup_paths(c, &paths);
	must(cgroup_from_paths(&paths, &again, &why));
	cr_assert(cgroup_is_none(again));
	cgroup_free(again);
	cgroup_free(c);
}
