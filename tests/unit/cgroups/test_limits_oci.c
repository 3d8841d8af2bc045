/* SPDX-License-Identifier: Apache-2.0 */
/* The limits that only OCI callers set, against directories of plain files that stand for groups:
 * those first of all whose controllers few hosts have. */
#include "tests/unit/cgroups/files_test.h"

TestSuite(limits_oci, .init = dir_make, .fini = dir_remove);

/* A group whose only part is DIR, with these v1 controllers ("": v2). */
static int apply(const char *controllers, const struct cgroup_limits *l, struct err *e)
{
	scoped_strs struct strs paths = { 0 };
	struct cgroup *c = NULL;

	*e = (struct err){ 0 };
	strs_add(&paths, "exact");
	strs_addf(&paths, "%s=%s", controllers, dir);
	cr_assert_eq(cgroup_from_paths(&paths, &c, e), 0, "%s", e->text);
	int rc = limits_apply(c, l, true, e);
	cgroup_free(c);
	return rc;
}

static void must_apply(const char *controllers, const struct cgroup_limits *l)
{
	struct err e;

	cr_assert_eq(apply(controllers, l, &e), 0, "%s: %s", e.text, strerror(e.code));
}

static void must_refuse(const char *controllers, const struct cgroup_limits *l, const char *told)
{
	struct err e;

	cr_assert_eq(apply(controllers, l, &e), -1, "should fail: %s", told);
	cr_assert(strstr(e.text, told), "%s", e.text);
}

Test(limits_oci, network)
{
	struct cgroup_limits l = none();
	struct limits_priority eth0 = { (char[]){ "eth0" }, 5 };

	file("net_cls.classid", "");
	file("net_prio.ifpriomap", "");
	l.net_class_id = 0x100001;
	l.net_priorities = &eth0;
	l.n_net_priorities = 1;
	must_apply("net_cls,net_prio", &l);
	assert_file("net_cls.classid", "1048577");
	assert_file("net_prio.ifpriomap", "eth0 5");

	file("cgroup.controllers", "cpu memory\n");
	must_refuse("", &l, "network.classID: only cgroup v1 has that");
	l.net_class_id = CGROUP_UNSET;
	must_refuse("", &l,
		    "network.priorities: only cgroup v1 has that, and its controller "
		    "net_prio is not mounted");
}

Test(limits_oci, huge_pages)
{
	struct cgroup_limits l = none();
	struct limits_hugepage pages[] = { { (char[]){ "2MB" }, 4096 },
					   { (char[]){ "1GB" }, CGROUP_NO_LIMIT } };

	l.hugepages = pages;
	l.n_hugepages = 2;
	file("hugetlb.2MB.limit_in_bytes", "");
	file("hugetlb.2MB.rsvd.limit_in_bytes", "");
	file("hugetlb.1GB.limit_in_bytes", "");
	must_apply("hugetlb", &l);
	assert_file("hugetlb.2MB.limit_in_bytes", "4096");
	assert_file("hugetlb.2MB.rsvd.limit_in_bytes", "4096");
	assert_file("hugetlb.1GB.limit_in_bytes", "-1");

	file("cgroup.controllers", "hugetlb\n");
	file("hugetlb.2MB.max", "");
	file("hugetlb.1GB.max", "");
	must_apply("", &l);
	assert_file("hugetlb.2MB.max", "4096");
	assert_file("hugetlb.1GB.max", "max");
	pages[1].page_size = (char[]){ "../x" };
	must_refuse("", &l, "huge pages of ../x: this host has none");
}

Test(limits_oci, rdma)
{
	struct cgroup_limits l = none();
	struct limits_rdma one = { (char[]){ "mlx4_0" }, 3, 10000 };

	l.rdma = &one;
	l.n_rdma = 1;
	file("rdma.max", "");
	must_apply("rdma", &l);
	assert_file("rdma.max", "mlx4_0 hca_handle=3 hca_object=10000");
	file("rdma.max", "");
	one.handles = CGROUP_UNSET;
	must_apply("rdma", &l);
	assert_file("rdma.max", "mlx4_0 hca_object=10000");
}

