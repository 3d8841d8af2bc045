/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_DEVICES_H
#define NFRUN_CGROUPS_DEVICES_H

/* Which devices a group may use. Inside cgroups/ only. */

#include "cgroups/group.h"

#include <linux/bpf.h>

enum { DEVICE_ALL = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE };

/* A rule's access as bits of BPF_DEVCG_ACC_*; none given: all, as crun has it. */
int device_access(const struct limits_device *rule);

/* Put L's rules in force, each over those before it; what no rule speaks of is forbidden. v1: UNDO
 * puts back what a failure leaves half done. */
int devices_apply(struct cgroup *c, const struct cgroup_limits *l, bool undo, struct err *e);

/* cgroup v1 takes back only what was given in the very same words. Fails on a rule that it would
 * take and not carry out. */
int devices_check_v1(const struct limits_device *rules, size_t n, struct err *e);

#endif
