/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_CPUSET_H
#define NFRUN_CGROUPS_CPUSET_H

/* CPU lists. Inside cgroups/ only. */

#include "cgroups/limits.h"

/* v1: a new group has no CPU and no memory node, and takes no process until it has (cpusets(7)):
 * fill what is empty in DIR from the group above it. */
int cpuset_inherit(const char *dir, struct err *e);

/* Is LIST within ALLOWED, both as the kernel writes them? The error names ALLOWED and WHOSE it is.
 */
int cpus_check(const char *list, const char *allowed, const char *whose, struct err *e);

/* Add LIST to the settings, checked against what the group may use. */
int cpuset_add(struct cgroup *c, const char *list, struct settings *s, struct err *e);

/* A live group gets its first list: v1 makes the part that create left out, and moves the processes
 * in
 * (*JOINED); v2 enables the controller. cpuset_leave undoes *JOINED. */
int cpuset_prepare(struct cgroup *c, const struct cgroup_limits *l, bool *joined, struct err *e);
void cpuset_leave(struct cgroup *c, struct err *e);

#endif
