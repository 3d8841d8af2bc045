/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/runtime/oci_box.h"

static void check_says(const struct spec *s, const char *want)
{
	struct err e = { 0 };

	cr_expect_eq(rootfs_oci_check(s, &e), -1, "accepted: %s", want);
	cr_expect(strstr(e.text, want), "%s, not %s", e.text, want);
}

HostTest(rootfs_oci_errors, what_cannot_work_is_refused_before_anything_is_made)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_box(false);
	struct err e = { 0 };

	cr_expect_eq(rootfs_oci_check(s, &e), 0, "%s", e.text);
	s->mount_label = str_dup("system_u:object_r:container_file_t:s0");
	if (access("/sys/fs/selinux", F_OK) < 0)
		check_says(s, "SELinux is not enabled");
	str_drop(&s->mount_label);
	box_mount(s, "bind", "/no/such/source", "/data", 0);
	check_says(s, "mount on /data: source /no/such/source does not exist");

	str_drop(&s->root.path);
	s->root.path = str_dup("/no/such/root");
	check_says(s, "root.path /no/such/root does not exist");
	str_drop(&s->root.path);
	s->root.path = str_dup("/etc/passwd");
	check_says(s, "root.path /etc/passwd");
	str_drop(&s->root.path);
	s->root.path = str_dup("/etc/..");
	check_says(s, "the host's root");
}

HostTest(rootfs_oci_errors, without_a_mount_namespace_nothing_is_mounted_on_the_host)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_bare(false);
	struct err e = { 0 };

	s->namespaces &= ~(uint64_t)CLONE_NEWNS;
	cr_expect_eq(rootfs_oci_check(s, &e), 0, "%s", e.text);
	s->root.readonly = true;
	check_says(s, "a read-only root would be the host's");
	s->root.readonly = false;
	strs_add(&s->masked_paths, "/proc/kcore");
	check_says(s, "maskedPaths");
	strs_free(&s->masked_paths);
	s->root_propagation = MS_SHARED;
	check_says(s, "rootfsPropagation");
	box_mount(s, "proc", "proc", "/proc", 0);
	check_says(s, "mounts would be the host's");
}

static void look_around(void)
{
	struct stat st;

	printf("%d %d", access("/etc/passwd", F_OK),
	       stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
}

HostTest(rootfs_oci_errors, without_a_mount_namespace_the_root_is_still_the_containers)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_bare(false);
	scoped_str char *before = read_text("/proc/self/mountinfo");
	scoped_str char *passwd = oci_path("/etc/passwd");

	s->namespaces &= ~(uint64_t)CLONE_NEWNS;
	cr_assert_eq(unlink(passwd), 0); /* the host has one */
	scoped_str char *text = box_call(s, look_around);
	cr_expect_str_eq(text, "-1 1");
	scoped_str char *after = read_text("/proc/self/mountinfo");
	cr_expect_str_eq(after, before);
}

/* In a namespace that others have made, what was there stays, "/" above all. */
HostTest(rootfs_oci_errors, a_joined_mount_namespace_keeps_its_root)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_box(false);
	struct spec_join *join = mem_alloc(sizeof *join);

	*join = (struct spec_join){ CLONE_NEWNS, str_dup("/proc/self/ns/mnt") };
	s->joins = join;
	s->n_joins = 1;
	s->namespaces &= ~(uint64_t)CLONE_NEWNS;
	scoped_str char *text =
		box_sh(s, "ls /; echo x >/dev/null && test -e /proc/self && echo ok");
	cr_expect_str_eq(text,
			 "bin\ndev\netc\nlib\nlib64\nproc\nrun\nsbin\nsys\ntmp\nusr\nvar\nok");
	cr_expect_eq(access("/etc/passwd", F_OK), 0);
	cr_expect_eq(access(NFRUN_SOURCE_DIR, F_OK), 0, "the host's root is another");
	cr_assert_eq(umount2(oci_root, MNT_DETACH), 0, "it was not mounted in the namespace");
}
