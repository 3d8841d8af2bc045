/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/runtime/box.h"

#include <linux/capability.h>

static struct spec *view(bool userns)
{
	struct spec *s = box_spec(SPEC_ROOT_HOST_VIEW, NULL, userns);

	box_default_mounts(s);
	return s;
}

static char *in_tree(const char *name)
{
	return str_printf("%s/%s", box_place, name);
}

HostTest(rootfs_mounts, bound_directories_show_roots_files_as_roots)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *source = in_tree("source");
	scoped_str char *file = in_tree("source/file");

	make_dirs(source);
	write_text(file, "content\n");
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = view(userns);

		box_mount(s, "bind", source, "/srv/rw", MOUNT_ATTR_NOSUID);
		box_mount(s, "bind", source, "/srv/ro", MOUNT_ATTR_RDONLY);
		box_mount(s, "bind", file, "/etc/one/file", MOUNT_ATTR_RDONLY);
		scoped_str char *text = box_sh(
			s,
			"cat /etc/one/file; stat -c %u /srv/rw/file /etc/one/file; echo x >/srv/rw/new && "
			"rm /srv/rw/new; touch /srv/ro/new 2>&1; echo x 2>&1 >/etc/one/file");

		cr_expect_str_eq(text,
				 "content\n0\n0\n"
				 "touch: cannot touch '/srv/ro/new': Read-only file system\n"
				 "sh: 1: cannot create /etc/one/file: Read-only file system",
				 "userns %d: %s", userns, text);
	}
}

/* Its root could lift the flag, and would then be the host's root in there. */
HostTest(rootfs_mounts, read_only_binds_stay_so_for_an_administrator)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *source = in_tree("source");

	make_dirs(source);
	scoped_spec struct spec *s = view(true);
	s->process.caps.bounding = 1ULL << CAP_SYS_ADMIN;
	box_mount(s, "bind", source, "/srv", MOUNT_ATTR_RDONLY);
	scoped_str char *text = box_sh(
		s, "for d in /srv /usr; do mount -o remount,bind,rw $d; touch $d/x 2>&1; done;"
		   "stat -c %U /srv");
	cr_expect_str_eq(text, "touch: cannot touch '/srv/x': Permission denied\n"
			       "touch: cannot touch '/usr/x': Permission denied\nnobody");
}

HostTest(rootfs_mounts, a_bind_is_recursive_only_when_asked)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *source = in_tree("source");
	scoped_str char *sub = in_tree("source/sub");
	scoped_str char *file = in_tree("source/sub/file");

	make_dirs(sub);
	cr_assert_eq(mount("none", sub, "tmpfs", 0, NULL), 0);
	write_text(file, "x\n");
	scoped_spec struct spec *s = view(true);
	box_mount(s, "bind", source, "/a", 0);
	box_mount(s, "bind", source, "/b", MOUNT_ATTR_RDONLY)->recursive = true;
	scoped_str char *text = box_sh(s, "ls /a/sub /b/sub; touch /b/sub/x 2>&1");
	cr_expect_str_eq(text, "/a/sub:\n\n/b/sub:\nfile\n"
			       "touch: cannot touch '/b/sub/x': Read-only file system");
	cr_assert_eq(umount(sub), 0);
}

HostTest(rootfs_mounts, a_device_node_may_be_bound)
{
	scoped_spec struct spec *s = view(true);

	box_mount(s, "bind", "/dev/null", "/dev/net/mine", 0);
	scoped_str char *text = box_sh(s, "echo x >/dev/net/mine && cat /dev/net/mine && echo ok");
	cr_expect_str_eq(text, "ok", "%s", text);
}