Test(limits_oci, weights_under_each_scheduler)
{
	struct cgroup_limits l = none();
	struct limits_io disk = { 8, 0, 300, CGROUP_UNSET };

	l.io_weight = 500;
	l.io[IO_WEIGHT] = (struct limits_io_list){ &disk, 1 };
	must_refuse("blkio", &l, "blkio.weight nor its bfq counterpart");
	file("blkio.bfq.weight", "");
	file("blkio.bfq.weight_device", "");
	must_apply("blkio", &l);
	assert_file("blkio.bfq.weight", "500");
	assert_file("blkio.bfq.weight_device", "8:0 300");

	disk.leaf_weight = 20;
	must_refuse("blkio", &l, "blockIO.leafWeight: this kernel has no such weight");
	file("blkio.leaf_weight", "");
	file("blkio.leaf_weight_device", "");
	l.io_leaf_weight = 30;
	must_apply("blkio", &l);
	assert_file("blkio.leaf_weight", "30");
	assert_file("blkio.leaf_weight_device", "8:0 20");

	l.io_leaf_weight = disk.leaf_weight = CGROUP_UNSET;
	file("cgroup.controllers", "io\n");
	file("io.weight", "");
	l.io[IO_WEIGHT].n = 0;
	must_apply("", &l);
	assert_file("io.weight", "default 4950");
	file("io.bfq.weight", "");
	must_apply("", &l);
	assert_file("io.bfq.weight", "default 500");
}

Test(limits_oci, zero_of_what_v2_has_not_is_no_trouble)
{
	struct cgroup_limits l = none();

	file("cgroup.controllers", "cpu memory\n");
	l.cpu_rt_runtime_us = 0;
	l.has_oom_kill_disable = true;
	must_apply("", &l);
	l.cpu_rt_runtime_us = 5;
	must_refuse("", &l, "cpu.rt_runtime_us: controller cpu is on cgroup v2 here (/tmp/");
}

/* Whatever is asked for, a group without its controller says so. */
Test(limits_oci, each_names_the_controller_that_it_lacks)
{
	struct limits_hugepage page = { (char[]){ "2MB" }, 1 };
	struct limits_io disk = { 8, 0, 1, CGROUP_UNSET };
	struct limits_rdma rdma = { (char[]){ "x" }, 1, 1 };
	struct cgroup_limits rows[12];
	static const char *const told[] = { "cpu.max: controller cpu",
					    "cpu.weight: controller cpu",
					    "cpu.weight: controller cpu",
					    "cpu.rt: controller cpu",
					    "cpuset.mems: controller cpuset",
					    "memory.low: controller memory",
					    "memory.max: controller memory",
					    "memory.swappiness: controller memory",
					    "memory.oom_kill: controller memory",
					    "io.max: controller io",
					    "hugetlb.max: controller hugetlb",
					    "rdma.max: controller rdma" };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		rows[i] = none();
	rows[0].cpu_burst_us = 1;
	rows[1].cpu_shares = 2;
	rows[2].cpu_idle = 1;
	rows[3].cpu_rt_period_us = 1;
	rows[4].mems = (char[]){ "0" };
	rows[5].memory_reservation = 1;
	rows[6].memory_and_swap = 1;
	rows[7].memory_swappiness = 1;
	rows[8].has_oom_kill_disable = rows[8].oom_kill_disable = true;
	rows[9].io[IO_WRITE_BPS] = (struct limits_io_list){ &disk, 1 };
	rows[10].hugepages = &page;
	rows[10].n_hugepages = 1;
	rows[11].rdma = &rdma;
	rows[11].n_rdma = 1;
	file("cgroup.controllers", "misc\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_str char *v1 = str_printf("%s is mounted nowhere", told[i]);
		scoped_str char *v2 = str_printf("%s is not enabled in /tmp", told[i]);

		must_refuse("pids", &rows[i], v1);
		must_refuse("", &rows[i], v2);
	}
}
