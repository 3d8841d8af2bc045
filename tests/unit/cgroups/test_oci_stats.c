/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics out of the kernel's texts, well-formed and not. */
#include "cgroups/stats_text.h"
#include "cgroups/cgroup.h"

#include <criterion/criterion.h>
#include <string.h>

static struct cgroup_oci_stats s;

static void drop(void)
{
	cgroup_oci_stats_drop(&s);
}

TestSuite(oci_stats, .fini = drop);

Test(oci_stats, memory_lines)
{
	stats_parse_named(&s.memory_raw, &s.n_memory_raw,
			  "cache 12\nrss 0\nbroken\nalso broken\n x\ntotal_cache 99");
	cr_assert_eq(s.n_memory_raw, 3);
	cr_assert_eq(stats_named(s.memory_raw, s.n_memory_raw, "cache"), 12);
	cr_assert_eq(stats_named(s.memory_raw, s.n_memory_raw, "total_cache"), 99);
	cr_assert_eq(stats_named(s.memory_raw, s.n_memory_raw, "total"), CGROUP_UNSET);
}

static void assert_io(enum cgroup_io_table table, size_t i, uint64_t major, uint64_t minor,
		      const char *op, uint64_t value)
{
	cr_assert_lt(i, s.io[table].n);
	cr_assert_eq(s.io[table].v[i].major, major);
	cr_assert_eq(s.io[table].v[i].minor, minor);
	cr_assert_str_eq(s.io[table].v[i].op, op);
	cr_assert_eq(s.io[table].v[i].value, value);
}

Test(oci_stats, block_devices_v1)
{
	stats_parse_io_v1(&s.io[CGROUP_IO_SERVICED],
			  "8:0 Read 100\n8:0 Write 46\n8:0 Total 146\n253:1 Discard 0\nTotal 146\n"
			  "8: Read 1\n8:0 Read\n8:0 Read x\nx:y Read 1\n");
	cr_assert_eq(s.io[CGROUP_IO_SERVICED].n, 3);
	assert_io(CGROUP_IO_SERVICED, 0, 8, 0, "Read", 100);
	assert_io(CGROUP_IO_SERVICED, 1, 8, 0, "Write", 46);
	assert_io(CGROUP_IO_SERVICED, 2, 253, 1, "Discard", 0);
	stats_parse_io_v1(&s.io[CGROUP_IO_SECTORS], "8:16 6792\n");
	assert_io(CGROUP_IO_SECTORS, 0, 8, 16, "", 6792);
}

Test(oci_stats, block_devices_v2)
{
	stats_parse_io_v2(&s.io[CGROUP_IO_SERVICE_BYTES], &s.io[CGROUP_IO_SERVICED],
			  "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6 cost.usage=7\n"
			  "8:16 \n254:0 rbytes=9 rios\n(unknown) rbytes=1\n");
	cr_assert_eq(s.io[CGROUP_IO_SERVICE_BYTES].n, 4);
	cr_assert_eq(s.io[CGROUP_IO_SERVICED].n, 3);
	assert_io(CGROUP_IO_SERVICE_BYTES, 1, 8, 0, "Write", 2);
	assert_io(CGROUP_IO_SERVICE_BYTES, 3, 254, 0, "Read", 9);
	assert_io(CGROUP_IO_SERVICED, 2, 8, 0, "Discard", 6);
}

Test(oci_stats, pressure)
{
	struct cgroup_pressure p = { 0 };

	stats_parse_pressure(&p, "");
	cr_assert_not(p.known);
	stats_parse_pressure(&p, "some avg10=0.05 avg60=1.50 avg300=99.00 total=12\n"
				 "full avg10=10.00 avg60=0.00 avg300=0.01 total=345\n");
	cr_assert(p.known);
	cr_assert_float_eq(p.some.avg10, 0.05, 1e-9);
	cr_assert_float_eq(p.some.avg60, 1.5, 1e-9);
	cr_assert_float_eq(p.some.avg300, 99, 1e-9);
	cr_assert_eq(p.some.total_us, 12);
	cr_assert_float_eq(p.full.avg10, 10, 1e-9);
	cr_assert_float_eq(p.full.avg300, 0.01, 1e-9);
	cr_assert_eq(p.full.total_us, 345);
}

Test(oci_stats, cpus)
{
	stats_parse_numbers(&s.cpu.percpu, "  12 0\n34 \n");
	cr_assert_eq(s.cpu.percpu.n, 3);
	cr_assert_eq(s.cpu.percpu.v[2], 34);
	stats_parse_usage_all(&s.cpu, "cpu user system\n0 10 20\n1 30 40\n2 50\n");
	cr_assert_eq(s.cpu.percpu_user.n, 2);
	cr_assert_eq(s.cpu.percpu_user.v[1], 30);
	cr_assert_eq(s.cpu.percpu_kernel.v[1], 40);
}

Test(oci_stats, rdma)
{
	stats_parse_rdma(&s.rdma, &s.n_rdma,
			 "mlx4_0 hca_handle=2 hca_object=2000\nocrdma1 hca_handle=max\nx\n");
	cr_assert_eq(s.n_rdma, 2);
	cr_assert_str_eq(s.rdma[0].device, "mlx4_0");
	cr_assert_eq(s.rdma[0].handles, 2);
	cr_assert_eq(s.rdma[0].objects, 2000);
	cr_assert_eq(s.rdma[1].handles, CGROUP_UNSET);
	cr_assert_eq(s.rdma[1].objects, CGROUP_UNSET);
}
