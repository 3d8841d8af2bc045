/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_LATE_H
#define NFRUN_CGROUPS_LATE_H

/* Parts that are made only when a limit asks for them. Inside cgroups/ only. */

#include "cgroups/group.h"

/* Has create to make part P? Yes, unless it is lazy and L does not need it. But an exact group
 * whose parent somebody has made in that hierarchy is held by the parent's limits only when it is
 * there.
 */
bool late_is_due(const struct cgroup *c, const struct part *p, const struct cgroup_limits *l);

struct late {
	bool made[PARTS_MAX];
};

/* A live group gets limits L: v1 makes the parts that they need and create left out, and moves the
 * processes in; v2 enables the controllers. When it fails, nothing is left. */
int late_make(struct cgroup *c, const struct cgroup_limits *l, struct late *late, struct err *e);
/* Undo what late_make made, after another failure E. */
void late_undo(struct cgroup *c, const struct late *late, struct err *e);

#endif
