/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_PROCESS_TEST_H
#define NFRUN_TESTS_PROCESS_TEST_H

/* A process launched with what it asks for, and what its program says of it. */

#include "runtime/process.h"
#include "runtime/base/fs.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static struct err e;
static const struct seccomp_program no_filter;

#define ALL_CAPS                                                                                   \
	{                                                                                          \
		.bounding = ~(caps_mask)0, .permitted = ~(caps_mask)0, .effective = ~(caps_mask)0  \
	}

struct seen {
	char text[2000];
	int status;
};

/* What launch says and prints, the last newline off. BEFORE: in the process. */
static inline struct seen launch(const struct process_launch *l, void (*before)(void))
{
	struct seen s = { 0 };
	int out[2], status;
	size_t n = 0;

	cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(out[1], 1);
		dup2(out[1], 2);
		if (before)
			before();
		(void)process_launch(l, &e);
		dprintf(1, "%s%s%s\n", e.text, err_colon(&e), err_cause(&e));
		_exit(process_exit_code(&e));
	}
	close(out[1]);
	for (ssize_t got; (got = read(out[0], s.text + n, sizeof s.text - 1 - n)) > 0;)
		n += (size_t)got;
	if (n > 0 && s.text[n - 1] == '\n')
		s.text[n - 1] = '\0';
	close(out[0]);
	waitpid(pid, &status, 0);
	s.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return s;
}

static char *path_env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

static inline struct seen sh(struct spec_process *p, const struct spec *container, char *script,
			     void (*before)(void))
{
	char *argv[] = { "/bin/sh", "-c", script, NULL };

	p->args = (struct strs){ argv, 3 };
	if (!p->env.n)
		p->env = (struct strs){ path_env, 1 };
	return launch(&(struct process_launch){ .process = p,
						.container = container,
						.filter = &no_filter,
						.program = "/bin/sh",
						.agent = -1 },
		      before);
}

static inline void expect(const struct seen *s, int status, const char *text)
{
	cr_expect_eq(s->status, status, "%d: %s", s->status, s->text);
	cr_expect_str_eq(s->text, text, "%s", s->text);
}

#endif
