/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors and environment of a process to be. */
#include "runtime/process_parts.h"
#include "tests/support/support.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

static struct err e;

static int in_child(int (*run)(void))
{
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(run());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void open_only(int from, int to)
{
	(void)process_close_all_but(NULL, 0, &e);
	for (int fd = from; fd <= to; fd++)
		dup2(0, fd);
}

static int keeps_a_range_and_some(void)
{
	const int keep[] = { 9, -1, 7, 4 };

	open_only(3, 12);
	if (process_close_from(6, keep, 4, &e) < 0)
		return 1;
	for (int fd = 3; fd <= 12; fd++)
		if (is_open(fd) != (fd < 6 || fd == 7 || fd == 9))
			return fd;
	return 0;
}

Test(process_fds, close_from_keeps_what_is_below)
{
	cr_expect_eq(in_child(keeps_a_range_and_some), 0);
}

static int preserved(void)
{
	unsigned first = 0;

	open_only(3, 5);
	unsetenv("LISTEN_FDS");
	if (process_keep_fds(3, NULL, &first, &e) < 0 || first != 6)
		return 1;
	if (process_keep_fds(4, NULL, &first, &e) == 0)
		return 2;
	return strcmp(e.text, "descriptor 6 is to be handed to the container, but the caller has "
			      "not opened it") != 0;
}

static void activate(int pid, const char *fds)
{
	scoped_str char *text = str_printf("%d", pid);

	setenv("LISTEN_PID", text, 1);
	setenv("LISTEN_FDS", fds, 1);
}

static int activated(void)
{
	struct strs env = { 0 };
	unsigned first = 0;

	open_only(3, 6);
	activate(getpid(), "2");
	if (process_keep_fds(1, &env, &first, &e) < 0 || first != 6 || env.n != 2)
		return 1;
	if (strcmp(env.v[0], "LISTEN_FDS=2") != 0 || strcmp(env.v[1], "LISTEN_PID=1") != 0)
		return 2;
	strs_free(&env);
	/* exec has no use for them */
	if (process_keep_fds(1, NULL, &first, &e) < 0 || first != 4)
		return 3;
	activate(getpid() + 1, "2"); /* another's */
	if (process_keep_fds(0, &env, &first, &e) < 0 || first != 3 || env.n != 0)
		return 4;
	activate(getpid(), "x");
	return process_keep_fds(0, &env, &first, &e) < 0 || first != 3 ? 5 : 0;
}

Test(process_fds, preserved_ones_have_to_be_there)
{
	cr_expect_eq(in_child(preserved), 0);
}

Test(process_fds, socket_activation)
{
	cr_expect_eq(in_child(activated), 0);
}

Test(process_env, the_last_counts_and_home_is_there)
{
	static const struct {
		char *env[6];
		const char *all;
	} rows[] = {
		{ { "A=1", "B=2" }, "A=1 B=2 HOME=/h" },
		{ { "A=1", "AB=2", "A=3", "AB=", "C" }, "A=3 AB= C HOME=/h" },
		{ { "HOME=/x", "A=1" }, "HOME=/x A=1" },
		{ { "HOME=", "A=1" }, "A=1 HOME=/h" },
		{ { "HOME=/x", "HOME=/y" }, "HOME=/y" },
		{ { NULL }, "HOME=/h" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct spec_process p = { .env = { (char **)rows[i].env, 0 } };
		scoped_strs struct strs env = { 0 };
		scoped_str char *all = str_dup("");

		while (rows[i].env[p.env.n])
			p.env.n++;
		process_env(&p, "/h", &env);
		for (size_t n = 0; n < env.n; n++) {
			scoped_str char *so_far = all;

			all = str_printf("%s%s%s", so_far, n ? " " : "", env.v[n]);
		}
		cr_expect_str_eq(all, rows[i].all, "row %zu: %s", i, all);
	}
}
