/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_LOGFILE_FILES_H
#define NFRUN_RUNTIME_LOGFILE_FILES_H

/* The files of one log, "log" the newest, then "log.1" and so on, as a reader finds them while a
 * writer may be rotating. A file is known by its inode: names move on, and an inode that is held
 * open cannot be given to another file. */

#include "runtime/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { LOGFILE_NAME_SIZE = 16, LOGFILE_LINE_MAX = 16 << 10 };

/* Name number N into OUT of LOGFILE_NAME_SIZE bytes; returns OUT. */
const char *logfile_name(uint32_t n, char *out);

struct log_source {
	int fd; /* -1: none */
	ino_t inode;
	off_t at;      /* where to read on: the start of a line, unless SKIPPING */
	off_t size;    /* when it was opened */
	bool skipping; /* inside a line too long to be an entry: on to its end */
};
void log_source_drop(struct log_source *s);

struct log_files { /* oldest first */
	struct log_source *v;
	size_t n;
};

/* All files there are, none twice, none forgotten. No file at all is fine. */
int log_files_open(int dir, struct log_files *out, struct err *e);
void log_files_drop(struct log_files *f);

/* Inode of the file number N; 0: there is none now. */
ino_t log_file_inode(int dir, uint32_t n);

/* Move the start to the last TAIL entries; files before it are dropped. */
void log_files_tail(struct log_files *f, int64_t tail);

#endif
