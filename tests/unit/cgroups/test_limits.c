/* SPDX-License-Identifier: Apache-2.0 */
/* The translation of limits, against directories of plain files that stand for groups. */
#include "cgroups/cpuset.h"
#include "tests/unit/cgroups/files_test.h"

TestSuite(limits, .init = dir_make, .fini = dir_remove);

/* A group whose only part is DIR, with these v1 controllers ("": v2). */
static int apply(const char *controllers, const struct cgroup_limits *l, struct err *e)
{
	scoped_strs struct strs paths = { 0 };
	struct cgroup *c = NULL;

	strs_addf(&paths, "%s=%s", controllers, dir);
	cr_assert_eq(cgroup_from_paths(&paths, &c, e), 0, "%s", e->text);
	int rc = limits_apply(c, l, true, e);
	cgroup_free(c);
	return rc;
}

Test(limits, v2_files)
{
	struct cgroup_limits l = none();
	struct err e = { 0 };

	file("cgroup.controllers", "cpuset cpu io memory pids\n");
	file("cpu.max", "max 100000\n");
	for (size_t i = 0; i < 5; i++)
		file((const char *const[]){ "cpu.weight", "memory.high", "memory.max",
					    "memory.swap.max", "pids.max" }[i],
		     "");
	l.cpu_quota_us = 1500000;
	l.cpu_period_us = 100000;
	l.cpu_weight = 200;
	l.memory_high = 1 << 20;
	l.memory_max = 2 << 20;
	l.memory_swap_max = 0;
	l.pids_max = CGROUP_NO_LIMIT;
	cr_assert_eq(apply("", &l, &e), 0, "%s", e.text);
	assert_file("cpu.max", "1500000 100000");
	assert_file("cpu.weight", "200");
	assert_file("memory.high", "1048576");
	assert_file("memory.max", "2097152");
	assert_file("memory.swap.max", "0");
	assert_file("pids.max", "max");
}

static int refuse(void *seen, struct err *e)
{
	scoped_str char *path = str_printf("%s/pids.max", dir);
	scoped_str char *text = read_text(path);

	strs_add(seen, text);
	return err_set(e, 0, "refused");
}

Test(limits, what_does_not_go_together_is_put_back)
{
	scoped_strs struct strs paths = { 0 }, seen = { 0 };
	struct cgroup_limits l = none();
	struct cgroup *c = NULL;
	struct err e = { 0 };

	file("cgroup.controllers", "pids\n");
	file("pids.max", "7");
	strs_addf(&paths, "=%s", dir);
	cr_assert_eq(cgroup_from_paths(&paths, &c, &e), 0, "%s", e.text);
	l.pids_max = 4;
	cr_expect_eq(cgroup_update_with(c, &l, refuse, &seen, &e), -1);
	cr_expect_str_eq(e.text, "refused");
	cr_assert_eq(seen.n, 1);
	cr_expect_str_eq(seen.v[0], "4");
	assert_file("pids.max", "7");
	cr_expect_eq(cgroup_update_with(c, &l, NULL, NULL, &e), 0);
	assert_file("pids.max", "4");
	cgroup_free(c);
}

Test(limits, v2_without_the_controller)
{
	struct cgroup_limits l = none();
	struct err e = { 0 };

	file("cgroup.controllers", "cpuset cpu\n");
	l.pids_max = CGROUP_NO_LIMIT;
	cr_assert_eq(apply("", &l, &e), 0, "no limit is no trouble");
	l.pids_max = 4;
	cr_assert_eq(apply("", &l, &e), -1);
	cr_assert(strstr(e.text, "pids.max: controller pids is not enabled in "
				 "/tmp/cgroup.subtree_control: "),
		  "%s", e.text);
}

Test(limits, v1_cpu)
{
	struct cgroup_limits l = none();
	struct err e = { 0 };

	file("cpu.cfs_quota_us", "-1\n");
	file("cpu.cfs_period_us", "100000\n");
	file("cpu.shares", "1024\n");
	l.cpu_quota_us = 25000;
	l.cpu_period_us = 200000;
	l.cpu_weight = 1000;
	cr_assert_eq(apply("cpu,cpuacct", &l, &e), 0, "%s", e.text);
	assert_file("cpu.cfs_quota_us", "25000");
	assert_file("cpu.cfs_period_us", "200000");
	assert_file("cpu.shares", "10240");
}

