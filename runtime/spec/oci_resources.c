/* SPDX-License-Identifier: Apache-2.0 */
/* config-linux.md, "Control groups". 0 is what programs in Go have where nothing was set, and to
 * runc the same as that: so it is here, but where it says something. */
#include "runtime/spec/document.h"
#include "runtime/spec/oci_tables.h"

#include <string.h>

static field_loader load_limit, load_amount, load_shares, load_pids, load_ignored, load_weight,
	load_page_size, load_rdma, load_unified;

/* -1: no limit. */
static void load_limit(struct reading *r, json_t *v, const struct field *f, void *out,
		       const struct where *at)
{
	const struct field number = { RANGE(-1, INT64_MAX) };
	int64_t n = 0;

	load_i64(r, v, &number, &n, at);
	if (n != 0)
		*(uint64_t *)field_member(f, out) = n < 0 ? CGROUP_NO_LIMIT : (uint64_t)n;
}

static void load_amount(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	uint64_t n = 0;

	load_any_u64(r, v, &(const struct field){ 0 }, &n, at);
	if (n > INT64_MAX)
		problem_add(r, at, "is more than any kernel takes");
	else if (n > 0)
		*(uint64_t *)field_member(f, out) = n;
}

/* The kernel takes what is outside for the nearest value. */
static void load_shares(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	enum { SHARES_MIN = 2, SHARES_MAX = 262144 };
	uint64_t n = 0;

	load_any_u64(r, v, &(const struct field){ 0 }, &n, at);
	if (n > 0)
		*(uint64_t *)field_member(f, out) = n < SHARES_MIN   ? SHARES_MIN
						    : n > SHARES_MAX ? SHARES_MAX
								     : n;
}

/* 0 is a limit, and to a group with a process in it the same as 1: no more. */
static void load_pids(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	load_limit(r, v, f, out, at);
	if (json_is_integer(v) && json_integer_value(v) == 0)
		*(uint64_t *)field_member(f, out) = 1;
}

/* Kernel memory has no limit of its own since Linux 5.4 (v1), and never had one on v2. */
static void load_ignored(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	const struct field number = { RANGE(-1, INT64_MAX) };
	int64_t n = 0;

	(void)f;
	(void)out;
	load_i64(r, v, &number, &n, at);
	if (n > 0)
		warning_add(r, at, "has no effect: kernels have no such limit any more");
}

/* 10..1000 */
static void load_weight(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	const struct field number = { RANGE(10, 1000) };
	uint64_t *weight = field_member(f, out);

	if (!json_is_integer(v) || json_integer_value(v) != 0)
		load_u64(r, v, &number, weight, at);
}

#define STRUCT struct cgroup_limits
static const struct field memory_fields[] = {
	{ .key = "limit", MEMBER(memory_max), .load = load_limit },
	{ .key = "reservation", MEMBER(memory_reservation), .load = load_limit },
	{ .key = "swap", MEMBER(memory_and_swap), .load = load_limit },
	{ .key = "kernel", .load = load_ignored },
	{ .key = "kernelTCP", .load = load_ignored },
	{ .key = "swappiness", MEMBER(memory_swappiness), .load = load_u64, RANGE(0, 100) },
	{ .key = "disableOOMKiller",
	  LIST(oom_kill_disable, has_oom_kill_disable),
	  .load = load_flag },
	{ .key = "checkBeforeUpdate", MEMBER(memory_check_before_update), .load = load_bool },
};
static const struct field_table memory_table = OBJECT_TABLE(memory_fields);

static const struct field cpu_fields[] = {
	{ .key = "shares", MEMBER(cpu_shares), .load = load_shares },
	{ .key = "quota", MEMBER(cpu_quota_us), .load = load_limit },
	{ .key = "burst", MEMBER(cpu_burst_us), .load = load_u64, RANGE(0, INT64_MAX) },
	{ .key = "period", MEMBER(cpu_period_us), .load = load_amount },
	{ .key = "realtimeRuntime", MEMBER(cpu_rt_runtime_us), .load = load_limit },
	{ .key = "realtimePeriod", MEMBER(cpu_rt_period_us), .load = load_amount },
	{ .key = "cpus", MEMBER(cpus), .load = load_optional },
	{ .key = "mems", MEMBER(mems), .load = load_optional },
	{ .key = "idle", MEMBER(cpu_idle), .load = load_u64, RANGE(0, 1) },
};
static const struct field_table cpu_table = OBJECT_TABLE(cpu_fields);

