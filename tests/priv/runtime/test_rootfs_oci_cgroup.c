/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/runtime/oci_box.h"

#include <linux/magic.h>
#include <sys/statfs.h>

static bool host_is_unified(void)
{
	struct statfs fs;

	return statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* Which group this is, on the host. */
static char *own_group(const char *controller)
{
	scoped_str char *script =
		str_printf("grep -m 1 '%s' /proc/self/cgroup | sed 's/.*://'", controller);
	scoped_run struct run r = run_cmd("sh", "-c", script);

	r.out[strcspn(r.out, "\n")] = '\0';
	return str_dup(r.out);
}

HostTest(rootfs_oci_cgroup, each_hierarchy_of_a_v1_host_shows_the_containers_group)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *own = NULL;

	if (host_is_unified())
		cr_skip("this host has v2 alone");
	own = own_group(":memory:");
	for (int mode = 0; mode < 4; mode++) {
		bool userns = mode & 1, cgroupns = mode & 2;
		scoped_spec struct spec *s = oci_box(userns);

		if (!cgroupns)
			s->namespaces &= ~(uint64_t)CLONE_NEWCGROUP;
		s->mounts[s->n_mounts - 2].attrs &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		cr_assert_str_eq(s->mounts[s->n_mounts - 2].target, "/sys/fs/cgroup");

		scoped_str char *text = box_sh(
			s, "cd /sys/fs/cgroup; grep -c . memory/cgroup.procs; "
			   "grep -q \"^$$\\$\" memory/tasks && echo here; stat -f -c %T . memory; "
			   "grep ' /sys/fs/cgroup/memory ' /proc/self/mountinfo | cut -d ' ' -f 4; "
			   "ls | wc -l");
		scoped_run struct run dirs = run_cmd("sh", "-c", "ls /sys/fs/cgroup | wc -l");
		scoped_str char *want =
			str_printf("here\ntmpfs\ncgroupfs\n%s\n%s", cgroupns ? "/" : own, dirs.out);
		want[strlen(want) - 1] = '\0';
		cr_expect(strstr(text, want), "mode %d: %s, not %s", mode, text, want);
	}
}

HostTest(rootfs_oci_cgroup, they_are_read_only_when_asked)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	for (int mode = 0; mode < 4; mode++) {
		scoped_spec struct spec *s = oci_box(mode & 1);

		if (!(mode & 2))
			s->namespaces &= ~(uint64_t)CLONE_NEWCGROUP;
		scoped_str char *text = box_sh(
			s,
			"LC_ALL=C; export LC_ALL; cd /sys/fs/cgroup; mkdir x 2>&1; test -d memory || exit; mkdir "
			"memory/x 2>&1 | sed s,memory/,,");
		scoped_str char *want =
			str_dup("mkdir: cannot create directory 'x': Read-only file system\n"
				"mkdir: cannot create directory 'x': Read-only file system");
		if (host_is_unified())
			*strchr(want, '\n') = '\0';
		cr_expect_str_eq(text, want, "mode %d: %s", mode, text);
	}
}

HostTest(rootfs_oci_cgroup, a_v2_host_shows_the_group)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	if (!host_is_unified())
		cr_skip("this host has v1 hierarchies");
	for (int mode = 0; mode < 4; mode++) {
		scoped_spec struct spec *s = oci_box(mode & 1);

		if (!(mode & 2))
			s->namespaces &= ~(uint64_t)CLONE_NEWCGROUP;
		scoped_str char *text = box_sh(
			s,
			"cd /sys/fs/cgroup; stat -f -c %T .; cd ./$(sed s,0::,, /proc/self/cgroup); "
			"grep -q \"^$$\\$\" cgroup.procs && echo here");
		cr_expect_str_eq(text, "cgroup2fs\nhere", "mode %d: %s", mode, text);
	}
}
