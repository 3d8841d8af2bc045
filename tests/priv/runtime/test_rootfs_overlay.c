/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/runtime/box.h"

static struct spec *overlay_spec(const char *lower, const char *upper, bool userns)
{
	struct spec *s = box_spec(SPEC_ROOT_OVERLAY, lower, userns);

	s->root.upper = str_dup(upper);
	box_default_mounts(s);
	box_bind_usr(s);
	box_file(s, "/etc/hosts", "ours\n");
	return s;
}

static char *make_upper(const char *name)
{
	char *upper = str_printf("%s/%s", box_place, name);

	make_dirs(upper);
	return upper;
}

/* One line a file: mode, owner, size, name. */
static char *picture(const char *dir)
{
	scoped_run struct run r = run_cmd("find", dir, "-printf", "%m %U %s %T@ %P\n");

	return str_take(&r.out);
}

HostTest(rootfs_overlay, is_written_above_the_lower_directory)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *lower = box_make_root("lower");
	scoped_str char *before = picture(lower);

	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = overlay_spec(lower, NULL, userns);
		scoped_str char *text = box_sh(
			s,
			"echo x >>/etc/passwd && rm /etc/group && mkdir /new && chown 7 /tmp && rmdir /var && "
			"mv /etc /etc2 && stat -c '%u %a' / /new && cat /etc2/hosts && ls /etc2");
		scoped_str char *after = picture(lower);

		cr_expect_str_eq(text, "0 755\n0 755\nours\nhosts\npasswd", "userns %d: %s", userns,
				 text);
		cr_expect_str_eq(before, after, "userns %d", userns);
	}
}

HostTest(rootfs_overlay, shows_nothing_of_the_hosts_paths)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *lower = box_make_root("lower");
	scoped_str char *upper = make_upper("upper");
	scoped_spec struct spec *s = overlay_spec(lower, upper, true);
	scoped_str char *text = box_sh(s, "cat /proc/self/mountinfo");

	cr_expect_null(strstr(text, box_place), "%s", text);
	cr_expect_null(strstr(text, "tmpfs - "), "%s", text);
}

HostTest(rootfs_overlay, may_be_read_only)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *lower = box_make_root("lower");
	scoped_spec struct spec *s = overlay_spec(lower, NULL, true);

	s->root.readonly = true;
	scoped_str char *text = box_sh(s, "touch /x 2>&1; cat /etc/hosts; ls -d /proc/self");
	cr_expect_str_eq(text, "touch: cannot touch '/x': Read-only file system\nours\n/proc/self");
}

static void wait_for_the_other(void)
{
	scoped_fd int fd = open("/etc/passwd", O_WRONLY | O_APPEND | O_CLOEXEC);

	cr_assert_geq(fd, 0);
	dprintf(fd, "mine\n");
	sleep_ms(300); /* both are there at the same time */
	scoped_str char *text = read_text("/etc/passwd");
	printf("%s", strstr(text, "mine\nmine") ? "shared" : "alone");
}

HostTest(rootfs_overlay, one_lower_directory_serves_many_at_once)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *lower = box_make_root("lower");
	pid_t pids[4];

	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		pids[i] = fork();
		if (pids[i] > 0)
			continue;
		scoped_spec struct spec *s = overlay_spec(lower, NULL, true);
		s->id_base += (uint32_t)i * BOX_SIZE;
		scoped_str char *text = box_call(s, wait_for_the_other);
		_exit(strcmp(text, "alone") == 0 ? 0 : 1);
	}
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		int status = 1;

		waitpid(pids[i], &status, 0);
		cr_expect_eq(status, 0, "container %zu", i);
	}
}

HostTest(rootfs_overlay, an_upper_directory_keeps_changes_and_the_id_range)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *lower = box_make_root("lower");
	scoped_str char *upper = make_upper("upper");
	struct stat st;
	struct err e = { 0 };
	uint32_t base = 1;

	for (int run = 0; run < 2; run++) {
		scoped_spec struct spec *s = overlay_spec(lower, upper, true);

		cr_assert_eq(rootfs_upper_owner(s, &base, &e), 0, "%s", e.text);
		cr_expect_eq(base, run == 0 ? 0 : BOX_BASE, "run %d: base %u", run, base);
		cr_assert_eq(rootfs_check(s, &e), 0, "%s", e.text);
		scoped_str char *text =
			box_sh(s, "touch /kept; echo again >>/kept; cat /kept; rm -f /etc/group; "
				  "ls /etc; stat -c '%u %a' /");
		cr_expect_str_eq(text, run == 0 ? "again\nhosts\npasswd\n0 755"
						: "again\nagain\nhosts\npasswd\n0 755");
	}
	cr_assert_eq(stat(upper, &st), 0);
	cr_expect(st.st_uid == BOX_BASE && st.st_gid == BOX_BASE && (st.st_mode & 07777) == 0700);
	scoped_str char *hosts = str_printf("%s/upper/etc/hosts", upper);
	scoped_str char *text = read_text(hosts);
	cr_expect_str_eq(text, "", "the container's own files are not kept");
}

HostTest(rootfs_overlay, an_upper_directory_works_without_a_user_namespace)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *lower = box_make_root("lower");
	scoped_str char *upper = make_upper("upper");
	uint32_t base = 1;
	struct err e = { 0 };

	for (int run = 0; run < 2; run++) {
		scoped_spec struct spec *s = overlay_spec(lower, upper, false);

		cr_assert_eq(rootfs_upper_owner(s, &base, &e), 0, "%s", e.text);
		cr_expect_eq(base, 0);
		scoped_str char *text = box_sh(s, "touch /kept; echo again >>/kept; wc -l </kept");
		cr_expect_eq(atoi(text), run + 1, "%s", text);
	}
}
