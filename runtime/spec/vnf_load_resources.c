/* SPDX-License-Identifier: Apache-2.0 */
/* How much of the host: resources. */
#include "runtime/base/units.h"
#include "runtime/spec/vnf.h"
#include "runtime/spec/vnf_tables.h"

#include <string.h>

enum { MEMORY_MIN = 1 << 20 };

/* 0.01 is what the kernel's smallest quota, 1 ms, makes of the usual period of 100 ms. */
static void load_cpus_decimal(struct reading *r, json_t *v, const struct field *f, void *out,
			      const struct where *at)
{
	double cpus = json_number_value(v);

	if (!json_is_number(v))
		problem_type(r, at, "a number of CPUs such as 0.5", v);
	else if (cpus < 0.01 || cpus > CPU_MAX)
		problem_add(r, at, "%g is outside 0.01..%d", cpus, CPU_MAX);
	else
		*(uint64_t *)field_member(f, out) = (uint64_t)(cpus * 1000 + 0.5);
}

static void load_numbers(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at, const char *wanted)
{
	const char *text = text_of(r, v, at);
	struct cpulist l;

	if (!text)
		return;
	if (!cpulist_parse(text, &l))
		problem_add(r, at, "'%s' is not a list of %s", text, wanted);
	else
		*(char **)field_member(f, out) = cpulist_format(&l);
}

void load_cpulist(struct reading *r, json_t *v, const struct field *f, void *out,
		  const struct where *at)
{
	load_numbers(r, v, f, out, at, "CPUs such as \"0-3,8\"");
}

void load_duration_us(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	const char *text = json_string_value(v);
	char min[24], max[24];
	uint64_t us;

	if (!text)
		problem_type(r, at, "a duration (\"20ms\", \"500us\")", v);
	else if (!duration_us_parse(text, &us))
		problem_add(r, at, "'%s' is not a duration (\"20ms\", \"500us\")", text);
	else if (us < (uint64_t)f->min || us > (uint64_t)f->max)
		problem_add(r, at, "%s is outside %s..%s", text,
			    duration_us_format((uint64_t)f->min, min),
			    duration_us_format((uint64_t)f->max, max));
	else
		*(uint64_t *)field_member(f, out) = us;
}

/* A switch whose false is what a group has anyway: the host need not know it then. */
static void load_true(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	if (!json_is_boolean(v))
		problem_type(r, at, "true or false", v);
	else if (json_is_true(v))
		*(uint64_t *)field_member(f, out) = 1;
}

static void load_percent(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	const char *text = json_string_value(v);

	if (!text)
		problem_type(r, at, "a percentage (\"20%\")", v);
	else if (!percent_parse(text, field_member(f, out)))
		problem_add(r, at,
			    "'%s' is not a percentage from 0%% to 100%% (\"20%%\", \"12.5%%\")",
			    text);
}

/* Memory nodes: the same form. */
static void load_mems(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	load_numbers(r, v, f, out, at, "memory nodes such as \"0-1\"");
}

/* "member" is what a group is anyway. */
static void load_partition(struct reading *r, json_t *v, const struct field *f, void *out,
			   const struct where *at)
{
	static const char *const words[] = { "member", "root", "isolated", NULL };
	const struct field word = { .words = words };
	int i = 0;

	load_word(r, v, &word, &i, at);
	if (i > 0)
		*(char **)field_member(f, out) = str_dup(words[i]);
}

/* --- huge pages, RDMA, files: objects with free keys --- */

static void hugepages_load(struct reading *r, json_t *v, const struct field *f, void *out,
			   const struct where *at)
{
	const struct field size = { .max = SIZE_MAX_ALLOWED };
	struct cgroup_limits *l = field_member(f, out);
	uint64_t bytes, limit = CGROUP_UNSET;
	char page[16];

	if (!page_size_parse(at->key, &bytes)) {
		problem_add(r, at, "is not a size of huge pages such as \"2M\" or \"1G\"");
		return;
	}
	load_size(r, v, &size, &limit, at);
	page_size_format(bytes, page);
	for (size_t i = 0; i < l->n_hugepages; i++)
		if (strcmp(l->hugepages[i].page_size, page) == 0)
			problem_add(r, at, "these pages are there already, in another spelling");
	if (limit != CGROUP_UNSET && limit % bytes != 0)
		problem_add(r, at, "is not a whole number of pages");
	if (limit != CGROUP_UNSET)
		limits_hugepage_add(l, page, limit);
}

static void load_hugetlb(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	static const struct each pages = { "an object of page sizes", hugepages_load };

	each_member(r, v, f, out, at, &pages);
}

#define MEMBER(m) offsetof(struct limits_rdma, m)
static const struct field rdma_fields[] = {
	{ .key = "handles", OPTIONAL, MEMBER(handles), load_u64, 0, INT32_MAX },
	{ .key = "objects", OPTIONAL, MEMBER(objects), load_u64, 0, INT32_MAX },
};
#undef MEMBER
static const struct field_table rdma_table = { .fields = rdma_fields, ARRAY_LEN(rdma_fields) };

