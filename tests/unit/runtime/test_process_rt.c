/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process_rt.h"
#include "runtime/base/scope.h"
#include "tests/support/support.h"

Test(process_rt, finds_the_file_of_the_group)
{
	static const char plain[] =
		"30 29 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
		"31 29 0:27 / /sys/fs/cgroup/cpu rw,nosuid - cgroup cgroup rw,cpu,cpuacct\n"
		"32 29 0:28 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n";
	static const char part[] = "31 29 0:27 /pod /cg/cpu rw - cgroup cgroup rw,cpu\n";
	static const struct {
		const char *cgroup, *mountinfo, *file;
	} rows[] = {
		{ "5:cpuset:/\n4:cpu,cpuacct:/a/b\n0::/x\n", plain,
		  "/sys/fs/cgroup/cpu/a/b/cpu.rt_runtime_us" },
		{ "4:cpu,cpuacct:/\n", plain, "/sys/fs/cgroup/cpu/cpu.rt_runtime_us" },
		{ "4:cpuacct,cpu:/pod/c\n", part, "/cg/cpu/c/cpu.rt_runtime_us" },
		{ "4:cpu:/pod\n", part, "/cg/cpu/cpu.rt_runtime_us" },
		{ "4:cpu:/podium\n", part, NULL }, /* not below what the mount shows */
		{ "4:cpu:/a\n", "31 29 0:27 / /cg rw - cgroup2 cgroup2 rw\n", NULL },
		{ "5:cpuset:/a\n0::/x\n", plain, NULL },
		{ "", plain, NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		scoped_str char *file = process_rt_path(rows[i].cgroup, rows[i].mountinfo);

		if (rows[i].file)
			cr_expect_str_eq(file ? file : "", rows[i].file, "row %zu: %s", i, file);
		else
			cr_expect_null(file, "row %zu: %s", i, file);
	}
}
