/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/hooks.h"
#include "runtime/base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* Linux 6.3 */
#endif

static const char *const kind_names[HOOK_KINDS] = {
	[HOOK_PRESTART] = "prestart",
	[HOOK_CREATE_RUNTIME] = "createRuntime",
	[HOOK_CREATE_CONTAINER] = "createContainer",
	[HOOK_START_CONTAINER] = "startContainer",
	[HOOK_POSTSTART] = "poststart",
	[HOOK_POSTSTOP] = "poststop",
};

const char *hook_kind_name(enum spec_hook_kind kind)
{
	return kind_names[kind];
}

/* What a hook said last, on stdout or stderr. */
enum { WORDS_MAX = 400, OUTPUTS = 2, ROUNDS_MAX = 64 };
struct words {
	int fd; /* our end of the pipe; -1: the hook's side is closed */
	size_t n;
	char text[WORDS_MAX + 1];
};

struct running {
	const struct spec_hook *hook;
	int input;         /* what becomes its stdin */
	int ends[OUTPUTS]; /* what becomes its stdout and stderr */
	int report;        /* CLOEXEC: an errno when exec failed, else EOF */
	struct words out[OUTPUTS];
	pid_t pid;
	int pidfd;
	bool late; /* it ran past its timeout */
};

static void running_drop(struct running *r)
{
	fd_drop(&r->input);
	fd_drop(&r->report);
	fd_drop(&r->pidfd);
	for (int i = 0; i < OUTPUTS; i++) {
		fd_drop(&r->ends[i]);
		fd_drop(&r->out[i].fd);
	}
}

/* A file rather than a pipe: nobody has to write while the hook reads, or does not. */
static int open_input(const char *state, struct err *e)
{
	scoped_fd int fd = memfd_create("hook-state", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	size_t len = strlen(state);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("hook-state", MFD_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "make file for the state");
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, state + done, len - done, (off_t)done);

		if (n <= 0)
			return err_set(e, n < 0 ? errno : EIO, "write the state");
		done += (size_t)n;
	}
	return fd_take(&fd);
}

static int open_outputs(struct running *r, struct err *e)
{
	for (int i = 0; i < OUTPUTS; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) < 0)
			return err_set(e, errno, "make pipe");
		r->out[i].fd = ends[0];
		r->ends[i] = ends[1];
		if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
			return err_set(e, errno, "make pipe non-blocking");
	}
	return 0;
}

/* Away from 0 to 2, where it would be overwritten, or keep its close-on-exec flag. */
static int move_up(int fd)
{
	int up = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	return up < 0 ? fd : up;
}

static void default_signals(void)
{
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		(void)signal(s, SIG_DFL); /* but for those that cannot be changed */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Returns only when that fails, with errno. */
static void become(const struct running *r, const char *cwd)
{
	const struct spec_hook *h = r->hook;
	char *only_path[] = { h->path, NULL }, *no_env[] = { NULL };
	const int std[] = { move_up(r->input), move_up(r->ends[0]), move_up(r->ends[1]) };

	default_signals();
	(void)setpgid(0, 0); /* a group, so that a time-out ends all of it */
	for (int i = 0; i <= STDERR_FILENO; i++)
		if (dup2(std[i], i) < 0)
			return;
	/* Not closed, for the report has to stay until exec. */
	if (close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC) < 0)
		return;
	if (cwd && chdir(cwd) < 0)
		return;
	execve(h->path, h->args.n > 0 ? h->args.v : only_path, h->env.n > 0 ? h->env.v : no_env);
}

static noreturn void hook_main(const struct running *r, int report, const char *cwd)
{
	report = move_up(report);
	become(r, cwd);

	int code = errno;
	(void)!write(report, &code, sizeof code); /* nobody else to tell */
	_exit(127);
}

static int start(struct running *r, const char *cwd, struct err *e)
{
	int report[2];

	if (pipe2(report, O_CLOEXEC) < 0)
		return err_set(e, errno, "make pipe");
	r->report = report[0];
	scoped_fd int theirs = report[1];

	r->pid = fork();
	if (r->pid < 0)
		return err_set(e, errno, "fork");
	if (r->pid == 0)
		hook_main(r, theirs, cwd);
	r->pidfd = pidfd_open(r->pid, 0);
	if (r->pidfd < 0) {
		err_set(e, errno, "open process %d", r->pid);
		kill(r->pid, SIGKILL);
		(void)waitpid(r->pid, NULL, 0);
		return -1;
	}
	fd_drop(&r->input);
	for (int i = 0; i < OUTPUTS; i++)
		fd_drop(&r->ends[i]);
	return 0;
}

/* Keep the last WORDS_MAX bytes. */
static void words_add(struct words *w, const char *bytes, size_t n)
{
	size_t got = n > WORDS_MAX ? WORDS_MAX : n;
	size_t keep = w->n + got > WORDS_MAX ? WORDS_MAX - got : w->n;

	memmove(w->text, w->text + w->n - keep, keep);
	memcpy(w->text + keep, bytes + n - got, got);
	w->n = keep + got;
}

