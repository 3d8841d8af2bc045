/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_PACKET_H
#define NFRUN_CGROUPS_PACKET_H

/* The leaf of kernel threads, "packet", right below a group's directory. Inside cgroups/ only.
 *
 * A container that manages the groups below its own can make one of that name too, or move
 * processes into ours. So the name excuses nobody: only kernel threads in it are passed over, and
 * sent away; processes in it are counted, signalled and killed like all others. */

#include "cgroups/group.h"
#include "cgroups/settings.h"
#include "cgroups/tree.h"

/* Is DIR such a leaf, by its name? */
bool packet_is_leaf(const char *dir);
char *packet_leaf(const char *dir); /* DIR/packet; the caller frees */
/* Is a kernel thread in DIR/packet? */
bool packet_is_held(const char *dir);

/* The kernel threads of DIR/packet go back to the root of the hierarchy. None, or no leaf, is fine.
 */
int packet_evict(const char *dir, struct err *e);
/* P has been made after the others: those that are in the others' leaves get into its own. */
int packet_follow(struct cgroup *c, const struct part *p, struct err *e);

/* --- v1: what the kernel holds a child to when its group's limits change --- */

/* LIST into DIR/FILE and the leaf's ("cpuset.cpus", "cpuset.mems"): a child's list has to be within
 * its group's at every moment, so the group has both lists for one. */
void packet_add_list(struct settings *s, const char *dir, const char *file, const char *list);
/* Before and after DIR's quota becomes QUOTA (-1: none) of each PERIOD us: a child's share may not
 * be more than its group's. */
void packet_lift_quota(struct settings *s, const char *dir);
void packet_fit_quota(struct settings *s, const char *dir, int64_t quota, int64_t period);

#endif
