/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_OCI_STATS_TEXT_H
#define NFRUN_CGROUPS_OCI_STATS_TEXT_H

/* Statistics out of the texts of kernel files; no file is touched. Inside cgroups/ only. */

#include "cgroups/oci_stats.h"

/* "NAME VALUE" lines: memory.stat. */
void stats_parse_raw(struct cgroup_oci_stats *s, const char *text);
/* The value of NAME in it; UNSET: none. */
uint64_t stats_raw(const struct cgroup_oci_stats *s, const char *name);

/* "8:0 Read 123" or "8:0 123" lines of a v1 file; the "Total" lines are left out. */
void stats_parse_io_v1(struct cgroup_oci_stats *s, enum cgroup_io_table table, const char *text);
/* v2's io.stat: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6". */
void stats_parse_io_v2(struct cgroup_oci_stats *s, const char *text);

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", and "full ...". */
void stats_parse_pressure(struct cgroup_pressure *p, const char *text);

/* "1 2 3": cpuacct.usage_percpu. */
void stats_parse_numbers(struct cgroup_numbers *out, const char *text);
/* "cpu user system", then "0 USER SYSTEM" lines: cpuacct.usage_all. */
void stats_parse_usage_all(struct cgroup_cpu_use *cpu, const char *text);

/* "mlx4_0 hca_handle=2 hca_object=2000" lines: rdma.current. */
void stats_parse_rdma(struct cgroup_oci_stats *s, const char *text);

#endif
