/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/watch.h"
#include "cgroups/group.h"
#include "cgroups/oom.h"
#include "cgroups/stats.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>

enum { FILES = 3 };

struct watched {
	void *tag;
	struct cgroup *group;
	int files[FILES]; /* inotify's numbers; -1: not watched */
	int oom;          /* v1: eventfd; -1: none */
	int stalls;       /* a trigger of cpu.pressure, while there is a quota; -1: none */
	bool cannot_tell_stalls;
};

struct cgroup_watch {
	int epoll; /* the caller's */
	void *data;
	int inotify;
	struct watched *v;
	size_t n;
};

/* cgroup_file_notify() of the kernel counts as a modification for inotify, on v1 as well, and so
 * does a write: that is how a new quota is noticed. */
static const struct {
	const char *controller, *v2, *v1;
} files[FILES] = {
	{ "memory", "memory.events", NULL },
	{ "pids", "pids.events", "pids.events" },
	{ "cpu", "cpu.max", "cpu.cfs_quota_us" },
};
enum { QUOTA_FILE = 2 };

/* --- the whole --- */

static int watch_fd(struct cgroup_watch *w, int fd, uint32_t events, struct err *e)
{
	struct epoll_event ev = { .events = events, .data.ptr = w->data };

	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &ev) < 0 ? err_set(e, errno, "watch a group")
							       : 0;
}

int cgroup_watch_open(int epoll, void *data, struct cgroup_watch **out, struct err *e)
{
	struct cgroup_watch *w = mem_alloc(sizeof *w);

	*w = (struct cgroup_watch){ .epoll = epoll,
				    .data = data,
				    .inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK) };
	*out = w;
	if (w->inotify >= 0 && watch_fd(w, w->inotify, EPOLLIN, e) == 0)
		return 0;
	if (w->inotify < 0)
		(void)err_set(e, errno, "make an inotify instance");
	cgroup_watch_free(w);
	*out = NULL;
	return -1;
}

static void forget(struct cgroup_watch *w, struct watched *it)
{
	for (size_t i = 0; i < FILES; i++)
		if (it->files[i] >= 0) /* it may have gone with its group */
			(void)inotify_rm_watch(w->inotify, it->files[i]);
	fd_drop(&it->oom);
	fd_drop(&it->stalls);
}

void cgroup_watch_free(struct cgroup_watch *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		forget(w, &w->v[i]);
	fd_drop(&w->inotify);
	free(w->v);
	free(w);
}

/* --- one group --- */

static int watch_file(struct cgroup_watch *w, struct cgroup *c, size_t i)
{
	const struct part *p = part_of(c, files[i].controller);
	const char *file = p ? p->v2 ? files[i].v2 : files[i].v1 : NULL;
	scoped_str char *path = file ? str_printf("%s/%s", p->dir, file) : NULL;

	return path ? inotify_add_watch(w->inotify, path, IN_MODIFY) : -1;
}

static void watch_oom(struct cgroup_watch *w, struct watched *it, struct strs *untold)
{
	const struct part *p = part_of(it->group, "memory");
	struct err e = { 0 };

	if (p && p->v2) {
		if (it->files[0] < 0)
			strs_addf(untold, "out of memory is not told: %s has no memory.events",
				  p->dir);
		return;
	}
	it->oom = p ? oom_v1_open(p->dir, &e) : -1;
	if (it->oom >= 0 && watch_fd(w, it->oom, EPOLLIN, &e) < 0)
		fd_drop(&it->oom);
	if (it->oom < 0)
		strs_addf(untold, "out of memory is not told: %s%s%s",
			  p ? e.text : "no hierarchy has the memory controller", err_colon(&e),
			  err_cause(&e));
}

static bool has_quota(struct cgroup *c)
{
	const struct part *p = part_of(c, "cpu");
	scoped_str char *path =
		p ? str_printf("%s/%s", p->dir, p->v2 ? files[QUOTA_FILE].v2 : files[QUOTA_FILE].v1)
		  : NULL;
	scoped_str char *text = NULL;
	struct err ignored = { 0 };
	uint64_t quota;

	return path && fs_read_at(AT_FDCWD, path, &text, NULL, &ignored) == 0 &&
	       stats_find(text, NULL, &quota) && quota != CGROUP_UNSET;
}

/* The kernel does not tell that it throttles, but it does tell that processes which could run have
 * to wait (Documentation/accounting/psi.rst), and those that are throttled do. Without
 * CAP_SYS_RESOURCE the window has to be a multiple of 2 s. */
