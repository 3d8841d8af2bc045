/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_LOG_TEST_H
#define NFRUN_TESTS_LOG_TEST_H

/* A directory with a log in it. */

#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/logfile.h"
#include "tests/support/support.h"

#include <fcntl.h>
#include <string.h>

static struct err e;
static char dir_path[] = "/tmp/nfrun-log-XXXXXX";
static int dir = -1;

static inline void log_setup(void)
{
	cr_assert_not_null(mkdtemp(dir_path));
	dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(dir, 0);
}

static inline void log_teardown(void)
{
	fd_drop(&dir);
	(void)fs_remove_tree_at(AT_FDCWD, dir_path, &e);
}

static inline struct logfile *open_log(uint64_t max_size, uint32_t files)
{
	struct logfile *l = NULL;

	cr_assert_eq(logfile_open(dir, max_size, files, &l, &e), 0, "%s", e.text);
	return l;
}

static inline void put(struct logfile *l, enum log_stream s, const char *text)
{
	cr_assert_eq(logfile_write(l, s, text, strlen(text), &e), 0, "%s", e.text);
}

static inline void put_file(const char *name, const char *text)
{
	cr_assert_eq(fs_replace_at(dir, name, text, strlen(text), 0600, &e), 0, "%s", e.text);
}

/* Entries as "oF:text|", the stream's letter and the tag before each. */
struct seen {
	char text[4096];
	int64_t count, stop_after;
};

static inline int show(const struct log_entry *entry, void *data)
{
	struct seen *s = data;
	size_t n = strlen(s->text);

	snprintf(s->text + n, sizeof s->text - n, "%c%c:%.*s|",
		 entry->stream == LOG_STDERR ? 'e' : 'o', entry->partial ? 'P' : 'F',
		 entry->len > 40 ? 40 : (int)entry->len, entry->text);
	s->count++;
	return s->count == s->stop_after ? -1 : 0;
}

static inline struct seen read_back(int64_t tail)
{
	struct log_query q = { .tail = tail, .stop_fd = -1 };
	struct seen s = { 0 };

	cr_assert_eq(log_read(dir, &q, show, &s, &e), 0, "%s", e.text);
	return s;
}

#endif