/* Take what is there, but from one that never stops to talk only so much at a time. */
static void listen_to(struct words *w)
{
	char buf[4096];

	for (int round = 0; w->fd >= 0 && round < ROUNDS_MAX; round++) {
		ssize_t n = read(w->fd, buf, sizeof buf);

		if (n == 0)
			fd_drop(&w->fd);
		if (n <= 0)
			return;
		words_add(w, buf, (size_t)n);
	}
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* -1: for ever. */
static int ms_left(int64_t deadline)
{
	int64_t left = deadline - now_ms();

	if (deadline == 0)
		return -1;
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* Until it ends; what it wrote by then is in the words. */
static void follow(struct running *r)
{
	int64_t deadline = r->hook->timeout_s > 0 ? now_ms() + r->hook->timeout_s * 1000LL : 0;
	struct pollfd p[OUTPUTS + 1];
	int n;

	do {
		for (int i = 0; i < OUTPUTS; i++)
			p[i] = (struct pollfd){ .fd = r->out[i].fd, .events = POLLIN };
		p[OUTPUTS] = (struct pollfd){ .fd = r->pidfd, .events = POLLIN };

		n = poll(p, OUTPUTS + 1, ms_left(deadline));
		if (n == 0 || (n < 0 && errno != EINTR)) {
			r->late = n == 0;
			(void)kill(-r->pid, SIGKILL); /* not waited for yet: nobody else's group */
			(void)pidfd_send_signal(r->pidfd, SIGKILL, NULL, 0);
			return;
		}
		for (int i = 0; i < OUTPUTS; i++)
			listen_to(&r->out[i]);
	} while (n < 0 || !(p[OUTPUTS].revents & POLLIN));
}

/* ": saying ...", on one line; "" when it was silent. */
static const char *last_words(struct running *r, char *text, size_t size)
{
	struct words *w = &r->out[r->out[1].n > 0 ? 1 : 0];

	while (w->n > 0 && strchr(" \t\r\n", w->text[w->n - 1]))
		w->n--;
	w->text[w->n] = '\0';
	for (size_t i = 0; i < w->n; i++)
		if ((unsigned char)w->text[i] < ' ')
			w->text[i] = ' ';
	snprintf(text, size, "%s%s", w->n > 0 ? ", saying: " : "", w->text);
	return text;
}

/* "No such file or directory" and "Permission denied" are read by podman and Docker as the verdict
 * on the container's own command: they are not said of a hook. */
static int explain_exec(int code, struct err *e)
{
	switch (code) {
	case ENOENT:
		return err_tell(e, code,
				"cannot be run: it, or the interpreter that it names, or "
				"the directory to run it in, does not exist");
	case EACCES:
		return err_tell(e, code,
				"cannot be run: it is not an executable file, or on a "
				"noexec mount");
	default:
		return err_set(e, code, "cannot be run");
	}
}

static int judge(struct running *r, int status, struct err *e)
{
	char said[WORDS_MAX + 16];
	int code = 0;

	if (read(r->report, &code, sizeof code) == (ssize_t)sizeof code)
		return explain_exec(code, e);
	for (int i = 0; i < OUTPUTS; i++)
		listen_to(&r->out[i]);
	last_words(r, said, sizeof said);
	if (r->late)
		return err_tell(e, ETIMEDOUT, "ran past its timeout of %d s and was killed%s",
				r->hook->timeout_s, said);
	if (WIFSIGNALED(status)) {
		const char *name = sigabbrev_np(WTERMSIG(status));

		return err_tell(e, 0, "was killed by signal %d (SIG%s)%s", WTERMSIG(status),
				name ? name : "?", said);
	}
	if (WEXITSTATUS(status) != 0)
		return err_tell(e, 0, "exited with %d%s", WEXITSTATUS(status), said);
	return 0;
}

static int run_hook(struct running *r, const char *state, const char *cwd, struct err *e)
{
	int status = 0;

	r->input = open_input(state, e);
	if (r->input < 0 || open_outputs(r, e) < 0 || start(r, cwd, e) < 0)
		return -1;
	follow(r);
	while (waitpid(r->pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, errno, "wait for it");
	return judge(r, status, e);
}

int hooks_run_one(const struct spec_hooks *h, size_t i, const char *state_json, const char *cwd,
		  struct err *e)
{
	const struct sigaction def = { .sa_handler = SIG_DFL };
	struct sigaction old;
	scoped(running_drop) struct running r = {
		.hook = &h->v[i], .input = -1, .ends = { -1, -1 }, .report = -1, .pidfd = -1
	};

	for (int o = 0; o < OUTPUTS; o++)
		r.out[o].fd = -1;
	/* Where SIGCHLD is ignored, the kernel reaps by itself and the exit status is lost. */
	sigaction(SIGCHLD, &def, &old);
	int result = run_hook(&r, state_json, cwd, e);
	sigaction(SIGCHLD, &old, NULL);
	return result < 0 ? err_wrap(e, "hook %zu (%s)", i, h->v[i].path) : 0;
}

int hooks_run(const struct spec_hooks *h, const char *state_json, const char *cwd, struct err *e)
{
	for (size_t i = 0; i < h->n; i++)
		if (hooks_run_one(h, i, state_json, cwd, e) < 0)
			return -1;
	return 0;
}
