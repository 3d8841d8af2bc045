/* SPDX-License-Identifier: Apache-2.0 */
/* Where an OCI process starts, what it becomes, and what it is told when it cannot. */
#include "tests/priv/runtime/process_test.h"

static char *place(void)
{
	static char dir[] = "/tmp/nfrun-process-XXXXXX";

	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chmod(dir, 0755), 0);
	return dir;
}

static void put(const char *dir, const char *name, mode_t mode, const char *text)
{
	scoped_str char *path = str_printf("%s/%s", dir, name);

	write_text(path, "%s", text);
	cr_assert_eq(chmod(path, mode), 0);
}

Test(process_program, program_is_found_as_runc_finds_it)
{
	char *dir = place();
	scoped_str char *path = str_printf("PATH=/nowhere:%s:/usr/bin:/bin", dir);
	scoped_str char *file = str_printf("%s/prog", dir), *plain = str_printf("%s/plain", dir);
	scoped_str char *secret = str_printf("%s/secret", dir), *gone = str_printf("%s/gone", dir);
	scoped_str char *below = str_printf("%s/plain/x", dir);
	const struct {
		const char *name, *user, *found, *text;
		int code;
	} rows[] = {
		{ "prog", "0:0", file, NULL, 0 },
		{ "prog", "7:7", file, NULL, 0 },
		{ "./prog", "0:0", "./prog", NULL, 0 },
		{ file, "0:0", file, NULL, 0 },
		{ secret, "0:0", secret, NULL, 0 },
		{ "nope", "0:0", NULL, "exec: \"nope\": executable file not found in $PATH", 127 },
		{ "plain", "0:0", NULL, "exec: \"plain\": executable file not found in $PATH",
		  127 },
		{ "sub", "0:0", NULL, "exec: \"sub\": executable file not found in $PATH", 127 },
		{ "", "0:0", NULL, "exec: \"\": executable file not found in $PATH", 127 },
		{ gone, "0:0", NULL, "exec: \"%s\": stat %s: no such file or directory", 127 },
		{ below, "0:0", NULL, "exec: \"%s\": stat %s: not a directory", 127 },
		{ plain, "0:0", NULL, "exec: \"%s\": permission denied", 126 },
		{ secret, "7:7", NULL, "exec: \"%s\": permission denied", 126 },
		{ dir, "0:0", NULL, "exec: \"%s\": is a directory: permission denied", 126 },
	};

	put(dir, "prog", 0755, "");
	put(dir, "plain", 0644, "");
	put(dir, "secret", 0700, "");
	scoped_str char *sub = str_printf("%s/sub", dir);
	make_dirs(sub);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *argv[] = { (char *)rows[i].name, NULL }, *env[] = { "PATH=/x", path, NULL };
		const struct spec_process p = { .args = { argv, 1 },
						.env = { env, 2 },
						.cwd = dir,
						.user = (char *)rows[i].user };
		scoped_str char *found = NULL;

		e = (struct err){ 0 };
		if (process_find_program(&p, &found, &e) == 0) {
			cr_expect_str_eq(found, rows[i].found ? rows[i].found : "no", "row %zu", i);
			continue;
		}
		scoped_str char *text = str_dup("");
		for (const char *c = rows[i].text ? rows[i].text : ""; *c; c++) {
			scoped_str char *so_far = text;
			bool name = c[0] == '%';

			text = str_printf("%s%.*s", so_far, name ? 1000 : 1,
					  name ? rows[i].name : c);
			c += name;
		}
		cr_expect_str_eq(e.text, text, "row %zu: %s", i, e.text);
		cr_expect_eq(process_exit_code(&e), rows[i].code, "row %zu", i);
		cr_expect(e.whole, "row %zu", i);
	}
	cr_expect_eq(geteuid(), 0);
	caps_mask held;
	(void)caps_effective(&held, &e);
	cr_expect(held >> CAP_DAC_OVERRIDE & 1, "rights came back");
	fs_remove_tree_at(AT_FDCWD, dir, &e);
}

Test(process_program, without_a_path_nothing_is_found)
{
	char *argv[] = { "sh", NULL };
	const struct spec_process p = { .args = { argv, 1 } };
	scoped_str char *found = NULL;

	cr_expect_eq(process_find_program(&p, &found, &e), -1);
	cr_expect_str_eq(e.text, "exec: \"sh\": executable file not found in $PATH");
}

