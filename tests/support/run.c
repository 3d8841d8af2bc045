/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { DEFAULT_TIMEOUT_MS = 30000, LINGER_MS = 2000 };

struct pipe_end {
	int fd;
	char *text;
	size_t n;
};

const char *nfrun_path(void)
{
	const char *path = getenv("NFRUN");

	return path ? path : NFRUN_SOURCE_DIR "/build/dev/cmd/nfrun";
}

void run_drop(struct run *r)
{
	str_drop(&r->out);
	str_drop(&r->err);
}

static int input_fd(const char *text)
{
	if (!text)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);

	int fd = memfd_create("stdin", MFD_CLOEXEC);

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text), "write stdin");
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static _Noreturn void exec_child(const char *const *argv, const struct run_how *how, int in,
				 int out, int err)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that times out takes the program with it */
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); /* Criterion's own are not for it */
	for (const char *const *v = how ? how->env : NULL; v && *v; v++)
		putenv((char *)*v);           /* NOLINT: the copy dies with exec */
	execvp(argv[0], (char *const *)argv); /* NOLINT: exec does not write to it */
	dprintf(2, "exec %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Take what is there; at end of file the descriptor is closed. */
static void drain(struct pipe_end *p)
{
	char buf[4096];
	ssize_t n = read(p->fd, buf, sizeof buf);

	if (n <= 0) {
		fd_drop(&p->fd);
		return;
	}
	p->text = mem_grow(p->text, p->n + (size_t)n + 1, 1);
	memcpy(p->text + p->n, buf, (size_t)n);
	p->n += (size_t)n;
	p->text[p->n] = '\0';
}

/* Until the process has ended and both pipes are at their end, or the time is over. */
static bool collect(int pidfd, struct pipe_end *out, struct pipe_end *err, int timeout_ms,
		    bool *ended)
{
	int64_t end = now_ms() + timeout_ms;

	while (!*ended || out->fd >= 0 || err->fd >= 0) {
		struct pollfd p[] = { { .fd = out->fd, .events = POLLIN },
				      { .fd = err->fd, .events = POLLIN },
				      { .fd = *ended ? -1 : pidfd, .events = POLLIN } };
		int64_t left = end - now_ms();

		if (left <= 0 || poll(p, 3, (int)left) == 0)
			return false;
		if (p[0].revents)
			drain(out);
		if (p[1].revents)
			drain(err);
		if (p[2].revents) {
			*ended = true;
			end = now_ms() + LINGER_MS;
		}
	}
	return true;
}

static int status_of(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

struct run run_program(const char *const *argv, const struct run_how *how)
{
	int timeout = how && how->timeout_ms ? how->timeout_ms : DEFAULT_TIMEOUT_MS;
	scoped_fd int in = input_fd(how ? how->input : NULL);
	struct pipe_end out = { 0 }, err = { 0 };
	int out_pipe[2], err_pipe[2];
	bool ended = false;

	cr_assert(pipe2(out_pipe, O_CLOEXEC) == 0 && pipe2(err_pipe, O_CLOEXEC) == 0, "make pipes");
	pid_t pid = fork();

	cr_assert(pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0)
		exec_child(argv, how, in, out_pipe[1], err_pipe[1]);
	close(out_pipe[1]);
	close(err_pipe[1]);
	out.fd = out_pipe[0];
	err.fd = err_pipe[0];

	scoped_fd int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool whole = collect(pidfd, &out, &err, timeout, &ended);

	if (!ended)
		kill(pid, SIGKILL);
	fd_drop(&out.fd);
	fd_drop(&err.fd);
	int status = status_of(pid);
	struct run r = { ended ? status : -1, out.text ? out.text : str_dup(""),
			 err.text ? err.text : str_dup("") };

	cr_assert(whole || !ended, "%s %s: something it left behind still holds its output: %s%s",
		  argv[0], argv[1] ? argv[1] : "", r.out, r.err);
	return r;
}

void run_must(const char *const *argv)
{
	scoped_run struct run r = run_program(argv, NULL);

	cr_assert_eq(r.status, 0, "%s %s %s: status %d: %s%s", argv[0], argv[1] ? argv[1] : "",
		     argv[1] && argv[2] ? argv[2] : "", r.status, r.out, r.err);
}
