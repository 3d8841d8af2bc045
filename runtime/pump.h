/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PUMP_H
#define NFRUN_RUNTIME_PUMP_H

/* From a VNF's stdout and stderr to its log. Both are FIFOs in the state directory that either side
 * holds open for reading and writing: the VNF never sees SIGPIPE or EOF when the supervisor dies,
 * and the next supervisor finds what was written meanwhile. */

#include "runtime/base/err.h"

#include <poll.h>
#include <stdint.h>

struct pump;

enum { PUMP_FDS = 2 };

/* FIFOs out and err and the log in DIR, made when missing. */
int pump_open(int dir, uint64_t log_max_size, uint32_t log_files, struct pump **out, struct err *e);
void pump_free(struct pump *p); /* flushes; NULL is fine */

/* The container's ends, blocking, to become its stdout and stderr; the caller owns both. */
int pump_container_ends(int dir, int ends[PUMP_FDS], struct err *e);

/* Fill in what to poll for; NULL: entries that poll(2) ignores. */
void pump_poll(const struct pump *p, struct pollfd fds[PUMP_FDS]);

/* Move what is there, without waiting. A log that cannot be written (a full disk) loses lines
 * rather than stop a network function. */
void pump_run(struct pump *p);

/* The last bytes that came through stderr (or stdout, when stderr was silent) since the pump was
 * opened, on one line: for error messages. */
const char *pump_last_words(struct pump *p);

#endif
