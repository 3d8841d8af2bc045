/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_LIMITS_H
#define NFRUN_CGROUPS_LIMITS_H

/* From a limit to the kernel files that hold it. Inside cgroups/ only. */

#include "cgroups/group.h"
#include "cgroups/settings.h"

/* Does any limit of L need CONTROLLER, by its v2 name? */
bool limits_need(const struct cgroup_limits *l, const char *controller);
/* What v1 calls the controller: blkio for io; else the same. */
const char *controller_v1(const char *controller);

/* Write L to the group: for create, and with UNDO for update. */
int limits_apply(struct cgroup *c, const struct cgroup_limits *l, bool undo, struct err *e);

/* A limit: set and not "max". */
static inline bool is_limited(uint64_t value)
{
	return value < CGROUP_NO_LIMIT;
}

static inline bool is_set(uint64_t value)
{
	return value != CGROUP_UNSET;
}

/* A number or "max" (or MAX's other spelling) into OUT of 24 bytes; returns OUT. */
const char *limit_text(uint64_t value, const char *max, char *out);

/* How a row of the table is carried out: add to S what brings the group's directory DIR from what
 * it has now to what L says. */
typedef int limit_translator(struct settings *s, const char *dir, const struct cgroup_limits *l,
			     struct err *e);

/* limits_v2.c */
limit_translator v2_cpu_max, v2_cpu_rt, v2_cpu_weight, v2_memory_max, v2_memory_low, v2_swappiness,
	v2_oom_kill;
/* limits_v1.c */
limit_translator v1_cpu_max, v1_cpu_rt, v1_cpu_weight, v1_memory_high, v1_memory_max, v1_memory_low,
	v1_swappiness, v1_oom_kill;
/* limits_more.c; without a version: the same in both */
limit_translator v2_io_weight, v1_io_weight, v2_io_max, v1_io_max, v2_hugetlb, v1_hugetlb, rdma_max,
	v2_net, v1_net_class, v1_net_priorities, v2_unified;

/* --- numbers that mean the same --- */

/* cpu.weight's 100 is cpu.shares' 1024, and both are proportional: systemd's conversion, bounded as
 * the kernel bounds shares (2..262144). Every weight comes back as itself. For nfrun's own groups,
 * whose limits are v2's, on a v1 host. */
uint64_t shares_from_weight(uint64_t weight);
uint64_t weight_from_shares(uint64_t shares);

/* For OCI's shares on v2. The specification (1.3) says that a runtime may convert, not how. This is
 * what runc 1.3.2, crun 1.23 and Kubernetes agreed on, so that 2, 1024 and 262144 are 1, 100 and
 * 10000: with l = log2(shares), ceil(10 ^ ((l^2 + 125 l) / 612 - 7/34)). */
uint64_t weight_from_oci_shares(uint64_t shares);

/* OCI's 10..1000 to io.weight's 1..10000: runc's and crun's linear conversion. */
uint64_t io_weight_from_oci(uint64_t weight);

/* What v1 says for "no limit": LONG_MAX rounded down to a page. */
bool v1_is_unlimited(uint64_t bytes);

/* Is there swap on this host now? Without it, and without the files to limit it, "no swap" holds by
 * itself. */
bool host_has_swap(void);

#endif
