/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/logfile.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/logfile_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum {
	STAMP_SIZE = 31, /* "2026-11-23T04:27:42.123456789Z" */
	HEAD_MAX = 48,   /* stamp, stream, tag */
	BATCH_SIZE = 64 << 10,
};

struct line { /* not ended yet */
	char bytes[LOGFILE_LINE_MAX];
	size_t n;
};

struct logfile {
	int dir, fd;
	uint64_t max_size, size;
	uint32_t files;
	bool torn; /* the file ends inside a line */
	char stamp[STAMP_SIZE];
	struct line lines[2]; /* by stream */
	size_t batch_n;
	char batch[BATCH_SIZE]; /* entries for the next write(2) */
};

static int open_newest(struct logfile *l, struct err *e)
{
	struct stat st;
	char last = '\n';
	scoped_fd int fd =
		fs_open_at(l->dir, "log", O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0600, e);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "look at log");
	if (!S_ISREG(st.st_mode))
		return err_set(e, 0, "open log: it is not a regular file");
	if (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) < 0)
		return err_set(e, errno, "read log");
	fd_drop(&l->fd);
	l->fd = fd_take(&fd);
	l->size = (uint64_t)st.st_size;
	l->torn = last != '\n'; /* the last writer was killed in mid-write */
	return 0;
}

/* Files from a time when more were kept. */
static void remove_surplus(const struct logfile *l)
{
	char name[LOGFILE_NAME_SIZE];

	for (uint32_t n = l->files; unlinkat(l->dir, logfile_name(n, name), 0) == 0; n++)
		continue;
}

int logfile_open(int dir, uint64_t max_size, uint32_t files, struct logfile **out, struct err *e)
{
	struct logfile *l = mem_alloc(sizeof *l);

	*l = (struct logfile){ .fd = -1, .max_size = max_size, .files = files ? files : 1 };
	l->dir = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	if (l->dir < 0) {
		err_set(e, errno, "open the log's directory");
	} else if (open_newest(l, e) == 0) {
		remove_surplus(l);
		*out = l;
		return 0;
	}
	logfile_close(l);
	return -1;
}

void logfile_close(struct logfile *l)
{
	if (!l)
		return;
	fd_drop(&l->fd);
	fd_drop(&l->dir);
	free(l);
}

static int write_batch(struct logfile *l, struct err *e)
{
	const char *at = l->batch, *end = l->batch + l->batch_n;

	l->batch_n = 0;
	while (at < end) {
		ssize_t n = write(l->fd, at, (size_t)(end - at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, errno, "write log");
		at += n;
		l->size += (uint64_t)n;
		l->torn = at[-1] != '\n';
	}
	return 0;
}

/* log becomes log.1, log.1 becomes log.2, up to the first free name; with none free the oldest is
 * lost. So at any moment, a crash in here included, at most one name in the row is free: readers
 * rely on it. */
static int shift_names(const struct logfile *l, struct err *e)
{
	char from[LOGFILE_NAME_SIZE], to[LOGFILE_NAME_SIZE];
	uint32_t last = 1;

	if (l->files == 1) {
		if (unlinkat(l->dir, "log", 0) < 0 && errno != ENOENT)
			return err_set(e, errno, "remove log");
		return 0;
	}
	if (log_file_inode(l->dir, 0) == 0)
		return 0;
	while (last < l->files - 1 && log_file_inode(l->dir, last) != 0)
		last++;
	for (uint32_t n = last; n > 0; n--)
		if (renameat(l->dir, logfile_name(n - 1, from), l->dir, logfile_name(n, to)) < 0)
			return err_set(e, errno, "rename %s to %s", from, to);
	return 0;
}

static int rotate(struct logfile *l, struct err *e)
{
	if (write_batch(l, e) < 0 || shift_names(l, e) < 0 || open_newest(l, e) < 0)
		return err_wrap(e, "rotate the log");
	return 0;
}

static void batch_add(struct logfile *l, const char *bytes, size_t n)
{
	memcpy(l->batch + l->batch_n, bytes, n);
	l->batch_n += n;
}

/* The line of stream S, as far as it has come, as an entry. */
static int add_entry(struct logfile *l, enum log_stream s, bool partial, struct err *e)
{
	struct line *line = &l->lines[s];
	char head[HEAD_MAX];
	int n = snprintf(head, sizeof head, "%s %s %c ", l->stamp,
			 s == LOG_STDERR ? "stderr" : "stdout", partial ? 'P' : 'F');
	size_t len = (size_t)n + line->n + 1, taken = line->n;
	uint64_t size = l->size + l->batch_n;

	line->n = 0; /* whatever comes, it is not told twice */
	if (size > 0 && size + len > l->max_size && rotate(l, e) < 0)
		return -1;
	if (l->batch_n + 1 + len > sizeof l->batch && write_batch(l, e) < 0)
		return -1;
	if (l->batch_n == 0 && l->torn)
		batch_add(l, "\n", 1);
	batch_add(l, head, (size_t)n);
	batch_add(l, line->bytes, taken);
	batch_add(l, "\n", 1);
	return 0;
}

static void stamp_now(struct logfile *l)
{
	struct timespec now;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(l->stamp, sizeof l->stamp, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(l->stamp + n, sizeof l->stamp - n, ".%09ldZ", now.tv_nsec);
}

int logfile_write(struct logfile *l, enum log_stream s, const char *bytes, size_t n, struct err *e)
{
	struct line *line = &l->lines[s];

	stamp_now(l);
	while (n > 0) {
		size_t room = sizeof line->bytes - line->n, look = n > room ? room + 1 : n;
		const char *newline = memchr(bytes, '\n', look);
		size_t take = newline ? (size_t)(newline - bytes) : look;
		bool full = take > room; /* a line of just that length is not a partial one */

		take = full ? room : take;
		memcpy(line->bytes + line->n, bytes, take);
		line->n += take;
		bytes += take + (newline != NULL);
		n -= take + (newline != NULL);
		if ((full || newline) && add_entry(l, s, full, e) < 0)
			return -1;
	}
	return write_batch(l, e);
}

int logfile_flush(struct logfile *l, struct err *e)
{
	stamp_now(l);
	for (int s = LOG_STDOUT; s <= LOG_STDERR; s++)
		if (l->lines[s].n > 0 && add_entry(l, (enum log_stream)s, true, e) < 0)
			return -1;
	return write_batch(l, e);
}
