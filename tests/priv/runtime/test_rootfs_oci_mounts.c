/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/runtime/oci_box.h"

HostTest(rootfs_oci_mounts, flags_of_a_bind_are_those_asked_for_and_the_sources)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	static const struct {
		uint64_t set, clear;
		const char *want;
	} rows[] = {
		{ 0, 0, "rw,nosuid,nodev,noexec,relatime|" },
		{ MOUNT_ATTR_RDONLY, 0, "ro,nosuid,nodev,noexec,relatime|" },
		{ 0, MOUNT_ATTR_NOEXEC, "rw,nosuid,nodev,relatime|" },
		{ MOUNT_ATTR_NOATIME, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "rw,noexec,noatime|" },
		{ MOUNT_ATTR_STRICTATIME | MOUNT_ATTR_NODIRATIME, 0,
		  "rw,nosuid,nodev,noexec,nodiratime|" },
		{ MOUNT_ATTR_NOSYMFOLLOW, MOUNT_ATTR_NODEV,
		  "rw,nosuid,noexec,relatime,nosymfollow|" },
	};
	scoped_str char *source = oci_source_dir("source");

	cr_assert_eq(mount("none", source, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), 0);
	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		scoped_spec struct spec *s = oci_box(i & 1);

		box_mount(s, "bind", source, "/data", rows[i / 2].set)->attrs_clear =
			rows[i / 2].clear;
		scoped_str char *got = oci_options_of(s, "/data");
		cr_expect_str_eq(got, rows[i / 2].want, "row %zu: %s", i, got);
	}
	cr_assert_eq(umount(source), 0);
}

HostTest(rootfs_oci_mounts, recursive_flags_reach_the_mounts_below_and_plain_ones_do_not)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *source = oci_source_dir("source");
	scoped_str char *sub = oci_source_dir("source/sub");

	cr_assert_eq(mount("none", sub, "tmpfs", MS_NOSUID, NULL), 0);
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);
		struct spec_mount *m = box_mount(s, "bind", source, "/a", MOUNT_ATTR_RDONLY);

		m->recursive = true;
		m = box_mount(s, "bind", source, "/b", MOUNT_ATTR_NOEXEC);
		m->recursive = true;
		m->rec_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME;
		m->rec_clear = MOUNT_ATTR_NOSUID;
		m = box_mount(s, "bind", source, "/c", 0);
		m->rec_set = MOUNT_ATTR_RDONLY; /* without "rbind": of the one mount */

		const char *const rows[][2] = {
			{ "/a", "ro,relatime|" },       { "/a/sub", "rw,nosuid,relatime|" },
			{ "/b", "ro,noexec,noatime|" }, { "/b/sub", "ro,noatime|" },
			{ "/c", "ro,relatime|" },       { "/c/sub", "" }
		};
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			scoped_str char *got = oci_options_of(s, rows[i][0]);
			cr_expect_str_eq(got, rows[i][1], "%s: %s", rows[i][0], got);
		}
	}
	cr_assert_eq(umount(sub), 0);
}

HostTest(rootfs_oci_mounts, a_tmpfs_is_like_what_it_covers_unless_told)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);
		scoped_str char *dir = oci_path("/var/dir");

		make_dirs(dir);
		cr_assert_eq(chmod(dir, 02750), 0);
		box_mount(s, "tmpfs", "tmpfs", "/var/dir", 0);
		struct spec_mount *m = box_mount(s, "tmpfs", "mine", "/var/told", 0);
		strs_add(&m->data, "size=1m");
		strs_add(&m->data, "mode=0701");
		strs_add(&m->data, "uid=12");
		scoped_str char *text = box_sh(
			s,
			"stat -c %a:%u /var/dir /var/told; df -k --output=size,source /var/told | tail -n 1");
		cr_expect_str_eq(text, "2750:0\n701:12\n     1024 mine", "userns %d: %s", userns,
				 text);
	}
}

HostTest(rootfs_oci_mounts, tmpcopyup_brings_what_was_there)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);
		uid_t base = userns ? BOX_BASE : 0;
		scoped_str char *dir = oci_path("/var/dir/sub");
		scoped_str char *file = oci_path("/var/dir/sub/file");
		scoped_str char *link = oci_path("/var/dir/link");
		scoped_str char *fifo = oci_path("/var/dir/fifo");

		make_dirs(dir);
		write_text(file, "content\n");
		cr_assert_eq(symlink("/etc/shadow", link), 0);
		cr_assert_eq(mkfifo(fifo, 0600), 0);
		own_tree(oci_root, base);
		cr_assert_eq(chown(file, base + 7, base + 8), 0);
		cr_assert_eq(chmod(file, 04751), 0);
		cr_assert_eq(chmod(dir, 01770), 0);
		struct spec_mount *m = box_mount(s, "tmpfs", "tmpfs", "/var/dir",
						 MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY);
		m->copy_up = true;
		box_mount(s, "tmpfs", "tmpfs", "/var/dir/below", 0);
		scoped_str char *text = box_sh(
			s,
			"cd /var/dir; cat sub/file; stat -c %a:%u:%g sub/file sub; readlink link; "
			"stat -c %F fifo; stat -f -c %T sub; touch x 2>&1; touch below/x && ls");
		cr_expect_str_eq(text,
				 "content\n4751:7:8\n1770:0:0\n/etc/shadow\nfifo\ntmpfs\n"
				 "touch: cannot touch 'x': Read-only file system\n"
				 "below\nfifo\nlink\nsub",
				 "userns %d: %s", userns, text);
	}
}

