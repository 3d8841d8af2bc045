/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/limits.h"
#include "runtime/base/scope.h"

#include <criterion/criterion.h>
#include <string.h>

#define scoped_limits scoped(cgroup_limits_drop)

Test(limits, putting_takes_what_is_asked_for_and_leaves_the_rest)
{
	scoped_limits struct cgroup_limits to = CGROUP_LIMITS_UNSET, from = CGROUP_LIMITS_UNSET;

	to.memory_low = 1;
	to.pids_max = 2;
	to.cpus = str_dup("0");
	limits_hugepage_add(&to, "2MB", 3);
	limits_file_add(&to, "a.b", "1");
	from.memory_low = 10;
	from.uclamp_max = CGROUP_NO_LIMIT;
	from.mems = str_dup("0-1");
	limits_hugepage_add(&from, "1GB", 4);
	limits_rdma_add(&from, "mlx5_0")->handles = 5;
	cgroup_limits_put(&to, &from);
	cr_expect_eq(to.memory_low, 10);
	cr_expect_eq(to.pids_max, 2);
	cr_expect_eq(to.uclamp_max, CGROUP_NO_LIMIT);
	cr_expect_str_eq(to.cpus, "0");
	cr_expect_str_eq(to.mems, "0-1");
	cr_assert_eq(to.n_hugepages, 1);
	cr_expect_str_eq(to.hugepages[0].page_size, "1GB");
	cr_assert_eq(to.n_rdma, 1);
	cr_expect_eq(to.rdma[0].handles, 5);
	cr_expect_eq(to.rdma[0].objects, CGROUP_UNSET);
	cr_assert_eq(to.n_unified, 1);
	cr_expect_str_eq(to.unified[0].value, "1");
}

/* Padding aside, every member but flags is a number, a text, or a list: one that put forgets would
 * be a limit that is never set. */
Test(limits, putting_knows_every_number)
{
	struct cgroup_limits unset = CGROUP_LIMITS_UNSET;
	const uint64_t none = CGROUP_UNSET, some = 7;

	for (size_t at = 0; at + sizeof none <= sizeof unset; at += sizeof none) {
		scoped_limits struct cgroup_limits to = CGROUP_LIMITS_UNSET;
		struct cgroup_limits from = CGROUP_LIMITS_UNSET;

		if (memcmp((const char *)&unset + at, &none, sizeof none) != 0)
			continue;
		memcpy((char *)&from + at, &some, sizeof some);
		cgroup_limits_put(&to, &from);
		cr_expect_eq(memcmp((const char *)&to + at, &some, sizeof some), 0, "offset %zu",
			     at);
	}
}

Test(limits, devices_by_path_are_one_disk)
{
	scoped_limits struct cgroup_limits l = CGROUP_LIMITS_UNSET, copy = CGROUP_LIMITS_UNSET;

	limits_io_add(&l, IO_READ_BPS, "/a", 1);
	limits_io_add(&l, IO_WRITE_BPS, "/b", 2);
	limits_io_add(&l, IO_WRITE_BPS, "/a", 3);
	cr_expect_eq(l.n_disks, 2);
	limits_io_add(&copy, IO_LATENCY, "/b", 9);
	cgroup_limits_put(&copy, &l);
	cr_expect_eq(copy.n_disks, 2);
	cr_expect_str_eq(limits_io_path(&copy, &copy.io[IO_READ_BPS].v[0]), "/a");
	cr_expect_str_eq(limits_io_path(&copy, &copy.io[IO_WRITE_BPS].v[0]), "/b");
	cr_expect_str_eq(limits_io_path(&copy, &copy.io[IO_WRITE_BPS].v[1]), "/a");
	cr_expect_eq(copy.io[IO_LATENCY].n, 1);
	l.io[IO_READ_BPS].v[0].major = 8;
	cr_expect_null(limits_io_path(&l, &l.io[IO_READ_BPS].v[0]));
}
