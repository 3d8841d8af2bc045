/* SPDX-License-Identifier: Apache-2.0 */
/* The loop and its sources. */
#include "runtime/event_watch.h"
#include "runtime/base/scope.h"
#include "runtime/vnf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

/* --- sources, time, output --- */

int event_source_add(struct follower *f, struct event_source *s, uint32_t events, struct err *e)
{
	struct epoll_event ev = { .events = events, .data.ptr = s };

	return epoll_ctl(f->epoll, EPOLL_CTL_ADD, s->fd, &ev) < 0
		       ? err_set(e, errno, "wait for events")
		       : 0;
}

void event_source_drop(struct event_source *s)
{
	fd_drop(&s->fd);
}

int64_t event_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void event_stamp(struct follower *f)
{
	clock_gettime(CLOCK_REALTIME, &f->out.time);
	f->out.ms = event_now_ms();
}

/* A reader that is gone has seen enough. */
static void say(const struct event *ev, void *arg)
{
	struct follower *f = arg;
	scoped_str char *line = event_line(ev);

	for (size_t done = 0, n = strlen(line); done < n && !f->over;) {
		ssize_t r = write(f->how->out, line + done, n - done);

		if (r > 0)
			done += (size_t)r;
		else if (errno == EPIPE)
			f->over = true;
		else if (errno != EINTR) {
			(void)err_set(&f->failed, errno, "write to standard output");
			f->over = true;
		}
	}
}

void event_notice(struct follower *f, const char *about, const char *text)
{
	scoped_str char *key = str_printf("%s: %s", about ? about : "", text);
	struct event ev = event_new(&f->out, "notice", about);

	if (about && strs_has(&f->notices, key))
		return;
	if (about)
		strs_add(&f->notices, key);
	event_add_text(&ev, "text", text);
	event_say(&ev, &f->out);
}

/* --- the other sources --- */

static void told(enum cgroup_told what, void *tag, void *arg)
{
	struct follower *f = arg;
	struct followed *it = tag;

	if (what == CGROUP_TOLD_OOM)
		event_vnf_oom(&it->v, &f->out);
	for (size_t i = 0; i < f->n; i++)
		if (what == CGROUP_TOLD_LOST || f->v[i] == it)
			followed_look(f, f->v[i]);
}

static int groups_ready(struct follower *f, void *arg, uint32_t events, struct err *e)
{
	scoped_strs struct strs untold = { 0 };
	const struct cgroup_telling t = { told, f, &untold };

	(void)arg;
	(void)e;
	cgroup_watch_read(f->watch, events, &t);
	for (size_t i = 0; i < untold.n; i++)
		event_notice(f, NULL, untold.v[i]);
	return 0;
}

/* Supervisors that were replaced in our time are our children. */
static int signals_ready(struct follower *f, void *arg, uint32_t events, struct err *e)
{
	struct signalfd_siginfo s;

	(void)arg;
	(void)events;
	(void)e;
	if (read(f->signals.fd, &s, sizeof s) != sizeof s)
		return 0;
	if (s.ssi_signo != SIGCHLD)
		f->over = true;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
	return 0;
}

static int reader_ready(struct follower *f, void *arg, uint32_t events, struct err *e)
{
	(void)arg;
	(void)events;
	(void)e;
	f->over = true;
	return 0;
}

static int open_signals(struct follower *f, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	f->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return f->signals.fd < 0 ? err_set(e, errno, "make signalfd") : 0;
}

static int open_sources(struct follower *f, struct err *e)
{
	struct err no_pipe = { 0 };

	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	f->inotify.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	f->reader.fd = fcntl(f->how->out, F_DUPFD_CLOEXEC, 0);
	if (f->epoll < 0 || f->inotify.fd < 0 || f->reader.fd < 0)
		return err_set(e, errno, "wait for events");
	if (open_signals(f, e) < 0 || cgroup_watch_open(f->epoll, &f->groups, &f->watch, e) < 0)
		return -1;
	(void)event_source_add(f, &f->reader, 0, &no_pipe); /* a file has no end to wait for */
	if (event_source_add(f, &f->inotify, EPOLLIN, e) < 0 ||
	    event_source_add(f, &f->signals, EPOLLIN, e) < 0)
		return -1;
	return 0;
}

static void close_sources(struct follower *f)
{
	for (size_t i = 0; i < f->n; i++)
		followed_free(f, f->v[i]);
	free(f->v);
	event_homes_free(f);
	cgroup_watch_free(f->watch);
	event_source_drop(&f->inotify);
	event_source_drop(&f->signals);
	event_source_drop(&f->reader);
	fd_drop(&f->epoll);
	strs_free(&f->notices);
}

/* --- the loop --- */

static int timeout_of(const struct follower *f)
{
	int64_t first = INT64_MAX, now = event_now_ms();

	for (size_t i = 0; i < f->n; i++) {
		int64_t due = followed_due(f->v[i]);

		first = due < first ? due : first;
	}
	if (first == INT64_MAX)
		return -1;
	return first <= now ? 0 : first - now > INT_MAX ? INT_MAX : (int)(first - now);
}

/* One source at a time, as what it does may close others. */
static int step(struct follower *f, struct err *e)
{
	struct epoll_event ev;
	int n = epoll_wait(f->epoll, &ev, 1, timeout_of(f));

	if (n < 0 && errno != EINTR)
		return err_set(e, errno, "wait for events");
	event_stamp(f);
	if (n > 0) {
		const struct event_source *s = ev.data.ptr;

		if (s->ready(f, s->arg, ev.events, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < f->n; i++)
		followed_tick(f, f->v[i]);
	event_root_drop_gone(f);
	return 0;
}

static int check_names(const struct follower *f, struct err *e)
{
	for (size_t i = 0; i < f->how->names->n; i++) {
		const struct followed *it = event_root_find(f, f->how->names->v[i]);

		if (!it || !it->v.known)
			return err_tell(e, ENOENT, "%s: container does not exist",
					f->how->names->v[i]);
	}
	return 0;
}

int events_follow(const char *root, const struct event_how *how, struct err *e)
{
	struct follower f = { .root = root,
			      .how = how,
			      .epoll = -1,
			      .inotify = { -1, event_root_ready, NULL },
			      .signals = { -1, signals_ready, NULL },
			      .reader = { -1, reader_ready, NULL },
			      .groups = { -1, groups_ready, NULL } };

	f.out.say = say;
	f.out.arg = &f;
	event_stamp(&f);
	int r = open_sources(&f, e) < 0 || event_root_watch(&f, e) < 0 ? -1 : 0;
	if (r == 0) {
		event_root_scan(&f, true);
		r = check_names(&f, e);
	}
	while (r == 0 && !f.over)
		r = step(&f, e);
	close_sources(&f);
	if (r == 0 && f.failed.text[0]) {
		*e = f.failed;
		return -1;
	}
	return r;
}

bool events_is_oci(const char *root, const char *name)
{
	struct err ignored = { 0 };
	scoped_fd int dir = vnf_log_dir(root, name, &ignored);
	struct record r;

	if (dir < 0 || record_load(dir, &r, &ignored) < 0)
		return false;
	bool oci = !r.vnf;
	record_drop(&r);
	return oci;
}
