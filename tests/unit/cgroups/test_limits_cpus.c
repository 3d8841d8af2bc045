/* SPDX-License-Identifier: Apache-2.0 */
/* CPUs of a VNF's own, and CPUs that it cannot have, against plain files. */
#include "cgroups/cpuset.h"
#include "tests/unit/cgroups/nest_files_test.h"

TestSuite(limits_cpus, .init = dir_make, .fini = dir_remove);

static void make_cpuset(void)
{
	make("cpuset\n");
	file("cgroup.procs", "");
	file("nfrun/cgroup.procs", "");
	file("cpuset.cpus.effective", "0-1\n");
	file("nfrun/cpuset.cpus.effective", "0-1\n");
	file("nfrun/cpuset.cpus.exclusive", "");
	file("nfrun/cpuset.cpus.partition", "member\n");
	own("cpuset.cpus", "");
	own("cpuset.cpus.exclusive", "");
	own("cpuset.cpus.exclusive.effective", "\n");
	own("cpuset.cpus.partition", "member\n");
}

Test(limits_cpus, a_partition_is_reserved_on_the_way_down)
{
	struct cgroup_limits l = none();

	make_cpuset();
	l.cpus = (char[]){ "0" };
	l.cpu_partition = (char[]){ "isolated" };
	must_apply("", &l);
	assert_own("cpuset.cpus", "0");
	assert_own("cpuset.cpus.exclusive", "0");
	assert_own("cpuset.cpus.partition", "isolated");
	assert_file("nfrun/cpuset.cpus.exclusive", "0");
}

Test(limits_cpus, what_a_partition_wants_of_the_groups_above)
{
	struct cgroup_limits l = none();
	scoped_str char *list = str_printf("%s/nfrun/x/cpuset.cpus.exclusive", dir);

	make_cpuset();
	l.cpus = (char[]){ "0" };
	l.cpu_partition = (char[]){ "isolated" };
	file("nfrun/cpuset.cpus.partition", "isolated invalid (reason)\n");
	must_refuse("", &l, "is 'isolated invalid (reason)': write member to its");
	file("nfrun/cpuset.cpus.partition", "member\n                    ");
	cr_assert_eq(unlink(list), 0);
	must_refuse("", &l, "before Linux 6.7 (no /tmp/");
	file("cpuset.cpus.effective", "0\n  ");
	must_refuse("", &l, "leave one to the host");
}

Test(limits_cpus, cpus_that_are_withheld)
{
	struct cgroup_limits l = none();
	struct limits_file cpus = { (char[]){ "cpuset.cpus" }, (char[]){ "0" } };

	make_cpuset();
	file("nfrun/cpuset.cpus.effective", "1\n  ");
	l.unified = &cpus;
	l.n_unified = 1;
	must_refuse("", &l, "/nfrun, has 1");
	l = none();
	l.cpus = (char[]){ "0" };
	must_refuse("", &l, "/nfrun, has 1");
	scoped_str char *owner = str_printf("%s/nfrun/y", dir);
	make_dirs(owner);
	file("nfrun/y/cpuset.cpus.partition", "root\n");
	file("nfrun/y/cpuset.cpus.effective", "0\n");
	must_refuse("", &l, "CPU 0 belongs to the partition ");
}

Test(limits_cpus, offline_cpus_are_told_apart)
{
	struct err e = { 0 };

	cr_assert_eq(cpus_check_online("0-2", "0-2", "0-3", &e), 0);
	cr_assert_eq(cpus_check_online("0-3", "0-2", "0-3", &e), -1);
	cr_assert(
		strstr(e.text, "CPU 3 is offline: write 1 to /sys/devices/system/cpu/cpu3/online"),
		"%s", e.text);
	cr_assert_eq(cpus_check_online("0-4", "0-2", "0-3", &e), -1);
	cr_assert_str_eq(e.text, "cpus 0-4: this host has 0-2");
}
