/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/runtime/box.h"

/* What people read when it does not work, word for word. "@" stands for the test's directory. */

static char *unplaced(const char *text)
{
	char *out = str_dup("");

	for (const char *at = text; *at;) {
		bool here = strncmp(at, box_place, strlen(box_place)) == 0;
		char *more = here ? str_printf("%s@", out) : str_printf("%s%c", out, *at);

		free(out);
		out = more;
		at += here ? strlen(box_place) : 1;
	}
	return out;
}

static char *placed(const char *path)
{
	return *path == '@' ? str_printf("%s%s", box_place, path + 1) : str_dup(path);
}

static void expect_error(const struct err *e, int code, const char *want)
{
	scoped_str char *text = unplaced(e->text);

	cr_expect_str_eq(text, want, "got '%s'", text);
	cr_expect_eq(e->code, code, "%s: got code %d", want, e->code);
}

static void make_samples(void)
{
	static const char *const dirs[] = { "fresh", "theirs", "used/upper", "root" };

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		scoped_str char *path = str_printf("%s/%s", box_place, dirs[i]);
		make_dirs(path);
	}
	scoped_str char *theirs = placed("@/theirs");
	scoped_str char *file = placed("@/file");

	cr_assert_eq(chown(theirs, 123456, 123456), 0);
	write_text(file, "x\n");
}

HostTest(rootfs_errors, check_tells_what_cannot_work)
{
	static const struct {
		enum spec_root_kind kind;
		bool userns;
		const char *path, *upper;
		int code;
		const char *want;
	} rows[] = {
		{ SPEC_ROOT_DIR, true, "@/none", NULL, ENOENT, "rootfs @/none" },
		{ SPEC_ROOT_DIR, true, "@/file", NULL, ENOTDIR, "rootfs @/file" },
		{ SPEC_ROOT_DIR, true, "/", NULL, 0,
		  "rootfs / is the host's root: leave \"rootfs\" out for the host view" },
		{ SPEC_ROOT_OVERLAY, true, "@/none", NULL, ENOENT, "rootfs @/none" },
		{ SPEC_ROOT_OVERLAY, true, "@/root", "@/none", ENOENT, "upper layer @/none" },
		{ SPEC_ROOT_OVERLAY, true, "@/root", "@/file", ENOTDIR, "upper layer @/file" },
		{ SPEC_ROOT_OVERLAY, true, "@/root", "@/theirs", EPERM,
		  "upper layer @/theirs belongs to id 123456, but the container's ids start at 700000: leave "
		  "\"ids\" out, or give another directory" },
		{ SPEC_ROOT_OVERLAY, false, "@/root", "@/theirs", EPERM,
		  "upper layer @/theirs belongs to id 123456, but without a user namespace the container's "
		  "root is id 0: give another directory" },
		{ SPEC_ROOT_OVERLAY, true, "@/root", "@/used", EPERM,
		  "upper layer @/used belongs to id 0 and is not empty, so it is not one of a container with "
		  "a user namespace: give an empty directory" },
	};
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	make_samples();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_str char *path = placed(rows[i].path);
		scoped_str char *upper = rows[i].upper ? placed(rows[i].upper) : NULL;
		scoped_spec struct spec *s = box_spec(rows[i].kind, path, rows[i].userns);
		struct err e = { 0 };

		s->root.upper = str_take(&upper);
		cr_assert_eq(rootfs_check(s, &e), -1, "%s accepted", rows[i].want);
		expect_error(&e, rows[i].code, rows[i].want);
	}
}

HostTest(rootfs_errors, check_tells_of_mounts)
{
	static const struct {
		const char *source, *target;
		int code;
		const char *want;
	} rows[] = {
		{ "@/none", "/x", ENOENT, "mount on /x: source @/none" },
		{ "@/root", "/", 0, "mount on /: that is the root's place" },
		{ "@/root", "//", 0, "mount on /: that is the root's place" },
	};
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	make_samples();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_spec struct spec *s = box_spec(SPEC_ROOT_HOST_VIEW, NULL, true);
		scoped_str char *source = placed(rows[i].source);
		struct err e = { 0 };

		box_mount(s, "bind", source, rows[i].target, 0);
		cr_assert_eq(rootfs_check(s, &e), -1, "%s accepted", rows[i].want);
		expect_error(&e, rows[i].code, rows[i].want);
	}
}

