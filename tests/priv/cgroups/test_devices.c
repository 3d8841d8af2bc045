/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel holds device rules: v1's file, and v2's eBPF program, which works on a hybrid host too
 * where the group is planned without the v1 part. */
#include "tests/priv/cgroups/group_test.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

TestSuite(devices, .fini = oci_clean, .timeout = 60);

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* One bit for each that works. */
static int run_tries(void)
{
	static const char node[] = "/tmp/nfrun-test-node";
	int made = mknod(node, S_IFCHR | 0600, makedev(1, 5));

	(void)unlink(node);
	return (try_open("/dev/null", O_RDWR) == 0) | (try_open("/dev/zero", O_RDONLY) == 0) << 1 |
	       (try_open("/dev/zero", O_WRONLY) == 0) << 2 |
	       (try_open("/dev/full", O_RDONLY) == 0) << 3 | (made == 0) << 4;
}
enum { NULL_RW = 1, ZERO_R = 2, ZERO_W = 4, FULL_R = 8, MKNOD = 16 };

static struct limits_device rules[] = {
	{ false, 'a', -1, -1, "rwm" },
	{ true, 'c', 1, 3, "rwm" },
	{ true, 'c', 1, 5, "r" },
	{ true, 'c', 5, -1, "rw" },
};

static struct cgroup_limits with(struct limits_device *list, size_t n)
{
	struct cgroup_limits l = no_limits();

	l.has_devices = true;
	l.devices = list;
	l.n_devices = n;
	return l;
}

/* The group without the v1 parts of CONTROLLER. */
static struct cgroup *without(struct cgroup *c, const char *controller)
{
	scoped_strs struct strs paths = { 0 }, some = { 0 };
	struct cgroup *less = NULL;

	cgroup_paths(c, &paths);
	for (size_t i = 0; i < paths.n; i++)
		if (strncmp(paths.v[i], controller, strlen(controller)) != 0)
			strs_add(&some, paths.v[i]);
	must(cgroup_from_paths(&some, &less, &why));
	return less;
}

static void assert_held(struct cgroup *c)
{
	struct cgroup_limits l = with(rules, ARRAY_LEN(rules));

	must(cgroup_create(c, &l, &why));
	cr_assert_eq(wait_for(group_spawn(c, 0, run_tries)), NULL_RW | ZERO_R);

	/* later rules override earlier ones, and an update what was there */
	struct limits_device all[] = { { true, 'a', -1, -1, "" }, { false, 'c', 1, 7, "rwm" } };
	l = with(all, 2);
	for (int i = 0; i < 3; i++)
		must(cgroup_update(c, &l, &why));
	cr_assert_eq(wait_for(group_spawn(c, 0, run_tries)), NULL_RW | ZERO_R | ZERO_W | MKNOD);

	struct limits_device both[] = { { true, 'a', 1, 3, "rw" }, { true, 'a', 1, 7, "r" } };
	l = with(both, 2);
	must(cgroup_update(c, &l, &why));
	cr_assert_eq(wait_for(group_spawn(c, 0, run_tries)), NULL_RW | FULL_R);

	/* an empty list allows nothing */
	l = with(NULL, 0);
	must(cgroup_update(c, &l, &why));
	cr_assert_eq(wait_for(group_spawn(c, 0, run_tries)), 0);
}

Test(devices, by_the_host_s_own_way)
{
	assert_held(oci_plan("devices"));
}

Test(devices, by_ebpf)
{
	struct cgroup *c = without(oci_plan("ebpf"), "devices");

	cgroup_free(group);
	group = c;
	assert_held(c);
}

static void assert_untouched(struct cgroup *c)
{
	struct limits_device other[] = { { true, 'a', -1, -1, "" } };
	struct cgroup_limits l = with(rules, ARRAY_LEN(rules));
	struct err e;

	must(cgroup_create(c, &l, &why));
	l = with(other, 1);
	l.pids_max = 1ULL << 40; /* EINVAL */
	must_fail(cgroup_update(c, &l, &e), e);
	cr_assert_eq(wait_for(group_spawn(c, 0, run_tries)), NULL_RW | ZERO_R);

	/* and the other way round */
	other[0].major = 1 << 30;
	l.pids_max = 7;
	must_fail(cgroup_update(c, &l, &e), e);
	cr_assert(strstr(e.text, "no device has the number 1073741824:-1"), "%s", e.text);
	struct cgroup_stats s;
	must(cgroup_stats_read(c, &s, &why));
	cr_assert_eq(s.pids_limit, CGROUP_UNSET);
	cgroup_stats_drop(&s);
}

Test(devices, an_update_that_fails_changes_nothing)
{
	assert_untouched(oci_plan("fails"));
}

Test(devices, a_failing_v1_write_is_put_back)
{
	struct cgroup *c = oci_plan("back");
	struct cgroup_limits l = with(rules, ARRAY_LEN(rules));
	/* the group above forbids what the second asks for: EPERM */
	struct limits_device more[] = { { true, 'c', 1, 7, "r" }, { true, 'c', 1, 9, "rwm" } };
	struct err e;

	if (!host_is_hybrid())
		return;
	must(cgroup_create(c, &l, &why));
	scoped_str char *above = dir_above(part_of(c, "devices")->dir);
	scoped_str char *deny = str_printf("%s/devices.deny", above);
	scoped_str char *list = str_printf("%s/devices.list", part_of(c, "devices")->dir);
	scoped_str char *before = read_text(list);
	write_text(deny, "c 1:9 rwm");
	l = with(more, 2);
	must_fail(cgroup_update(c, &l, &e), e);
	cr_assert(strstr(e.text, "device rule 1 (a group above does not allow it)"), "%s", e.text);
	scoped_str char *after = read_text(list);
	cr_assert_str_eq(before, after);
}
