/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/pump.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <stdbool.h>
#include <sys/stat.h>

enum {
	WORDS_MAX = 400,       /* leaves room for the rest of an error text */
	FIFO_SIZE = 256 << 10, /* what fits while there is no supervisor */
	ROUNDS_MAX = 16,       /* then others get their turn */
};

struct words {
	char text[WORDS_MAX + 1];
	size_t n;
};

struct pump {
	int fifo[PUMP_FDS];
	struct words words[PUMP_FDS];
	struct logfile *log;
};

static const char *const fifo_names[PUMP_FDS] = { "out", "err" };

static int fifo_open(int dir, const char *name, struct err *e)
{
	if (mkfifoat(dir, name, 0600) < 0 && errno != EEXIST)
		return err_set(e, errno, "make FIFO %s", name);

	/* O_RDWR on a FIFO never blocks on Linux and keeps it open from both sides: fifo(7). */
	scoped_fd int fd = fs_open_at(dir, name, O_RDWR | O_NONBLOCK | O_NOFOLLOW, 0, e);
	if (fd < 0)
		return -1;

	/* A process inside may reopen /dev/stdout under any user id; from outside, the state
	 * directory keeps everybody else away. */
	if (fchmod(fd, 0666) < 0)
		return err_set(e, errno, "set mode of FIFO %s", name);
	(void)fcntl(fd, F_SETPIPE_SZ, FIFO_SIZE); /* the default size does, too */
	return fd_take(&fd);
}

static int open_all(struct pump *p, int dir, uint64_t log_max_size, uint32_t log_files,
		    struct err *e)
{
	for (int i = 0; i < PUMP_FDS; i++) {
		p->fifo[i] = fifo_open(dir, fifo_names[i], e);
		if (p->fifo[i] < 0)
			return -1;
	}
	return logfile_open(dir, log_max_size, log_files, &p->log, e);
}

int pump_open(int dir, uint64_t log_max_size, uint32_t log_files, struct pump **out, struct err *e)
{
	struct pump *p = mem_alloc(sizeof *p);

	p->fifo[0] = p->fifo[1] = -1;
	if (open_all(p, dir, log_max_size, log_files, e) < 0) {
		pump_free(p);
		return -1;
	}
	*out = p;
	return 0;
}

void pump_free(struct pump *p)
{
	struct err ignored = { 0 };

	if (!p)
		return;
	if (p->log) {
		pump_run(p);
		(void)logfile_flush(p->log, &ignored); /* see pump_run in pump.h */
		logfile_close(p->log);
	}
	for (int i = 0; i < PUMP_FDS; i++)
		fd_drop(&p->fifo[i]);
	free(p);
}

int pump_container_ends(int dir, int ends[PUMP_FDS], struct err *e)
{
	scoped_fd int out = fs_open_at(dir, fifo_names[0], O_RDWR | O_NOFOLLOW, 0, e);
	scoped_fd int err =
		out < 0 ? -1 : fs_open_at(dir, fifo_names[1], O_RDWR | O_NOFOLLOW, 0, e);

	if (err < 0)
		return -1;
	ends[0] = fd_take(&out);
	ends[1] = fd_take(&err);
	return 0;
}

void pump_poll(const struct pump *p, struct pollfd fds[PUMP_FDS])
{
	for (int i = 0; i < PUMP_FDS; i++)
		fds[i] = (struct pollfd){ .fd = p ? p->fifo[i] : -1, .events = POLLIN };
}

/* Keep the last WORDS_MAX bytes. */
static void words_add(struct words *w, const char *bytes, size_t n)
{
	if (n > WORDS_MAX) {
		bytes += n - WORDS_MAX;
		n = WORDS_MAX;
	}
	size_t keep = w->n + n > WORDS_MAX ? WORDS_MAX - n : w->n;

	memmove(w->text, w->text + w->n - keep, keep);
	memcpy(w->text + keep, bytes, n);
	w->n = keep + n;
}

/* False: nothing there. */
static bool pump_one(struct pump *p, int i)
{
	char buf[16384];
	struct err ignored = { 0 };
	ssize_t n = read(p->fifo[i], buf, sizeof buf);

	if (n <= 0)
		return false;
	words_add(&p->words[i], buf, (size_t)n);
	(void)logfile_write(p->log, i == 0 ? LOG_STDOUT : LOG_STDERR, buf, (size_t)n, &ignored);
	return true;
}

void pump_run(struct pump *p)
{
	for (int i = 0; p && i < PUMP_FDS; i++)
		for (int round = 0; round < ROUNDS_MAX && pump_one(p, i); round++)
			continue;
}

const char *pump_last_words(struct pump *p)
{
	struct words *w = &p->words[p->words[1].n > 0 ? 1 : 0];

	while (w->n > 0 && strchr(" \t\n", w->text[w->n - 1]))
		w->n--;
	w->text[w->n] = '\0';
	for (size_t i = 0; i < w->n; i++)
		if ((unsigned char)w->text[i] < ' ')
			w->text[i] = ' ';
	return w->text;
}
