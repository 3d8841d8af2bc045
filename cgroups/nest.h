/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_NEST_H
#define NFRUN_CGROUPS_NEST_H

/* nfrun/, the nest in which the groups of all VNFs lie. The kernel weighs, protects and divides
 * level by level, so what a VNF's group has counts only as far as the nest has it too: its weight
 * is kept at the sum of theirs (each then weighs as much beside the host's other groups as its
 * descriptor says, bounded by what one group may weigh), its memory.min and memory.low too, its
 * cpu.uclamp.min is the most of theirs, and it hands on the CPUs that they have for themselves.
 *
 * All of it is reckoned up anew from the groups that are there, under a lock, so a crash at any
 * point is mended by the next VNF that comes, goes or changes. A file of the nest that somebody
 * else has set is left alone: what nfrun wrote there stands in an extended attribute beside it.
 * Inside cgroups/ only. */

#include "cgroups/group.h"
#include "cgroups/settings.h"

bool is_nest(const char *dir); /* by its name */

/* Hold the lock of C's nest for as long as the descriptor is open. -1: C is in none, it is
 * gone, or somebody who holds it does not go on. */
int nest_lock(struct cgroup *c);
/* Under the lock: the nest gets what its groups have by now. L is what has been asked for (NULL:
 * nothing). Where it is not ours to change, or not writable, it stays as it is. */
void nest_settle(const struct cgroup *c, const struct cgroup_limits *l);

/* Is cpuset.cpus.exclusive of NEST as nfrun left it? */
bool nest_has_own_cpus(const char *nest);
/* Under the lock: add to S that NEST hands on CPUS beside what its groups have already. */
void nest_add_cpus(struct settings *s, const char *nest, const char *cpus, setting_check *why);

#endif
