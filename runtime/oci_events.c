/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci_events.h"
#include "runtime/base/scope.h"
#include "runtime/oci.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

struct watching {
	const char *id;
	struct cgroup *group;
	int init; /* pidfd */
	int oom;  /* -1: this host does not tell */
};

static void watching_drop(struct watching *w)
{
	cgroup_free(w->group);
	fd_drop(&w->init);
	fd_drop(&w->oom);
}

static int open_container(const char *root, const char *id, struct watching *w, struct err *e)
{
	struct oci_view v;

	if (oci_look(root, id, &v, e) < 0)
		return -1;
	w->id = id;
	w->init = v.pid ? proc_id_open(&v.rec.init, e) : -1;
	int r = w->init < 0 ? err_tell(e, ESRCH, "container not running")
			    : cgroup_from_paths(&v.rec.cgroup, &w->group, e);
	oci_view_drop(&v);
	return r;
}

static int read_line(struct watching *w, char **line, struct err *e)
{
	struct cgroup_oci_stats s;
	int r = cgroup_oci_stats_read(w->group, &s, e);

	if (r == 0)
		*line = event_stats(w->id, &s);
	cgroup_oci_stats_drop(&s);
	return r;
}

int oci_stats(const char *root, const char *id, char **line, struct err *e)
{
	scoped(watching_drop) struct watching w = { .init = -1, .oom = -1 };

	return open_container(root, id, &w, e) < 0 ? -1 : read_line(&w, line, e);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int say_oom(struct watching *w, int (*say)(const char *, struct err *), struct err *e)
{
	enum cgroup_event what = CGROUP_NOTHING;

	if (cgroup_oom_read(w->group, w->oom, &what, e) < 0)
		return -1;
	if (what == CGROUP_ENDED)
		fd_drop(&w->oom); /* the pidfd tells when it is over */
	if (what != CGROUP_OOM)
		return 0;

	scoped_str char *line = event_oom(w->id);
	return say(line, e);
}

/* Its group may go while it is read: then the end is next. */
static int say_stats(struct watching *w, int (*say)(const char *, struct err *), struct err *e)
{
	scoped_str char *line = NULL;
	struct err gone = { 0 };

	return read_line(w, &line, &gone) < 0 ? 0 : say(line, e);
}

/* 1: it has ended. */
static int watch(struct watching *w, int64_t until, int (*say)(const char *, struct err *),
		 struct err *e)
{
	struct pollfd p[] = { { .fd = w->init, .events = POLLIN },
			      { .fd = w->oom, .events = POLLIN } };
	int64_t left = until - now_ms();
	int n = poll(p, 2, left > 0 ? (int)(left < INT32_MAX ? left : INT32_MAX) : 0);

	if (n < 0 && errno != EINTR)
		return err_set(e, errno, "wait for events");
	if (n > 0 && p[1].revents && say_oom(w, say, e) < 0)
		return -1;
	return n > 0 && p[0].revents ? 1 : 0;
}

int oci_events(const char *root, const char *id, int64_t interval_ms,
	       int (*say)(const char *line, struct err *e), struct err *e)
{
	scoped(watching_drop) struct watching w = { .init = -1, .oom = -1 };
	struct err none = { 0 };
	int ended = 0;

	if (open_container(root, id, &w, e) < 0)
		return -1;
	w.oom = cgroup_oom_fd(w.group, &none);
	for (int64_t next = now_ms() + interval_ms; ended == 0;) {
		ended = watch(&w, next, say, e);
		if (ended != 0 || now_ms() < next)
			continue;
		if (say_stats(&w, say, e) < 0)
			return -1;
		next += interval_ms;
	}
	return ended < 0 ? -1 : 0;
}