/* The last file is missing: those before it have their old content again. */
Test(limits, v1_failure_puts_back)
{
	struct cgroup_limits l = none();
	struct err e = { 0 };

	file("cpu.cfs_quota_us", "30000\n");
	file("cpu.cfs_period_us", "100000\n");
	l.cpu_quota_us = 55555;
	l.cpu_period_us = 222222;
	l.cpu_weight = 1000;
	cr_assert_eq(apply("cpu", &l, &e), -1);
	cr_assert(strstr(e.text, "this kernel has no /tmp/"), "%s", e.text);
	assert_file("cpu.cfs_quota_us", "30000");
	assert_file("cpu.cfs_period_us", "100000");
}

Test(limits, v1_memory_with_and_without_swap_accounting)
{
	struct cgroup_limits l = none();
	struct err e = { 0 };

	file("memory.limit_in_bytes", "9223372036854771712\n");
	l.memory_max = CGROUP_NO_LIMIT - 1; /* as long as what stands there */
	l.memory_swap_max = 4096;
	cr_assert_eq(apply("memory", &l, &e), -1);
	cr_assert(strstr(e.text, "boot with swapaccount=1"), "%s", e.text);
	l.memory_swap_max = CGROUP_NO_LIMIT;
	cr_assert_eq(apply("memory", &l, &e), 0, "%s", e.text);
	assert_file("memory.limit_in_bytes", "18446744073709551613");

	file("memory.limit_in_bytes", "1000000\n");
	file("memory.memsw.limit_in_bytes", "1500000\n");
	l.memory_max = 2000000;
	l.memory_swap_max = CGROUP_UNSET;
	cr_assert_eq(apply("memory", &l, &e), 0, "%s", e.text);
	assert_file("memory.limit_in_bytes", "2000000");
	assert_file("memory.memsw.limit_in_bytes", "2500000"); /* its 500000 of swap stay */
}

Test(limits, no_hierarchy_at_all)
{
	struct cgroup_limits l = none();
	struct err e = { 0 };

	l.pids_max = 3;
	cr_assert_eq(apply("cpu", &l, &e), -1);
	cr_assert(strstr(e.text, "pids.max: controller pids is mounted nowhere"), "%s", e.text);
	l = none();
	l.cpus = "0";
	cr_assert_eq(apply("cpu", &l, &e), -1);
	cr_assert(strstr(e.text, "controller cpuset is mounted nowhere"), "%s", e.text);
}

Test(limits, weights_and_shares)
{
	static const struct {
		uint64_t weight, shares;
	} rows[] = { { 1, 10 }, { 100, 1024 }, { 200, 2048 }, { 10000, 102400 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_assert_eq(shares_from_weight(rows[i].weight), rows[i].shares);
	for (uint64_t w = 1; w <= 10000; w++)
		cr_assert_eq(weight_from_shares(shares_from_weight(w)), w);
	cr_assert_eq(shares_from_weight(0), 2);
	cr_assert_eq(shares_from_weight(1 << 20), 262144);
	cr_assert_eq(weight_from_shares(2), 1);
	cr_assert_eq(weight_from_shares(262144), 10000);
}

Test(limits, cpu_lists)
{
	/* clang-format off */
	static const struct { const char *list, *allowed, *error; } rows[] = {
		{ "0", "0-1", NULL },
		{ "0-1,3", "0-7", NULL },
		{ "0-7", "0-1", "cpus 0-7: this host has 0-1" },
		{ "2", "0-1,3", "cpus 2: this host has 0-1,3" },
		{ "1-", "0-1", "cpus 1-: not a list such as 0-2,5" },
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = { 0 };
		int rc = cpus_check(rows[i].list, rows[i].allowed, "this host", &e);

		cr_assert_eq(rc, rows[i].error ? -1 : 0, "row %zu", i);
		cr_assert_str_eq(e.text, rows[i].error ? rows[i].error : "");
	}
}
