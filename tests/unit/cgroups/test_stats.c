/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics and limits out of a directory of plain files that stands for a group. */
#include "cgroups/cgroup.h"
#include "cgroups/stats.h"
#include "cgroups/stats_text.h"
#include "tests/unit/cgroups/files_test.h"

static struct cgroup *group;
static struct cgroup_stats s;

static void begin(void)
{
	dir_make();
}

static void end(void)
{
	cgroup_stats_drop(&s);
	cgroup_free(group);
	dir_remove();
}

TestSuite(stats, .init = begin, .fini = end);

/* CONTROLLERS as in a record: "" is v2. */
static void read_stats(const char *controllers, bool all)
{
	scoped_strs struct strs paths = { 0 };
	struct err e = { 0 };

	strs_addf(&paths, "%s=%s", controllers, dir);
	cr_assert_eq(cgroup_from_paths(&paths, &group, &e), 0, "%s", e.text);
	cr_assert_eq((all ? cgroup_stats_read_all : cgroup_stats_read)(group, &s, &e), 0, "%s",
		     e.text);
}

Test(stats, what_the_host_does_not_tell_is_unset)
{
	read_stats("", true);
	cr_assert_eq(s.cpu_usage_us, CGROUP_UNSET);
	cr_assert_eq(s.memory_low, CGROUP_UNSET);
	cr_assert_eq(s.refault_file, CGROUP_UNSET);
	cr_assert_eq(s.limits.cpu_burst_us, CGROUP_UNSET);
	cr_assert_not(s.has_io || s.has_hugetlb || s.has_rdma);
	for (size_t i = 0; i < CGROUP_RESOURCES; i++)
		cr_assert_not(s.pressure[i].known);
}

Test(stats, counters_of_v2)
{
	file("cpu.stat", "usage_usec 30\nuser_usec 10\nsystem_usec 20\nnr_periods 5\n"
			 "nr_throttled 2\nthrottled_usec 7\nnr_bursts 1\nburst_usec 44\n");
	file("memory.events", "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n");
	file("memory.swap.events", "high 7\nmax 8\nfail 9\n");
	file("memory.stat", "anon 100\nfile 200\nkernel 50\nslab 40\nsock 30\nshmem 20\n"
			    "file_dirty 3\npgfault 11\npgmajfault 12\nworkingset_refault_anon 13\n"
			    "workingset_refault_file 14\n");
	file("pids.events", "max 15\n");
	file("memory.swap.peak", "4096\n");
	read_stats("", true);
	cr_assert_eq(s.cpu_bursts, 1);
	cr_assert_eq(s.cpu_burst_us, 44);
	cr_assert_eq(s.memory_low, 1);
	cr_assert_eq(s.memory_high, 2);
	cr_assert_eq(s.memory_max, 3);
	cr_assert_eq(s.memory_oom, 4);
	cr_assert_eq(s.memory_oom_kills, 5);
	cr_assert_eq(s.memory_oom_group_kills, 6);
	cr_assert_eq(s.swap_high, 7);
	cr_assert_eq(s.swap_max, 8);
	cr_assert_eq(s.swap_fail, 9);
	cr_assert_eq(s.memory_swap_peak, 4096);
	cr_assert_eq(s.anon, 100);
	cr_assert_eq(s.kernel, 50);
	cr_assert_eq(s.shmem, 20);
	cr_assert_eq(s.pgmajfault, 12);
	cr_assert_eq(s.refault_anon, 13);
	cr_assert_eq(s.refault_file, 14);
	cr_assert_eq(s.pids_max, 15);
	cr_assert_eq(s.n_memory_stat, 11);
	cr_assert_str_eq(s.memory_stat[6].name, "file_dirty");
	cr_assert_eq(s.memory_stat[6].value, 3);
	cr_assert_eq(cgroup_oom_kills(group), 5);
}

