/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/oci_stats.h"
#include "cgroups/group.h"
#include "cgroups/limits.h"
#include "cgroups/stats_text.h"
#include "cgroups/stats.h"
#include "cgroups/tree.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static uint64_t times(uint64_t value, uint64_t factor)
{
	return is_set(value) ? value * factor : value;
}

/* --- cpu --- */

static void v2_cpu(struct cgroup_cpu_use *cpu, const char *dir)
{
	scoped_str char *text = stats_text(dir, "cpu.stat");
	const struct {
		const char *key;
		uint64_t *to, factor;
	} rows[] = {
		{ "usage_usec", &cpu->total_ns, 1000 },
		{ "user_usec", &cpu->user_ns, 1000 },
		{ "system_usec", &cpu->kernel_ns, 1000 },
		{ "nr_periods", &cpu->periods, 1 },
		{ "nr_throttled", &cpu->throttled_periods, 1 },
		{ "throttled_usec", &cpu->throttled_ns, 1000 },
	};

	for (size_t i = 0; text && i < ARRAY_LEN(rows); i++)
		if (stats_find(text, rows[i].key, rows[i].to))
			*rows[i].to = times(*rows[i].to, rows[i].factor);
	stats_read_pressure(dir, "cpu.pressure", &cpu->pressure);
}

static void v1_cpuacct(struct cgroup_cpu_use *cpu, const char *dir)
{
	uint64_t tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	scoped_str char *each = stats_text(dir, "cpuacct.usage_percpu");
	scoped_str char *all = stats_text(dir, "cpuacct.usage_all");

	cpu->total_ns = stats_number(dir, "cpuacct.usage", NULL);
	cpu->user_ns = times(stats_number(dir, "cpuacct.stat", "user"), tick_ns);
	cpu->kernel_ns = times(stats_number(dir, "cpuacct.stat", "system"), tick_ns);
	if (each)
		stats_parse_numbers(&cpu->percpu, each);
	if (all)
		stats_parse_usage_all(cpu, all);
}

static void v1_cpu(struct cgroup_cpu_use *cpu, const char *dir)
{
	cpu->periods = stats_number(dir, "cpu.stat", "nr_periods");
	cpu->throttled_periods = stats_number(dir, "cpu.stat", "nr_throttled");
	cpu->throttled_ns = stats_number(dir, "cpu.stat", "throttled_time");
}

/* --- memory --- */

static uint64_t sum(uint64_t a, uint64_t b)
{
	return is_set(a) && is_set(b) ? a + b : CGROUP_UNSET;
}

static void v2_memory(struct cgroup_oci_stats *s, const char *dir)
{
	scoped_str char *raw = stats_text(dir, "memory.stat");

	if (raw)
		stats_parse_named(&s->memory_raw, &s->n_memory_raw, raw);
	s->memory_cache = stats_named(s->memory_raw, s->n_memory_raw, "file");
	s->memory.usage = stats_number(dir, "memory.current", NULL);
	s->memory.max = stats_number(dir, "memory.peak", NULL);
	s->memory.limit = stats_number(dir, "memory.max", NULL);
	s->memory.failcnt = stats_number(dir, "memory.events", "max");
	s->memory_oom_kills = stats_number(dir, "memory.events", "oom_kill");
	s->swap.usage = sum(stats_number(dir, "memory.swap.current", NULL), s->memory.usage);
	s->swap.limit = sum(stats_number(dir, "memory.swap.max", NULL), s->memory.limit);
	s->swap.failcnt = stats_number(dir, "memory.swap.events", "max");
	stats_read_pressure(dir, "memory.pressure", &s->memory_pressure);
}

static void v1_memory_use(struct cgroup_memory_use *use, const char *dir, const char *what)
{
	const struct {
		const char *name;
		uint64_t *to;
	} rows[] = {
		{ "usage_in_bytes", &use->usage },
		{ "max_usage_in_bytes", &use->max },
		{ "failcnt", &use->failcnt },
		{ "limit_in_bytes", &use->limit },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_str char *file = str_printf("memory.%s%s", what, rows[i].name);

		*rows[i].to = stats_number(dir, file, NULL);
	}
	if (v1_is_unlimited(use->limit))
		use->limit = CGROUP_UNSET;
}

static void v1_memory(struct cgroup_oci_stats *s, const char *dir)
{
	scoped_str char *raw = stats_text(dir, "memory.stat");

	if (raw)
		stats_parse_named(&s->memory_raw, &s->n_memory_raw, raw);
	s->memory_cache = stats_named(s->memory_raw, s->n_memory_raw, "cache");
	v1_memory_use(&s->memory, dir, "");
	v1_memory_use(&s->swap, dir, "memsw.");
	v1_memory_use(&s->kernel, dir, "kmem.");
	v1_memory_use(&s->kernel_tcp, dir, "kmem.tcp.");
	s->memory_oom_kills = stats_number(dir, "memory.oom_control", "oom_kill");
}

/* --- block devices --- */