/* Mount points for what comes later are made in it first. */
HostTest(rootfs_oci_mounts, a_read_only_dev_still_has_everything)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);

		s->mounts[1].attrs |= MOUNT_ATTR_RDONLY;
		s->root.readonly = true;
		scoped_str char *text =
			box_sh(s, "echo x >/dev/null && touch /dev/x 2>&1; touch /dev/shm/x && ls "
				  "/dev/pts; touch /x 2>&1");
		cr_expect_str_eq(text,
				 "touch: cannot touch '/dev/x': Read-only file system\nptmx\n"
				 "touch: cannot touch '/x': Read-only file system",
				 "userns %d: %s", userns, text);
	}
}

HostTest(rootfs_oci_mounts, files_sockets_and_devices_may_be_bound)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *source = oci_source_dir("source");
	scoped_str char *file = str_printf("%s/file", source);
	scoped_str char *fifo = str_printf("%s/fifo", source);
	scoped_str char *link = str_printf("%s/link", source);

	write_text(file, "content\n");
	cr_assert_eq(mkfifo(fifo, 0600), 0);
	cr_assert_eq(symlink("file", link), 0);
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);
		scoped_str char *dangling = oci_path("/etc/resolv.conf");
		scoped_str char *lock = oci_path("/var/lock");

		cr_assert_eq(symlink("../run/resolved/resolv.conf", dangling), 0);
		cr_assert_eq(symlink("../run/lock", lock), 0);
		box_mount(s, "tmpfs", "tmpfs", "/run", 0);
		box_mount(s, "tmpfs", "locks", "/var/lock/subsys", 0);
		box_mount(s, "bind", file, "/a/b/file", 0);
		box_mount(s, "bind", fifo, "/a/fifo", 0);
		box_mount(s, "bind", "/dev/null", "/a/null", 0);
		box_mount(s, "bind", link, "/a/followed", 0);
		box_mount(s, "bind", link, "/a/link", 0)->no_follow = true;
		box_mount(s, "bind", file, "/etc/resolv.conf", 0);
		scoped_str char *text = box_sh(
			s,
			"cat /a/b/file /etc/resolv.conf /run/resolved/resolv.conf /a/followed; "
			"stat -c %F /a/fifo /a/null /a/link; grep -c locks.*run/lock/subsys "
			"/proc/self/mountinfo; grep -o ' /run/lock/subsys' /proc/self/mountinfo");
		cr_expect_str_eq(text,
				 "content\ncontent\ncontent\ncontent\nfifo\n"
				 "character special file\nsymbolic link\n0\n /run/lock/subsys",
				 "userns %d: %s", userns, text);
	}
}

HostTest(rootfs_oci_mounts, a_file_on_a_directory_is_refused)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_box(false);
	struct err e = { 0 };

	box_mount(s, "bind", "/etc/passwd", "/etc", 0);
	oci_refused(s, &e);
	cr_expect_str_eq(e.text, "mount bind on /etc: /etc is a directory, and what is mounted "
				 "there is not");
}

/* More than one message takes: the child opens the rest. */
HostTest(rootfs_oci_mounts, there_may_be_hundreds)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *source = oci_source_dir("source");
	scoped_str char *file = str_printf("%s/file", source);

	write_text(file, "content\n");
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);

		for (int i = 0; i < ROOTFS_SOURCES_MAX + 50; i++) {
			scoped_str char *target = str_printf("/data/%03d", i);
			box_mount(s, "bind", source, target, MOUNT_ATTR_RDONLY);
		}
		scoped_str char *text =
			box_sh(s, "cat /data/*/file | grep -c content; touch /data/249/x 2>&1; "
				  "grep -c ' /data/.* master:' /proc/self/mountinfo");
		cr_expect_str_eq(text,
				 "250\ntouch: cannot touch '/data/249/x': Read-only file system\n0",
				 "userns %d: %s", userns, text);
	}
}

