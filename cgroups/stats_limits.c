/* SPDX-License-Identifier: Apache-2.0 */
/* Limits read back that are words or lists. */
#include "cgroups/limits.h"
#include "cgroups/stats.h"
#include "cgroups/stats_text.h"

#include <string.h>

static char *line_or_null(const char *dir, const char *file)
{
	scoped_str char *line = stats_line(dir, file);

	return line && *line ? str_take(&line) : NULL;
}

/* --- cpuset --- */

static void read_cpuset(const struct part *p, struct cgroup_limits *out)
{
	scoped_str char *partition = line_or_null(p->dir, "cpuset.cpus.partition");

	out->cpus = line_or_null(p->dir, "cpuset.cpus");
	out->mems = line_or_null(p->dir, "cpuset.mems");
	if (partition && strcmp(partition, "member") != 0)
		out->cpu_partition = str_take(&partition);
}

/* --- cpu --- */

/* cpu.max is "QUOTA PERIOD"; cpu.uclamp.* are percent, "0.00" and "max" when they clamp nothing. */
static void read_cpu(const struct part *p, struct cgroup_limits *out)
{
	scoped_str char *max = stats_text(p->dir, "cpu.max");
	scoped_str char *clamp_min = stats_text(p->dir, "cpu.uclamp.min");
	scoped_str char *clamp_max = stats_text(p->dir, "cpu.uclamp.max");
	const char *period = max ? strchr(max, ' ') : NULL;

	if (period)
		out->cpu_period_us = strtoull(period, NULL, 10);
	out->uclamp_min = clamp_min ? stats_parse_percent(clamp_min) : CGROUP_UNSET;
	out->uclamp_max = clamp_max ? stats_parse_percent(clamp_max) : CGROUP_UNSET;
	if (out->uclamp_min == 0)
		out->uclamp_min = CGROUP_UNSET;
}

/* --- io --- */

static void read_io_v2(const char *dir, struct cgroup_limits *out)
{
	static const struct {
		const char *file;
		void (*parse)(struct cgroup_limits *out, const char *text);
	} files[] = {
		{ "io.max", stats_parse_io_limits },
		{ "io.latency", stats_parse_io_limits },
		{ "io.weight", stats_parse_io_weight },
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		scoped_str char *text = stats_text(dir, files[i].file);

		if (text)
			files[i].parse(out, text);
	}
}

static void read_io_v1(const char *dir, struct cgroup_limits *out)
{
	static const struct {
		const char *file;
		enum limits_io_kind kind;
	} files[] = {
		{ "blkio.throttle.read_bps_device", IO_READ_BPS },
		{ "blkio.throttle.write_bps_device", IO_WRITE_BPS },
		{ "blkio.throttle.read_iops_device", IO_READ_IOPS },
		{ "blkio.throttle.write_iops_device", IO_WRITE_IOPS },
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		scoped_str char *text = stats_text(dir, files[i].file);

		if (text)
			stats_parse_io_limit_v1(&out->io[files[i].kind], text);
	}
}

/* --- huge pages, rdma --- */

static void add_hugepages(struct cgroup_limits *out, const struct part *p, const char *size)
{
	static const char *const kinds[] = { ".rsvd", "" };
	uint64_t limit = CGROUP_UNSET;

	for (size_t i = 0; i < ARRAY_LEN(kinds) && !is_set(limit); i++) {
		scoped_str char *file = str_printf("hugetlb.%s%s.%s", size, kinds[i],
						   p->v2 ? "max" : "limit_in_bytes");

		limit = stats_number(p->dir, file, NULL);
	}
	if (!is_set(limit) || v1_is_unlimited(limit))
		return;
	out->hugepages = mem_grow(out->hugepages, out->n_hugepages + 1, sizeof *out->hugepages);
	out->hugepages[out->n_hugepages++] =
		(struct limits_hugepage){ .page_size = str_dup(size), .limit = limit };
}

static void read_hugetlb(const struct part *p, struct cgroup_limits *out)
{
	struct cgroup_hugetlb_use *sizes = NULL;
	size_t n = 0;

	(void)stats_read_hugetlb(p, &sizes, &n); /* none is fine */
	for (size_t i = 0; i < n; i++) {
		add_hugepages(out, p, sizes[i].page_size);
		free(sizes[i].page_size);
	}
	free(sizes);
}

static void read_rdma(const struct part *p, struct cgroup_limits *out)
{
	scoped_str char *text = stats_text(p->dir, "rdma.max");
	struct cgroup_rdma_use *v = NULL;
	size_t n = 0;

	stats_parse_rdma(&v, &n, text ? text : "");
	for (size_t i = 0; i < n; i++) {
		if (!is_set(v[i].handles) && !is_set(v[i].objects)) {
			free(v[i].device);
			continue;
		}
		out->rdma = mem_grow(out->rdma, out->n_rdma + 1, sizeof *out->rdma);
		out->rdma[out->n_rdma++] = (struct limits_rdma){ .device = v[i].device,
								 .handles = v[i].handles,
								 .objects = v[i].objects };
	}
	free(v);
}

void stats_read_limits(struct cgroup *c, struct cgroup_limits *out)
{
	const struct part *cpu = part_of(c, "cpu"), *set = part_of(c, "cpuset"),
			  *io = part_of(c, "blkio"), *huge = part_of(c, "hugetlb"),
			  *rdma = part_of(c, "rdma");

	if (cpu && cpu->v2)
		read_cpu(cpu, out);
	if (set)
		read_cpuset(set, out);
	if (io && io->v2)
		read_io_v2(io->dir, out);
	else if (io)
		read_io_v1(io->dir, out);
	if (huge)
		read_hugetlb(huge, out);
	if (rdma)
		read_rdma(rdma, out);
}
