/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/runtime/oci_box.h"

static char *in_tree(const char *name)
{
	return str_printf("%s/%s", box_place, name);
}

static void link_in_root(const char *target, const char *path)
{
	scoped_str char *link = oci_path(path);

	cr_assert_eq(symlink(target, link), 0, "%s: %s", link, strerror(errno));
}

/* An image's links end inside it, whatever is mounted or made by way of them. */
HostTest(rootfs_oci_safety, links_of_an_image_do_not_lead_out)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *outside = in_tree("outside");
	scoped_str char *victim = in_tree("outside/victim");
	scoped_str char *source = in_tree("source");
	scoped_str char *file = in_tree("source/file");

	make_dirs(outside);
	make_dirs(source);
	write_text(victim, "untouched\n");
	write_text(file, "ours\n");
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);

		link_in_root("../../../../../../outside", "/var/up");
		link_in_root(outside, "/var/abs");
		link_in_root(victim, "/etc/abs");
		link_in_root("../../../../../outside/victim", "/etc/up");
		box_mount(s, "tmpfs", "tmpfs", "/var/up/a", 0);
		box_mount(s, "tmpfs", "tmpfs", "/var/abs/b", 0);
		box_mount(s, "bind", source, "/var/../../../var/abs/c", 0);
		box_mount(s, "bind", file, "/etc/abs", 0);
		box_mount(s, "bind", file, "/etc/up", 0);
		scoped_str char *text = box_sh(
			s,
			"cat /etc/abs /etc/up; ls /outside; ls /var/abs/; touch /var/abs/b/x && echo ok");
		cr_expect_str_eq(text, "ours\nours\na\nvictim\nb\nc\nvictim\nok", "userns %d: %s",
				 userns, text);

		scoped_str char *kept = read_text(victim);
		cr_expect_str_eq(kept, "untouched");
		scoped_run struct run ls = run_cmd("ls", outside);
		cr_expect_str_eq(ls.out, "victim\n", "made on the host: %s", ls.out);
	}
}

HostTest(rootfs_oci_safety, links_in_a_circle_are_refused)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	for (int i = 0; i < 2; i++) {
		scoped_spec struct spec *s = oci_box(false);
		struct err e = { 0 };

		if (i == 0) {
			link_in_root("/var/b/x", "/var/a");
			link_in_root("a/y", "/var/b");
			link_in_root("c2/../c", "/var/c");
		}
		box_mount(s, "tmpfs", "tmpfs", i == 0 ? "/var/a/z" : "/var/c", 0);
		oci_refused(s, &e);
		cr_expect_eq(e.code, ELOOP, "%s: %s", e.text, strerror(e.code));
	}
}

/* What mounts come and go during a container's life must not show on the host, whose mounts are
 * shared as on most hosts. */
static void print_mounts_below_box(void)
{
	scoped_str char *text = read_text("/proc/self/mountinfo");

	printf("%d", strstr(text, "/box/oci") != NULL);
}

HostTest(rootfs_oci_safety, nothing_that_is_mounted_shows_on_the_host)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *before = NULL, *after = NULL;

	cr_assert_eq(mount("none", "/", NULL, MS_REC | MS_SHARED, NULL), 0);
	before = read_text("/proc/self/mountinfo");
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);
		struct box b = { .spec = s,
				 .script =
					 "mount -t tmpfs x /tmp; mount -t tmpfs x /usr; echo done",
				 .before = print_mounts_below_box };
		scoped_str char *text = box_run(&b);

		cr_assert_not_null(text, "%s: %s", b.e.text, strerror(b.e.code));
		cr_expect_str_eq(text, "1done", "hooks find the mounts by path: %s", text);
	}
	after = read_text("/proc/self/mountinfo");
	cr_expect_str_eq(after, before, "%s", after);
}

