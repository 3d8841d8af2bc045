/* SPDX-License-Identifier: Apache-2.0 */
/* Limits from one description into another. */
#include "runtime/base/limits.h"

#include <stddef.h>
#include <string.h>

struct limits_disk *limits_disk_find(const struct cgroup_limits *l, const char *path)
{
	for (size_t i = 0; i < l->n_disks; i++)
		if (strcmp(l->disks[i].path, path) == 0)
			return &l->disks[i];
	return NULL;
}

const char *limits_io_path(const struct cgroup_limits *l, const struct limits_io *it)
{
	return it->major == CGROUP_UNSET ? l->disks[it->minor].path : NULL;
}

static struct limits_io *io_add(struct limits_io_list *list)
{
	list->v = mem_grow(list->v, list->n + 1, sizeof *list->v);
	return &list->v[list->n++];
}

void limits_io_add(struct cgroup_limits *l, enum limits_io_kind kind, const char *path,
		   uint64_t value)
{
	const struct limits_disk *disk = limits_disk_find(l, path);
	size_t place = disk ? (size_t)(disk - l->disks) : l->n_disks;

	if (!disk) {
		l->disks = mem_grow(l->disks, l->n_disks + 1, sizeof *l->disks);
		l->disks[l->n_disks++] =
			(struct limits_disk){ str_dup(path), CGROUP_UNSET, CGROUP_UNSET };
	}
	*io_add(&l->io[kind]) = (struct limits_io){ CGROUP_UNSET, place, value, CGROUP_UNSET };
}

void limits_hugepage_add(struct cgroup_limits *l, const char *page_size, uint64_t limit)
{
	l->hugepages = mem_grow(l->hugepages, l->n_hugepages + 1, sizeof *l->hugepages);
	l->hugepages[l->n_hugepages++] = (struct limits_hugepage){ str_dup(page_size), limit };
}

struct limits_rdma *limits_rdma_add(struct cgroup_limits *l, const char *device)
{
	l->rdma = mem_grow(l->rdma, l->n_rdma + 1, sizeof *l->rdma);

	struct limits_rdma *it = &l->rdma[l->n_rdma++];
	*it = (struct limits_rdma){ str_dup(device), CGROUP_UNSET, CGROUP_UNSET };
	return it;
}

void limits_file_add(struct cgroup_limits *l, const char *file, const char *value)
{
	l->unified = mem_grow(l->unified, l->n_unified + 1, sizeof *l->unified);
	l->unified[l->n_unified++] = (struct limits_file){ str_dup(file), str_dup(value) };
}

static void text_put(char **to, const char *from)
{
	if (!from)
		return;
	free(*to);
	*to = str_dup(from);
}

static void numbers_put(struct cgroup_limits *to, const struct cgroup_limits *from)
{
#define AT(m) offsetof(struct cgroup_limits, m)
	static const size_t members[] = {
		AT(cpu_quota_us),       AT(cpu_period_us),    AT(cpu_weight),
		AT(memory_max),         AT(memory_high),      AT(memory_swap_max),
		AT(pids_max),           AT(uclamp_min),       AT(uclamp_max),
		AT(memory_min),         AT(memory_low),       AT(memory_oom_group),
		AT(io_share),           AT(cpu_shares),       AT(cpu_burst_us),
		AT(cpu_rt_runtime_us),  AT(cpu_rt_period_us), AT(cpu_idle),
		AT(memory_reservation), AT(memory_and_swap),  AT(memory_swappiness),
		AT(io_weight),          AT(io_leaf_weight),   AT(net_class_id),
	};
#undef AT

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		uint64_t value;

		memcpy(&value, (const char *)from + members[i], sizeof value);
		if (value != CGROUP_UNSET)
			memcpy((char *)to + members[i], &value, sizeof value);
	}
}

static void io_put(struct cgroup_limits *to, const struct cgroup_limits *from)
{
	for (enum limits_io_kind kind = 0; kind < IO_KINDS; kind++) {
		const struct limits_io_list *list = &from->io[kind];

		if (list->n > 0)
			to->io[kind].n = 0;
		for (size_t i = 0; i < list->n; i++) {
			const char *path = limits_io_path(from, &list->v[i]);

			if (path)
				limits_io_add(to, kind, path, list->v[i].value);
			else
				*io_add(&to->io[kind]) = list->v[i];
		}
	}
}

/* The lists of things by name. Priorities and devices are OCI's alone: nothing puts them. */
static void named_put(struct cgroup_limits *to, const struct cgroup_limits *from)
{
	struct cgroup_limits before = CGROUP_LIMITS_UNSET;

	if (from->n_hugepages > 0) {
		before.hugepages = to->hugepages;
		before.n_hugepages = to->n_hugepages;
		to->hugepages = NULL;
		to->n_hugepages = 0;
	}
	for (size_t i = 0; i < from->n_hugepages; i++)
		limits_hugepage_add(to, from->hugepages[i].page_size, from->hugepages[i].limit);
	if (from->n_rdma > 0) {
		before.rdma = to->rdma;
		before.n_rdma = to->n_rdma;
		to->rdma = NULL;
		to->n_rdma = 0;
	}
	for (size_t i = 0; i < from->n_rdma; i++) {
		struct limits_rdma *it = limits_rdma_add(to, from->rdma[i].device);

		it->handles = from->rdma[i].handles;
		it->objects = from->rdma[i].objects;
	}
	if (from->n_unified > 0) {
		before.unified = to->unified;
		before.n_unified = to->n_unified;
		to->unified = NULL;
		to->n_unified = 0;
	}
	for (size_t i = 0; i < from->n_unified; i++)
		limits_file_add(to, from->unified[i].file, from->unified[i].value);
	cgroup_limits_drop(&before);
}

void cgroup_limits_put(struct cgroup_limits *to, const struct cgroup_limits *from)
{
	numbers_put(to, from);
	text_put(&to->cpus, from->cpus);
	text_put(&to->mems, from->mems);
	text_put(&to->cpu_partition, from->cpu_partition);
	io_put(to, from);
	named_put(to, from);
	to->memory_check_before_update |= from->memory_check_before_update;
}
