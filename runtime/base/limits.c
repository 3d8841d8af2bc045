/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/limits.h"

void cgroup_limits_init(struct cgroup_limits *l)
{
	*l = (struct cgroup_limits)CGROUP_LIMITS_UNSET;
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
	free(l->cpu_partition);
	free(l->hugepages);
	free(l->net_priorities);
	free(l->rdma);
	free(l->unified);
	free(l->devices);
	cgroup_limits_init(l);
}
