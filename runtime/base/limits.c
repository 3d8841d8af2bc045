/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/limits.h"

void cgroup_limits_init(struct cgroup_limits *l)
{
	*l = (struct cgroup_limits)CGROUP_LIMITS_UNSET;
}

static void names_drop(struct cgroup_limits *l)
{
	for (size_t i = 0; i < l->n_hugepages; i++)
		free(l->hugepages[i].page_size);
	for (size_t i = 0; i < l->n_net_priorities; i++)
		free(l->net_priorities[i].name);
	for (size_t i = 0; i < l->n_rdma; i++)
		free(l->rdma[i].device);
	for (size_t i = 0; i < l->n_disks; i++)
		free(l->disks[i].path);
	for (size_t i = 0; i < l->n_unified; i++) {
		free(l->unified[i].file);
		free(l->unified[i].value);
	}
}

void cgroup_limits_lists_drop(struct cgroup_limits *l)
{
	names_drop(l);
	for (size_t i = 0; i < IO_KINDS; i++) {
		free(l->io[i].v);
		l->io[i] = (struct limits_io_list){ 0 };
	}
	free(l->disks);
	free(l->hugepages);
	free(l->net_priorities);
	free(l->rdma);
	free(l->unified);
	free(l->devices);
	l->hugepages = NULL;
	l->net_priorities = NULL;
	l->rdma = NULL;
	l->unified = NULL;
	l->devices = NULL;
	l->disks = NULL;
	l->n_disks = l->n_hugepages = l->n_net_priorities = l->n_rdma = l->n_unified =
		l->n_devices = 0;
}

void cgroup_limits_drop(struct cgroup_limits *l)
{
	cgroup_limits_lists_drop(l);
	free(l->cpus);
	free(l->mems);
	free(l->cpu_partition);
	cgroup_limits_init(l);
}