Test(stats, counters_of_v1_in_the_terms_of_v2)
{
	file("cpu.stat", "nr_periods 5\nnr_throttled 2\nthrottled_time 7000\nnr_bursts 1\n"
			 "burst_time 44000\n");
	file("memory.failcnt", "3\n");
	file("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n");
	file("memory.kmem.usage_in_bytes", "50\n");
	file("memory.kmem.tcp.usage_in_bytes", "30\n");
	file("memory.stat", "cache 1\nrss 2\ntotal_cache 200\ntotal_rss 100\ntotal_shmem 20\n"
			    "total_pgmajfault 12\n");
	file("cpu.cfs_burst_us", "5000\n");
	file("cpu.idle", "0\n");
	file("blkio.throttle.io_service_bytes_recursive", "8:0 Read 512\n8:0 Total 512\n");
	file("blkio.throttle.io_serviced_recursive", "8:0 Read 1\n8:0 Write 2\n");
	file("blkio.throttle.read_bps_device", "8:0 1048576\n");
	read_stats("cpu,cpuacct,memory,blkio", true);
	cr_assert_eq(s.cpu_bursts, 1);
	cr_assert_eq(s.cpu_burst_us, 44);
	cr_assert_eq(s.memory_max, 3);
	cr_assert_eq(s.memory_oom, CGROUP_UNSET);
	cr_assert_eq(s.memory_oom_kills, 5);
	cr_assert_eq(s.anon, 100);
	cr_assert_eq(s.file, 200);
	cr_assert_eq(s.kernel, 50);
	cr_assert_eq(s.sock, 30);
	cr_assert_eq(s.slab, CGROUP_UNSET);
	cr_assert_eq(s.pgmajfault, 12);
	cr_assert_eq(s.limits.cpu_burst_us, 5000);
	cr_assert_eq(s.limits.cpu_idle, 0);
	cr_assert_eq(s.n_io, 1);
	cr_assert_eq(s.io[0].rbytes, 512);
	cr_assert_eq(s.io[0].wbytes, CGROUP_UNSET);
	cr_assert_eq(s.io[0].wios, 2);
	cr_assert_eq(s.limits.io[IO_READ_BPS].n, 1);
	cr_assert_eq(s.limits.io[IO_READ_BPS].v[0].value, 1048576);
	cr_assert_eq(cgroup_oom_kills(group), 5);
}

Test(stats, pressure_is_read_where_the_kernel_counts_it)
{
	file("memory.pressure", "some avg10=1.50 avg60=0.00 avg300=0.00 total=12\n"
				"full avg10=0.00 avg60=0.00 avg300=0.00 total=3\n");
	read_stats("", true);
	cr_assert(s.pressure[CGROUP_MEMORY].known);
	cr_assert_float_eq(s.pressure[CGROUP_MEMORY].some.avg10, 1.5, 1e-9);
	cr_assert_eq(s.pressure[CGROUP_MEMORY].full.total_us, 3);
	cr_assert_not(s.pressure[CGROUP_CPU].known);
	cr_assert_not(s.pressure[CGROUP_IO].known);
}

Test(stats, the_cheap_reading_leaves_the_dear_files_alone)
{
	file("memory.stat", "anon 100\n");
	file("io.stat", "8:0 rbytes=1\n");
	file("memory.pressure", "some avg10=1.50 avg60=0.00 avg300=0.00 total=12\n");
	file("memory.max", "4096\n");
	read_stats("", false);
	cr_assert_eq(s.anon, CGROUP_UNSET);
	cr_assert_eq(s.n_memory_stat, 0);
	cr_assert_not(s.has_io);
	cr_assert_not(s.pressure[CGROUP_MEMORY].known);
	cr_assert_eq(s.limits.memory_max, 4096);
}

Test(stats, lists_by_device_and_page_size)
{
	file("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n"
			"0:4095 rbytes=9 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n8:16 \n");
	file("hugetlb.2MB.current", "4194304\n");
	file("hugetlb.2MB.events", "max 3\n");
	file("hugetlb.2MB.max", "8388608\n");
	file("hugetlb.1GB.current", "0\n");
	file("hugetlb.1GB.max", "max\n");
	file("rdma.current", "mlx5_0 hca_handle=2 hca_object=20\n");
	file("rdma.max", "mlx5_0 hca_handle=5 hca_object=max\nmlx5_1 hca_handle=max "
			 "hca_object=max\n");
	read_stats("", true);
	cr_assert(s.has_io && s.has_hugetlb && s.has_rdma);
	cr_assert_eq(s.n_io, 2, "a device that nothing was counted for is none");
	cr_assert_eq(s.io[0].dbytes, 5);
	cr_assert_eq(s.io[0].dios, 6);
	cr_assert_eq(s.io[1].minor, 4095);
	cr_assert_null(s.io[1].name, "no such device on this host");
	cr_assert_eq(s.n_hugetlb, 2);
	for (size_t i = 0; i < s.n_hugetlb; i++) {
		bool small = strcmp(s.hugetlb[i].page_size, "2MB") == 0;

		cr_assert_eq(s.hugetlb[i].usage, small ? 4194304 : 0);
		cr_assert_eq(s.hugetlb[i].failcnt, small ? 3 : CGROUP_UNSET);
	}
	cr_assert_eq(s.limits.n_hugepages, 1);
	cr_assert_str_eq(s.limits.hugepages[0].page_size, "2MB");
	cr_assert_eq(s.limits.hugepages[0].limit, 8388608);
	cr_assert_eq(s.rdma[0].objects, 20);
	cr_assert_eq(s.limits.n_rdma, 1);
	cr_assert_eq(s.limits.rdma[0].handles, 5);
	cr_assert_eq(s.limits.rdma[0].objects, CGROUP_UNSET);
}

