/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/limits.h"

void cgroup_limits_init(struct cgroup_limits *l)
{
	*l = (struct cgroup_limits){
		.cpu_quota_us = CGROUP_UNSET,
		.cpu_period_us = CGROUP_UNSET,
		.cpu_weight = CGROUP_UNSET,
		.memory_max = CGROUP_UNSET,
		.memory_high = CGROUP_UNSET,
		.memory_swap_max = CGROUP_UNSET,
		.pids_max = CGROUP_UNSET,
		.cpu_shares = CGROUP_UNSET,
		.cpu_burst_us = CGROUP_UNSET,
		.cpu_rt_runtime_us = CGROUP_UNSET,
		.cpu_rt_period_us = CGROUP_UNSET,
		.cpu_idle = CGROUP_UNSET,
		.memory_reservation = CGROUP_UNSET,
		.memory_and_swap = CGROUP_UNSET,
		.memory_swappiness = CGROUP_UNSET,
		.io_weight = CGROUP_UNSET,
		.io_leaf_weight = CGROUP_UNSET,
		.net_class_id = CGROUP_UNSET,
	};
}

static void lists_drop(struct cgroup_limits *l)
{
	for (size_t i = 0; i < l->n_hugepages; i++)
		free(l->hugepages[i].page_size);
	for (size_t i = 0; i < l->n_net_priorities; i++)
		free(l->net_priorities[i].name);
	for (size_t i = 0; i < l->n_rdma; i++)
		free(l->rdma[i].device);
	for (size_t i = 0; i < l->n_unified; i++) {
		free(l->unified[i].file);
		free(l->unified[i].value);
	}
}

void cgroup_limits_drop(struct cgroup_limits *l)
{
	lists_drop(l);
	for (size_t i = 0; i < IO_KINDS; i++)
		free(l->io[i].v);
	free(l->cpus);
	free(l->mems);
	free(l->hugepages);
	free(l->net_priorities);
	free(l->rdma);
	free(l->unified);
	free(l->devices);
	cgroup_limits_init(l);
}
