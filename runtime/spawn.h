/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_SPAWN_H
#define NFRUN_RUNTIME_SPAWN_H

/* The parent's side of making a container's first process. */

#include "runtime/container.h"

/* Clone init into its new namespaces and its control group, map its ids, hand it what its root is
 * made of. Fills c->init_pidfd, c->rec.init and c->stage; on failure whatever was cloned is on its
 * way out. */
int spawn_init(struct container *c, struct err *e);

/* Kill it, if it is there, and wait until it and so its pid namespace are gone. */
int spawn_kill(struct container *c, struct err *e);

/* Wait for the end of a child of this process: its exit code, or 128 and the signal. -1: it cannot
 * be waited for. */
int spawn_status(int pidfd, struct err *e);

#endif