HostTest(rootfs_oci_mounts, any_file_system_of_the_kernel_may_be_mounted)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *lower = oci_source_dir("lower");
	scoped_str char *upper = oci_source_dir("layers/upper");
	scoped_str char *work = oci_source_dir("layers/work");
	scoped_str char *file = str_printf("%s/file", lower);
	scoped_spec struct spec *s = oci_box(false);

	write_text(file, "lower\n");
	struct spec_mount *m = box_mount(s, "overlay", "overlay", "/data", 0);
	strs_addf(&m->data, "lowerdir=%s", lower);
	strs_addf(&m->data, "upperdir=%s", upper);
	strs_addf(&m->data, "workdir=%s", work);
	scoped_str char *text = box_sh(s, "cat /data/file; echo upper >/data/file; cat /data/file");
	cr_expect_str_eq(text, "lower\nupper");
	scoped_str char *kept = read_text(file);
	cr_expect_str_eq(kept, "lower");
}

/* fsconfig(2) takes 255 bytes of an option. */
HostTest(rootfs_oci_mounts, options_may_be_long)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_box(false);
	struct spec_mount *m = box_mount(s, "overlay", "mine", "/data", MOUNT_ATTR_NOSUID);
	scoped_str char *layers = str_dup("lowerdir=");

	for (int i = 0; i < 12; i++) {
		scoped_str char *name = str_printf("a-directory-with-a-long-name-%d", i);
		scoped_str char *dir = oci_source_dir(name);
		scoped_str char *file = str_printf("%s/%d", dir, i);
		char *longer = str_printf("%s%s%s", layers, i ? ":" : "", dir);

		write_text(file, "x");
		str_drop(&layers);
		layers = longer;
	}
	cr_assert_gt(strlen(layers), 400);
	strs_add(&m->data, layers);
	box_mount(s, "tmpfs", "tmpfs", "/tmp", 0);
	scoped_str char *text = box_sh(s, "ls /data | wc -l; pwd");
	cr_expect_str_eq(text, "12\n/");
	scoped_str char *options = oci_options_of(s, "/data");
	cr_expect(strstr(options, "nosuid"), "%s", options);
}

HostTest(rootfs_oci_mounts, the_root_itself_may_be_mounted_over)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_bare(false);

	box_mount(s, "tmpfs", "top", "/", 0);
	box_bind_usr(s);
	box_mount(s, "bind", "/usr/bin", "/bin", 0);
	box_mount(s, "bind", "/usr/lib", "/lib", 0);
	box_mount(s, "bind", "/usr/lib64", "/lib64", 0);
	box_mount(s, "proc", "proc", "/proc", 0);
	scoped_str char *text = box_sh(s, "ls /; grep -c '^top / ' /proc/mounts");
	cr_expect_str_eq(text, "bin\ndev\nlib\nlib64\nproc\nusr\n1");
}

HostTest(rootfs_oci_mounts, what_the_kernel_does_not_know_is_refused_in_its_words)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_box(false);
	struct err e = { 0 };

	box_mount(s, "nosuchfs", "none", "/data", 0);
	oci_refused(s, &e);
	cr_expect_str_eq(e.text, "mount nosuchfs on /data: the kernel has no file system nosuchfs");
	scoped_spec struct spec *t = oci_box(false);
	strs_add(&box_mount(t, "tmpfs", "none", "/data", 0)->data, "size=many");
	oci_refused(t, &e);
	cr_expect(strstr(e.text, "size=many"), "%s", e.text);
}

HostTest(rootfs_oci_mounts, a_remount_changes_what_is_there)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);
		struct err e = { 0 };

		box_mount(s, "tmpfs", "mine", "/data", MOUNT_ATTR_NOSUID);
		struct spec_mount *m = box_mount(s, "tmpfs", NULL, "/data", MOUNT_ATTR_NOEXEC);
		m->remount = true;
		m->attrs_clear = MOUNT_ATTR_NOSUID;
		strs_add(&m->data, "size=1m");
		m = box_mount(s, "bind", NULL, "/usr", 0);
		m->remount = true;
		m->attrs_clear = MOUNT_ATTR_RDONLY;
		str_drop(&m->type);
		cr_expect_eq(rootfs_oci_check(s, &e), 0, "%s", e.text);

		scoped_str char *data = oci_options_of(s, "/data");
		cr_expect_str_eq(data, "rw,noexec,relatime|");
		scoped_str char *usr = oci_options_of(s, "/usr");
		cr_expect_str_eq(usr, "rw,relatime|");
		scoped_str char *size = box_sh(s, "df -k --output=size /data | tail -n 1");
		cr_expect_str_eq(size, "     1024");
		box_mount(s, "tmpfs", NULL, "/etc", MOUNT_ATTR_NOEXEC)->remount = true;
		oci_refused(s, &e);
		cr_expect_str_eq(e.text, "mount again on /etc: nothing is mounted there");
	}
}