static void v1_io(struct cgroup_oci_stats *s, const char *dir)
{
	for (enum cgroup_io_table t = 0; t < CGROUP_IO_TABLES; t++)
		stats_read_io_v1(dir, t, &s->io[t]);
}

static void v2_io(struct cgroup_oci_stats *s, const char *dir)
{
	scoped_str char *text = stats_text(dir, "io.stat");

	if (text)
		stats_parse_io_v2(&s->io[CGROUP_IO_SERVICE_BYTES], &s->io[CGROUP_IO_SERVICED],
				  text);
	stats_read_pressure(dir, "io.pressure", &s->io_pressure);
}

static void hugetlb(struct cgroup_oci_stats *s, const struct part *p)
{
	stats_read_hugetlb(p, &s->hugetlb, &s->n_hugetlb);
}

static void rdma(struct cgroup_oci_stats *s, const char *dir)
{
	scoped_str char *text = stats_text(dir, "rdma.current");

	if (text)
		stats_parse_rdma(&s->rdma, &s->n_rdma, text);
}

/* --- all of it --- */

static void read_v2(struct cgroup_oci_stats *s, struct cgroup *c, const struct part *p)
{
	const char *dir = p->dir;
	struct part *cpu = part_of(c, "cpuacct"), *memory = part_of(c, "memory");

	if (cpu->v2)
		v2_cpu(&s->cpu, dir);
	if (memory->v2)
		v2_memory(s, dir);
	if (part_of(c, "blkio")->v2)
		v2_io(s, dir);
	if (part_of(c, "hugetlb")->v2)
		hugetlb(s, p);
	if (part_of(c, "rdma")->v2)
		rdma(s, dir);
}

static void read_v1(struct cgroup_oci_stats *s, const struct part *p)
{
	if (part_has(p, "cpuacct"))
		v1_cpuacct(&s->cpu, p->dir);
	if (part_has(p, "cpu"))
		v1_cpu(&s->cpu, p->dir);
	if (part_has(p, "memory"))
		v1_memory(s, p->dir);
	if (part_has(p, "blkio"))
		v1_io(s, p->dir);
	if (part_has(p, "hugetlb"))
		hugetlb(s, p);
	if (part_has(p, "rdma"))
		rdma(s, p->dir);
}

/* What is named alike in both versions. */
static void read_common(struct cgroup_oci_stats *s, struct cgroup *c)
{
	const struct part *pids = part_of(c, "pids"), *set = part_of(c, "cpuset");

	if (pids) {
		s->pids_current = stats_number(pids->dir, "pids.current", NULL);
		s->pids_limit = stats_number(pids->dir, "pids.max", NULL);
	}
	if (set) {
		s->cpus = stats_line(set->dir, "cpuset.cpus");
		s->mems = stats_line(set->dir, "cpuset.mems");
	}
}

static void stats_init(struct cgroup_oci_stats *s)
{
	static const struct cgroup_memory_use none = { CGROUP_UNSET, CGROUP_UNSET, CGROUP_UNSET,
						       CGROUP_UNSET };

	*s = (struct cgroup_oci_stats){
		.cpu = { .total_ns = CGROUP_UNSET,
			 .kernel_ns = CGROUP_UNSET,
			 .user_ns = CGROUP_UNSET,
			 .periods = CGROUP_UNSET,
			 .throttled_periods = CGROUP_UNSET,
			 .throttled_ns = CGROUP_UNSET },
		.memory_cache = CGROUP_UNSET,
		.memory = none,
		.swap = none,
		.kernel = none,
		.kernel_tcp = none,
		.memory_oom_kills = CGROUP_UNSET,
		.pids_current = CGROUP_UNSET,
		.pids_limit = CGROUP_UNSET,
	};
}

int cgroup_oci_stats_read(struct cgroup *c, struct cgroup_oci_stats *out, struct err *e)
{
	stats_init(out);
	if (c->n > 0 && !part_exists(&c->parts[0]))
		return err_set(e, ENOENT, "read statistics of group %s", c->parts[0].dir);
	for (size_t i = 0; i < c->n; i++) {
		if (c->parts[i].v2)
			read_v2(out, c, &c->parts[i]);
		else
			read_v1(out, &c->parts[i]);
	}
	read_common(out, c);
	return 0;
}

void cgroup_oci_stats_drop(struct cgroup_oci_stats *s)
{
	for (size_t i = 0; i < s->n_memory_raw; i++)
		free(s->memory_raw[i].name);
	for (size_t i = 0; i < s->n_hugetlb; i++)
		free(s->hugetlb[i].page_size);
	for (size_t i = 0; i < s->n_rdma; i++)
		free(s->rdma[i].device);
	for (size_t i = 0; i < CGROUP_IO_TABLES; i++)
		free(s->io[i].v);
	free(s->cpu.percpu.v);
	free(s->cpu.percpu_kernel.v);
	free(s->cpu.percpu_user.v);
	free(s->cpus);
	free(s->mems);
	free(s->memory_raw);
	free(s->hugetlb);
	free(s->rdma);
	stats_init(s);
}
