/* SPDX-License-Identifier: Apache-2.0 */
/* How much, and how long: resources, restart, log. */
#include "runtime/base/units.h"
#include "runtime/spec/vnf.h"
#include "runtime/spec/vnf_tables.h"

#define SIZE_MAX_ALLOWED (INT64_C(1) << 50)

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

void load_cpulist(struct reading *r, json_t *v, const struct field *f, void *out,
		  const struct where *at)
{
	const char *text = text_of(r, v, at);
	struct cpulist l;

	if (!text)
		return;
	if (!cpulist_parse(text, &l))
		problem_add(r, at, "'%s' is not a list of CPUs such as \"0-3,8\"", text);
	else
		*(char **)field_member(f, out) = cpulist_format(&l);
}

#define MEMBER(m) offsetof(struct vnf_resources, m)
static const struct field cpu_fields[] = {
	{ .key = "limit", OPTIONAL, MEMBER(cpu_limit), load_cpus_decimal },
	{ .key = "weight", OPTIONAL, MEMBER(cpu_weight), load_u64, 1, 10000 },
	{ .key = "cpus", OPTIONAL, MEMBER(cpus), load_cpulist },
};
static const struct field_table cpu_table = { .fields = cpu_fields, ARRAY_LEN(cpu_fields) };

static const struct field memory_fields[] = {
	{ .key = "limit", OPTIONAL, MEMBER(memory_limit), load_size, 1 << 20, SIZE_MAX_ALLOWED },
	{ .key = "high", OPTIONAL, MEMBER(memory_high), load_size, 1 << 20, SIZE_MAX_ALLOWED },
	{ .key = "swap", OPTIONAL, MEMBER(memory_swap), load_size, 0, SIZE_MAX_ALLOWED },
};
static const struct field_table memory_table = { .fields = memory_fields,
						 ARRAY_LEN(memory_fields) };

static const struct field resources_fields[] = {
	{ .key = "cpu", OPTIONAL, 0, load_object, .table = &cpu_table },
	{ .key = "memory", OPTIONAL, 0, load_object, .table = &memory_table },
	/* PID 1 and the process; the kernel has 4194304 at most (PID_MAX_LIMIT). */
	{ .key = "pids", OPTIONAL, MEMBER(pids), load_u64, 2, 4194304 },
};
#undef MEMBER
const struct field_table resources_table = { .fields = resources_fields,
					     ARRAY_LEN(resources_fields) };

static const char *const policies[] = { "no", "on-failure", "always", NULL }; /* enum vnf_restart */

#define MEMBER(m) offsetof(struct vnf, m)
static const struct field restart_fields[] = {
	{ .key = "policy", REQUIRED, MEMBER(restart), load_word, .words = policies },
	{ .key = "max_retries", OPTIONAL, MEMBER(max_retries), load_u32, 0, 1000000 },
	{ .key = "backoff", OPTIONAL, MEMBER(backoff), load_duration, 100, 3600000 },
};
const struct field_table restart_table = { .fields = restart_fields, ARRAY_LEN(restart_fields) };

/* A line in the log has up to 16 KiB. */
static const struct field log_fields[] = {
	{ .key = "max_size",
	  OPTIONAL,
	  MEMBER(log_max_size),
	  load_size,
	  64 << 10,
	  SIZE_MAX_ALLOWED },
	{ .key = "files", OPTIONAL, MEMBER(log_files), load_u32, 1, 100 },
};
#undef MEMBER
const struct field_table log_table = { .fields = log_fields, ARRAY_LEN(log_fields) };
