/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/logfile.h"
#include "runtime/logfile_files.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>

enum { BUF_SIZE = 64 << 10 }; /* several of the longest entries */

struct reader {
	int dir;
	const struct log_query *q;
	int (*show)(const struct log_entry *entry, void *data);
	void *data;
	char *buf;
	bool ended; /* SHOW wants no more */
	int inotify, file_watch;
	struct log_source now; /* the file that is followed */
};

static void reader_drop(struct reader *r)
{
	fd_drop(&r->inotify);
	log_source_drop(&r->now);
	str_drop(&r->buf);
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static void show_line(struct reader *r, const char *line, size_t n)
{
	struct log_entry entry;

	if (!log_entry_parse(line, n, &entry))
		return; /* torn, or not ours */
	if (r->q->has_since && is_before(&entry.time, &r->q->since))
		return;
	r->ended = r->show(&entry, r->data) < 0;
}

/* Returns how many of the N bytes are whole lines; all of them are shown. */
static size_t show_lines(struct reader *r, struct log_source *s, size_t n)
{
	size_t used = 0;

	while (!r->ended) {
		const char *line = r->buf + used, *newline = memchr(line, '\n', n - used);

		if (!newline)
			break;
		if (!s->skipping)
			show_line(r, line, (size_t)(newline - line));
		s->skipping = false;
		used = (size_t)(newline - r->buf) + 1;
	}
	return used;
}

/* To the end of the file; an unfinished line is left for the next call. */
static int read_on(struct reader *r, struct log_source *s, struct err *e)
{
	while (!r->ended && s->fd >= 0) {
		/* Without follow, what was there at the start is all. */
		size_t want = BUF_SIZE;
		if (!r->q->follow && s->size - s->at < BUF_SIZE)
			want = (size_t)(s->size - s->at);

		ssize_t n = pread(s->fd, r->buf, want, s->at);
		if (n < 0)
			return err_set(e, errno, "read the log");

		size_t used = show_lines(r, s, (size_t)n);
		if (used == 0 && n < BUF_SIZE)
			return 0;
		if (used == 0) {
			s->skipping = true; /* longer than any entry of ours */
			used = (size_t)n;
		}
		s->at += (off_t)used;
	}
	return 0;
}

/* By descriptor: whatever its name is by now. */
static int watch(int inotify, int fd, uint32_t mask, struct err *e)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int wd = inotify_add_watch(inotify, path, mask);
	return wd < 0 ? err_set(e, errno, "watch the log") : wd;
}

static int watch_start(struct reader *r, struct err *e)
{
	r->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (r->inotify < 0)
		return err_set(e, errno, "make an inotify instance");
	return watch(r->inotify, r->dir, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR, e) < 0 ? -1 : 0;
}

/* Go over to S, which is taken. The watch comes before the first read: what is written after that
 * read wakes us. The writes are watched on the file itself, as the VNF's FIFOs lie in the same
 * directory. */
static int follow_source(struct reader *r, struct log_source *s, struct err *e)
{
	log_source_drop(&r->now);
	r->now = *s;
	*s = (struct log_source){ .fd = -1 };
	if (r->file_watch >= 0)
		(void)inotify_rm_watch(r->inotify, r->file_watch); /* gone with the file: fine */
	r->file_watch = watch(r->inotify, r->now.fd, IN_MODIFY, e);
	return r->file_watch < 0 ? -1 : read_on(r, &r->now, e);
}

/* All that is there, across rotations. */
static int catch_up(struct reader *r, struct err *e)
{
	bool moved = true;

	if (read_on(r, &r->now, e) < 0)
		return -1;
	while (moved && !r->ended && log_file_inode(r->dir, 0) != r->now.inode) {
		scoped(log_files_drop) struct log_files f = { 0 };
		size_t next = 0;

		if (log_files_open(r->dir, &f, e) < 0)
			return -1;
		/* The writer renames a file after its last write to it, so this reaches its end. */
		if (read_on(r, &r->now, e) < 0)
			return -1;
		for (size_t i = 0; i < f.n; i++)
			if (f.v[i].inode == r->now.inode)
				next = i + 1;
		moved = next < f.n;
		for (; next < f.n; next++)
			if (follow_source(r, &f.v[next], e) < 0)
				return -1;
	}
	return 0;
}

/* Until something happens to the log; 1: it is time to stop. */
static int wait_for_more(struct reader *r, struct err *e)
{
	struct pollfd p[] = {
		{ .fd = r->inotify, .events = POLLIN },
		{ .fd = r->q->stop_fd, .events = POLLIN },
	};
	int n;

	do
		n = poll(p, 2, -1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(e, errno, "wait for the log");
	/* What happened is looked up in the files; the events only wake. */
	while (read(r->inotify, r->buf, BUF_SIZE) > 0)
		continue;
	return p[1].revents != 0;
}

static int follow(struct reader *r, struct err *e)
{
	int stop = 0;

	for (;;) {
		if (catch_up(r, e) < 0)
			return -1;
		if (r->ended || stop)
			return 0;
		stop = wait_for_more(r, e);
		if (stop < 0)
			return -1;
	}
}

int log_read(int dir, const struct log_query *q,
	     int (*show)(const struct log_entry *entry, void *data), void *data, struct err *e)
{
	scoped(log_files_drop) struct log_files f = { 0 };
	scoped(reader_drop) struct reader r = { .dir = dir,
						.q = q,
						.show = show,
						.data = data,
						.inotify = -1,
						.file_watch = -1,
						.now.fd = -1,
						.buf = mem_alloc(BUF_SIZE) };

	if (q->follow && watch_start(&r, e) < 0)
		return -1;
	if (log_files_open(dir, &f, e) < 0)
		return -1;
	if (q->tail >= 0)
		log_files_tail(&f, q->tail);
	for (size_t i = 0; i < f.n && !r.ended; i++) {
		int done = q->follow ? follow_source(&r, &f.v[i], e) : read_on(&r, &f.v[i], e);

		if (done < 0)
			return -1;
	}
	return q->follow ? follow(&r, e) : 0;
}
