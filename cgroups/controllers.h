/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_CONTROLLERS_H
#define NFRUN_CGROUPS_CONTROLLERS_H

/* v2: handing controllers down (cgroup v2, "Enabling and Disabling"). Inside cgroups/ only. */

#include "cgroups/group.h"

/* Make the controllers reach the children of group DIR: enabled in its subtree_control, and first
 * in those of the groups above it that lack them. What L needs has to be there afterwards; what the
 * statistics want is enabled where that works. */
int controllers_enable(const struct cgroup *c, const char *dir, const struct cgroup_limits *l,
		       struct err *e);

/* Is CONTROLLER enabled for v2 group DIR? */
bool controllers_have(const char *dir, const char *controller);
/* Fails, and says why and what helps, unless it is. */
int controllers_require(const char *dir, const char *controller, struct err *e);

#endif