Test(process_program, working_directory)
{
	char *dir = place();
	scoped_str char *deep = str_printf("%s/a/b", dir), *file = str_printf("%s/f", dir);
	scoped_str char *own = str_printf("%s/own", dir), *missing = str_printf("%s/m", dir);
	const struct spec oci = { .oci = true };
	struct spec_process p = { .cwd = deep, .user = "7:7" };
	struct stat st;

	umask(0077);
	cr_assert_eq(process_make_cwd(&p, &e), 0, "%s", e.text);
	cr_assert_eq(stat(deep, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0755);
	struct seen s = sh(&p, &oci, "pwd", NULL);
	expect(&s, 0, deep);

	/* root may go where the user may not */
	cr_assert_eq(mkdir(own, 0700), 0);
	p.cwd = own;
	struct seen closed = sh(&p, &oci, "/bin/pwd", NULL);
	expect(&closed, 0, own);

	put(dir, "f", 0644, "");
	p.cwd = file;
	cr_expect_eq(process_make_cwd(&p, &e), 0, "it is there, as what it is");
	scoped_str char *text = str_printf(
		"chdir to cwd (\"%s\") set in config.json failed: not a directory", file);
	struct seen no = sh(&p, &oci, "pwd", NULL);
	expect(&no, 127, text);
	p.cwd = missing;
	scoped_str char *gone =
		str_printf("chdir to cwd (\"%s\") set in config.json failed: no such "
			   "file or directory",
			   missing);
	struct seen none = sh(&p, &oci, "pwd", NULL);
	expect(&none, 127, gone);
	scoped_str char *vnf = str_printf("go to directory %s: No such file or directory", missing);
	struct seen plain = sh(&p, NULL, "pwd", NULL);
	expect(&plain, 1, vnf);
	fs_remove_tree_at(AT_FDCWD, dir, &e);
}

/* Without its rights root may not go there, but the user may: a directory of FUSE or NFS. */
static void without_override(void)
{
	caps_mask held;

	(void)caps_effective(&held, &e);
	held &= ~((caps_mask)1 << CAP_DAC_OVERRIDE | (caps_mask)1 << CAP_DAC_READ_SEARCH);
	(void)caps_set(&(struct caps_sets){ .permitted = held, .effective = held }, &e);
}

Test(process_program, the_user_s_own_directory)
{
	char *dir = place();
	scoped_str char *own = str_printf("%s/own", dir);
	struct spec_process p = { .cwd = own, .user = "7:7" };

	cr_assert_eq(mkdir(own, 0700), 0);
	cr_assert_eq(chown(own, 7, 7), 0);
	struct seen s = sh(&p, &(struct spec){ .oci = true }, "/bin/pwd", without_override);
	expect(&s, 0, own);
	fs_remove_tree_at(AT_FDCWD, dir, &e);
}

/* A descriptor of a directory that the root does not show: CVE-2024-21626. */
static void elsewhere(void)
{
	int outside = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);

	cr_assert_eq(dup3(outside, 100, O_CLOEXEC), 100);
	cr_assert_eq(chroot("/usr"), 0);
	cr_assert_eq(chdir("/"), 0);
	cr_assert_eq(fchdir(100), 0);
}

Test(process_program, a_directory_outside_the_root_is_refused)
{
	struct spec_process p = { .cwd = "." };
	struct seen s = sh(&p, &(struct spec){ .oci = true }, "pwd", elsewhere);

	expect(&s, 1, "the working directory lies outside the container's root");
}

/* --- what the kernel does with the program --- */

Test(process_program, exec_errors)
{
	char *dir = place();
	scoped_str char *script = str_printf("%s/script", dir), *junk = str_printf("%s/junk", dir);
	const struct {
		char *path, *why;
		int status;
	} rows[] = {
		{ script, "no such file or directory", 127 },
		{ junk, "exec format error", 126 },
	};

	put(dir, "script", 0755, "#!/no/such/interpreter\n");
	put(dir, "junk", 0755, "\x7f\x01\x02");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *argv[] = { rows[i].path, NULL };
		const struct spec_process p = { .args = { argv, 1 } };
		scoped_str char *text = str_printf("exec %s: %s", rows[i].path, rows[i].why);
		struct seen s = launch(&(struct process_launch){ .process = &p,
								 .filter = &no_filter,
								 .program = rows[i].path,
								 .agent = -1 },
				       NULL);

		expect(&s, rows[i].status, text);
	}
	fs_remove_tree_at(AT_FDCWD, dir, &e);
}

/* With and without no_new_privs, as another user, with a limit of threads that is reached. */
Test(process_program, a_filter_that_notifies)
{
	static char *names[] = { "getppid", "write", "sendmsg", "setresuid" };
	struct profile_rule rules[] = { { .names = { names, 3 }, .action = PROFILE_NOTIFY } };
	const struct seccomp_profile profile = { .default_action = PROFILE_ALLOW,
						 .rules = rules,
						 .n_rules = 1 };
	struct spec_rlimit limits[] = { { RLIMIT_NPROC, 1, 1 } };
	char *argv[] = { "/bin/true", NULL };
	struct seccomp_program filter = { 0 };

	cr_assert_eq(seccomp_prepare_profile(&profile, "/dev/null/no-cache", &filter, &e), 0, "%s",
		     e.text);
	for (int nnp = 0; nnp < 2; nnp++) {
		const struct spec_process p = { .args = { argv, 1 },
						.user = "7:7",
						.no_new_privs = nnp,
						.rlimits = limits,
						.n_rlimits = 1 };
		char text[100] = "";
		int pair[2];

		cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
		struct seen s = launch(&(struct process_launch){ .process = &p,
								 .filter = &filter,
								 .program = "/bin/true",
								 .agent = pair[1],
								 .agent_state = "hello" },
				       NULL);
		close(pair[1]);
		expect(&s, 0, "");
		cr_expect_eq(read(pair[0], text, sizeof text), 5);
		cr_expect_str_eq(text, "hello");
		close(pair[0]);
	}
	seccomp_drop(&filter);
}
