/* SPDX-License-Identifier: Apache-2.0 */
/* The limits that a VNF's descriptor has beyond the plain ones, against directories of plain files
 * that stand for groups: a top, a nest nfrun/ and a group in it. */
#include "tests/unit/cgroups/nest_files_test.h"

TestSuite(limits_vnf, .init = dir_make, .fini = dir_remove);

Test(limits_vnf, numbers)
{
	/* clang-format off */
	static const struct { const char *file; size_t offset; struct { uint64_t value; const char *text; } to[3]; } rows[] = {
		{ "cpu.uclamp.min", offsetof(struct cgroup_limits, uclamp_min), { { 2000, "20.00" }, { 5, "0.05" }, { CGROUP_NO_LIMIT, "0.00" } } },
		{ "cpu.uclamp.max", offsetof(struct cgroup_limits, uclamp_max), { { 10000, "100.00" }, { 5050, "50.50" }, { CGROUP_NO_LIMIT, "100.00" } } },
		{ "memory.min", offsetof(struct cgroup_limits, memory_min), { { 4096, "4096" }, { 0, "0" }, { CGROUP_NO_LIMIT, "0" } } },
		{ "memory.low", offsetof(struct cgroup_limits, memory_low), { { 4096, "4096" }, { 0, "0" }, { CGROUP_NO_LIMIT, "0" } } },
		{ "memory.low", offsetof(struct cgroup_limits, memory_reservation), { { 4096, "4096" }, { 0, "0" }, { CGROUP_NO_LIMIT, "max" } } },
		{ "memory.oom.group", offsetof(struct cgroup_limits, memory_oom_group), { { 1, "1" }, { 0, "0" }, { CGROUP_NO_LIMIT, "0" } } },
	};
	/* clang-format on */

	make("cpu memory\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t k = 0; k < ARRAY_LEN(rows[i].to); k++) {
			struct cgroup_limits l = none();

			own(rows[i].file, "");
			memcpy((char *)&l + rows[i].offset, &rows[i].to[k].value, sizeof(uint64_t));
			must_apply("", &l);
			assert_own(rows[i].file, rows[i].to[k].text);
		}
}

/* What a host cannot hold says so; what asks for nothing is no trouble there. */
Test(limits_vnf, what_v1_has_not)
{
	/* clang-format off */
	static const struct { const char *controller; size_t offset; uint64_t value, none; const char *told; } rows[] = {
		{ "memory", offsetof(struct cgroup_limits, memory_min), 4096, 0, "memory.min: controller memory is on cgroup v1 here (/tmp/" },
		{ "memory", offsetof(struct cgroup_limits, memory_oom_group), 1, 0, "memory.oom.group: controller memory is on cgroup v1 here (/tmp/" },
		{ "cpu", offsetof(struct cgroup_limits, uclamp_min), 2000, 0, "cpu.uclamp.min: this kernel has no /tmp/" },
		{ "cpu", offsetof(struct cgroup_limits, uclamp_max), 2000, 10000, "cpu.uclamp.max: this kernel has no /tmp/" },
	};
	/* clang-format on */

	make("cpu memory\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cgroup_limits l = none();

		memcpy((char *)&l + rows[i].offset, &rows[i].value, sizeof(uint64_t));
		must_refuse(rows[i].controller, &l, rows[i].told);
		memcpy((char *)&l + rows[i].offset, &rows[i].none, sizeof(uint64_t));
		must_apply(rows[i].controller, &l);
	}
}

Test(limits_vnf, v1_soft_limit)
{
	struct cgroup_limits l = none();

	make("");
	own("memory.soft_limit_in_bytes", "");
	l.memory_low = 4096;
	must_apply("memory", &l);
	assert_own("memory.soft_limit_in_bytes", "4096");
	own("memory.soft_limit_in_bytes", "");
	l.memory_low = 0;
	must_apply("memory", &l);
	assert_own("memory.soft_limit_in_bytes", "-1");
}

/* --- block devices, as an exact group: whether this machine's weigh at all is checked elsewhere
 * --- */

