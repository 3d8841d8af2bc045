/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/runtime/oci_box.h"

#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

static struct spec_device *add_device(struct spec *s, const char *path, char type, int64_t major,
				      int64_t minor)
{
	s->devices = mem_grow(s->devices, s->n_devices + 1, sizeof *s->devices);
	struct spec_device *d = &s->devices[s->n_devices++];
	*d = (struct spec_device){
		.path = str_dup(path), .type = type, .major = major, .minor = minor
	};
	return d;
}

HostTest(rootfs_oci_devices, default_ones_work_for_everybody)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);
		scoped_str char *text = box_sh(
			s,
			"cd /dev; stat -c '%n %a %t:%T %u:%g' null zero full random urandom tty; "
			"readlink ptmx fd stdin stdout stderr; echo x >full; head -c 1 urandom | wc -c; "
			"head -c 3 zero | tr '\\0' z; test -e console || echo none");
		cr_expect_str_eq(text,
				 "null 666 1:3 0:0\nzero 666 1:5 0:0\nfull 666 1:7 0:0\n"
				 "random 666 1:8 0:0\nurandom 666 1:9 0:0\ntty 666 5:0 0:0\n"
				 "pts/ptmx\n/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n"
				 "/proc/self/fd/2\nsh: 1: echo: echo: I/O error\n1\nzzznone",
				 "userns %d: %s", userns, text);
	}
}

HostTest(rootfs_oci_devices, those_asked_for_have_their_owner_and_mode)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);
		struct spec_device *d = add_device(s, "/dev/mine", 'c', 1, 5);

		d->has_mode = true;
		d->mode = 0640;
		d->uid = 12;
		d->gid = 34;
		d = add_device(s, "/dev/null", 'c', 1, 3);
		d->has_mode = true;
		d->mode = 0600;
		add_device(s, "/dev/pipe", 'p', 0, 0);
		scoped_str char *text = box_sh(
			s,
			"cd /dev; stat -c '%n %F %a %t:%T %u:%g' mine null pipe; head -c 2 mine | wc -c");
		cr_expect_str_eq(
			text,
			"mine character special file 640 1:5 12:34\n"
			"null character special file 600 1:3 0:0\npipe fifo 666 0:0 0:0\n2",
			"userns %d: %s", userns, text);
	}
}

HostTest(rootfs_oci_devices, one_may_lie_anywhere)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_box(false);

	add_device(s, "/var/a/b/zero", 'c', 1, 5);
	add_device(s, "/dev/net/zero", 'c', 1, 5);
	add_device(s, "/dev/loop7", 'b', 7, 7)->gid = 6;
	scoped_str char *text =
		box_sh(s, "head -c 2 /var/a/b/zero | wc -c; head -c 3 /dev/net/zero | "
			  "wc -c; stat -c '%F %t:%T %g' /dev/loop7");
	cr_expect_str_eq(text, "2\n3\nblock special file 7:7 6");
}

/* A user namespace's root makes no nodes: outside of the /dev that the parent makes, the host's are
 * bound, and what the host does not have cannot be had. */
HostTest(rootfs_oci_devices, the_hosts_are_bound_where_none_can_be_made)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_bare(true);
	struct err e = { 0 };

	box_bind_usr(s);
	box_mount(s, "proc", "proc", "/proc", 0);
	scoped_str char *text =
		box_sh(s, "echo x >/dev/null && head -c 3 /dev/zero | wc -c; grep -c "
			  "' /null /dev/null ' /proc/self/mountinfo");
	cr_expect_str_eq(text, "3\n1", "%s", text);

	add_device(s, "/opt/none", 'c', 1, 5);
	oci_refused(s, &e);
	cr_expect_str_eq(
		e.text,
		"/opt/none: no node can be made here, so the host's is taken: bind /opt/none");
	str_drop(&s->devices[0].path);
	s->devices[0].path = str_dup("/dev/full");
	oci_refused(s, &e);
	cr_expect_str_eq(e.text,
			 "/dev/full: no node can be made here, and what the host has at this "
			 "path is another");
}

