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

/* limits_v2.c; without a version: the same in both */
limit_translator v2_cpu_max, v2_cpu_rt, v2_cpu_weight, v2_memory_max, v2_memory_min, v2_memory_low,
	v2_swappiness, v2_oom_kill, v2_oom_group, cpu_uclamp;
/* limits_v1.c */
limit_translator v1_cpu_max, v1_cpu_rt, v1_cpu_weight, v1_memory_high, v1_memory_max, v1_memory_min,
	v1_memory_low, v1_swappiness, v1_oom_kill, v1_oom_group;
/* limits_io.c */
limit_translator v2_io_weight, v1_io_weight, v2_io_max, v1_io_max, v2_io_latency, v1_io_latency;
/* limits_more.c */
limit_translator v2_hugetlb, v1_hugetlb, rdma_max, v2_net, v1_net_class, v1_net_priorities,
	v2_unified;

/* Is there DIR/FILE? */
bool has_limit_file(const char *dir, const char *file);

/* limits_check.c: what a VNF's limits may not be, which the kernel would take without a word and
 * not hold: contradictions, and more than the groups above have. An OCI caller's exact group is
 * left to the kernel, as runc leaves it. Nothing is written. */
int limits_check(struct cgroup *c, const struct cgroup_limits *l, struct err *e);
/* The part that looks at the groups above; limits_above.c. */
int limits_check_above(struct cgroup *c, const struct cgroup_limits *l, struct err *e);
/* Where L wants that checked: is its memory limit for DIR below what is in use? EBUSY then. */
int limits_check_use(const char *dir, bool v2, const struct cgroup_limits *l, struct err *e);

struct quota {
	int64_t quota, period; /* us; QUOTA -1: none */
};
/* What CPU time DIR has now; false: no such files. */
bool quota_read(const char *dir, bool v2, struct quota *out);

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

/* io.weight's 1..10000 to bfq's 1..1000; 100, which everybody begins with, is 100 in both. */
uint64_t bfq_weight_from_share(uint64_t share);

/* What v1 says for "no limit": LONG_MAX rounded down to a page. */
bool v1_is_unlimited(uint64_t bytes);

/* Is there swap on this host now? Without it, and without the files to limit it, "no swap" holds by
 * itself. */
bool host_has_swap(void);

#endif
