/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/runtime/box.h"

#include <sys/sysmacros.h>

static struct spec *dir_spec(const char *root, bool userns)
{
	struct spec *s = box_spec(SPEC_ROOT_DIR, root, userns);

	box_default_mounts(s);
	box_bind_usr(s);
	return s;
}

static char *below(const char *root, const char *path)
{
	return str_printf("%s/%s", root, path);
}

static uid_t owner_of(const char *path)
{
	struct stat st;

	cr_assert_eq(lstat(path, &st), 0, "%s: %s", path, strerror(errno));
	return st.st_uid;
}

HostTest(rootfs_dir, is_the_root_and_root_owns_it)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *root = box_make_root("root");
	scoped_str char *made = below(root, "made");

	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = dir_spec(root, userns);
		scoped_str char *text = box_sh(
			s,
			"id -u; stat -c %u / /etc/passwd; "
			"echo hello >/made && chown router:router /made && "
			"! grep -v -e ' - [a-z]* none' -e ' / / ' -e ' /usr[/ ]' -e ' cgroup2 none ' "
			"-e '/root / ' /proc/self/mountinfo; pwd");

		cr_expect_str_eq(text, "0\n0\n0\n/", "userns %d: %s", userns, text);
		cr_expect_eq(owner_of(made), 500,
			     "what uid 500 owns inside is uid 500's in the directory");
		unlink(made);
	}
}

HostTest(rootfs_dir, may_be_read_only)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *root = box_make_root("root");
	scoped_str char *proc = below(root, "proc");
	scoped_str char *sys = below(root, "sys");
	scoped_str char *dev = below(root, "dev");

	make_dirs(proc);
	make_dirs(sys);
	make_dirs(dev);
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = dir_spec(root, userns);

		s->root.readonly = true;
		scoped_str char *text = box_sh(s, "touch /x 2>&1; touch /dev/shm/x && echo ok");
		cr_expect_str_eq(text, "touch: cannot touch '/x': Read-only file system\nok");
	}
}

HostTest(rootfs_dir, own_files_cover_its_without_changing_them)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *root = box_make_root("root");
	scoped_str char *hosts = below(root, "etc/hosts");
	scoped_str char *link = below(root, "etc/resolv.conf");
	scoped_spec struct spec *s = dir_spec(root, true);

	write_text(hosts, "the image's\n");
	cr_assert_eq(symlink("../run/systemd/resolve/stub-resolv.conf", link), 0);
	box_file(s, "/etc/hosts", "127.0.0.1 localhost\n");
	box_file(s, "/etc/hostname", "box\n");
	box_file(s, "/etc/resolv.conf", "nameserver 10.0.0.1\n");
	scoped_str char *text = box_sh(
		s, "cat /etc/hosts /etc/hostname /etc/resolv.conf; stat -c %u:%a /etc/hosts; "
		   "readlink /etc/resolv.conf");
	cr_expect_str_eq(text, "127.0.0.1 localhost\nbox\nnameserver 10.0.0.1\n0:644\n"
			       "../run/systemd/resolve/stub-resolv.conf");

	scoped_str char *kept = read_text(hosts);
	cr_expect_str_eq(kept, "the image's");
}

HostTest(rootfs_dir, makes_directories_with_owner_and_mode)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	static const struct {
		const char *path;
		mode_t mode;
		const char *owner, *want;
	} rows[] = {
		{ "/run/a", 0750, "router:wheel", "500:502 750" },
		{ "/run/b/c", 0700, "router", "500:501 700" },
		{ "/var/d", 02775, "0:502", "0:502 2775" },
		{ "/var/e", 01777, NULL, "0:0 1777" },
		{ "/tmp", 01777, NULL, "0:0 1777" },
	};
	scoped_str char *root = box_make_root("root");
	scoped_spec struct spec *s = dir_spec(root, true);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		box_dir(s, rows[i].path, rows[i].mode, rows[i].owner);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_str char *script = str_printf("stat -c '%%u:%%g %%a' %s", rows[i].path);
		scoped_str char *text = box_sh(s, script);

		cr_expect_str_eq(text, rows[i].want, "%s: %s", rows[i].path, text);
	}
}

