/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PACKET_ENGINE_H
#define NFRUN_RUNTIME_PACKET_ENGINE_H

/* packet_cpu carried out. */

#include "runtime/container.h"

/* Have the packets of a running container, locked, processed as C's spec has it now: all of it, or
 * on failure as it was before. The group's new limits are in force already (C's cgroup is open);
 * what of them is not asked for is not in the spec: look at the group. The caller writes down the
 * new wish, after this: the descriptor in the record, or config.json in the state directory. */
int packet_update(struct container *c, struct err *e);

#endif
