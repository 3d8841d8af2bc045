/* SPDX-License-Identifier: Apache-2.0 */
/* What nfrun/ has on account of its groups, and what it may hold against them. In a nest of the
 * test's own: those of the host's VNFs are in the other. */
#include "cgroups/limits.h"
#include "cgroups/nest.h"
#include "tests/priv/cgroups/nest_test.h"

TestSuite(nest, .fini = nest_end, .timeout = 60);

static struct part *cpu_of(struct cgroup *c)
{
	return part_of(c, "cpu");
}

static char *nest_file(struct cgroup *c, const char *controller, const char *v2, const char *v1)
{
	const struct part *p = part_of(c, controller);
	scoped_str char *nest = dir_above(p->dir);

	return str_printf("%s/%s", nest, p->v2 ? v2 : v1);
}

static uint64_t number_in(const char *file)
{
	scoped_str char *text = read_text(file);

	return strtoull(text, NULL, 10);
}

static struct cgroup_limits weight(uint64_t value)
{
	struct cgroup_limits l = no_limits();

	l.cpu_weight = value;
	return l;
}

#define assert_weight(file, want)                                                                  \
	cr_assert_eq(number_in(file), cpu_of(groups[0])->v2 ? (want) : shares_from_weight(want),   \
		     "%s has %lu", file, number_in(file))

Test(nest, weighs_as_much_as_its_groups)
{
	struct cgroup_limits l = weight(300);
	struct cgroup *a = nest_make(0, &l);
	scoped_str char *file = nest_file(a, "cpu", "cpu.weight", "cpu.shares");

	assert_weight(file, 300);
	l = no_limits(); /* 100 by itself */
	struct cgroup *b = nest_make(1, &l);
	assert_weight(file, 400);
	l = weight(50);
	must(cgroup_update(b, &l, &why));
	assert_weight(file, 350);
	l = weight(10000);
	must(cgroup_update(b, &l, &why));
	cr_assert_eq(number_in(file), cpu_of(a)->v2 ? 10000 : 3072 + 102400, "v2's most is 10000");
	must(cgroup_remove(b, &why));
	assert_weight(file, 300);
}

Test(nest, a_weight_that_somebody_has_set_stays)
{
	struct cgroup_limits l = weight(300);
	struct cgroup *a = nest_make(0, &l);
	scoped_str char *file = nest_file(a, "cpu", "cpu.weight", "cpu.shares");

	write_text(file, "777");
	l = weight(500);
	(void)nest_make(1, &l);
	cr_assert_eq(number_in(file), 777);
	must(cgroup_remove(groups[1], &why));
	cr_assert_eq(number_in(file), 777);
}

/* kill -9 before the nest was told. */
Test(nest, is_set_right_by_the_next_that_comes)
{
	struct cgroup_limits l = weight(300);
	struct cgroup *a = nest_make(0, &l);
	scoped_str char *file = nest_file(a, "cpu", "cpu.weight", "cpu.shares");
	scoped_str char *half = str_printf("%s-half", cpu_of(a)->dir);

	cr_assert_eq(mkdir(half, 0755), 0);
	assert_weight(file, 300);
	l = weight(200);
	(void)nest_make(1, &l);
	assert_weight(file, 600);
	cr_assert_eq(rmdir(half), 0);
	must(cgroup_update(a, &l, &why));
	assert_weight(file, 400);
}

/* Who holds the lock and does not go on stops nobody for long. */
Test(nest, a_stopped_one_is_not_waited_for)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *a = nest_make(0, &l);
	scoped_fd int lock = nest_lock(a);

	cr_assert(lock >= 0);
	(void)nest_make(1, &l);
}

static int run_updates(size_t i)
{
	for (uint64_t w = 1; w <= 60; w++) {
		struct cgroup_limits l = weight(w * 10);
		struct err e = { 0 };

		if (cgroup_update(groups[i], &l, &e) < 0)
			return 1;
	}
	return 0;
}