HostTest(rootfs_mounts, tmpfs_has_its_size_and_options)
{
	scoped_spec struct spec *s = view(true);
	struct spec_mount *m = box_mount(s, "tmpfs", NULL, "/data/deep", MOUNT_ATTR_NOEXEC);

	strs_add(&m->data, "size=1048576");
	strs_add(&m->data, "mode=0750");
	scoped_str char *text =
		box_sh(s, "stat -c %a /data/deep; df -k --output=size /data/deep | tail -1; "
			  "cp /bin/true /data/deep; /data/deep/true 2>&1");
	cr_expect_str_eq(text, "750\n     1024\nsh: 1: /data/deep/true: Permission denied");
}

/* A file of the container's own does not get written through a bind into the host's directory. */
HostTest(rootfs_mounts, own_files_do_not_reach_a_bound_directory)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *source = in_tree("etc");
	scoped_str char *hosts = in_tree("etc/hosts");

	make_dirs(source);
	write_text(hosts, "the host's\n");
	scoped_spec struct spec *s = view(true);
	box_mount(s, "bind", source, "/etc", 0);
	box_file(s, "/etc/hosts", "ours\n");
	scoped_str char *text = box_sh(s, "cat /etc/hosts");
	cr_expect_str_eq(text, "ours");
	scoped_str char *kept = read_text(hosts);
	cr_expect_str_eq(kept, "the host's");
}

HostTest(rootfs_mounts, optional_ones_may_fail)
{
	scoped_spec struct spec *s = view(true);

	box_mount(s, "no-such-fs", NULL, "/a", 0)->optional = true;
	box_mount(s, "bind", "/no/such/source", "/b", 0)->optional = true;
	box_mount(s, "tmpfs", NULL, "/c", 0);
	scoped_str char *text =
		box_sh(s, "grep -c ' /c ' /proc/self/mountinfo; grep -e ' /a ' -e ' /b ' "
			  "/proc/self/mountinfo");
	cr_expect_str_eq(text, "1", "%s", text);
}

HostTest(rootfs_mounts, masked_and_readonly_paths_hold)
{
	static const char *const masked[] = { "/proc/version", "/proc/tty",       "/proc/kcore",
					      "/etc/ssl",      "/etc/hosts",      "/sys/firmware",
					      "/no/such/path", "/etc/hosts/below" };
	static const char *const readonly[] = { "/proc/sys", "/proc/sysrq-trigger", "/var",
						"/no/such" };

	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = view(userns);

		for (size_t i = 0; i < ARRAY_LEN(masked); i++)
			strs_add(&s->masked_paths, masked[i]);
		for (size_t i = 0; i < ARRAY_LEN(readonly); i++)
			strs_add(&s->readonly_paths, readonly[i]);
		box_file(s, "/etc/hosts", "ours\n");
		box_mount(s, "tmpfs", NULL, "/var/sub", 0);
		scoped_str char *text = box_sh(
			s,
			"cat /proc/version /etc/hosts; ls -A /proc/tty /etc/ssl | grep -v :$; touch /etc/ssl/x 2>&1; "
			"touch /var/x 2>&1; touch /var/sub/x 2>&1; echo 1 2>&1 >/proc/sys/net/ipv4/ip_forward; "
			"cat /proc/sys/net/ipv4/ip_forward; rmdir /proc/tty 2>&1 | grep -c .");

		cr_expect_str_eq(
			text,
			"\ntouch: cannot touch '/etc/ssl/x': Read-only file system\n"
			"touch: cannot touch '/var/x': Read-only file system\n"
			"touch: cannot touch '/var/sub/x': Read-only file system\n"
			"sh: 1: cannot create /proc/sys/net/ipv4/ip_forward: Read-only file system\n"
			"0\n1",
			"userns %d: %s", userns, text);
	}
}

/* Without the seal, a container that may write its sysctls does. */
HostTest(rootfs_mounts, sysctls_are_writable_before_the_seal)
{
	scoped_spec struct spec *s = view(true);
	scoped_str char *text = box_sh(
		s, "echo 1 >/proc/sys/net/ipv4/ip_forward && cat /proc/sys/net/ipv4/ip_forward");

	cr_expect_str_eq(text, "1");
}
