/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_OCI_STATS_H
#define NFRUN_CGROUPS_OCI_STATS_H

/* What `events --stats` tells of a group: runc's fields. A part of cgroup.h. Numbers that this host
 * does not tell are CGROUP_UNSET, as are limits that there are none of. */

#include "cgroups/counters.h"

struct cgroup_numbers {
	uint64_t *v;
	size_t n;
};

struct cgroup_cpu_use {
	uint64_t total_ns, kernel_ns, user_ns;
	struct cgroup_numbers percpu, percpu_kernel, percpu_user; /* ns; v1 */
	uint64_t periods, throttled_periods, throttled_ns;
	struct cgroup_pressure pressure;
};

struct cgroup_memory_use {
	uint64_t usage, max, failcnt, limit;
};

enum cgroup_io_table { /* runc's ...Recursive */
		       CGROUP_IO_SERVICE_BYTES,
		       CGROUP_IO_SERVICED,
		       CGROUP_IO_QUEUED,
		       CGROUP_IO_SERVICE_TIME,
		       CGROUP_IO_WAIT_TIME,
		       CGROUP_IO_MERGED,
		       CGROUP_IO_TIME,
		       CGROUP_IO_SECTORS,
		       CGROUP_IO_TABLES
};

struct cgroup_oci_stats {
	struct cgroup_cpu_use cpu;
	char *cpus, *mems; /* NULL: not told */

	uint64_t memory_cache;
	struct cgroup_memory_use memory;
	struct cgroup_memory_use swap;               /* memory and swap together, as on v1 */
	struct cgroup_memory_use kernel, kernel_tcp; /* v1 */
	uint64_t memory_oom_kills;
	struct cgroup_named *memory_raw;
	size_t n_memory_raw;
	struct cgroup_pressure memory_pressure;

	uint64_t pids_current, pids_limit;

	struct cgroup_io_list io[CGROUP_IO_TABLES];
	struct cgroup_pressure io_pressure;

	struct cgroup_hugetlb_use *hugetlb;
	size_t n_hugetlb;
	struct cgroup_rdma_use *rdma;
	size_t n_rdma;
};

struct cgroup;
/* The caller drops OUT, also after a failure. */
int cgroup_oci_stats_read(struct cgroup *c, struct cgroup_oci_stats *out, struct err *e);
void cgroup_oci_stats_drop(struct cgroup_oci_stats *s);

#endif