HostTest(rootfs_errors, check_wants_a_mount_namespace)
{
	scoped_spec struct spec *s = box_spec(SPEC_ROOT_HOST_VIEW, NULL, true);
	struct err e = { 0 };

	s->namespaces &= ~(uint64_t)CLONE_NEWNS;
	cr_assert_eq(rootfs_check(s, &e), -1);
	cr_expect_str_eq(e.text, "a container has to have a mount namespace of its own");
}

HostTest(rootfs_errors, a_fresh_upper_layer_is_any_ranges)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	uint32_t base = 1;
	struct err e = { 0 };

	make_samples();
	scoped_str char *root = placed("@/root");
	scoped_spec struct spec *s = box_spec(SPEC_ROOT_OVERLAY, root, true);
	s->root.upper = placed("@/fresh");
	cr_assert_eq(rootfs_upper_owner(s, &base, &e), 0, "%s", e.text);
	cr_expect_eq(base, 0);
	str_drop(&s->root.upper);
	s->root.upper = placed("@/theirs");
	cr_assert_eq(rootfs_upper_owner(s, &base, &e), 0, "%s", e.text);
	cr_expect_eq(base, 123456);
	s->id_size = 0; /* to be chosen: then by that owner */
	cr_expect_eq(rootfs_check(s, &e), 0, "%s", e.text);
}

/* A root that cannot be built, by what changes about a spec that can. */
static void mount_unknown(struct spec *s)
{
	box_mount(s, "nosuchfs", NULL, "/x", 0);
}
static void mount_bad_option(struct spec *s)
{
	strs_add(&box_mount(s, "tmpfs", NULL, "/x", 0)->data, "size=banana");
}
static void mount_dir_on_file(struct spec *s)
{
	box_mount(s, "tmpfs", NULL, "/etc/passwd", 0);
}
static void dir_of_nobody_known(struct spec *s)
{
	box_dir(s, "/x", 0755, "nosuchuser");
}
static void dir_on_readonly(struct spec *s)
{
	s->root.readonly = true;
	box_dir(s, "/ro", 0755, NULL);
}
static void mount_on_readonly(struct spec *s)
{
	s->root.readonly = true;
	box_mount(s, "tmpfs", NULL, "/ro", 0);
}
static void file_on_readonly(struct spec *s)
{
	s->root.readonly = true;
	box_file(s, "/etc/hosts", "x\n");
}
static void file_over_directory(struct spec *s)
{
	box_file(s, "/etc", "x\n");
}
static void source_gone(struct spec *s)
{
	box_mount(s, "bind", "/no/such", "/x", 0);
}

HostTest(rootfs_errors, entering_tells_what_went_wrong)
{
	static const struct {
		void (*spoil)(struct spec *);
		int code;
		const char *want;
	} rows[] = {
		{ mount_unknown, 0,
		  "mount: nosuchfs on /x: the kernel has no file system nosuchfs" },
		{ mount_bad_option, EINVAL,
		  "mount: tmpfs on /x: tmpfs: set option size=banana: the kernel says 'tmpfs: Bad value for 'size''" },
		{ mount_dir_on_file, 0,
		  "mount: tmpfs: /etc/passwd is a file, and what is mounted there is not" },
		{ dir_of_nobody_known, 0,
		  "dirs: directory /x: user 'nosuchuser' is not in the container's /etc/passwd" },
		{ dir_on_readonly, EROFS, "dirs: directory /ro: make directory /ro" },
		{ mount_on_readonly, 0,
		  "mount: tmpfs: /ro is not in the root, which is read-only: make it there" },
		{ file_on_readonly, 0,
		  "files: file /etc/hosts: it is not in the root, which is read-only: make an empty one there" },
		{ file_over_directory, 0,
		  "files: file /etc: /etc is not a regular file in the root" },
		{ source_gone, ENOENT, "mount /x: bind /no/such" },
	};
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *root = box_make_root("root");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_spec struct spec *s = box_spec(SPEC_ROOT_DIR, root, true);
		struct box b = { .spec = s, .script = "true" };

		rows[i].spoil(s);
		scoped_str char *text = box_run(&b);
		cr_assert_null(text, "%s: it worked", rows[i].want);
		expect_error(&b.e, rows[i].code, rows[i].want);
	}
}