static const struct field pids_fields[] = {
	{ .key = "limit", MEMBER(pids_max), .load = load_pids },
};
static const struct field_table pids_table = OBJECT_TABLE(pids_fields);
#undef STRUCT

/* --- block devices --- */

#define STRUCT struct limits_io
#define DEVICE                                                                                     \
	{ .key = "major", REQUIRED_KEY, MEMBER(major), .load = load_u64, RANGE(0, UINT32_MAX) },   \
	{                                                                                          \
		.key = "minor", REQUIRED_KEY, MEMBER(minor), .load = load_u64,                     \
		RANGE(0, UINT32_MAX)                                                               \
	}
static const struct field weight_fields[] = {
	DEVICE,
	{ .key = "weight", MEMBER(value), .load = load_weight },
	{ .key = "leafWeight", MEMBER(leaf_weight), .load = load_weight },
};
static const struct field rate_fields[] = {
	DEVICE,
	{ .key = "rate", REQUIRED_KEY, MEMBER(value), .load = load_any_u64 },
};
#undef DEVICE
static const struct limits_io io_defaults = { .value = CGROUP_UNSET, .leaf_weight = CGROUP_UNSET };
static const struct field_table weight_table = { .fields = weight_fields,
						 .n = ARRAY_LEN(weight_fields),
						 .open = true,
						 .size = sizeof(STRUCT),
						 .defaults = &io_defaults };
static const struct field_table rate_table = { .fields = rate_fields,
					       .n = ARRAY_LEN(rate_fields),
					       .open = true,
					       .size = sizeof(STRUCT),
					       .defaults = &io_defaults };
#undef STRUCT

static void load_weights(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	struct cgroup_limits *l = out;
	struct where here = { .up = at };

	load_list(r, v, f, out, at);
	for (; here.index < l->io[IO_WEIGHT].n; here.index++) {
		const struct limits_io *d = &l->io[IO_WEIGHT].v[here.index];

		if (d->value == CGROUP_UNSET && d->leaf_weight == CGROUP_UNSET &&
		    reading_clean(r, &here))
			problem_add(r, &here, "has neither 'weight' nor 'leafWeight'");
	}
}

#define STRUCT      struct cgroup_limits
#define RATES(kind) LIST(io[kind].v, io[kind].n), .load = load_list, .table = &rate_table
static const struct field block_fields[] = {
	{ .key = "weight", MEMBER(io_weight), .load = load_weight },
	{ .key = "leafWeight", MEMBER(io_leaf_weight), .load = load_weight },
	{ .key = "weightDevice",
	  LIST(io[IO_WEIGHT].v, io[IO_WEIGHT].n),
	  .load = load_weights,
	  .table = &weight_table },
	{ .key = "throttleReadBpsDevice", RATES(IO_READ_BPS) },
	{ .key = "throttleWriteBpsDevice", RATES(IO_WRITE_BPS) },
	{ .key = "throttleReadIOPSDevice", RATES(IO_READ_IOPS) },
	{ .key = "throttleWriteIOPSDevice", RATES(IO_WRITE_IOPS) },
};
static const struct field_table block_table = OBJECT_TABLE(block_fields);
#undef RATES
#undef STRUCT

/* --- huge pages, networks, RDMA, files --- */

/* "64KB", "2MB", "1GB": the names of the kernel's files have it. */
static void load_page_size(struct reading *r, json_t *v, const struct field *f, void *out,
			   const struct where *at)
{
	const char *text = text_of(r, v, at);
	size_t digits = text ? strspn(text, "0123456789") : 0;

	if (!text)
		return;
	if (digits == 0 || !strchr("KMG", text[digits] ? text[digits] : ' ') ||
	    strcmp(text + digits + 1, "B") != 0)
		problem_add(r, at, "'%s' is not a size of pages such as \"2MB\"", text);
	else
		load_text(r, v, f, out, at);
}

#define STRUCT struct limits_hugepage
static const struct field hugepage_fields[] = {
	{ .key = "pageSize", REQUIRED_KEY, MEMBER(page_size), .load = load_page_size },
	{ .key = "limit", REQUIRED_KEY, MEMBER(limit), .load = load_any_u64 },
};
static const struct field_table hugepage_table = OBJECT_TABLE(hugepage_fields);
#undef STRUCT

