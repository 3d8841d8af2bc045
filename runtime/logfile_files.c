/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/logfile_files.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char *logfile_name(uint32_t n, char *out)
{
	snprintf(out, LOGFILE_NAME_SIZE, "log");
	if (n > 0)
		snprintf(out, LOGFILE_NAME_SIZE, "log.%" PRIu32, n);
	return out;
}

void log_source_drop(struct log_source *s)
{
	fd_drop(&s->fd);
	s->inode = 0;
}

void log_files_drop(struct log_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		log_source_drop(&f->v[i]);
	free(f->v);
	*f = (struct log_files){ 0 };
}

ino_t log_file_inode(int dir, uint32_t n)
{
	char name[LOGFILE_NAME_SIZE];
	struct stat st;

	if (fstatat(dir, logfile_name(n, name), &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return st.st_ino;
}

/* 1: opened; 0: not there. */
static int source_open(int dir, uint32_t n, struct log_source *out, struct err *e)
{
	char name[LOGFILE_NAME_SIZE];
	struct stat st;
	scoped_fd int fd =
		openat(dir, logfile_name(n, name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_set(e, errno, "open %s", name);
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "look at %s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, 0, "open %s: it is not a regular file", name);
	*out = (struct log_source){ .fd = fd_take(&fd), .inode = st.st_ino, .size = st.st_size };
	return 1;
}

static void add_once(struct log_files *f, struct log_source *s)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->v[i].inode == s->inode) {
			log_source_drop(s);
			return;
		}
	}
	f->v = mem_grow(f->v, f->n + 1, sizeof *f->v);
	f->v[f->n++] = *s;
}

/* From the newest name to the oldest: files only move towards older names, so one that moves
 * meanwhile is met twice rather than missed. A rotation leaves at most one name free, so two free
 * ones in a row are the end. HEAD: the inodes met as the two newest. */
static int scan(int dir, struct log_files *f, ino_t head[2], struct err *e)
{
	int missing = 0;

	head[0] = head[1] = 0;
	for (uint32_t n = 0; missing < 2; n++) {
		struct log_source s = { .fd = -1 };
		int found = source_open(dir, n, &s, e);

		if (found < 0)
			return -1;
		missing = found ? 0 : missing + 1;
		if (n < 2)
			head[n] = s.inode;
		if (found)
			add_once(f, &s);
	}
	return 0;
}

static void reverse(struct log_files *f)
{
	for (size_t i = 0; i < f->n / 2; i++) {
		struct log_source s = f->v[i];

		f->v[i] = f->v[f->n - 1 - i];
		f->v[f->n - 1 - i] = s;
	}
}

int log_files_open(int dir, struct log_files *out, struct err *e)
{
	/* A whole rotation during the scan puts a newer file under an older name. Then the newest
	 * name has another file in the end, and the scan is worth nothing. Each further try costs
	 * the writer a whole file. */
	for (;;) {
		scoped(log_files_drop) struct log_files f = { 0 };
		ino_t head[2];

		if (scan(dir, &f, head, e) < 0)
			return -1;
		if (log_file_inode(dir, 0) != head[0])
			continue;
		if (head[0] == 0 && log_file_inode(dir, 1) != head[1])
			continue;
		reverse(&f);
		*out = f;
		f = (struct log_files){ 0 };
		return 0;
	}
}

struct block { /* a window on the file, moved backwards */
	char buf[LOGFILE_LINE_MAX];
	off_t from;
	size_t n;
};

/* Where the last newline before END is; -1: there is none (or it cannot be read, which the reader
 * will find out and tell). */
static off_t newline_before(const struct log_source *s, struct block *b, off_t end)
{
	while (end > 0) {
		if (end <= b->from || end > b->from + (off_t)b->n) {
			off_t from = end > (off_t)sizeof b->buf ? end - (off_t)sizeof b->buf : 0;
			ssize_t n = pread(s->fd, b->buf, (size_t)(end - from), from);

			if (n != end - from)
				return -1;
			b->from = from;
			b->n = (size_t)n;
		}
		const char *nl = memrchr(b->buf, '\n', (size_t)(end - b->from));
		if (nl)
			return b->from + (nl - b->buf);
		end = b->from;
	}
	return -1;
}

static bool is_entry(const struct log_source *s, off_t start, off_t end)
{
	char head[64];
	struct log_entry entry;
	size_t len = end - start > (off_t)sizeof head ? sizeof head : (size_t)(end - start);
	ssize_t n = pread(s->fd, head, len, start);

	return n == (ssize_t)len && log_entry_parse(head, len, &entry);
}

/* Start S at its last WANT entries; returns how many there are, if fewer. */
static int64_t source_tail(struct log_source *s, int64_t want)
{
	struct block b = { .n = 0 };
	off_t end = newline_before(s, &b, s->size);
	int64_t found = 0;

	s->at = end + 1;
	while (end >= 0 && found < want) {
		off_t start = newline_before(s, &b, end) + 1;

		if (is_entry(s, start, end)) {
			found++;
			s->at = start;
		}
		end = start - 1;
	}
	return found;
}

void log_files_tail(struct log_files *f, int64_t tail)
{
	size_t first = f->n;

	if (f->n == 0)
		return;
	do
		tail -= source_tail(&f->v[--first], tail);
	while (first > 0 && tail > 0);

	for (size_t i = 0; i < first; i++)
		log_source_drop(&f->v[i]);
	f->n -= first;
	memmove(f->v, f->v + first, f->n * sizeof *f->v);
}