static int apply_exact(const char *controllers, const struct cgroup_limits *l, struct err *e)
{
	scoped_strs struct strs paths = { 0 };
	struct cgroup *c = NULL;

	*e = (struct err){ 0 };
	strs_add(&paths, "exact");
	strs_addf(&paths, "%s=%s/%s", controllers, dir, group_dir);
	cr_assert_eq(cgroup_from_paths(&paths, &c, e), 0, "%s", e->text);
	int rc = limits_apply(c, l, true, e);
	cgroup_free(c);
	return rc;
}

Test(limits_vnf, shares_of_block_devices)
{
	struct cgroup_limits l = none();
	struct limits_io disk = { 8, 16, 10000, CGROUP_UNSET };
	struct err e;

	make("io\n");
	own("io.weight", "");
	own("io.bfq.weight", "");
	l.io_share = 200;
	cr_assert_eq(apply_exact("", &l, &e), 0, "%s", e.text);
	assert_own("io.weight", "default 200");
	assert_own("io.bfq.weight", "default 109");
	own("io.weight", "");
	own("io.bfq.weight", "");
	l.io_share = CGROUP_UNSET;
	l.io[IO_SHARE] = (struct limits_io_list){ &disk, 1 };
	cr_assert_eq(apply_exact("", &l, &e), 0, "%s", e.text);
	assert_own("io.weight", "8:16 10000");
	assert_own("io.bfq.weight", "8:16 1000");

	l.io_share = 1;
	own("blkio.bfq.weight", "");
	own("blkio.bfq.weight_device", "");
	cr_assert_eq(apply_exact("blkio", &l, &e), 0, "%s", e.text);
	assert_own("blkio.bfq.weight", "1");
	assert_own("blkio.bfq.weight_device", "8:16 1000");
	own("blkio.weight", "");
	own("blkio.weight_device", "");
	cr_assert_eq(apply_exact("blkio", &l, &e), 0, "%s", e.text);
	assert_own("blkio.weight", "10"); /* CFQ's least */
	for (uint64_t w = 1; w <= 100; w++)
		cr_assert_eq(bfq_weight_from_share(w), w);
}

Test(limits_vnf, a_device_that_does_not_weigh)
{
	struct cgroup_limits l = none();
	struct limits_io disk = { 999, 0, 50, CGROUP_UNSET };

	make("io\n");
	own("io.weight", "");
	l.io[IO_SHARE] = (struct limits_io_list){ &disk, 1 };
	must_refuse("", &l, "io.weight 50 of device 999:0: it does not share by weight: write bfq");
}

Test(limits_vnf, latency)
{
	struct cgroup_limits l = none();
	struct limits_io disk = { 8, 16, 20000, CGROUP_UNSET };

	make("io\n");
	l.io[IO_LATENCY] = (struct limits_io_list){ &disk, 1 };
	must_refuse("", &l, "io.latency: this kernel has no /tmp/");
	must_refuse("blkio", &l, "io.latency: controller io is on cgroup v1 here (/tmp/");
	own("io.latency", "");
	must_apply("", &l);
	assert_own("io.latency", "8:16 target=20000");
	own("io.latency", "");
	disk.value = 0;
	must_apply("", &l);
	assert_own("io.latency", "8:16 target=max");
}

/* --- what contradicts itself --- */

