/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_FREEZE_H
#define NFRUN_CGROUPS_FREEZE_H

/* Inside cgroups/ only. */

#include "cgroups/group.h"

/* v1: a frozen process does not die of SIGKILL before it is thawed. Thaw the group and those below
 * it, whatever their state; v2 needs none. */
void freeze_let_die(struct cgroup *c);

#endif
