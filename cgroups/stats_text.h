/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_STATS_TEXT_H
#define NFRUN_CGROUPS_STATS_TEXT_H

/* Statistics out of the texts of kernel files; no file is touched. Inside cgroups/ only. */

#include "cgroups/oci_stats.h"

/* Calls LINE for each line of TEXT, with CONTEXT; LINE may write to it. */
void stats_each_line(const char *text, void (*line)(void *context, char *), void *context);

/* Each of these appends. */

/* "NAME VALUE" lines: memory.stat. */
void stats_parse_named(struct cgroup_named **v, size_t *n, const char *text);
/* The value of NAME among them; UNSET: none. */
uint64_t stats_named(const struct cgroup_named *v, size_t n, const char *name);

/* "8:0 Read 123" or "8:0 123" lines of a v1 file; the "Total" lines are left out. */
void stats_parse_io_v1(struct cgroup_io_list *out, const char *text);
/* v2's io.stat: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6"; the operations are called
 * as in v1's. */
void stats_parse_io_v2(struct cgroup_io_list *bytes, struct cgroup_io_list *count,
		       const char *text);
/* The same by device. */
void stats_io_devices(const struct cgroup_io_list *bytes, const struct cgroup_io_list *count,
		      struct cgroup_io_device **v, size_t *n);

/* Limits of devices: "8:0 123" lines of a v1 file; v2's io.max, "8:0 rbps=max wbps=1 riops=2
 * wiops=max"; io.latency, "8:0 target=10000"; io.weight, "default 100" and "8:0 50". What is "max"
 * is left out. */
void stats_parse_io_limit_v1(struct limits_io_list *out, const char *text);
void stats_parse_io_limits(struct cgroup_limits *out, const char *text);
void stats_parse_io_weight(struct cgroup_limits *out, const char *text);

/* "12.50": in 1/100; UNSET: "max", or no such number. */
uint64_t stats_parse_percent(const char *text);

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", and "full ...". */
void stats_parse_pressure(struct cgroup_pressure *p, const char *text);

/* "1 2 3": cpuacct.usage_percpu. */
void stats_parse_numbers(struct cgroup_numbers *out, const char *text);
/* "cpu user system", then "0 USER SYSTEM" lines: cpuacct.usage_all. */
void stats_parse_usage_all(struct cgroup_cpu_use *cpu, const char *text);

/* "mlx4_0 hca_handle=2 hca_object=2000" lines: rdma.current, rdma.max. */
void stats_parse_rdma(struct cgroup_rdma_use **v, size_t *n, const char *text);

#endif
