/* SPDX-License-Identifier: Apache-2.0 */
/* The limits that only OCI callers set, as the kernel's files show them afterwards. */
#include "tests/priv/cgroups/group_test.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

TestSuite(oci_limits, .fini = oci_clean, .timeout = 60);

static struct cgroup *made(const struct cgroup_limits *l)
{
	struct cgroup *c = oci_plan("limits");

	must(cgroup_create(c, l, &why));
	return c;
}

/* One of the files, by which version holds CONTROLLER here. The caller frees. */
static char *shown(struct cgroup *c, const char *controller, const char *v1, const char *v2)
{
	const struct part *p = part_of(c, controller);
	scoped_str char *file = str_printf("%s/%s", p->dir, p->v2 ? v2 : v1);

	return read_text(file);
}

static void assert_shown(struct cgroup *c, const char *controller, const char *v1,
			 const char *v1_text, const char *v2, const char *v2_text)
{
	const struct part *p = part_of(c, controller);
	scoped_str char *text = NULL;

	if (!(p->v2 ? v2 : v1))
		return;
	text = shown(c, controller, v1, v2);
	cr_assert_str_eq(text, p->v2 ? v2_text : v1_text, "%s: '%s', not '%s'", p->v2 ? v2 : v1,
			 text, p->v2 ? v2_text : v1_text);
}

Test(oci_limits, cpu)
{
	struct cgroup_limits l = no_limits();

	l.cpu_shares = 512;
	l.cpu_quota_us = 50000;
	l.cpu_period_us = 100000;
	l.cpu_burst_us = 20000;
	struct cgroup *c = made(&l);
	assert_shown(c, "cpu", "cpu.shares", "512", "cpu.weight", "59");
	assert_shown(c, "cpu", "cpu.cfs_burst_us", "20000", "cpu.max.burst", "20000");

	/* burst is never above quota, on the way either */
	l = no_limits();
	l.cpu_quota_us = 10000;
	l.cpu_burst_us = 10000;
	must(cgroup_update(c, &l, &why));
	assert_shown(c, "cpu", "cpu.cfs_burst_us", "10000", "cpu.max.burst", "10000");
	l.cpu_quota_us = 80000;
	l.cpu_burst_us = 70000;
	must(cgroup_update(c, &l, &why));
	assert_shown(c, "cpu", "cpu.cfs_burst_us", "70000", "cpu.max.burst", "70000");

	l = no_limits();
	l.cpu_idle = 1;
	must(cgroup_update(c, &l, &why));
	assert_shown(c, "cpu", "cpu.idle", "1", "cpu.idle", "1");
	l.cpu_idle = 0;
	l.cpu_shares = 1024;
	must(cgroup_update(c, &l, &why));
	assert_shown(c, "cpu", "cpu.idle", "0", "cpu.idle", "0");
	assert_shown(c, "cpu", "cpu.shares", "1024", "cpu.weight", "100");
}

Test(oci_limits, realtime)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = oci_plan("limits");
	struct err e;

	l.cpu_rt_runtime_us = 10000;
	l.cpu_rt_period_us = 500000;
	must_fail(cgroup_create(c, &l, &e), e);
	if (!host_is_hybrid()) {
		cr_assert(strstr(e.text, "is on cgroup v2 here"), "%s", e.text);
		return;
	}
	cr_assert(strstr(e.text, "the groups above have to grant as much in their own cpu.rt_"),
		  "%s", e.text);

	/* and where they do */
	scoped_str char *above = dir_above(part_of(c, "cpu")->dir);
	scoped_str char *runtime = str_printf("%s/cpu.rt_runtime_us", above);
	write_text(runtime, "100000");
	must(cgroup_create(c, &l, &why));
	assert_shown(c, "cpu", "cpu.rt_runtime_us", "10000", NULL, NULL);
	assert_shown(c, "cpu", "cpu.rt_period_us", "500000", NULL, NULL);
}

