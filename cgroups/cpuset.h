/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_CPUSET_H
#define NFRUN_CGROUPS_CPUSET_H

/* CPU lists. Inside cgroups/ only. */

#include "cgroups/limits.h"

/* v1: a new group has no CPU and no memory node, and takes no process until it has (cpusets(7)):
 * fill what is empty in DIR from the groups above it. */
int cpuset_inherit(const char *dir, struct err *e);

/* Is LIST within ALLOWED, both as the kernel writes them? The error names ALLOWED and WHOSE it is.
 */
int cpus_check(const char *list, const char *allowed, const char *whose, struct err *e);

/* Rows of the table of limits: checked against what the group may use. */
limit_translator cpuset_cpus, cpuset_mems;

#endif
