/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/runtime/oci_box.h"

HostTest(rootfs_oci_propagation, propagation_is_as_asked)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	static const struct {
		unsigned long root, asked;
		const char *top, *sub;
	} rows[] = {
		{ 0, 0, "", "" },
		{ 0, MS_SLAVE | MS_REC, "master:N", "master:N" },
		{ 0, MS_SHARED | MS_REC, "shared:N", "shared:N" },
		{ 0, MS_PRIVATE | MS_REC, "", "" },
		{ 0, MS_UNBINDABLE | MS_REC, "unbindable", "unbindable" },
		{ 0, MS_SLAVE, "master:N", "master:N" },
		{ 0, MS_PRIVATE, "", "master:N" },
		{ MS_SLAVE | MS_REC, 0, "master:N", "master:N" },
		{ MS_PRIVATE | MS_REC, MS_SLAVE, "", "" },
		{ MS_SHARED, MS_SHARED, "shared:N", "shared:N" },
		{ MS_SHARED | MS_REC, 0, "shared:N", "shared:N" },
	};
	scoped_str char *source = oci_source_dir("source");
	scoped_str char *sub = oci_source_dir("source/sub");

	cr_assert_eq(mount("none", source, "tmpfs", 0, NULL), 0);
	make_dirs(sub);
	cr_assert_eq(mount("none", sub, "tmpfs", 0, NULL), 0);
	cr_assert_eq(mount("none", source, NULL, MS_SHARED | MS_REC, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_spec struct spec *s = oci_box(false);
		struct spec_mount *m = box_mount(s, "bind", source, "/data", 0);
		scoped_str char *top = str_printf("rw,relatime|%s", rows[i].top);
		scoped_str char *below = str_printf("rw,relatime|%s", rows[i].sub);

		s->root_propagation = rows[i].root;
		m->recursive = true;
		m->propagation = rows[i].asked;
		scoped_str char *got_top = oci_options_of(s, "/data");
		scoped_str char *got_sub = oci_options_of(s, "/data/sub");
		cr_expect_str_eq(got_top, top, "row %zu: %s", i, got_top);
		cr_expect_str_eq(got_sub, below, "row %zu: %s", i, got_sub);
	}
	cr_assert_eq(umount(sub), 0);
	cr_assert_eq(umount(source), 0);
}

/* What "rshared" is for: a mount made inside shows on the host, but never one that is made by root
 * of a user namespace. */
HostTest(rootfs_oci_propagation, shared_means_with_the_host_but_not_in_a_user_namespace)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *source = oci_source_dir("source");
	scoped_str char *sub = oci_source_dir("source/sub");

	cr_assert_eq(mount("none", source, "tmpfs", 0, NULL), 0);
	cr_assert_eq(mount("none", source, NULL, MS_SHARED, NULL), 0);
	make_dirs(sub);
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);

		box_mount(s, "bind", source, "/data", 0)->propagation = MS_SHARED | MS_REC;
		scoped_str char *text =
			box_sh(s, "mount -t tmpfs mine /data/sub && grep -c mine /proc/mounts");
		cr_expect_str_eq(text, "1");
		cr_expect_eq(umount(sub), userns ? -1 : 0, "userns %d", userns);
	}
	cr_assert_eq(umount(source), 0);
}

HostTest(rootfs_oci_propagation, the_roots_propagation_is_as_asked)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	static const struct {
		unsigned long asked;
		const char *root, *tmpfs;
	} rows[] = {
		{ 0, "", "" },
		{ MS_PRIVATE | MS_REC, "", "" },
		{ MS_SHARED, "shared:N", "" },
		{ MS_SHARED | MS_REC, "shared:N", "shared:N" },
		{ MS_SLAVE | MS_REC, "", "" },
		{ MS_UNBINDABLE, "unbindable", "" },
	};

	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		scoped_spec struct spec *s = oci_box(i & 1);
		scoped_str char *root = str_printf("rw,relatime|%s", rows[i / 2].root);
		scoped_str char *shm =
			str_printf("rw,nosuid,nodev,noexec,relatime|%s", rows[i / 2].tmpfs);

		s->root_propagation = rows[i / 2].asked;
		scoped_str char *got_root = oci_options_of(s, "/");
		scoped_str char *got_shm = oci_options_of(s, "/dev/shm");
		cr_expect_str_eq(got_root, root, "row %zu: %s", i, got_root);
		cr_expect_str_eq(got_shm, shm, "row %zu: %s", i, got_shm);
	}
}
