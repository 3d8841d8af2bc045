/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/foreground.h"
#include "cmd/signals.h"
#include "cmd/logs.h"
#include "cmd/view.h"
#include "runtime/base/scope.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

/* Reading the log and stopping take their time; each has a process, so that we can hear signals
 * meanwhile. */
static pid_t fork_task(const struct invocation *in, int (*task)(const void *data, struct err *e),
		       const void *data)
{
	struct err e = { 0 };

	fflush(NULL);
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	if (task(data, &e) < 0) {
		complain(in, &e);
		_exit(1);
	}
	_exit(0);
}

struct following {
	int dir, end;
	struct timespec since;
};

static int follow(const void *data, struct err *e)
{
	const struct following *f = data;
	struct logs_shown shown = { 0 };
	const struct log_query q = { .has_since = true,
				     .since = f->since,
				     .tail = -1,
				     .follow = f->end >= 0,
				     .stop_fd = f->end };

	return log_read(f->dir, &q, logs_show, &shown, e);
}

struct stopping {
	const char *root, *name;
	int64_t timeout_ms;
};

static int stop(const void *data, struct err *e)
{
	const struct stopping *s = data;

	return vnf_stop(s->root, s->name, &(struct vnf_stop){ .timeout_ms = s->timeout_ms }, e);
}

/* Wait for the end; *STOPPER is the process that stops it after the first signal. */
static int await_end(const struct invocation *in, const char *name, int signals, int end,
		     struct err *e)
{
	struct pollfd p[] = { { .fd = signals, .events = POLLIN },
			      { .fd = end, .events = POLLIN } };
	struct stopping how = { in->root, name, -1 };
	struct signalfd_siginfo info;
	pid_t stopper = 0;

	while (!(p[1].revents & POLLIN)) {
		if (poll(p, ARRAY_LEN(p), -1) < 0)
			return err_set(e, errno, "poll");
		if (!(p[0].revents & POLLIN) || read(signals, &info, sizeof info) != sizeof info)
			continue;
		if (stopper > 0) { /* once more: no more patience; the next stop takes over from the
				      killed one */
			kill(stopper, SIGKILL);
			waitpid(stopper, NULL, 0);
			how.timeout_ms = 0;
		}
		stopper = fork_task(in, stop, &how);
		if (stopper < 0)
			return err_set(e, errno, "fork");
	}
	if (stopper > 0)
		waitpid(stopper, NULL, 0);
	return 0;
}

/* Show its output and hear signals until its supervisor is gone. */
static int stay(const struct invocation *in, const char *name, int signals, struct timespec since,
		struct err *e)
{
	scoped_fd int end = vnf_end_fd(in->root, name, e);
	if (end < 0 && e->code != ESRCH)
		return -1;
	scoped_fd int dir = vnf_log_dir(in->root, name, e);
	if (dir < 0)
		return -1;

	const struct following f = { dir, end, since };
	pid_t reader = fork_task(in, follow, &f);
	if (reader < 0)
		return err_set(e, errno, "fork");

	int r = end < 0 ? 0 : await_end(in, name, signals, end, e);
	waitpid(reader, NULL, 0);
	return r;
}

static int status_of(const struct record *r, struct err *e)
{
	if (!r->has_ended)
		return 0;
	if (r->end.unknown)
		return err_set(e, 0, "ended, but nobody saw how: its supervisor had been killed");
	return r->end.signal ? 128 + r->end.signal : r->end.exit_code;
}

int foreground(const struct invocation *in, const char *name, struct timespec since, struct err *e)
{
	/* Not earlier: the VNF would inherit the mask. The children below have them blocked, so
	 * that a Ctrl-C, which goes to all of them, reaches us alone. */
	scoped_fd int signals = signals_take(true, e);

	if (signals < 0)
		return RUN_FAILED;
	for (;;) {
		scoped_view struct vnf_view v = { 0 };

		if (stay(in, name, signals, since, e) < 0)
			break;
		clock_gettime(CLOCK_REALTIME, &since);
		if (vnf_look(in->root, name, &v, e) < 0)
			break;
		view_tell(&v);
		/* Else its supervisor was killed, not the VNF: on with the next one. */
		if (v.rec.status != STATUS_RUNNING && v.rec.status != STATUS_RESTARTING) {
			int status = status_of(&v.rec, e);

			return status < 0 ? err_wrap(e, "%s", name) : status;
		}
	}
	return err_wrap(e, "%s", name);
}