/* An overlay cannot be idmapped (6.18), so it stands for virtiofs and the like. */
static void mount_overlay(const char *at)
{
	scoped_str char *upper = placed("@/o-upper");
	scoped_str char *work = placed("@/o-work");
	scoped_str char *lower = placed("@/root");
	scoped_str char *data =
		str_printf("lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work);

	make_dirs(upper);
	make_dirs(work);
	make_dirs(at);
	cr_assert_eq(mount("none", at, "overlay", 0, data), 0, "%s", strerror(errno));
}

HostTest(rootfs_errors, a_file_system_that_cannot_be_idmapped_is_named)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	static const char want[] =
		"rootfs: @/merged lies on overlay, which cannot be idmapped into a user namespace: move it to "
		"ext4, xfs, btrfs or tmpfs, or do without a user namespace (\"userns\": false)";
	scoped_str char *root = box_make_root("root");
	scoped_str char *merged = placed("@/merged");

	mount_overlay(merged);
	for (int kind = SPEC_ROOT_DIR; kind <= SPEC_ROOT_OVERLAY; kind++) {
		scoped_spec struct spec *s = box_spec(kind, merged, true);
		struct box b = { .spec = s, .script = "true" };
		scoped_str char *text = box_run(&b);

		cr_assert_null(text);
		expect_error(&b.e, 0, want);
	}
	cr_assert_eq(umount(merged), 0);
}

/* There the host view and binds are plain: what is root's on the host is nobody's inside. */
HostTest(rootfs_errors, a_bind_that_cannot_be_idmapped_is_plain)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *root = box_make_root("root");
	scoped_str char *merged = placed("@/merged");
	scoped_spec struct spec *s = box_spec(SPEC_ROOT_HOST_VIEW, NULL, true);

	mount_overlay(merged);
	box_default_mounts(s);
	box_mount(s, "bind", merged, "/srv", 0);
	scoped_str char *text = box_sh(s, "stat -c %U /srv/etc/passwd; touch /srv/x 2>&1");
	cr_expect_str_eq(text, "nobody\ntouch: cannot touch '/srv/x': Permission denied");
	cr_assert_eq(umount(merged), 0);
}

HostTest(rootfs_errors, an_overlay_is_no_upper_layer)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *root = box_make_root("root");
	scoped_str char *merged = placed("@/merged");
	scoped_spec struct spec *s = box_spec(SPEC_ROOT_OVERLAY, root, true);
	struct box b = { .spec = s, .script = "true" };

	mount_overlay(merged);
	s->root.upper = str_printf("%s/upper", merged);
	make_dirs(s->root.upper);
	scoped_str char *text = box_run(&b);
	cr_assert_null(text);
	expect_error(
		&b.e, EINVAL,
		"rootfs: lower layer @/root, upper layer @/merged/upper (it takes ext4, xfs, btrfs or tmpfs): "
		"overlay: set option upperdir=kept/upper: the kernel says 'overlay: filesystem on kept/upper "
		"not supported as upperdir'");
	cr_assert_eq(umount(merged), 0);
}

/* Inside a container the host's proc has parts covered: the kernel refuses another one there. */
HostTest(rootfs_errors, a_covered_proc_is_explained)
{
	scoped_spec struct spec *s = box_spec(SPEC_ROOT_HOST_VIEW, NULL, true);
	struct box b = { .spec = s, .script = "true" };

	box_default_mounts(s);
	cr_assert_eq(mount("none", "/proc/fs", "tmpfs", 0, NULL), 0);
	scoped_str char *text = box_run(&b);
	cr_assert_eq(umount("/proc/fs"), 0);
	cr_assert_null(text);
	cr_expect_eq(b.e.code, EPERM);
	/* newer kernels add that the mount were "too revealing" */
	static const char want[] =
		"mount: proc on /proc: parts of the host's own proc are covered by mounts (nfrun in a "
		"container?), so the kernel refuses a new one in a user namespace: mount proc";
	cr_expect_eq(strncmp(b.e.text, want, strlen(want)), 0, "%s", b.e.text);
}
