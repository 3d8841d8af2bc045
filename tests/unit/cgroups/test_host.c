/* SPDX-License-Identifier: Apache-2.0 */
/* Which controller is where: mountinfo and /proc/self/cgroup of hosts of all kinds. */
#include "cgroups/host.h"

#include <criterion/criterion.h>
#include <string.h>

static struct cgroup_host *parsed(const char *mountinfo, const char *own)
{
	struct cgroup_host *h = mem_alloc(sizeof *h);

	host_parse(h, mountinfo, own);
	return h;
}

/* The caller's directory in the hierarchy that has CONTROLLER ("": v2), or "none". */
static void assert_own(const struct cgroup_host *h, const char *controller, const char *want)
{
	scoped_str char *dir = str_dup("none");

	for (size_t i = 0; i < h->n; i++) {
		if (*controller ? !words_have(h->v[i].controllers, controller) : !h->v[i].v2)
			continue;
		free(dir);
		dir = hierarchy_own_dir(&h->v[i]);
	}
	cr_assert_str_eq(dir, want, "%s: %s, not %s", controller, dir, want);
}

Test(host, pure_v2)
{
	struct cgroup_host *h = parsed(
		"24 30 0:22 / /proc rw,nosuid shared:12 - proc proc rw\n"
		"32 23 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 "
		"rw,nsdelegate,memory_recursiveprot\n",
		"0::/user.slice/user-0.slice/session-1.scope\n");

	cr_assert_eq(h->n, 1);
	cr_assert_not(cgroup_host_is_hybrid(h));
	assert_own(h, "", "/sys/fs/cgroup/user.slice/user-0.slice/session-1.scope");
	assert_own(h, "cpu", "none");
	cgroup_host_free(h);
}

Test(host, hybrid_one_by_one)
{
	struct cgroup_host *h = parsed(
		"31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
		"32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
		"33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct\n"
		"34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"
		"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
		"36 31 0:33 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices\n"
		"39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n"
		"40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n"
		"41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n",
		"9:name=systemd:/\n8:pids:/\n5:devices:/\n4:memory:/process_api/03cf\n3:cpuset:/\n"
		"2:cpuacct:/\n1:cpu:/\n0::/\n");

	cr_assert_eq(h->n, 8, "cpu, cpuacct, cpuset, memory, devices, pids, systemd, v2");
	cr_assert(cgroup_host_is_hybrid(h));
	assert_own(h, "cpu", "/sys/fs/cgroup/cpu");
	assert_own(h, "cpuacct", "/sys/fs/cgroup/cpuacct");
	assert_own(h, "memory", "/sys/fs/cgroup/memory/process_api/03cf");
	assert_own(h, "", "/sys/fs/cgroup/unified");
	cgroup_host_free(h);
}

Test(host, systemd_hybrid)
{
	struct cgroup_host *h = parsed(
		"26 24 0:23 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:8 - tmpfs tmpfs ro,mode=755\n"
		"27 26 0:24 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
		"28 26 0:25 / /sys/fs/cgroup/systemd rw,nosuid shared:10 - cgroup cgroup "
		"rw,xattr,name=systemd\n"
		"31 26 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:14 - cgroup cgroup "
		"rw,cpu,cpuacct\n"
		"32 26 0:29 / /sys/fs/cgroup/net_cls,net_prio rw shared:15 - cgroup cgroup "
		"rw,net_cls,net_prio\n"
		"33 26 0:30 / /sys/fs/cgroup/memory rw,nosuid shared:16 - cgroup cgroup rw,memory\n",
		"12:memory:/system.slice/ssh.service\n5:cpu,cpuacct:/system.slice\n"
		"4:net_cls,net_prio:/\n1:name=systemd:/system.slice/ssh.service\n"
		"0::/system.slice/ssh.service\n");

	cr_assert_eq(h->n, 5, "cpu+cpuacct once, net_cls+net_prio once, memory, systemd, v2");
	assert_own(h, "cpu", "/sys/fs/cgroup/cpu,cpuacct/system.slice");
	assert_own(h, "cpuacct", "/sys/fs/cgroup/cpu,cpuacct/system.slice");
	assert_own(h, "memory", "/sys/fs/cgroup/memory/system.slice/ssh.service");
	assert_own(h, "", "/sys/fs/cgroup/unified/system.slice/ssh.service");
	assert_own(h, "pids", "none");
	cgroup_host_free(h);
}

/* RHEL 8: no cgroup2 anywhere, and the order of names in the two files differs. */
Test(host, v1_alone)
{
	struct cgroup_host *h = parsed(
		"31 26 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:14 - cgroup cgroup "
		"rw,seclabel,cpu,cpuacct\n"
		"35 26 0:32 / /sys/fs/cgroup/pids rw,nosuid shared:18 - cgroup cgroup rw,seclabel,pids\n",
		"9:cpuacct,cpu:/user.slice\n3:pids:/user.slice/user-0.slice\n");

	cr_assert_eq(h->n, 2);
	cr_assert(cgroup_host_is_hybrid(h));
	assert_own(h, "cpu", "/sys/fs/cgroup/cpu,cpuacct/user.slice");
	assert_own(h, "pids", "/sys/fs/cgroup/pids/user.slice/user-0.slice");
	assert_own(h, "", "none");
	cgroup_host_free(h);
}

/* In a container: the mount shows the container's group as its root, or the caller's group lies
 * outside of the cgroup namespace. */
Test(host, what_the_mount_shows_counts)
{
	struct cgroup_host *h = parsed(
		"1 2 0:5 /docker/c1 /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
		"1 2 0:6 /docker/c1 /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
		"1 2 0:7 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
		"1 2 0:8 /docker/c1 /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
		"1 2 0:9 / /mnt/a\\040b rw - cgroup2 cgroup2 rw\n",
		"5:pids:/docker/c1/x\n4:cpu:/docker/c1\n3:memory:/../other\n2:cpuset:/docker/c10\n"
		"0::/x\n");

	assert_own(h, "pids", "/sys/fs/cgroup/pids/x");
	assert_own(h, "cpu", "/sys/fs/cgroup/cpu");
	assert_own(h, "memory", "/sys/fs/cgroup/memory");
	assert_own(h, "cpuset", "/sys/fs/cgroup/cpuset");
	assert_own(h, "", "/mnt/a b/x");
	cgroup_host_free(h);
}

Test(host, nothing_mounted)
{
	struct cgroup_host *h = parsed("24 30 0:22 / /proc rw - proc proc rw\n", "0::/\n");
	struct cgroup *c = NULL;
	struct err e = { 0 };

	cr_assert_eq(h->n, 0);
	cr_assert_eq(cgroup_plan(h, "x", &c, &e), -1);
	cr_assert(strstr(e.text, "mount cgroup2 on /sys/fs/cgroup"), "%s", e.text);
	cgroup_host_free(h);
}

Test(host, lines_that_make_no_sense_are_passed_over)
{
	struct cgroup_host *h = parsed("\n - \n1 2\n1 2 x:y / / rw - cgroup2 c rw\n"
				       "1 2 0:1 / /a rw - cgroup2\n1 2 0:1 / /a rw -",
				       "\n0\n0:\n::::\n7:cpu");

	cr_assert_eq(h->n, 0);
	cgroup_host_free(h);
}

Test(host, words)
{
	cr_assert(words_have("cpu,cpuacct", "cpuacct"));
	cr_assert(words_have("cpuset cpu io\n", "cpu"));
	cr_assert_not(words_have("cpuset cpuacct\n", "cpu"));
	cr_assert_not(words_have("", "cpu"));
}
