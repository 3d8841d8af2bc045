/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_COUNTERS_H
#define NFRUN_CGROUPS_COUNTERS_H

/* What the kernel tells of a group: counters, what it uses, limits read back. A part of cgroup.h.
 * Names are cgroup v2's, also where a number comes from v1. Numbers that this host does not tell
 * are CGROUP_UNSET, as are limits that there are none of. */

#include "runtime/base/err.h"
#include "runtime/base/limits.h"

struct cgroup_pressure_line {
	double avg10, avg60, avg300; /* percent */
	uint64_t total_us;
};

struct cgroup_pressure { /* v2, with CONFIG_PSI */
	bool known;
	struct cgroup_pressure_line some, full;
};

struct cgroup_named { /* a line of memory.stat */
	char *name;
	uint64_t value;
};

struct cgroup_io_use { /* a line of a blkio file */
	uint64_t major, minor;
	char op[16]; /* "Read"; "": none */
	uint64_t value;
};

struct cgroup_io_list {
	struct cgroup_io_use *v;
	size_t n;
};

struct cgroup_io_device { /* what went to and from one device */
	uint64_t major, minor;
	char *name; /* "sda"; NULL: not known */
	uint64_t rbytes, wbytes, dbytes, rios, wios, dios;
};

struct cgroup_hugetlb_use {
	char *page_size; /* "2MB" */
	uint64_t usage, max, failcnt;
};

struct cgroup_rdma_use {
	char *device;
	uint64_t handles, objects;
};

enum cgroup_resource { CGROUP_CPU, CGROUP_MEMORY, CGROUP_IO, CGROUP_RESOURCES };

struct cgroup_stats {
	uint64_t cpu_usage_us, cpu_user_us, cpu_system_us;
	uint64_t cpu_periods, cpu_throttled, cpu_throttled_us, cpu_bursts, cpu_burst_us;
	uint64_t memory_current, memory_peak, memory_limit, memory_swap, memory_swap_peak;
	/* memory.events, of the group and those below it */
	uint64_t memory_low, memory_high, memory_max, memory_oom, memory_oom_kills,
		memory_oom_group_kills;
	uint64_t swap_high, swap_max, swap_fail; /* memory.swap.events */
	uint64_t pids_current, pids_peak, pids_limit, pids_max;

	/* --- with cgroup_stats_read_all: of memory.stat, then the lists below --- */
	uint64_t anon, file, kernel, slab, sock, shmem, file_dirty;
	uint64_t pgfault, pgmajfault, refault_anon, refault_file;

	struct cgroup_limits limits; /* read back; a protection or a burst of 0 is none */

	struct cgroup_pressure pressure[CGROUP_RESOURCES];
	struct cgroup_named *memory_stat; /* every line, by the kernel's names; none: not told */
	size_t n_memory_stat;
	bool has_io, has_hugetlb, has_rdma; /* false: not told */
	struct cgroup_io_device *io;
	size_t n_io;
	struct cgroup_hugetlb_use *hugetlb;
	size_t n_hugetlb;
	struct cgroup_rdma_use *rdma;
	size_t n_rdma;
};

struct cgroup;
/* What is cheap to tell; E->code ENOENT: the group is gone. The caller drops OUT, also after a
 * failure. */
int cgroup_stats_read(struct cgroup *c, struct cgroup_stats *out, struct err *e);
/* All there is: some of it has the kernel add up what each CPU counted. */
int cgroup_stats_read_all(struct cgroup *c, struct cgroup_stats *out, struct err *e);
void cgroup_stats_drop(struct cgroup_stats *s);
/* memory_oom_kills alone. */
uint64_t cgroup_oom_kills(struct cgroup *c);

#endif
