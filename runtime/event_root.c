/* SPDX-License-Identifier: Apache-2.0 */
/* The state root's directory: who is there, and whose record is another. */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/event_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>

struct followed *event_root_find(const struct follower *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->v[i]->v.name, name) == 0)
			return f->v[i];
	return NULL;
}

static struct followed *find_dir(const struct follower *f, int wd)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i]->dir_wd == wd)
			return f->v[i];
	return NULL;
}

static bool is_wanted(const struct follower *f, const char *name)
{
	return name[0] != '.' && (f->how->names->n == 0 || strs_has(f->how->names, name));
}

/* The watch first, then the look: nothing falls in between. */
static void follow(struct follower *f, const char *name, bool first)
{
	scoped_str char *path = str_printf("%s/%s", f->root, name);
	struct followed *it = event_root_find(f, name);
	int wd = inotify_add_watch(f->inotify.fd, path,
				   IN_MOVED_TO | IN_DELETE | IN_ONLYDIR | IN_DONT_FOLLOW);

	if (!it && wd < 0)
		return; /* no directory, or it is gone already */
	if (!it) {
		it = mem_alloc(sizeof *it);
		it->v.name = str_dup(name);
		it->process = it->supervisor = (struct event_source){ .fd = -1, .arg = it };
		f->v = mem_grow(f->v, f->n + 1, sizeof(struct followed *));
		f->v[f->n++] = it;
	}
	it->dir_wd = wd;
	followed_refresh(f, it, first);
}

/* Those that are deleted for good. */
void event_root_drop_gone(struct follower *f)
{
	for (size_t i = 0; i < f->n;) {
		struct followed *it = f->v[i];

		if (it->dir_wd >= 0 || it->v.known) {
			i++;
			continue;
		}
		followed_free(f, it);
		f->v[i] = f->v[--f->n];
	}
	if (f->how->names->n > 0 && f->n == 0)
		f->over = true;
}

/* By what is there, whatever has been told. */
void event_root_scan(struct follower *f, bool first)
{
	scoped_dir DIR *dir = opendir(f->root);
	const struct dirent *d;

	for (size_t i = 0; i < f->n; i++)
		followed_refresh(f, f->v[i], false);
	while (dir && (d = readdir(dir)))
		if (is_wanted(f, d->d_name) && !event_root_find(f, d->d_name))
			follow(f, d->d_name, first);
}

/* --- inotify --- */

enum {
	ROOT_EVENTS = IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_ONLYDIR |
		      IN_DELETE_SELF | IN_MOVE_SELF
};

int event_root_watch(struct follower *f, struct err *e)
{
	if (fs_mkdirs_at(AT_FDCWD, f->root, 0700, e) < 0)
		return -1;
	f->root_wd = inotify_add_watch(f->inotify.fd, f->root, ROOT_EVENTS);
	return f->root_wd < 0 ? err_set(e, errno, "watch %s", f->root) : 0;
}

static void root_event(struct follower *f, const struct inotify_event *ev)
{
	if (ev->len == 0 || !is_wanted(f, ev->name))
		return;
	if (ev->mask & (IN_CREATE | IN_MOVED_TO)) {
		follow(f, ev->name, false);
		return;
	}
	struct followed *it = event_root_find(f, ev->name);
	if (it)
		followed_refresh(f, it, false);
}

static void dir_event(struct follower *f, struct followed *it, const struct inotify_event *ev)
{
	if (ev->mask & (IN_IGNORED | IN_UNMOUNT))
		it->dir_wd = -1;
	else if (ev->len && strcmp(ev->name, "state.json") == 0)
		followed_refresh(f, it, false);
}

/* It is made anew as the next start would. */
static int root_lost(struct follower *f, struct err *e)
{
	for (size_t i = 0; i < f->n; i++)
		f->v[i]->dir_wd = -1;
	event_stamp(f);
	event_notice(f, NULL, "the state root was removed; it is made and watched anew");
	if (event_root_watch(f, e) < 0)
		return -1;
	event_root_scan(f, false);
	return 0;
}

static int one_event(struct follower *f, const struct inotify_event *ev, struct err *e)
{
	struct followed *it = find_dir(f, ev->wd);

	if (ev->mask & IN_Q_OVERFLOW) {
		event_stamp(f);
		event_notice(f, NULL,
			     "more happened than the kernel could tell of; all were looked at");
		event_root_scan(f, false);
	} else if (ev->wd == f->root_wd &&
		   (ev->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED))) {
		return root_lost(f, e);
	} else if (ev->wd == f->root_wd) {
		root_event(f, ev);
	} else if (it) {
		dir_event(f, it, ev);
	}
	return 0;
}

int event_root_ready(struct follower *f, void *arg, uint32_t events, struct err *e)
{
	char buffer[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t got = read(f->inotify.fd, buffer, sizeof buffer);

	(void)arg;
	(void)events;
	for (char *at = buffer; got > 0 && at < buffer + got;) {
		const struct inotify_event *ev = (const struct inotify_event *)(void *)at;

		if (one_event(f, ev, e) < 0)
			return -1;
		at += sizeof *ev + ev->len;
	}
	return 0;
}