HostTest(rootfs_oci_safety, the_hosts_tree_is_gone)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	for (int mode = 0; mode < 4; mode++) {
		scoped_spec struct spec *s = oci_box(mode & 1);
		struct box b = {
			.spec = s,
			.no_pivot = mode & 2,
			.script = "ls /..; grep -c -e /box/ /proc/self/mountinfo; "
				  "grep -v ' /usr' /proc/self/mountinfo | grep ' / / '",
		};
		scoped_str char *text = box_run(&b);

		cr_assert_not_null(text, "%s: %s", b.e.text, strerror(b.e.code));
		cr_expect_str_eq(
			text, "bin\ndev\netc\nlib\nlib64\nproc\nrun\nsbin\nsys\ntmp\nusr\nvar\n1",
			"mode %d: %s", mode, text);
	}
}

/* Without pivot_root the host's proc would let a user namespace mount one without masks. */
HostTest(rootfs_oci_safety, no_proc_without_masks_is_to_be_had_without_pivot)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	for (int no_pivot = 0; no_pivot <= 1; no_pivot++) {
		scoped_spec struct spec *s = oci_box(false);
		struct box b = {
			.spec = s,
			.no_pivot = no_pivot,
			.script =
				"unshare -Urpfm --mount-proc=/tmp echo mounted 2>&1 | grep -c -e mounted "
				"-e ermitted",
		};

		strs_add(&s->masked_paths, "/proc/version");
		scoped_str char *text = box_run(&b);
		cr_assert_not_null(text, "%s: %s", b.e.text, strerror(b.e.code));
		cr_expect_str_eq(text, "1", "no_pivot %d: %s", no_pivot, text);
		scoped_spec struct spec *again = oci_box(false);
		b.spec = again;
		b.script = "unshare -Urpfm --mount-proc=/tmp echo mounted 2>/dev/null";
		strs_add(&again->masked_paths, "/proc/version");
		scoped_str char *mounted = box_run(&b);
		cr_expect_str_eq(mounted, "", "no_pivot %d: %s", no_pivot, mounted);
	}
}

HostTest(rootfs_oci_safety, nothing_is_mounted_inside_proc)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	static const struct {
		const char *type, *source, *target;
		bool seen_before;
	} rows[] = {
		{ "tmpfs", "tmpfs", "/proc/sys", true },
		{ "tmpfs", "tmpfs", "/proc//self/../fs", true },
		{ "bind", "/etc/passwd", "/proc/self/attr/exec", true },
		{ "bind", "/etc/passwd", "/link/version", false },
		{ "tmpfs", "tmpfs", "/./proc", false },
		{ "bind", "/etc", "/proc", false },
		{ "proc", "proc", "/link2", false },
		{ "sysfs", "sysfs", "/link2", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_spec struct spec *s = oci_box(false);
		struct err e = { 0 }, early = { 0 };

		if (i == 0) {
			link_in_root("proc", "/link");
			link_in_root("etc", "/link2");
		}
		box_mount(s, rows[i].type, rows[i].source, rows[i].target, 0);
		oci_refused(s, &e);
		cr_expect(strstr(e.text, "proc") || strstr(e.text, "sysfs is mounted on nothing"),
			  "%s: %s", rows[i].target, e.text);
		cr_expect_eq(rootfs_oci_check(s, &early), rows[i].seen_before ? -1 : 0, "%s: %s",
			     rows[i].target, early.text);
	}
}

HostTest(rootfs_oci_safety, some_files_of_proc_may_be_covered)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *file = in_tree("file");
	scoped_spec struct spec *s = oci_box(false);

	write_text(file, "fake\n");
	box_mount(s, "bind", file, "/proc/uptime", 0);
	box_mount(s, "bind", file, "//proc/./meminfo", 0);
	struct err e = { 0 };
	cr_expect_eq(rootfs_oci_check(s, &e), 0, "%s", e.text);
	scoped_str char *text = box_sh(s, "cat /proc/uptime /proc/meminfo");
	cr_expect_str_eq(text, "fake\nfake");
}

/* A proc of the host may be bound, as callers do for a container in the host's pid namespace. */
HostTest(rootfs_oci_safety, a_proc_may_be_bound_on_proc)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_bare(false);

	box_bind_usr(s);
	box_mount(s, "bind", "/proc", "/proc", 0)->recursive = true;
	scoped_str char *text = box_sh(s, "test -e /proc/self/status && echo ok");
	cr_expect_str_eq(text, "ok");
}
