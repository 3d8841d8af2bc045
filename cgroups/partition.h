/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_PARTITION_H
#define NFRUN_CGROUPS_PARTITION_H

/* CPUs that a group has for itself: cpuset.cpus.partition (cgroup v2, "Cpuset Interface Files").
 * A partition below one is local; any other is remote, and wants its CPUs in cpuset.cpus.exclusive
 * of every group above it first (Linux 6.7). Inside cgroups/ only. */

#include "cgroups/limits.h"

/* The row of cpuset.cpus and its partition, which depend on each other. */
limit_translator v2_cpuset_cpus;

/* A file by name: is it the partition's? Then it is added to S, with a look at what comes of it. */
bool partition_add_file(struct settings *s, const char *dir, const struct limits_file *file);

/* E says that DIR cannot have CPU: say after it whose it is, where it is somebody's. Returns -1. */
int partition_explain(const char *dir, unsigned int cpu, struct err *e);

#endif