Test(oci_limits, memory)
{
	struct cgroup_limits l = no_limits();

	l.memory_max = 64 << 20;
	l.memory_and_swap = 80 << 20;
	l.memory_reservation = 32 << 20;
	struct cgroup *c = made(&l);
	assert_shown(c, "memory", "memory.limit_in_bytes", "67108864", "memory.max", "67108864");
	assert_shown(c, "memory", "memory.memsw.limit_in_bytes", "83886080", "memory.swap.max",
		     "16777216");
	assert_shown(c, "memory", "memory.soft_limit_in_bytes", "33554432", "memory.low",
		     "33554432");

	/* up and down, both at once, and one of them */
	static const struct {
		uint64_t memory, both;
		const char *v1, *v2;
	} rows[] = {
		{ 128 << 20, 256 << 20, "268435456", "134217728" },
		{ 32 << 20, 32 << 20, "33554432", "0" },
		{ CGROUP_UNSET, 64 << 20, "67108864", "33554432" },
		{ 64 << 20, CGROUP_NO_LIMIT, "9223372036854771712", "max" },
		{ 16 << 20, 17 << 20, "17825792", "1048576" },
		{ CGROUP_NO_LIMIT, CGROUP_UNSET, "9223372036854771712", "max" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		l = no_limits();
		l.memory_max = rows[i].memory;
		l.memory_and_swap = rows[i].both;
		must(cgroup_update(c, &l, &why));
		assert_shown(c, "memory", "memory.memsw.limit_in_bytes", rows[i].v1,
			     "memory.swap.max", rows[i].v2);
	}
}

Test(oci_limits, memory_and_swap_that_cannot_be)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = made(&l);
	struct err e;

	l.memory_and_swap = 64 << 20;
	must_fail(cgroup_update(c, &l, &e), e);
	cr_assert(strstr(e.text, "a limit for both needs one for memory"), "%s", e.text);
	l.memory_max = 65 << 20;
	must_fail(cgroup_update(c, &l, &e), e);
	cr_assert_str_eq(e.text, "memory and swap 67108864: less than the limit for memory alone, "
				 "68157440");
}

Test(oci_limits, what_one_version_alone_has)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = made(&l);
	bool hybrid = host_is_hybrid();
	struct err e;

	l.memory_swappiness = 7;
	if (hybrid) {
		must(cgroup_update(c, &l, &why));
		assert_shown(c, "memory", "memory.swappiness", "7", NULL, NULL);
	} else {
		must_fail(cgroup_update(c, &l, &e), e);
		cr_assert(strstr(e.text, "memory.swappiness: controller memory is on cgroup v2"));
	}

	l = no_limits();
	l.has_oom_kill_disable = true;
	must(cgroup_update(c, &l, &why));
	l.oom_kill_disable = true;
	if (hybrid) {
		must(cgroup_update(c, &l, &why));
		scoped_str char *text = shown(c, "memory", "memory.oom_control", NULL);
		cr_assert(strstr(text, "oom_kill_disable 1\n"), "%s", text);
		/* put back from a file that shows more than it takes */
		l.oom_kill_disable = false;
		l.pids_max = 1ULL << 40;
		must_fail(cgroup_update(c, &l, &e), e);
		scoped_str char *again = shown(c, "memory", "memory.oom_control", NULL);
		cr_assert_str_eq(text, again);
	} else {
		must_fail(cgroup_update(c, &l, &e), e);
		cr_assert(strstr(e.text, "cannot be disabled"), "%s", e.text);
	}
}

Test(oci_limits, less_memory_than_in_use)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = made(&l);
	pid_t pid = group_spawn(c, 0, run_hold_memory);
	struct err e;

	cr_assert(wait_until(memory_used(c) >= 2 << 20, 5000));
	l.memory_max = 1 << 20;
	l.memory_check_before_update = true;
	must_fail(cgroup_update(c, &l, &e), e);
	cr_assert_eq(e.code, EBUSY);
	cr_assert_eq(waitpid(pid, NULL, WNOHANG), 0, "it lives");
}