Test(limits_vnf, contradictions)
{
	struct cgroup_limits l = none();

	make("cpu memory cpuset\n");
	own("cpu.max", "max 100000\n");
	l.cpu_weight = 50;
	l.cpu_idle = 1;
	must_refuse("", &l, "cpu.weight 50 and cpu.idle: an idle group has no weight");
	own("cpu.weight", "1  \n");
	own("cpu.idle", "1\n");
	l.cpu_weight = 100; /* as if it were not given */
	must_apply("", &l);
	assert_own("cpu.weight", "100");
	l = none();
	l.memory_max = 1 << 20;
	l.memory_low = 2 << 20;
	must_refuse("", &l, "memory.low 2M is above memory.max 1M");
	l = none();
	l.uclamp_min = 3000;
	l.uclamp_max = 2050;
	must_refuse("", &l, "cpu.uclamp.min 30.00 is above cpu.uclamp.max 20.50");
	l = none();
	l.cpu_burst_us = 5000;
	must_refuse("", &l, "without a CPU limit there is nothing to save up");
	l.cpu_quota_us = 4000;
	must_refuse("", &l, "cpu.max.burst 5000 us is above the quota, 4000 us of each period");
	l = none();
	l.cpu_partition = (char[]){ "isolated" };
	own("cpuset.cpus.partition", "member\n");
	own("cpuset.cpus", "\n");
	must_refuse("", &l, "cpuset.cpus.partition isolated: say which CPUs (cpus)");
}

Test(limits_vnf, what_is_above)
{
	struct cgroup_limits l = none();

	make("cpu memory pids\n");
	own("cpu.max", "max 100000\n");
	file("cpu.max", "150000 100000\n");
	file("nfrun/cpu.max", "max 100000\n");
	l.cpu_quota_us = 400000;
	l.cpu_period_us = 200000;
	must_refuse("", &l, "cpu.max 2.00 CPUs is above /tmp/");
	file("memory.max", "max\n");
	file("nfrun/memory.max", "1073741824\n");
	l = none();
	l.memory_max = 2ULL << 30;
	must_refuse("", &l, "/nfrun's 1G: lower it, or raise that");
	file("cpu.uclamp.min", "10.50\n");
	file("nfrun/cpu.uclamp.min", "0.00\n");
	l = none();
	l.uclamp_min = 1051;
	must_refuse("", &l, "cpu.uclamp.min 10.51: the group above, /tmp/");
	own("cpu.uclamp.min", "0.00\n");
	l.uclamp_min = 1050;
	must_apply("", &l);
	assert_own("cpu.uclamp.min", "10.50");
}

/* The nest's protection is the sum, its clamp the most. */
Test(limits_vnf, the_nest_has_what_its_groups_need)
{
	struct cgroup_limits l = none();
	scoped_str char *other = str_printf("%s/nfrun/y", dir);

	make("cpu memory\n");
	make_dirs(other);
	file("nfrun/y/memory.min", "1000\n");
	file("nfrun/y/cpu.uclamp.min", "30.00\n");
	file("nfrun/memory.min", "0\n");
	file("nfrun/cpu.uclamp.min", "0.00\n");
	own("memory.min", "0\n");
	own("cpu.uclamp.min", "0.00\n");
	l.memory_min = 5000;
	l.uclamp_min = 2000;
	must_apply("", &l);
	assert_file("nfrun/memory.min", "6000");
	assert_file("nfrun/cpu.uclamp.min", "30.00");
}

Test(limits_vnf, what_is_in_use_is_told)
{
	struct cgroup_limits l = none();

	make("memory\n");
	own("memory.max", "max\n");
	own("memory.current", "100663296\n");
	own("memory.stat", "anon 1\nfile 12582912\nfile_mapped 5\n");
	l.memory_max = 64 << 20;
	l.memory_check_before_update = true;
	must_refuse("", &l, "/memory.max to 64M: 96M is in use, 12M of it cached files");
	own("memory.max", "67108864\n"); /* it is no less than it was */
	must_apply("", &l);
	own("memory.max", "max\n");
	l.memory_check_before_update = false;
	must_apply("", &l);
	assert_own("memory.max", "67108864");
}

Test(limits_vnf, page_sizes_are_named)
{
	struct cgroup_limits l = none();
	struct limits_hugepage page = { (char[]){ "4MB" }, 4096 };

	make("hugetlb\n");
	own("hugetlb.2MB.max", "");
	own("hugetlb.2MB.rsvd.max", "");
	l.hugepages = &page;
	l.n_hugepages = 1;
	must_refuse("", &l, "huge pages of 4MB: this host has none, but of 2MB (no /tmp/");
}
