/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_LIMITS_H
#define NFRUN_BASE_LIMITS_H

/* The limits of a control group, as a description asks for them and cgroups/ carries them out. The
 * members that both faces use have cgroup v2's names and meanings. Those that only OCI callers set
 * are runtime-spec's, in its units; cgroups/ translates them for whichever version holds the
 * controller. */

#include "runtime/base/strs.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CGROUP_UNSET    UINT64_MAX       /* limits: leave it; statistics: this host does not tell */
#define CGROUP_NO_LIMIT (UINT64_MAX - 1) /* limits: lift it, the kernel's "max"; OCI's -1 */

struct limits_device { /* runtime-spec config-linux.md, "Allowed Device list" */
	bool allow;
	char type;            /* 'a', 'b', 'c' */
	int64_t major, minor; /* -1: any */
	char access[4];       /* of "rwm" */
};

struct limits_io {             /* "Block IO": one device */
	uint64_t major, minor; /* major CGROUP_UNSET: minor is a place in DISKS, see blockdev.h */
	uint64_t value; /* weight 10..1000, bytes or operations a second, or as the kind says; 0:
			   none */
	uint64_t leaf_weight; /* weight devices; CGROUP_UNSET: not given */
};

struct limits_disk { /* a device by a path: itself, or what lies on it */
	char *path;
	uint64_t major, minor; /* CGROUP_UNSET until it has been looked up */
};

enum limits_io_kind { /* which table of "Block IO" */
		      IO_WEIGHT,
		      IO_READ_BPS,
		      IO_WRITE_BPS,
		      IO_READ_IOPS,
		      IO_WRITE_IOPS,
		      IO_SHARE,   /* io.weight itself: 1..10000 */
		      IO_LATENCY, /* io.latency's target, in us */
		      IO_KINDS
};

struct limits_io_list {
	struct limits_io *v;
	size_t n;
};

struct limits_hugepage {
	char *page_size; /* "2MB" */
	uint64_t limit;
};

struct limits_priority { /* net_prio, v1 alone */
	char *name;
	uint32_t priority;
};

struct limits_rdma {
	char *device;
	uint64_t handles, objects; /* CGROUP_UNSET: not given */
};

struct limits_file { /* "Unified": a v2 file and what to write to it */
	char *file, *value;
};

struct cgroup_limits {
	uint64_t cpu_quota_us, cpu_period_us; /* cpu.max */
	uint64_t cpu_weight;                  /* 1..10000 */
	char *cpus;                           /* cpuset.cpus; NULL: leave it */
	uint64_t memory_max, memory_high, memory_swap_max;
	uint64_t pids_max;

	/* --- v2's, from a VNF's descriptor --- */
	char *cpu_partition; /* cpuset.cpus.partition: "member", "root", "isolated"; NULL: leave it
			      */
	uint64_t uclamp_min, uclamp_max; /* cpu.uclamp.*: in 1/100 percent, 0..10000 */
	uint64_t memory_min, memory_low;
	uint64_t memory_oom_group; /* 0, 1 */
	uint64_t io_share;         /* io.weight: 1..10000 */

	/* --- OCI --- */
	uint64_t cpu_shares; /* v1's 2..262144 */
	uint64_t cpu_burst_us, cpu_rt_runtime_us, cpu_rt_period_us, cpu_idle;
	char *mems; /* cpuset.mems; NULL: leave it */
	uint64_t memory_reservation;
	uint64_t memory_and_swap; /* OCI's memory.swap: both together; CGROUP_NO_LIMIT: -1 */
	uint64_t memory_swappiness;
	bool has_oom_kill_disable, oom_kill_disable;
	bool memory_check_before_update; /* refuse a limit below what is in use */
	uint64_t io_weight, io_leaf_weight;
	struct limits_io_list io[IO_KINDS];
	struct limits_disk *disks;
	size_t n_disks;
	struct limits_hugepage *hugepages;
	size_t n_hugepages;
	uint64_t net_class_id;
	struct limits_priority *net_priorities;
	size_t n_net_priorities;
	struct limits_rdma *rdma;
	size_t n_rdma;
	struct limits_file *unified;
	size_t n_unified;
	bool has_devices; /* false: the group is not asked to filter devices */
	struct limits_device *devices;
	size_t n_devices;
};

/* An initializer: nothing is asked for. */
#define CGROUP_LIMITS_UNSET                                                                        \
	{                                                                                          \
		.cpu_quota_us = CGROUP_UNSET, .cpu_period_us = CGROUP_UNSET,                       \
		.cpu_weight = CGROUP_UNSET, .memory_max = CGROUP_UNSET,                            \
		.memory_high = CGROUP_UNSET, .memory_swap_max = CGROUP_UNSET,                      \
		.pids_max = CGROUP_UNSET, .cpu_shares = CGROUP_UNSET,                              \
		.cpu_burst_us = CGROUP_UNSET, .cpu_rt_runtime_us = CGROUP_UNSET,                   \
		.cpu_rt_period_us = CGROUP_UNSET, .cpu_idle = CGROUP_UNSET,                        \
		.memory_reservation = CGROUP_UNSET, .memory_and_swap = CGROUP_UNSET,               \
		.uclamp_min = CGROUP_UNSET, .uclamp_max = CGROUP_UNSET,                            \
		.memory_min = CGROUP_UNSET, .memory_low = CGROUP_UNSET,                            \
		.memory_oom_group = CGROUP_UNSET, .io_share = CGROUP_UNSET,                        \
		.memory_swappiness = CGROUP_UNSET, .io_weight = CGROUP_UNSET,                      \
		.io_leaf_weight = CGROUP_UNSET, .net_class_id = CGROUP_UNSET,                      \
	}
void cgroup_limits_init(struct cgroup_limits *l);       /* all unset */
void cgroup_limits_drop(struct cgroup_limits *l);       /* frees what it owns; all unset then */
void cgroup_limits_lists_drop(struct cgroup_limits *l); /* the lists alone */
/* What FROM asks for, copied, takes the place of what TO asks for; a list that is not empty that of
 * a list. */
void cgroup_limits_put(struct cgroup_limits *to, const struct cgroup_limits *from);

/* Add to the lists; the texts are copied. */
void limits_io_add(struct cgroup_limits *l, enum limits_io_kind kind, const char *path,
		   uint64_t value);
struct limits_disk *limits_disk_find(const struct cgroup_limits *l, const char *path);
/* The path that IT was given by; NULL: by numbers, or it has been looked up. */
const char *limits_io_path(const struct cgroup_limits *l, const struct limits_io *it);
void limits_hugepage_add(struct cgroup_limits *l, const char *page_size, uint64_t limit);
struct limits_rdma *limits_rdma_add(struct cgroup_limits *l, const char *device);
void limits_file_add(struct cgroup_limits *l, const char *file, const char *value);

#endif
