/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_LOGFILE_H
#define NFRUN_RUNTIME_LOGFILE_H

/* A VNF's output, in the CRI log format, rotated by size:
 *   2026-11-23T04:27:42.123456789Z stdout F a whole line
 *   2026-11-23T04:27:42.123456789Z stderr P a part of a line
 * Files: log, log.1 (older), ... in the VNF's state directory. */

#include "runtime/base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include <time.h>

enum log_stream { LOG_STDOUT, LOG_STDERR };

struct logfile;

/* Append to DIR/log, made when missing; rotate before a write would pass MAX_SIZE; keep FILES in
 * all. */
int logfile_open(int dir, uint64_t max_size, uint32_t files, struct logfile **out, struct err *e);

/* What was read from a stream, in any portions: lines are put together per stream; one longer than
 * 16 KiB is written as P parts. */
int logfile_write(struct logfile *l, enum log_stream s, const char *bytes, size_t n, struct err *e);
int logfile_flush(struct logfile *l, struct err *e); /* an unfinished line becomes a P entry */
void logfile_close(struct logfile *l);

struct log_entry {
	struct timespec time;
	enum log_stream stream;
	bool partial;
	const char *text; /* not terminated */
	size_t len;
};

/* One line without its newline; false: not an entry (a torn or foreign line). */
bool log_entry_parse(const char *line, size_t n, struct log_entry *out);

struct log_query {
	bool has_since;
	struct timespec since;
	int64_t tail; /* last entries only; -1: all */
	bool follow;  /* go on until STOP_FD becomes readable and what is there has been shown */
	int stop_fd;  /* -1: none; a pidfd or the read end of a pipe */
};

/* Call SHOW for each entry, oldest file first, across rotation. SHOW returning -1 ends it with 0
 * (EPIPE). */
int log_read(int dir, const struct log_query *q,
	     int (*show)(const struct log_entry *entry, void *data), void *data, struct err *e);

/* "2026-11-23T04:27:42Z" (RFC 3339), "10m" (ago), or seconds since the epoch. */
bool log_since_parse(const char *text, struct timespec now, struct timespec *out);

#endif
