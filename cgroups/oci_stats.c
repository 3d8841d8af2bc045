/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/oci_stats.h"
#include "cgroups/group.h"
#include "cgroups/limits.h"
#include "cgroups/oci_stats_text.h"
#include "cgroups/stats.h"
#include "cgroups/tree.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

/* NULL: this host has no such file, or the controller is not there. The caller frees. */
static char *text_of(const char *dir, const char *file)
{
	scoped_str char *path = str_printf("%s/%s", dir, file);
	struct err ignored = { 0 };
	char *text = NULL;

	if (fs_read_at(AT_FDCWD, path, &text, NULL, &ignored) < 0)
		return NULL;
	return text;
}

static uint64_t number_of(const char *dir, const char *file, const char *key)
{
	scoped_str char *text = text_of(dir, file);
	uint64_t value;

	return text && stats_find(text, key, &value) ? value : CGROUP_UNSET;
}

static uint64_t times(uint64_t value, uint64_t factor)
{
	return is_set(value) ? value * factor : value;
}

static void pressure_of(struct cgroup_pressure *p, const char *dir, const char *file)
{
	scoped_str char *text = text_of(dir, file); /* EOPNOTSUPP: psi=0 */

	if (text)
		stats_parse_pressure(p, text);
}

/* --- cpu --- */

static void v2_cpu(struct cgroup_cpu_use *cpu, const char *dir)
{
	scoped_str char *text = text_of(dir, "cpu.stat");
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
	pressure_of(&cpu->pressure, dir, "cpu.pressure");
}

static void v1_cpuacct(struct cgroup_cpu_use *cpu, const char *dir)
{
	uint64_t tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	scoped_str char *each = text_of(dir, "cpuacct.usage_percpu");
	scoped_str char *all = text_of(dir, "cpuacct.usage_all");

	cpu->total_ns = number_of(dir, "cpuacct.usage", NULL);
	cpu->user_ns = times(number_of(dir, "cpuacct.stat", "user"), tick_ns);
	cpu->kernel_ns = times(number_of(dir, "cpuacct.stat", "system"), tick_ns);
	if (each)
		stats_parse_numbers(&cpu->percpu, each);
	if (all)
		stats_parse_usage_all(cpu, all);
}

static void v1_cpu(struct cgroup_cpu_use *cpu, const char *dir)
{
	cpu->periods = number_of(dir, "cpu.stat", "nr_periods");
	cpu->throttled_periods = number_of(dir, "cpu.stat", "nr_throttled");
	cpu->throttled_ns = number_of(dir, "cpu.stat", "throttled_time");
}

static char *line_of(const char *dir, const char *file)
{
	char *text = text_of(dir, file);

	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

/* --- memory --- */

static uint64_t sum(uint64_t a, uint64_t b)
{
	return is_set(a) && is_set(b) ? a + b : CGROUP_UNSET;
}

static void v2_memory(struct cgroup_oci_stats *s, const char *dir)
{
	scoped_str char *raw = text_of(dir, "memory.stat");

	if (raw)
		stats_parse_raw(s, raw);
	s->memory_cache = stats_raw(s, "file");
	s->memory.usage = number_of(dir, "memory.current", NULL);
	s->memory.max = number_of(dir, "memory.peak", NULL);
	s->memory.limit = number_of(dir, "memory.max", NULL);
	s->memory.failcnt = number_of(dir, "memory.events", "max");
	s->memory_oom_kills = number_of(dir, "memory.events", "oom_kill");
	s->swap.usage = sum(number_of(dir, "memory.swap.current", NULL), s->memory.usage);
	s->swap.limit = sum(number_of(dir, "memory.swap.max", NULL), s->memory.limit);
	s->swap.failcnt = number_of(dir, "memory.swap.events", "max");
	pressure_of(&s->memory_pressure, dir, "memory.pressure");
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

		*rows[i].to = number_of(dir, file, NULL);
	}
	if (v1_is_unlimited(use->limit))
		use->limit = CGROUP_UNSET;
}

static void v1_memory(struct cgroup_oci_stats *s, const char *dir)
{
	scoped_str char *raw = text_of(dir, "memory.stat");

	if (raw)
		stats_parse_raw(s, raw);
	s->memory_cache = stats_raw(s, "cache");
	v1_memory_use(&s->memory, dir, "");
	v1_memory_use(&s->swap, dir, "memsw.");
	v1_memory_use(&s->kernel, dir, "kmem.");
	v1_memory_use(&s->kernel_tcp, dir, "kmem.tcp.");
	s->memory_oom_kills = number_of(dir, "memory.oom_control", "oom_kill");
}

/* --- block devices --- */

/* In this order, as runc: the bfq scheduler's files, CFQ's, what is counted under any scheduler. */
static const char *const io_files[CGROUP_IO_TABLES][3] = {
	[CGROUP_IO_SERVICE_BYTES] = { "bfq.io_service_bytes_recursive",
				      "io_service_bytes_recursive",
				      "throttle.io_service_bytes_recursive" },
	[CGROUP_IO_SERVICED] = { "bfq.io_serviced_recursive", "io_serviced_recursive",
				 "throttle.io_serviced_recursive" },
	[CGROUP_IO_QUEUED] = { "bfq.io_queued_recursive", "io_queued_recursive" },
	[CGROUP_IO_SERVICE_TIME] = { "bfq.io_service_time_recursive", "io_service_time_recursive" },
	[CGROUP_IO_WAIT_TIME] = { "bfq.io_wait_time_recursive", "io_wait_time_recursive" },
	[CGROUP_IO_MERGED] = { "bfq.io_merged_recursive", "io_merged_recursive" },
	[CGROUP_IO_TIME] = { "bfq.time_recursive", "time_recursive" },
	[CGROUP_IO_SECTORS] = { "bfq.sectors_recursive", "sectors_recursive" },
};