static int open_stalls(struct cgroup *c, struct err *e)
{
	static const char *const triggers[] = { "some 10000 1000000", "some 10000 2000000" };
	const struct part *p = part_v2(c);

	if (!p)
		return err_set(e, 0,
			       "the group is in no cgroup v2 hierarchy, which has cpu.pressure");
	for (size_t i = 0; i < ARRAY_LEN(triggers); i++) {
		scoped_str char *path = str_printf("%s/cpu.pressure", p->dir);
		scoped_fd int fd = fs_open_at(AT_FDCWD, path, O_RDWR | O_NONBLOCK, 0, e);

		if (fd < 0)
			return -1;
		if (write(fd, triggers[i], strlen(triggers[i]) + 1) >= 0)
			return fd_take(&fd);
		(void)err_set(e, errno, "write '%s' to %s", triggers[i], path);
	}
	return -1;
}

static void watch_stalls(struct cgroup_watch *w, struct watched *it, struct strs *untold)
{
	struct err e = { 0 };
	bool wanted = has_quota(it->group);

	if (!wanted)
		fd_drop(&it->stalls);
	if (!wanted || it->stalls >= 0 || it->cannot_tell_stalls)
		return;
	it->stalls = open_stalls(it->group, &e);
	if (it->stalls >= 0 && watch_fd(w, it->stalls, EPOLLPRI, &e) < 0)
		fd_drop(&it->stalls);
	it->cannot_tell_stalls = it->stalls < 0;
	if (it->stalls < 0)
		strs_addf(
			untold,
			"throttling is not told: %s%s%s; this needs PSI (CONFIG_PSI, and psi=1 on "
			"the kernel's command line where it is off)",
			e.text, err_colon(&e), err_cause(&e));
}

static struct watched *find(const struct cgroup_watch *w, const void *tag)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i].tag == tag)
			return &w->v[i];
	return NULL;
}

void cgroup_watch_add(struct cgroup_watch *w, struct cgroup *c, void *tag, struct strs *untold)
{
	if (find(w, tag))
		return;
	w->v = mem_grow(w->v, w->n + 1, sizeof *w->v);

	struct watched *it = &w->v[w->n++];
	*it = (struct watched){ .tag = tag, .group = c, .oom = -1, .stalls = -1 };
	for (size_t i = 0; i < FILES; i++)
		it->files[i] = watch_file(w, c, i);
	watch_oom(w, it, untold);
	watch_stalls(w, it, untold);
}

void cgroup_watch_remove(struct cgroup_watch *w, const void *tag)
{
	struct watched *it = find(w, tag);

	if (!it)
		return;
	forget(w, it);
	*it = w->v[--w->n];
}

/* --- what it tells --- */

static void told_file(struct cgroup_watch *w, const struct inotify_event *ev,
		      const struct cgroup_telling *t)
{
	if (ev->mask & IN_Q_OVERFLOW)
		t->told(CGROUP_TOLD_LOST, NULL, t->arg);
	for (size_t i = 0; i < w->n && !(ev->mask & IN_IGNORED); i++)
		for (size_t f = 0; f < FILES; f++) {
			if (w->v[i].files[f] != ev->wd)
				continue;
			if (f == QUOTA_FILE)
				watch_stalls(w, &w->v[i], t->untold);
			t->told(CGROUP_TOLD_LOOK, w->v[i].tag, t->arg);
		}
}

static void told_files(struct cgroup_watch *w, const struct cgroup_telling *t)
{
	char buffer[8192] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t got;

	while ((got = read(w->inotify, buffer, sizeof buffer)) > 0)
		for (char *at = buffer; at < buffer + got;) {
			const struct inotify_event *ev = (const struct inotify_event *)(void *)at;

			told_file(w, ev, t);
			at += sizeof *ev + ev->len;
		}
}

/* It becomes readable once more when the group goes. */
static void told_oom(struct watched *it, const struct cgroup_telling *t)
{
	uint64_t n;

	if (it->oom < 0 || read(it->oom, &n, sizeof n) < 0)
		return;
	if (!group_exists(it->group))
		fd_drop(&it->oom);
	else
		t->told(CGROUP_TOLD_OOM, it->tag, t->arg);
}

/* A trigger that is over, as its group is or as PSI was turned off for it (cgroup.pressure), is
 * readable for ever. */
static void told_stalls(struct watched *it, const struct cgroup_telling *t)
{
	struct pollfd p = { .fd = it->stalls, .events = POLLPRI };

	if (it->stalls < 0)
		return;
	if (poll(&p, 1, 0) > 0 && (p.revents & POLLERR))
		fd_drop(&it->stalls);
	t->told(CGROUP_TOLD_LOOK, it->tag, t->arg);
}

/* Which of the triggers it was is not known, but there are not many with a quota. */
void cgroup_watch_read(struct cgroup_watch *w, uint32_t events, const struct cgroup_telling *t)
{
	if (events & EPOLLIN)
		told_files(w, t);
	for (size_t i = 0; i < w->n; i++) {
		if (events & EPOLLIN)
			told_oom(&w->v[i], t);
		if (events & (EPOLLPRI | EPOLLERR))
			told_stalls(&w->v[i], t);
	}
}
