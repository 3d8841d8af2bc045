/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_CONTROLLERS_H
#define NFRUN_CGROUPS_CONTROLLERS_H

/* v2: handing controllers down (cgroup v2, "Enabling and Disabling"). Inside cgroups/ only. */

#include "cgroups/group.h"

/* Make the controllers reach the children of ABOVE (nfrun/): enabled in the subtree_control of the
 * group over it, then in its own. Those that L needs have to be there afterwards; cpu, memory and
 * pids are enabled for the statistics where that works. */
int controllers_enable(const struct cgroup *c, const char *above, const struct cgroup_limits *l,
		       struct err *e);

/* Fails, and says why and what helps, unless CONTROLLER is enabled for v2 group DIR. */
int controllers_require(const char *dir, const char *controller, struct err *e);

#endif
