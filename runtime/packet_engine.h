/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PACKET_ENGINE_H
#define NFRUN_RUNTIME_PACKET_ENGINE_H

/* packet_cpu at work: the step of a container's life, its change, and its keeper. */

#include "runtime/container.h"

#include <poll.h>

/* The step, after the network: offloads, threads, queues, where the threads run. Without packet_cpu
 * there is nothing to do, and nothing is looked at. */
int packet_apply(struct container *c, struct err *e);
/* Caps are lifted first, so that links under flood go at once; then the threads leave the group. */
int packet_revert(struct container *c, struct err *e);

/* Have the packets of a running container, locked, processed as C's spec has it now: all of it, or
 * on failure as it was before. The group's new limits are in force already (C's cgroup is open).
 * The caller writes down the new wish, after this: the descriptor in the record, or config.json in
 * the state directory; and when it has unlocked it, tells the keeper. */
int packet_update(struct container *c, struct err *e);

/* What either has warned of. */
void packet_tell_warning(const struct container *c, struct strs *warnings);

/* A process of its own for an OCI container, locked, that has something to keep; nothing otherwise.
 * It ends with the container. */
int packet_keeper_start(struct container *c, struct err *e);
/* Where there is such a process it has ended when this returns, or will soon. */
void packet_keeper_end(struct container *c);
/* After packet_update: whoever keeps it looks again; an OCI container's is started if need be. */
int packet_keeper_tell(struct container *c, struct err *e);

/* --- the keeper: a part of the process that stays with the container --- */

enum { PACKET_FDS = 4 };
struct packet_keeper;
/* C is running. Nothing to keep is fine, and an empty keeper, too. */
int packet_keeper_open(struct container *c, struct packet_keeper **out, struct err *e);
void packet_keeper_free(struct packet_keeper *k); /* NULL is fine */
/* PACKET_FDS entries, -1 where there is nothing to wait for. K may be NULL. */
void packet_keeper_poll(const struct packet_keeper *k, struct pollfd *p);
/* New threads are placed, budgets balanced. C is not locked; while somebody else has the lock it is
 * tried again a little later. E: what could not be done, to be recorded. */
int packet_keeper_run(struct packet_keeper *k, const struct pollfd *p, struct container *c,
		      struct err *e);

#endif