#define STRUCT struct limits_priority
static const struct field priority_fields[] = {
	{ .key = "name", REQUIRED_KEY, MEMBER(name), .load = load_text },
	{ .key = "priority",
	  REQUIRED_KEY,
	  MEMBER(priority),
	  .load = load_u32,
	  RANGE(0, UINT32_MAX) },
};
static const struct field_table priority_table = OBJECT_TABLE(priority_fields);
#undef STRUCT

#define STRUCT struct cgroup_limits
static const struct field network_fields[] = {
	{ .key = "classID", MEMBER(net_class_id), .load = load_u64, RANGE(0, UINT32_MAX) },
	{ .key = "priorities",
	  LIST(net_priorities, n_net_priorities),
	  .load = load_list,
	  .table = &priority_table },
};
static const struct field_table network_table = OBJECT_TABLE(network_fields);
#undef STRUCT

#define STRUCT struct limits_rdma
static const struct field rdma_fields[] = {
	{ .key = "hcaHandles", MEMBER(handles), .load = load_u64, RANGE(0, UINT32_MAX) },
	{ .key = "hcaObjects", MEMBER(objects), .load = load_u64, RANGE(0, UINT32_MAX) },
};
static const struct field_table rdma_table = OBJECT_TABLE(rdma_fields);
#undef STRUCT

static void rdma_load(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	struct cgroup_limits *l = out;
	struct limits_rdma *d = list_add(&l->rdma, &l->n_rdma, sizeof *d);

	*d = (struct limits_rdma){ str_dup(at->key), CGROUP_UNSET, CGROUP_UNSET };
	fields_load(r, v, f->table, d, at);
	if (d->handles == CGROUP_UNSET && d->objects == CGROUP_UNSET && reading_clean(r, at))
		problem_add(r, at, "has neither 'hcaHandles' nor 'hcaObjects'");
}

static void load_rdma(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	static const struct each devices = { "an object of RDMA devices", rdma_load };

	each_member(r, v, f, out, at, &devices);
}

/* "memory.high": a file of a controller, in the group itself. */
static void file_load(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	struct cgroup_limits *l = out;
	const char *dot = strchr(at->key, '.');

	(void)f;
	if (strchr(at->key, '/') || !dot || dot == at->key || !dot[1]) {
		problem_add(r, at, "is not a file of a group such as \"memory.high\"");
	} else if (!json_is_string(v)) {
		problem_type(r, at, "a string", v);
	} else {
		struct limits_file *file = list_add(&l->unified, &l->n_unified, sizeof *file);

		*file = (struct limits_file){ str_dup(at->key), str_dup(json_string_value(v)) };
	}
}

static void load_unified(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	static const struct each files = { "an object of strings", file_load };

	each_member(r, v, f, out, at, &files);
}

#define STRUCT struct cgroup_limits
static const struct field resources_fields[] = {
	{ .key = "devices",
	  LIST(devices, n_devices),
	  .load = load_allowed,
	  .table = &oci_allowed_table },
	{ .key = "memory", .load = load_object, .table = &memory_table },
	{ .key = "cpu", .load = load_object, .table = &cpu_table },
	{ .key = "pids", .load = load_object, .table = &pids_table },
	{ .key = "blockIO", .load = load_object, .table = &block_table },
	{ .key = "hugepageLimits",
	  LIST(hugepages, n_hugepages),
	  .load = load_list,
	  .table = &hugepage_table },
	{ .key = "network", .load = load_object, .table = &network_table },
	{ .key = "rdma", .load = load_rdma, .table = &rdma_table },
	{ .key = "unified", .load = load_unified },
};
const struct field_table oci_resources_table = OBJECT_TABLE(resources_fields);
#undef STRUCT

void load_resources(struct reading *r, json_t *v, const struct field *f, void *out,
		    const struct where *at)
{
	struct cgroup_limits *l = field_member(f, out);
	struct where memory = { .up = at, .key = "memory" };

	load_object(r, v, f, out, at);
	if (l->memory_max < CGROUP_NO_LIMIT && l->memory_and_swap < l->memory_max &&
	    reading_clean(r, &memory))
		problem_add(r, &memory, "swap, which is memory and swap together, is below limit");
}