Test(oci_limits, memory_nodes)
{
	struct cgroup_limits l = no_limits();
	struct err e;

	l.cpus = "0";
	l.mems = "0";
	struct cgroup *c = made(&l);
	assert_shown(c, "cpuset", "cpuset.mems", "0", "cpuset.mems", "0");
	assert_shown(c, "cpuset", "cpuset.cpus", "0", "cpuset.cpus", "0");
	l.mems = "0-60";
	must_fail(cgroup_update(c, &l, &e), e);
	cr_assert(strstr(e.text, "mems 0-60: this host has "), "%s", e.text);
}

/* The number of a whole disk; false: this machine shows none. */
static bool any_disk(struct limits_io *out)
{
	scoped_str char *list = read_text("/proc/partitions");
	unsigned int major, minor;

	for (const char *line = list; (line = strchr(line, '\n')); line++) {
		scoped_str char *queue = NULL;

		if (sscanf(line, "%u %u", &major, &minor) != 2)
			continue;
		queue = str_printf("/sys/dev/block/%u:%u/queue", major, minor);
		if (access(queue, F_OK) != 0)
			continue;
		out->major = major;
		out->minor = minor;
		out->leaf_weight = CGROUP_UNSET;
		return true;
	}
	return false;
}

Test(oci_limits, throttles)
{
	struct cgroup_limits l = no_limits();
	struct limits_io one = { .value = 1 << 20 }, other, none = { .major = 4000, .value = 1 };
	struct err e;

	cr_assert(any_disk(&one), "no block device");
	other = one;
	other.value = 77;
	l.io[IO_READ_BPS] = (struct limits_io_list){ &one, 1 };
	l.io[IO_WRITE_IOPS] = (struct limits_io_list){ &other, 1 };
	struct cgroup *c = made(&l);
	scoped_str char *v1 = str_printf("%lu:%lu 77", one.major, one.minor);
	scoped_str char *v2 = str_printf("%lu:%lu rbps=1048576 wbps=max riops=max wiops=77",
					 one.major, one.minor);
	assert_shown(c, "blkio", "blkio.throttle.write_iops_device", v1, "io.max", v2);

	/* the second device does not exist: the first keeps its old rate */
	struct limits_io both[] = { one, none };
	both[0].value = 5;
	l = no_limits();
	l.io[IO_WRITE_IOPS] = (struct limits_io_list){ both, 2 };
	must_fail(cgroup_update(c, &l, &e), e);
	cr_assert(strstr(e.text, "no such device 4000:0"), "%s", e.text);
	assert_shown(c, "blkio", "blkio.throttle.write_iops_device", v1, "io.max", v2);

	/* and one that had none has none again; 0 lifts */
	other.value = 0;
	l.io[IO_WRITE_IOPS] = (struct limits_io_list){ &other, 1 };
	must(cgroup_update(c, &l, &why));
	l.io[IO_WRITE_IOPS] = (struct limits_io_list){ both, 2 };
	must_fail(cgroup_update(c, &l, &e), e);
	scoped_str char *rest = str_printf("%lu:%lu rbps=1048576 wbps=max riops=max wiops=max",
					   one.major, one.minor);
	assert_shown(c, "blkio", "blkio.throttle.write_iops_device", "", "io.max", rest);
}

Test(oci_limits, weights_of_devices)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = oci_plan("weights");
	struct err e = { 0 };

	l.io_weight = 500;
	int rc = cgroup_create(c, &l, &e);
	const struct part *p = part_of(c, "blkio");
	scoped_str char *file = str_printf("%s/%s", p->dir, p->v2 ? "io.weight" : "blkio.weight");
	scoped_str char *bfq =
		str_printf("%s/%s", p->dir, p->v2 ? "io.bfq.weight" : "blkio.bfq.weight");
	if (access(bfq, F_OK) == 0) {
		scoped_str char *text = read_text(bfq);

		cr_assert_eq(rc, 0, "%s", e.text);
		cr_assert(strstr(text, "500"), "%s", text);
	} else if (access(file, F_OK) == 0) {
		scoped_str char *text = read_text(file);

		cr_assert_eq(rc, 0, "%s", e.text);
		cr_assert(strstr(text, p->v2 ? "default 4950" : "500"), "%s", text);
	} else {
		cr_assert_eq(rc, -1);
		cr_assert(strstr(e.text, "this kernel has neither "), "%s", e.text);
		cr_assert(strstr(e.text, file), "%s", e.text);
	}
	must(cgroup_remove(c, &why));
	l = no_limits();
	l.io_leaf_weight = 10;
	must_fail(cgroup_create(c, &l, &e), e);
}

