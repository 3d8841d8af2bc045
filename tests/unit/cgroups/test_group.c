/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of a group, and the numbers in its files. */
#include "cgroups/group.h"
#include "cgroups/late.h"
#include "cgroups/stats.h"
#include "cgroups/tree.h"

#include <criterion/criterion.h>
#include <string.h>

static struct cgroup *from(const char *const *list, size_t n)
{
	scoped_strs struct strs paths = { 0 };
	struct cgroup *c = NULL;
	struct err e = { 0 };

	for (size_t i = 0; i < n; i++)
		strs_add(&paths, list[i]);
	cr_assert_eq(cgroup_from_paths(&paths, &c, &e), 0, "%s", e.text);
	return c;
}

Test(group, the_leaf_is_app_on_v2)
{
	static const char *const v2[] = { "=/sys/fs/cgroup/nfrun/x" };
	static const char *const partly[] = { "memory=/cg/memory/nfrun/x", "=/cg/unified/nfrun/x" };
	static const char *const hybrid[] = { "cpu,cpuacct=/cg/cpu/nfrun/x",
					      "=/cg/unified/nfrun/x" };
	static const struct {
		const char *const *paths;
		size_t n;
		const char *leaf;
	} rows[] = {
		{ v2, 1, "/sys/fs/cgroup/nfrun/x/app" },
		{ partly, 2, "/cg/unified/nfrun/x/app" },
		{ hybrid, 2, "/cg/unified/nfrun/x/app" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cgroup *c = from(rows[i].paths, rows[i].n);
		scoped_str char *leaf = part_leaf(c, part_v2(c));

		cr_assert_str_eq(leaf, rows[i].leaf);
		for (size_t k = 0; k + 1 < c->n; k++) {
			scoped_str char *v1 = part_leaf(c, &c->parts[k]);

			cr_assert_str_eq(v1, c->parts[k].dir, "v1 has no leaves");
		}
		cgroup_free(c);
	}
}

Test(group, where_a_controller_is)
{
	static const char *const paths[] = { "cpu,cpuacct=/cg/cpu/nfrun/x", "cpuset=/cg/s/nfrun/x",
					     "=/cg/unified/nfrun/x" };
	struct cgroup *c = from(paths, ARRAY_LEN(paths));

	cr_assert_eq(part_of(c, "cpuacct"), &c->parts[0]);
	cr_assert_eq(part_of(c, "cpuset"), &c->parts[1]);
	cr_assert_eq(part_of(c, "memory"), &c->parts[2], "v2 may have it");
	cr_assert(part_is_lazy(c, &c->parts[1]));
	cr_assert_not(part_is_lazy(c, &c->parts[0]));
	cr_assert_not(part_is_lazy(c, &c->parts[2]));
	cgroup_free(c);
	c = from(paths, 2);
	cr_assert_null(part_of(c, "memory"));
	cgroup_free(c);
}

/* Of a VNF. An OCI container's is there from the first: it always has a list. */
Test(group, the_devices_part_is_made_for_a_list)
{
	static const char *const paths[] = { "devices=/cg/d/nfrun/x", "=/cg/unified/nfrun/x" };
	static const char *const exact[] = { "exact", "devices=/cg/d/x", "=/cg/unified/x" };
	struct cgroup_limits l = CGROUP_LIMITS_UNSET;
	struct cgroup *c = from(paths, ARRAY_LEN(paths));

	cr_expect(part_is_lazy(c, &c->parts[0]));
	cr_expect_not(late_is_due(c, &c->parts[0], &l));
	l.has_devices = true;
	cr_expect(late_is_due(c, &c->parts[0], &l), "an empty list is one");
	cgroup_free(c);
	l.has_devices = false;
	c = from(exact, ARRAY_LEN(exact));
	cr_expect(late_is_due(c, &c->parts[0], &l));
	cgroup_free(c);
}

Test(group, recorded_paths_that_are_none)
{
	static const char *const bad[] = { "", "cpu", "cpu=", "=relative", "=/a/../b", "=/a/.." };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		scoped_strs struct strs paths = { 0 };
		struct cgroup *c = NULL;
		struct err e = { 0 };

		strs_add(&paths, bad[i]);
		cr_assert_eq(cgroup_from_paths(&paths, &c, &e), -1, "'%s'", bad[i]);
	}
}

Test(group, numbers_in_files)
{
	static const char stat[] = "usage_usec 12\nnr_throttled 3\nnr_throttled_x 4\noom max\n";
	static const struct {
		const char *text, *key;
		bool found;
		uint64_t value;
	} rows[] = {
		{ stat, "usage_usec", true, 12 },
		{ stat, "nr_throttled", true, 3 },
		{ stat, "nr_throttled_x", true, 4 },
		{ stat, "usage", false, 0 },
		{ stat, "oom", true, CGROUP_UNSET },
		{ "4096\n", NULL, true, 4096 },
		{ "max\n", NULL, true, CGROUP_UNSET },
		{ "-1\n", NULL, true, CGROUP_UNSET },
		{ "max 100000\n", NULL, true, CGROUP_UNSET },
		{ "50000 100000\n", NULL, true, 50000 },
		{ "", NULL, false, 0 },
		{ "", "usage_usec", false, 0 },
		{ "usage_usec \n", "usage_usec", false, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t value = 0;

		cr_assert_eq(stats_find(rows[i].text, rows[i].key, &value), rows[i].found,
			     "row %zu", i);
		cr_assert_eq(value, rows[i].value, "row %zu", i);
	}
}

Test(group, lists_of_pids)
{
	pid_t many[] = { 9, 3, 3, 12, 1, 2, 4, 5, 6, 7, 8, 10, 11 };
	struct pids p = { many, ARRAY_LEN(many) };
	char text[64];

	pids_sort(&p);
	cr_assert_eq(p.n, 12);
	cr_assert_str_eq(pids_format(&p, text, sizeof text), "1, 2, 3, 4, 5, 6, 7, 8 and 4 more");
	p.n = 2;
	cr_assert_str_eq(pids_format(&p, text, sizeof text), "1, 2");
	p.n = 0;
	cr_assert_str_eq(pids_format(&p, text, sizeof text), "");
}
