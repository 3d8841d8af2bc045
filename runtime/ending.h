/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_ENDING_H
#define NFRUN_RUNTIME_ENDING_H

/* How a VNF's process ended, and what follows from it. */

#include "runtime/container.h"
#include "runtime/spec/vnf.h"

#include <stdbool.h>
#include <stdint.h>

/* Into c->rec: exit code or signal from the exit page, OOM kills from the group. KILLED: init got
 * SIGKILL from us before it could say. Call it before the group is removed. */
void ending_note(struct container *c, bool killed);

/* By policy and counter; a run of ENDING_GOOD_RUN_MS or longer starts the counter anew (in R). */
enum { ENDING_GOOD_RUN_MS = 10000, ENDING_BACKOFF_MAX_MS = 60000 };
bool ending_wants_restart(const struct vnf *v, struct record *r);

/* The pause before restart number R->restarts + 1: the descriptor's back-off, doubled each time. */
uint64_t ending_backoff_ms(const struct vnf *v, const struct record *r);

#endif