Test(nest, two_at_once_leave_the_right_sum)
{
	struct cgroup_limits l = no_limits();
	pid_t pids[2];

	scoped_str char *file = nest_file(nest_make(0, &l), "cpu", "cpu.weight", "cpu.shares");
	(void)nest_make(1, &l);
	for (size_t i = 0; i < 2; i++)
		if ((pids[i] = fork()) == 0)
			_exit(run_updates(i));
	for (size_t i = 0; i < 2; i++)
		cr_assert_eq(wait_for(pids[i]), 0);
	assert_weight(file, 1200);
}

/* What the groups above do not have protects nothing below them. */
Test(nest, protects_what_its_groups_have_protected)
{
	struct cgroup_limits l = no_limits(), none = no_limits();
	struct err e;

	if (host_is_hybrid())
		return;
	struct cgroup *a = nest_make(0, &none), *b = nest_make(1, &none);
	scoped_str char *min = nest_file(a, "memory", "memory.min", "");
	scoped_str char *low = nest_file(a, "memory", "memory.low", "");
	scoped_str char *above = str_printf("%s/memory.min", tops.v[0]);
	scoped_str char *above_low = str_printf("%s/memory.low", tops.v[0]);
	scoped_str char *told = str_printf("memory.min 16M: the group above, %s, has 0", tops.v[0]);

	l.memory_min = 16 << 20;
	l.memory_low = 32 << 20;
	must_fail(cgroup_update(a, &l, &e), e);
	cr_assert(strstr(e.text, told), "%s", e.text);
	write_text(above, "%d", 64 << 20);
	write_text(above_low, "%d", 64 << 20);
	must(cgroup_update(a, &l, &why));
	must(cgroup_update(b, &l, &why));
	cr_assert_eq(number_in(min), 32 << 20);
	cr_assert_eq(number_in(low), 64 << 20);
	l.memory_min = 0;
	must(cgroup_update(b, &l, &why));
	cr_assert_eq(number_in(min), 16 << 20);
	must(cgroup_remove(a, &why));
	cr_assert_eq(number_in(min), 0);
	cr_assert_eq(number_in(low), 32 << 20);
}

/* --- what is above --- */

Test(nest, a_limit_above_the_nest_s_is_refused_with_both)
{
	struct cgroup_limits none = no_limits();
	struct cgroup *a = nest_make(0, &none);
	/* clang-format off */
	const struct { const char *controller, *v2, *v1, *value; size_t offset; uint64_t limit; const char *told; } rows[] = {
		{ "memory", "memory.max", "memory.limit_in_bytes", "67108864", offsetof(struct cgroup_limits, memory_max), 128 << 20, "memory.max 128M is above %s's 64M" },
		{ "pids", "pids.max", "pids.max", "50", offsetof(struct cgroup_limits, pids_max), 60, "pids.max 60 is above %s's 50" },
		{ "cpu", "cpu.max", "cpu.cfs_quota_us", "50000", offsetof(struct cgroup_limits, cpu_quota_us), 60000, "cpu.max 0.60 CPUs is above %s's 0.50" },
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_str char *file = nest_file(a, rows[i].controller, rows[i].v2, rows[i].v1);
		scoped_str char *above = dir_above(file);
		scoped_str char *told =
			str_printf("%.*s%s%s", (int)(strstr(rows[i].told, "%s") - rows[i].told),
				   rows[i].told, above, strstr(rows[i].told, "%s") + 2);
		struct cgroup_limits l = no_limits();
		struct err e;

		write_text(file, "%s", rows[i].value);
		memcpy((char *)&l + rows[i].offset, &rows[i].limit, sizeof rows[i].limit);
		must_fail(cgroup_update(a, &l, &e), e);
		cr_assert(strstr(e.text, told), "%s, not %s", e.text, told);
		l.pids_max = is_set(l.pids_max) ? 50 : CGROUP_UNSET;
		l.memory_max = is_set(l.memory_max) ? 64 << 20 : CGROUP_UNSET;
		l.cpu_quota_us = is_set(l.cpu_quota_us) ? 50000 : CGROUP_UNSET;
		must(cgroup_update(a, &l, &why));
	}
}