/* What a root may contain against us: links that lead out of it. Whatever we make or mount by
 * such a path has to end up inside. */
HostTest(rootfs_dir, links_in_it_do_not_lead_out)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *root = box_make_root("root");
	scoped_str char *outside = str_printf("%s/outside", box_place);
	scoped_str char *victim = below(outside, "victim");
	scoped_spec struct spec *s = dir_spec(root, true);

	scoped_str char *inside = below(root, "outside");
	scoped_str char *inside_abs = below(root, outside);

	make_dirs(outside);
	make_dirs(inside);
	make_dirs(inside_abs);
	write_text(victim, "untouched\n");

	static const char *const names[] = { "var/up", "var/abs", "etc/hosts", "etc/hostname" };
	const char *const targets[] = { "../../outside", outside, "../../outside/victim", victim };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		scoped_str char *link = below(root, names[i]);
		cr_assert_eq(symlink(targets[i], link), 0);
	}
	box_mount(s, "tmpfs", NULL, "/var/up/a", 0);
	box_mount(s, "tmpfs", NULL, "/var/abs/b", 0);
	box_dir(s, "/var/up/c", 0755, NULL);
	box_dir(s, "/var/abs/d", 0755, NULL);
	box_file(s, "/etc/hosts", "ours\n");
	box_file(s, "/etc/hostname", "ours\n");
	scoped_str char *text = box_sh(s, "cat /etc/hosts /etc/hostname; ls /var/up/ /var/abs/");
	cr_expect_str_eq(text, "ours\nours\n/var/abs/:\nb\nd\nvictim\n\n/var/up/:\na\nc\nvictim");

	scoped_str char *kept = read_text(victim);
	cr_expect_str_eq(kept, "untouched");
	scoped_run struct run ls = run_cmd("ls", outside);
	cr_expect_str_eq(ls.out, "victim\n", "made on the host: %s", ls.out);
}

HostTest(rootfs_dir, magic_links_are_not_followed)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *root = box_make_root("root");
	scoped_str char *link = below(root, "etc/hosts");
	scoped_spec struct spec *s = dir_spec(root, true);
	struct box b = { .spec = s, .script = "true" };

	cr_assert_eq(symlink("/proc/self/exe", link), 0);
	box_file(s, "/etc/hosts", "ours\n");
	scoped_str char *text = box_run(&b);
	cr_expect_null(text);
	cr_expect_eq(b.e.code, ELOOP, "%s", b.e.text);
}

/* The device nodes of an image would be the host's. */
HostTest(rootfs_dir, its_device_nodes_do_not_work)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *root = box_make_root("root");
	scoped_str char *node = below(root, "etc/zero");

	cr_assert_eq(mknod(node, S_IFCHR | 0666, makedev(1, 5)), 0);
	chmod(node, 0666);
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = dir_spec(root, userns);
		scoped_str char *text = box_sh(s, "head -c 1 /etc/zero 2>&1");

		cr_expect(strstr(text, "Permission denied"), "userns %d: %s", userns, text);
	}
}

/* Mounts of the container do not show on the host, even where the host's are shared. */
HostTest(rootfs_dir, mounts_stay_inside)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *root = box_make_root("root");

	cr_assert_eq(mount("none", "/", NULL, MS_REC | MS_SHARED, NULL), 0);
	scoped_str char *before = read_text("/proc/self/mountinfo");
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = dir_spec(root, userns);
		scoped_str char *text =
			box_sh(s, "mount -t tmpfs none /run && cat /proc/self/mountinfo");
		scoped_str char *after = read_text("/proc/self/mountinfo");

		cr_expect_null(strstr(text, "shared:"), "%s", text);
		cr_expect_null(strstr(text, "master:"), "%s", text);
		cr_expect_str_eq(before, after);
	}
	cr_assert_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
}