HostTest(rootfs_oci_devices, without_cap_mknod_the_hosts_are_bound)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	cap_t caps = cap_get_proc();
	const cap_value_t mknod_cap = CAP_MKNOD;

	cr_assert_eq(cap_set_flag(caps, CAP_EFFECTIVE, 1, &mknod_cap, CAP_CLEAR), 0);
	cr_assert_eq(cap_set_flag(caps, CAP_PERMITTED, 1, &mknod_cap, CAP_CLEAR), 0);
	cr_assert_eq(cap_set_proc(caps), 0);
	cap_free(caps);
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);
		scoped_str char *text = box_sh(
			s,
			"echo x >/dev/null && head -c 3 /dev/zero | wc -c; grep -c ' /null /dev/null ' "
			"/proc/self/mountinfo");
		cr_expect_str_eq(text, "3\n1", "userns %d: %s", userns, text);
	}
}

HostTest(rootfs_oci_devices, what_is_there_already_has_to_be_the_same)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_bare(false);
	scoped_str char *same = oci_path("/etc/zero");
	scoped_str char *dev = oci_path("/dev");
	scoped_str char *null = oci_path("/dev/null");
	struct err e = { 0 };

	box_bind_usr(s);
	make_dirs(dev);
	write_text(null, "a default one is left alone\n");
	cr_assert_eq(mknod(same, S_IFCHR | 0600, makedev(1, 5)), 0);
	add_device(s, "/etc/zero", 'c', 1, 5);
	scoped_str char *text = box_sh(s, "head -c 2 /etc/zero | wc -c; cat /dev/null");
	cr_expect_str_eq(text, "2\na default one is left alone");
	add_device(s, "/etc/passwd", 'c', 1, 5);
	oci_refused(s, &e);
	cr_expect_str_eq(e.text, "/etc/passwd: something else is there already");
}

HostTest(rootfs_oci_devices, nothing_is_made_in_the_hosts_own_dev)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *dev = str_printf("%s/dev", box_place);
	scoped_spec struct spec *s = oci_bare(false);

	make_dirs(dev);
	box_bind_usr(s);
	box_mount(s, "bind", dev, "//dev/", 0);
	add_device(s, "/dev/mine", 'c', 1, 5);
	scoped_str char *text = box_sh(s, "ls -A /dev");
	cr_expect_str_eq(text, "");
}

static void open_console(void)
{
	scoped_fd int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int unlocked = 0;
	struct err e = { 0 };
	struct stat slave_st, console_st;

	ioctl(master, TIOCSPTLCK, &unlocked);
	scoped_fd int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0 || rootfs_oci_console(slave, &e) < 0) {
		printf("%s: %s", e.text, strerror(e.code));
		return;
	}
	fstat(slave, &slave_st);
	stat("/dev/console", &console_st);
	printf("%s", slave_st.st_rdev == console_st.st_rdev ? "the same" : "another");
}

HostTest(rootfs_oci_devices, the_console_is_the_terminal)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);

		s->process.terminal = true;
		s->mounts[1].attrs |= MOUNT_ATTR_RDONLY; /* its place has to be there before */
		scoped_str char *text = box_call(s, open_console);
		cr_expect_str_eq(text, "the same", "userns %d: %s", userns, text);
	}
}

HostTest(rootfs_oci_devices, with_an_owner_outside_of_the_user_namespace_the_hosts_is_bound)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_box(true);
	struct err e = { 0 };

	add_device(s, "/dev/full", 'c', 1, 7)->gid = BOX_SIZE;
	scoped_str char *text = box_sh(s, "stat -c '%u %t:%T' /dev/full");
	cr_expect_str_eq(text, "65534 1:7");
	add_device(s, "/dev/mine", 'c', 1, 5)->uid = BOX_SIZE;
	oci_refused(s, &e);
	cr_expect(strstr(e.text, "/dev/mine: no node can be made here"), "%s", e.text);
}
