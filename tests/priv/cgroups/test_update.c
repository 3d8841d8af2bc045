/* SPDX-License-Identifier: Apache-2.0 */
/* Changing the limits of a live group, and limits that cannot be. */
#include "tests/priv/cgroups/group_test.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

static struct cgroup_limits given;

static void given_init(void)
{
	given = no_limits();
	given.cpu_quota_us = 30000;
	given.cpu_period_us = 50000;
	given.cpu_weight = 250;
	given.memory_max = 64 << 20;
	given.memory_swap_max = 16 << 20;
	given.pids_max = 20;
}

TestSuite(update, .init = given_init, .fini = group_clean, .timeout = 60);

static void assert_limits(struct cgroup *c, const struct cgroup_limits *want)
{
	struct cgroup_stats s;

	must(cgroup_stats_read(c, &s, &why));
	cr_assert_eq(s.limits.cpu_quota_us, want->cpu_quota_us);
	cr_assert_eq(s.limits.cpu_period_us, want->cpu_period_us);
	cr_assert_eq(s.limits.cpu_weight, want->cpu_weight);
	cr_assert_eq(s.limits.memory_max, want->memory_max);
	cr_assert_eq(s.limits.memory_swap_max, want->memory_swap_max, "swap %lu",
		     s.limits.memory_swap_max);
	cr_assert_eq(s.limits.pids_max, want->pids_max);
	cgroup_stats_drop(&s);
}

Test(update, each_limit_moves_up_and_down_by_itself)
{
	struct cgroup *c = group_make("updown", &given);
	struct cgroup_limits want = given;
	/* clang-format off */
	const struct { uint64_t *field, values[3]; } rows[] = {
		{ &want.cpu_quota_us, { 20000, 90000, 40000 } },
		{ &want.cpu_period_us, { 20000, 200000, 100000 } },
		{ &want.cpu_weight, { 1, 10000, 100 } },
		{ &want.memory_max, { 32 << 20, 128 << 20, 48 << 20 } },
		{ &want.memory_swap_max, { 0, 64 << 20, 8 << 20 } },
		{ &want.pids_max, { 3, 300, 30 } },
	};
	/* clang-format on */

	assert_limits(c, &want);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t k = 0; k < ARRAY_LEN(rows[i].values); k++) {
			struct cgroup_limits one = no_limits();
			size_t offset = (size_t)((char *)rows[i].field - (char *)&want);

			*(uint64_t *)((char *)&one + offset) = rows[i].values[k];
			*rows[i].field = rows[i].values[k];
			must(cgroup_update(c, &one, &why));
			assert_limits(c, &want);
		}
	}
}

Test(update, a_limit_can_be_lifted)
{
	struct cgroup *c = group_make("lift", &given);
	struct cgroup_limits l = no_limits(), want = given;

	l.cpu_quota_us = want.cpu_quota_us = CGROUP_NO_LIMIT;
	l.memory_max = l.memory_swap_max = l.pids_max = CGROUP_NO_LIMIT;
	must(cgroup_update(c, &l, &why));
	want.cpu_quota_us = want.memory_max = want.memory_swap_max = want.pids_max = CGROUP_UNSET;
	assert_limits(c, &want);
}

/* The kernel refuses the last of them; all that was written before is put back. */
Test(update, all_or_nothing)
{
	struct cgroup *c = group_make("atomic", &given);
	struct cgroup_limits l = no_limits();
	struct err e;

	l.cpu_quota_us = 60000;
	l.cpu_period_us = 100000;
	l.cpu_weight = 500;
	l.memory_max = 256 << 20;
	l.memory_swap_max = 0;
	l.pids_max = 1ULL << 40; /* above PIDS_MAX: EINVAL */
	must_fail(cgroup_update(c, &l, &e), e);
	cr_assert(strstr(e.text, "pids.max"), "%s", e.text);
	assert_limits(c, &given);
}

Test(update, late_cpus_that_fail_leave_nothing)
{
	struct cgroup *c = group_make("latefail", &given);
	struct cgroup_limits l = no_limits();
	pid_t pid = group_spawn(c, 0, run_pause);
	struct err e;

	cr_assert(wait_until(is_inside(c, pid), 5000));
	l.pids_max = 1ULL << 40;
	l.cpus = "0";
	must_fail(cgroup_update(c, &l, &e), e);
	cr_assert(is_inside(c, pid));
	for (size_t i = 0; i < c->n; i++)
		if (part_is_lazy(c, &c->parts[i]))
			cr_assert_not(part_exists(&c->parts[i]));
	assert_limits(c, &given);
}

Test(update, cpus_that_are_not_there_are_named)
{
	struct cgroup *c = group_plan("nocpus");
	struct cgroup_limits l = no_limits();
	scoped_str char *online = read_text("/sys/devices/system/cpu/online");
	scoped_str char *told = str_printf("cpus 0-900: this host has %s", online);
	struct err e;

	l.cpus = "0-900";
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert_str_eq(e.text, told);
	must(cgroup_remove(c, &why));
	cr_assert(nothing_left(c));
}

Test(update, memory_high_on_v1_is_refused_with_its_place)
{
	struct cgroup *c = group_plan("high");
	struct cgroup_limits l = no_limits();
	struct err e;

	l.memory_high = 64 << 20;
	if (!host_is_hybrid()) {
		struct cgroup_stats s;

		must(cgroup_create(c, &l, &why));
		must(cgroup_stats_read(c, &s, &why));
		cr_assert_eq(s.limits.memory_high, 64 << 20);
		cgroup_stats_drop(&s);
		return;
	}
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert(strstr(e.text, "memory.high: controller memory is on cgroup v1 here ("), "%s",
		  e.text);
	cr_assert(strstr(e.text, part_of(c, "memory")->dir), "%s", e.text);
}

Test(update, swap_alone_cannot_be_on_v1)
{
	struct cgroup *c = group_plan("swap");
	struct cgroup_limits l = no_limits();
	struct err e;

	l.memory_swap_max = 1 << 20;
	if (!host_is_hybrid())
		return;
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert(strstr(e.text, "give a memory limit too"), "%s", e.text);
}

/* A private view in which cgroup2 lies over the v1 mounts: then v2 is all there is, and on a hybrid
 * host it has no memory controller to offer. */
Test(update, a_missing_controller_is_named_with_the_remedy)
{
	struct cgroup_limits l = no_limits();
	struct stat st;
	struct err e;

	if (!host_is_hybrid())
		return;
	need_root();
	cr_assert_eq(unshare(CLONE_NEWNS), 0);
	cr_assert_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	cr_assert_eq(mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL), 0);

	struct cgroup *c = group_plan("missing");
	cr_assert_eq(c->n, 1);
	cr_assert_not(host_is_hybrid());
	l.memory_max = 64 << 20;
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert(strstr(e.text, "controller memory is not enabled in "
				 "/sys/fs/cgroup/cgroup.subtree_control: "),
		  "%s", e.text);
	must(cgroup_remove(c, &why));
	l = no_limits();
	must(cgroup_create(c, &l, &why));

	pid_t pid = group_spawn(c, 0, run_pause);
	cr_assert(wait_until(is_inside(c, pid), 5000));
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
	must(cgroup_remove(c, &why));
	cr_assert(nothing_left(c));
	cr_assert(stat("/sys/fs/cgroup/nfrun", &st) < 0 || st.st_nlink > 2,
		  "nfrun/ goes with its last group");
}