/* On a hybrid host with hugetlb on v2 this would change the root group: the VM tests it. */
Test(oci_limits, huge_pages)
{
	struct cgroup_limits l = no_limits();
	struct limits_hugepage two[] = { { (char[]){ "2MB" }, 4 << 20 } };
	struct err e;

	if (host_is_hybrid())
		return;
	l.hugepages = two;
	l.n_hugepages = 1;
	struct cgroup *c = made(&l);
	assert_shown(c, "hugetlb", "", "", "hugetlb.2MB.max", "4194304");
	assert_shown(c, "hugetlb", "", "", "hugetlb.2MB.rsvd.max", "4194304");
	two[0].page_size = (char[]){ "3MB" };
	must_fail(cgroup_update(c, &l, &e), e);
	cr_assert(strstr(e.text, "huge pages of 3MB: this host has none"), "%s", e.text);
}

Test(oci_limits, unified)
{
	struct cgroup_limits l = no_limits();
	struct limits_file files[] = { { (char[]){ "memory.max" }, (char[]){ "67108864\n" } },
				       { (char[]){ "pids.max" }, (char[]){ "12" } } };
	struct cgroup *c = oci_plan("unified");
	struct err e;

	l.unified = files;
	l.n_unified = 2;
	if (host_is_hybrid()) {
		must_fail(cgroup_create(c, &l, &e), e);
		cr_assert(strstr(e.text, "unified/memory.max: the controllers of this host"), "%s",
			  e.text);
		return;
	}
	must(cgroup_create(c, &l, &why));
	assert_shown(c, "memory", "", "", "memory.max", "67108864");
	assert_shown(c, "pids", "", "", "pids.max", "12");

	files[0].value = (char[]){ "1073741824" };
	files[1].value = (char[]){ "many" };
	must_fail(cgroup_update(c, &l, &e), e);
	assert_shown(c, "memory", "", "", "memory.max", "67108864");

	static const struct {
		const char *file, *told;
	} bad[] = { { "nosuch.max", "controller nosuch is not enabled" },
		    { "memory.nosuch", "the kernel has no such file" },
		    { "../pids.max", "not the name of a file" },
		    { "a/b", "not the name of a file" },
		    { "", "not the name of a file" } };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		scoped_str char *name = str_dup(bad[i].file);

		files[0].file = name;
		must_fail(cgroup_update(c, &l, &e), e);
		cr_assert(strstr(e.text, bad[i].told), "%s", e.text);
	}
}

Test(oci_limits, networks_are_v1_s)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = oci_plan("net");
	struct err e;

	l.net_class_id = 0x100001;
	if (!part_of(c, "net_cls")->v2)
		return;
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert(strstr(e.text, "network.classID: only cgroup v1 has that, and its controller "
				 "net_cls is not mounted"),
		  "%s", e.text);
}

Test(oci_limits, rdma_devices_that_are_not_there)
{
	struct cgroup_limits l = no_limits();
	struct limits_rdma one = { (char[]){ "nosuch0" }, 3, CGROUP_UNSET };
	struct cgroup *c = oci_plan("rdma");
	struct err e;

	l.rdma = &one;
	l.n_rdma = 1;
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert(strstr(e.text, host_is_hybrid() ? "controller rdma is not enabled in "
						  : "no such device nosuch0"),
		  "%s: %s", e.text, strerror(e.code));
}