static void rdma_load(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	struct limits_rdma *device;

	if (!*at->key || strpbrk(at->key, " \t\n=")) {
		problem_add(r, at, "is not the name of an RDMA device such as \"mlx5_0\"");
		return;
	}
	device = limits_rdma_add(field_member(f, out), at->key);
	fields_load(r, v, &rdma_table, device, at);
	if (device->handles == CGROUP_UNSET && device->objects == CGROUP_UNSET &&
	    reading_clean(r, at))
		problem_add(r, at, "has neither 'handles' nor 'objects'");
}

static void load_rdma(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	static const struct each devices = { "an object of RDMA devices", rdma_load };

	each_member(r, v, f, out, at, &devices);
}

/* What moves, stops or kills: the group is nfrun's to keep. */
static bool is_nfruns(const char *file)
{
	static const char *const limits[] = { "cgroup.max.depth", "cgroup.max.descendants",
					      "cgroup.pressure" };

	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (strcmp(limits[i], file) == 0)
			return false;
	return strncmp(file, "cgroup.", strlen("cgroup.")) == 0;
}

static void file_load(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	const char *dot = strchr(at->key, '.');

	if (strchr(at->key, '/') || !dot || dot == at->key || !dot[1])
		problem_add(r, at, "is not a file of a group such as \"memory.high\"");
	else if (is_nfruns(at->key))
		problem_add(r, at, "is nfrun's to write");
	else if (text_of(r, v, at))
		limits_file_add(field_member(f, out), at->key, json_string_value(v));
}

static void load_unified(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	static const struct each files = { "an object of strings", file_load };

	each_member(r, v, f, out, at, &files);
}

/* --- the tables --- */

/* A burst is part of a quota, and that is at most all CPUs in a period of 100 ms. */
#define BURST_MAX_US (INT64_C(100000) * CPU_MAX)

#define MEMBER(m) offsetof(struct vnf_resources, m)
static const struct field cpu_fields[] = {
	{ .key = "limit", OPTIONAL, MEMBER(cpu_limit), load_cpus_decimal },
	{ .key = "burst", OPTIONAL, MEMBER(more.cpu_burst_us), load_duration_us, 1, BURST_MAX_US },
	{ .key = "weight", OPTIONAL, MEMBER(cpu_weight), load_u64, 1, 10000 },
	{ .key = "idle", OPTIONAL, MEMBER(more.cpu_idle), load_true },
	{ .key = "cpus", OPTIONAL, MEMBER(cpus), load_cpulist },
	{ .key = "mems", OPTIONAL, MEMBER(more.mems), load_mems },
	{ .key = "partition", OPTIONAL, MEMBER(more.cpu_partition), load_partition },
	{ .key = "exec_cpus", OPTIONAL, MEMBER(exec_cpus), load_cpulist },
	{ .key = "util_min", OPTIONAL, MEMBER(more.uclamp_min), load_percent },
	{ .key = "util_max", OPTIONAL, MEMBER(more.uclamp_max), load_percent },
};
static const struct field_table cpu_table = { .fields = cpu_fields, ARRAY_LEN(cpu_fields) };

#define SIZE(min) load_size, min, SIZE_MAX_ALLOWED
static const struct field memory_fields[] = {
	{ .key = "limit", OPTIONAL, MEMBER(memory_limit), SIZE(MEMORY_MIN) },
	{ .key = "high", OPTIONAL, MEMBER(memory_high), SIZE(MEMORY_MIN) },
	{ .key = "low", OPTIONAL, MEMBER(more.memory_low), SIZE(MEMORY_MIN) },
	{ .key = "min", OPTIONAL, MEMBER(more.memory_min), SIZE(MEMORY_MIN) },
	{ .key = "swap", OPTIONAL, MEMBER(memory_swap), SIZE(0) },
	{ .key = "oom_group", OPTIONAL, MEMBER(more.memory_oom_group), load_true },
};
#undef SIZE
static const struct field_table memory_table = { .fields = memory_fields,
						 ARRAY_LEN(memory_fields) };

static const struct field io_fields[] = {
	{ .key = "weight", OPTIONAL, MEMBER(more.io_share), load_u64, 1, 10000 },
	{ .key = "devices", OPTIONAL, MEMBER(more), load_io_devices, .table = &io_device_table },
};
static const struct field_table io_table = { .fields = io_fields, ARRAY_LEN(io_fields) };

static const struct field resources_fields[] = {
	{ .key = "cpu", OPTIONAL, 0, load_object, .table = &cpu_table },
	{ .key = "memory", OPTIONAL, 0, load_object, .table = &memory_table },
	/* PID 1 and the process; the kernel has 4194304 at most (PID_MAX_LIMIT). */
	{ .key = "pids", OPTIONAL, MEMBER(pids), load_u64, 2, 4194304 },
	{ .key = "io", OPTIONAL, 0, load_object, .table = &io_table },
	{ .key = "hugetlb", OPTIONAL, MEMBER(more), load_hugetlb },
	{ .key = "rdma", OPTIONAL, MEMBER(more), load_rdma },
	{ .key = "unified", OPTIONAL, MEMBER(more), load_unified },
};
#undef MEMBER
const struct field_table resources_table = { .fields = resources_fields,
					     ARRAY_LEN(resources_fields) };