static void v1_io_table(struct cgroup_oci_stats *s, const char *dir, enum cgroup_io_table table)
{
	for (size_t i = 0; i < ARRAY_LEN(io_files[table]) && s->io[table].n == 0; i++) {
		const char *name = io_files[table][i];
		scoped_str char *file = str_printf("blkio.%s", name ? name : "");
		scoped_str char *text = name ? text_of(dir, file) : NULL;

		if (text)
			stats_parse_io_v1(s, table, text);
	}
}

static void v1_io(struct cgroup_oci_stats *s, const char *dir)
{
	for (enum cgroup_io_table t = 0; t < CGROUP_IO_TABLES; t++)
		v1_io_table(s, dir, t);
}

static void v2_io(struct cgroup_oci_stats *s, const char *dir)
{
	scoped_str char *text = text_of(dir, "io.stat");

	if (text)
		stats_parse_io_v2(s, text);
	pressure_of(&s->io_pressure, dir, "io.pressure");
}

/* --- huge pages: reservations where they are counted, as the limits --- */

static void add_hugetlb(struct cgroup_oci_stats *s, const char *dir, const char *size, bool v2)
{
	scoped_str char *reserved =
		str_printf("%s/hugetlb.%s.rsvd.%s", dir, size, v2 ? "current" : "usage_in_bytes");
	const char *kind = access(reserved, F_OK) == 0 ? ".rsvd" : "";
	scoped_str char *base = str_printf("hugetlb.%s%s", size, kind);
	scoped_str char *usage = str_printf("%s.%s", base, v2 ? "current" : "usage_in_bytes");
	scoped_str char *max = str_printf("%s.max_usage_in_bytes", base);
	scoped_str char *fails =
		v2 ? str_printf("hugetlb.%s.events", size) : str_printf("%s.failcnt", base);

	s->hugetlb = mem_grow(s->hugetlb, s->n_hugetlb + 1, sizeof *s->hugetlb);
	s->hugetlb[s->n_hugetlb++] = (struct cgroup_hugetlb_use){
		.page_size = str_dup(size),
		.usage = number_of(dir, usage, NULL),
		.max = number_of(dir, max, NULL),
		.failcnt = number_of(dir, fails, v2 ? "max" : NULL),
	};
}

/* "hugetlb.2MB.current" gives "2MB"; NULL: another file. */
static char *page_size(const char *file, const char *suffix)
{
	size_t prefix = strlen("hugetlb."), len = strlen(file), tail = strlen(suffix);

	if (strncmp(file, "hugetlb.", prefix) != 0 || len <= prefix + tail ||
	    strcmp(file + len - tail, suffix) != 0)
		return NULL;

	scoped_str char *size = str_printf("%.*s", (int)(len - tail - prefix), file + prefix);
	return strchr(size, '.') ? NULL : str_take(&size);
}

static void hugetlb(struct cgroup_oci_stats *s, const char *dir, bool v2)
{
	scoped_dir DIR *d = opendir(dir);
	const struct dirent *entry;

	while (d && (entry = readdir(d))) {
		scoped_str char *size =
			page_size(entry->d_name, v2 ? ".current" : ".usage_in_bytes");

		if (size)
			add_hugetlb(s, dir, size, v2);
	}
}

static void rdma(struct cgroup_oci_stats *s, const char *dir)
{
	scoped_str char *text = text_of(dir, "rdma.current");

	if (text)
		stats_parse_rdma(s, text);
}

/* --- all of it --- */

static void read_v2(struct cgroup_oci_stats *s, struct cgroup *c, const char *dir)
{
	struct part *cpu = part_of(c, "cpuacct"), *memory = part_of(c, "memory");

	if (cpu->v2)
		v2_cpu(&s->cpu, dir);
	if (memory->v2)
		v2_memory(s, dir);
	if (part_of(c, "blkio")->v2)
		v2_io(s, dir);
	if (part_of(c, "hugetlb")->v2)
		hugetlb(s, dir, true);
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
		hugetlb(s, p->dir, false);
	if (part_has(p, "rdma"))
		rdma(s, p->dir);
}

/* What is named alike in both versions. */
static void read_common(struct cgroup_oci_stats *s, struct cgroup *c)
{
	const struct part *pids = part_of(c, "pids"), *set = part_of(c, "cpuset");

	if (pids) {
		s->pids_current = number_of(pids->dir, "pids.current", NULL);
		s->pids_limit = number_of(pids->dir, "pids.max", NULL);
	}
	if (set) {
		s->cpus = line_of(set->dir, "cpuset.cpus");
		s->mems = line_of(set->dir, "cpuset.mems");
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
			read_v2(out, c, c->parts[i].dir);
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