Test(stats, limits_of_v2_read_back)
{
	file("cpu.max", "50000 100000\n");
	file("cpu.max.burst", "20000\n");
	file("cpu.idle", "1\n");
	file("cpu.uclamp.min", "20.00\n");
	file("cpu.uclamp.max", "max\n");
	file("cpuset.cpus", "0-1\n");
	file("cpuset.mems", "0\n");
	file("cpuset.cpus.partition", "isolated\n");
	file("memory.min", "0\n");
	file("memory.low", "1048576\n");
	file("memory.oom.group", "1\n");
	file("io.weight", "default 200\n8:16 50\n");
	file("io.max", "8:0 rbps=2097152 wbps=max riops=max wiops=120\n");
	file("io.latency", "8:0 target=10000\n");
	read_stats("", false);
	cr_assert_eq(s.limits.cpu_quota_us, 50000);
	cr_assert_eq(s.limits.cpu_period_us, 100000);
	cr_assert_eq(s.limits.cpu_burst_us, 20000);
	cr_assert_eq(s.limits.cpu_idle, 1);
	cr_assert_eq(s.limits.uclamp_min, 2000);
	cr_assert_eq(s.limits.uclamp_max, CGROUP_UNSET);
	cr_assert_str_eq(s.limits.cpus, "0-1");
	cr_assert_str_eq(s.limits.mems, "0");
	cr_assert_str_eq(s.limits.cpu_partition, "isolated");
	cr_assert_eq(s.limits.memory_min, CGROUP_UNSET, "a protection of nothing is none");
	cr_assert_eq(s.limits.memory_low, 1048576);
	cr_assert_eq(s.limits.memory_oom_group, 1);
	cr_assert_eq(s.limits.io_share, 200);
	cr_assert_eq(s.limits.io[IO_SHARE].n, 1);
	cr_assert_eq(s.limits.io[IO_SHARE].v[0].minor, 16);
	cr_assert_eq(s.limits.io[IO_SHARE].v[0].value, 50);
	cr_assert_eq(s.limits.io[IO_READ_BPS].v[0].value, 2097152);
	cr_assert_eq(s.limits.io[IO_WRITE_BPS].n, 0);
	cr_assert_eq(s.limits.io[IO_READ_IOPS].n, 0);
	cr_assert_eq(s.limits.io[IO_WRITE_IOPS].v[0].value, 120);
	cr_assert_eq(s.limits.io[IO_LATENCY].v[0].value, 10000);
}

Test(stats, a_partition_that_does_not_hold_says_so)
{
	file("cpuset.cpus.partition", "isolated invalid (Cpu list in cpuset.cpus not exclusive)\n");
	file("cpu.uclamp.min", "0.00\n");
	file("cpu.max.burst", "0\n");
	read_stats("", false);
	cr_assert_str_eq(s.limits.cpu_partition,
			 "isolated invalid (Cpu list in cpuset.cpus not exclusive)");
	cr_assert_eq(s.limits.uclamp_min, CGROUP_UNSET);
	cr_assert_eq(s.limits.cpu_burst_us, CGROUP_UNSET);
	cgroup_stats_drop(&s);
	file("cpuset.cpus.partition", "member\n");
	cgroup_free(group);
	read_stats("", false);
	cr_assert_null(s.limits.cpu_partition, "what every group is, is no limit");
}

Test(stats, percent_of_utilization)
{
	static const struct {
		const char *text;
		uint64_t want;
	} rows[] = {
		{ "12.50\n", 1250 }, { "0.00\n", 0 },           { "100.00\n", 10000 },
		{ "0.29\n", 29 },    { "max\n", CGROUP_UNSET }, { "", CGROUP_UNSET },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_assert_eq(stats_parse_percent(rows[i].text), rows[i].want, "%s", rows[i].text);
}

/* A second row for a field of the same table would overwrite the first; files have to stand
 * together, as each is read once. */
Test(stats, tables_name_each_field_once)
{
	const struct stats_table *const tables[] = { &stats_v2, &stats_v2_all, &stats_v1,
						     &stats_v1_all };

	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		const struct stats_row *v = tables[t]->v;

		for (size_t i = 0; i < tables[t]->n; i++) {
			cr_assert_eq(v[i].controller != NULL, t >= 2, "%s", v[i].file);
			cr_assert_leq(v[i].offset + sizeof(uint64_t),
				      offsetof(struct cgroup_stats, pressure));
			for (size_t k = 0; k < i; k++) {
				cr_assert_neq(v[i].offset, v[k].offset, "%s %s", v[i].file,
					      v[i].key);
				if (strcmp(v[i].file, v[k].file) == 0)
					cr_assert_str_eq(v[i - 1].file, v[k].file, "%s is apart",
							 v[i].file);
			}
		}
	}
}
