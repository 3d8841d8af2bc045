/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities, no_new_privs and filter together, as process_become sets them: what a program finds
 * after exec, as the kernel tells it. */
#include "runtime/process.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/wait.h>

#define BIT(cap) ((caps_mask)1 << (cap))
#define CHOWN    BIT(CAP_CHOWN)
#define RAW      BIT(CAP_NET_RAW)

/* Run ARGV in a process of these properties; its output and exit status. */
static int become(const struct spec_process *p, const char *policy, caps_mask caps, char *seen,
		  size_t size)
{
	struct seccomp_program filter = { 0 };
	struct err e = { 0 };
	int out[2], status;
	size_t n = 0;

	cr_assert_eq(seccomp_prepare(policy, caps, "/dev/null/no-cache", &filter, &e), 0, "%s",
		     e.text);
	cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(out[1], 1);
		dup2(out[1], 2);
		(void)process_become(p, &filter, &e);
		dprintf(1, "error: %s%s%s\n", e.text, err_colon(&e), err_cause(&e));
		_exit(process_exit_code(&e));
	}
	close(out[1]);
	for (ssize_t got; (got = read(out[0], seen + n, size - 1 - n)) > 0;)
		n += (size_t)got;
	seen[n] = '\0';
	close(out[0]);
	waitpid(pid, &status, 0);
	seccomp_drop(&filter);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Test(caps_seccomp, every_combination_arrives_after_exec)
{
	static const struct {
		char *user;
		bool no_new_privs;
		const char *policy;
		struct caps_sets caps;
		const char *status; /* Inh Prm Eff Bnd Amb NoNewPrivs Seccomp */
	} rows[] = {
		{ "0:0", true, "default", { 0 }, "0 0 0 0 0 1 2" },
		{ "0:0", false, "default", { 0 }, "0 0 0 0 0 0 2" },
		{ "0:0", true, "unconfined", { 0 }, "0 0 0 0 0 1 0" },
		{ "0:0",
		  true,
		  "default",
		  { .bounding = CHOWN | RAW, .permitted = CHOWN | RAW, .effective = CHOWN | RAW },
		  "0 2001 2001 2001 0 1 2" },
		{ "0:0",
		  false,
		  "default",
		  { .bounding = RAW, .permitted = RAW, .effective = RAW },
		  "0 2000 2000 2000 0 0 2" },
		/* Another user keeps over exec what is ambient, and no more. */
		{ "77:78",
		  true,
		  "default",
		  { .bounding = CHOWN | RAW, .permitted = CHOWN | RAW, .effective = CHOWN | RAW },
		  "0 0 0 2001 0 1 2" },
		{ "77:78",
		  true,
		  "default",
		  { .bounding = CHOWN | RAW,
		    .permitted = RAW,
		    .effective = RAW,
		    .inheritable = RAW,
		    .ambient = RAW },
		  "2000 2000 2000 2001 2000 1 2" },
		{ "77:78",
		  false,
		  "default",
		  { .bounding = RAW,
		    .permitted = RAW,
		    .effective = RAW,
		    .inheritable = RAW,
		    .ambient = RAW },
		  "2000 2000 2000 2000 2000 0 2" },
	};
	char *argv[] = {
		"/bin/sh", "-c",
		"awk '/^(Cap|NoNewPrivs|Seccomp:)/ { sub(/^0+/, \"\", $2); printf \"%s%s\", s, "
		"$2 == \"\" ? 0 : $2; s = \" \" }' /proc/self/status",
		NULL
	};
	char *env[] = { "PATH=/usr/bin:/bin", NULL };

	need_root();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct spec_process p = { .args = { argv, 3 },
						.env = { env, 1 },
						.user = rows[i].user,
						.no_new_privs = rows[i].no_new_privs,
						.umask = 022,
						.caps = rows[i].caps };
		char seen[200];

		cr_expect_eq(become(&p, rows[i].policy, rows[i].caps.bounding, seen, sizeof seen),
			     0);
		cr_expect_str_eq(seen, rows[i].status, "row %zu: %s", i, seen);
	}
}

/* The capability for it is there, the filter's leave is not, and the other way round. */
Test(caps_seccomp, neither_stands_in_for_the_other)
{
	static const struct {
		caps_mask held, told;
		const char *script;
		int status;
	} rows[] = {
		{ BIT(CAP_SYS_CHROOT), 0, "chroot / true", 125 },
		{ 0, BIT(CAP_SYS_CHROOT), "chroot / true", 125 },
		{ BIT(CAP_SYS_CHROOT), BIT(CAP_SYS_CHROOT), "chroot / true", 0 },
		{ BIT(CAP_SYS_ADMIN), 0, "unshare -m true", 1 },
		{ BIT(CAP_SYS_ADMIN), BIT(CAP_SYS_ADMIN), "unshare -u true", 0 },
	};
	char *env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

	need_root();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *argv[] = { "/bin/sh", "-c", (char *)rows[i].script, NULL };
		const caps_mask held = rows[i].held;
		const struct spec_process p = {
			.args = { argv, 3 },
			.env = { env, 1 },
			.no_new_privs = true,
			.caps = { .bounding = held, .permitted = held, .effective = held }
		};
		char seen[400];

		cr_expect_eq(become(&p, "default", rows[i].told, seen, sizeof seen), rows[i].status,
			     "row %zu: %s", i, seen);
	}
}
