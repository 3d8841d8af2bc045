/* SPDX-License-Identifier: Apache-2.0 */
/* Changed limits: into a descriptor, and out of a group. */
#include "runtime/base/units.h"
#include "runtime/spec/oci_json.h"
#include "runtime/spec/vnf_load.h"
#include "runtime/spec/vnf_merge.h"
#include "runtime/spec/vnf_tables.h"

#include <string.h>

/* What the value is in the descriptor, and what the kernel is told where a change takes it out. */
static const struct row {
	const char *section, *key; /* section NULL: of resources itself */
	size_t from;               /* in struct vnf_resources */
	enum { NUMBER, CPUS, SWITCH, TIME, PERCENT } kind;
	size_t to; /* in struct cgroup_limits */
	uint64_t lifted;
} rows[] = {
#define FROM(m) offsetof(struct vnf_resources, m)
#define TO(m)   offsetof(struct cgroup_limits, m)
#define MORE(m) offsetof(struct vnf_resources, more.m)
	{ "cpu", "limit", FROM(cpu_limit), CPUS, TO(cpu_quota_us), CGROUP_NO_LIMIT },
	{ "cpu", "burst", MORE(cpu_burst_us), TIME, TO(cpu_burst_us), 0 },
	{ "cpu", "weight", FROM(cpu_weight), NUMBER, TO(cpu_weight), 100 },
	{ "cpu", "idle", MORE(cpu_idle), SWITCH, TO(cpu_idle), 0 },
	{ "cpu", "util_min", MORE(uclamp_min), PERCENT, TO(uclamp_min), 0 },
	{ "cpu", "util_max", MORE(uclamp_max), PERCENT, TO(uclamp_max), CGROUP_NO_LIMIT },
	{ "memory", "limit", FROM(memory_limit), NUMBER, TO(memory_max), CGROUP_NO_LIMIT },
	{ "memory", "high", FROM(memory_high), NUMBER, TO(memory_high), CGROUP_NO_LIMIT },
	{ "memory", "low", MORE(memory_low), NUMBER, TO(memory_low), 0 },
	{ "memory", "min", MORE(memory_min), NUMBER, TO(memory_min), 0 },
	{ "memory", "swap", FROM(memory_swap), NUMBER, TO(memory_swap_max), CGROUP_NO_LIMIT },
	{ "memory", "oom_group", MORE(memory_oom_group), SWITCH, TO(memory_oom_group), 0 },
	{ NULL, "pids", FROM(pids), NUMBER, TO(pids_max), CGROUP_NO_LIMIT },
	{ "io", "weight", MORE(io_share), NUMBER, TO(io_share), 100 },
#undef MORE
#undef TO
#undef FROM
};

static uint64_t value_of(const struct row *row, const struct vnf_resources *c)
{
	uint64_t value;

	memcpy(&value, (const char *)c + row->from, sizeof value);
	return value;
}

static bool takes_out(const struct row *row, uint64_t value)
{
	return value == VNF_NO_LIMIT || (value == 0 && row->kind == SWITCH) ||
	       (value == 0 && row->lifted == 0 && row->kind != PERCENT);
}

static json_t *value_json(const struct row *row, uint64_t value)
{
	char text[24];

	switch (row->kind) {
	case CPUS:
		return json_real((double)value / 1000);
	case SWITCH:
		return json_true();
	case TIME:
		return json_string(duration_us_format(value, text));
	case PERCENT:
		return json_string(percent_format(value, text));
	case NUMBER:
		break;
	}
	return json_integer((json_int_t)value);
}

/* The object KEY of OBJ, made when it is missing. */
static json_t *object_at(json_t *obj, const char *key)
{
	if (!json_is_object(json_object_get(obj, key)))
		json_object_set_new(obj, key, json_object());
	return json_object_get(obj, key);
}

static void numbers_merge(json_t *resources, const struct vnf_resources *c)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t value = value_of(&rows[i], c);
		json_t *section;

		if (value == VNF_UNSET)
			continue;
		section = rows[i].section ? object_at(resources, rows[i].section) : resources;
		if (takes_out(&rows[i], value))
			json_object_del(section, rows[i].key);
		else
			json_object_set_new(section, rows[i].key, value_json(&rows[i], value));
	}
}

static void texts_merge(json_t *resources, const struct vnf_resources *c)
{
	const struct {
		const char *key, *value;
	} texts[] = {
		{ "cpus", c->cpus },
		{ "exec_cpus", c->exec_cpus },
		{ "mems", c->more.mems },
		{ "partition", c->more.cpu_partition },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (texts[i].value && *texts[i].value)
			json_object_set_new(object_at(resources, "cpu"), texts[i].key,
					    json_string(texts[i].value));
		else if (texts[i].value)
			json_object_del(object_at(resources, "cpu"), texts[i].key);
	}
}

/* --- devices --- */

static const char *const io_keys[IO_KINDS] = {
	[IO_SHARE] = "weight",        [IO_READ_BPS] = "read_bps",     [IO_WRITE_BPS] = "write_bps",
	[IO_READ_IOPS] = "read_iops", [IO_WRITE_IOPS] = "write_iops", [IO_LATENCY] = "latency",
};

const char *vnf_io_key(enum limits_io_kind kind)
{
	return io_keys[kind];
}

/* The one of that path in LIST, where they are as load_host_path left them. */
static json_t *device_of(json_t *list, const char *path)
{
	scoped_str char *tidy = path_tidy(path);
	json_t *device;
	size_t i;

	json_array_foreach(list, i, device)
	{
		const char *is = json_string_value(json_object_get(device, "path"));

		if (is && strcmp(is, tidy) == 0)
			return device;
	}
	json_array_append_new(list, json_object());
	device = json_array_get(list, json_array_size(list) - 1);
	oci_put_text(device, "path", tidy);
	return device;
}

static void device_merge(json_t *list, const struct cgroup_limits *c, enum limits_io_kind kind,
			 const struct limits_io *it)
{
	json_t *device = device_of(list, limits_io_path(c, it));
	char text[24];

	if (it->value == 0)
		json_object_del(device, io_keys[kind]);
	else if (kind == IO_LATENCY)
		oci_put_text(device, io_keys[kind], duration_us_format(it->value, text));
	else
		oci_put_number(device, io_keys[kind], it->value);
}

static void devices_merge(json_t *resources, const struct cgroup_limits *c)
{
	json_t *io = object_at(resources, "io"), *list = json_object_get(io, "devices");

	if (!json_is_array(list)) {
		json_object_set_new(io, "devices", json_array());
		list = json_object_get(io, "devices");
	}
	for (enum limits_io_kind kind = 0; kind < IO_KINDS; kind++)
		for (size_t i = 0; io_keys[kind] && i < c->io[kind].n; i++)
			device_merge(list, c, kind, &c->io[kind].v[i]);
	for (size_t i = json_array_size(list); i-- > 0;)
		if (json_object_size(json_array_get(list, i)) == 1) /* its path is left */
			json_array_remove(list, i);
	if (json_array_size(list) == 0)
		json_object_del(io, "devices");
}

/* --- what has a name --- */

/* "2MB" by its key, which may be "2M", "2048K", ... */
static const char *pages_key(json_t *hugetlb, const char *page_size, char *spare)
{
	uint64_t wanted = 0, bytes;
	const char *key;
	json_t *value;

	(void)page_size_parse(page_size, &wanted);
	json_object_foreach(hugetlb, key,
			    value) if (page_size_parse(key, &bytes) && bytes == wanted) return key;
	(void)snprintf(spare, 16, "%.*s", (int)strlen(page_size) - 1, page_size);
	return spare;
}

static void hugepages_merge(json_t *resources, const struct cgroup_limits *c)
{
	for (size_t i = 0; i < c->n_hugepages; i++) {
		json_t *hugetlb = object_at(resources, "hugetlb");
		char spare[16];
		scoped_str char *key =
			str_dup(pages_key(hugetlb, c->hugepages[i].page_size, spare));

		if (c->hugepages[i].limit == CGROUP_NO_LIMIT)
			json_object_del(hugetlb, key);
		else
			oci_put_number(hugetlb, key, c->hugepages[i].limit);
	}
}

static void rdma_number(json_t *device, const char *key, uint64_t value)
{
	if (value == CGROUP_NO_LIMIT)
		json_object_del(device, key);
	else if (value != CGROUP_UNSET)
		oci_put_number(device, key, value);
}

static void rdma_merge(json_t *resources, const struct cgroup_limits *c)
{
	for (size_t i = 0; i < c->n_rdma; i++) {
		json_t *rdma = object_at(resources, "rdma");
		json_t *device = object_at(rdma, c->rdma[i].device);

		rdma_number(device, "handles", c->rdma[i].handles);
		rdma_number(device, "objects", c->rdma[i].objects);
		if (json_object_size(device) == 0)
			json_object_del(rdma, c->rdma[i].device);
	}
}

static void drop_empty(json_t *object)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(object, next, key,
				 value) if (json_is_object(value) && json_object_size(value) == 0)
		json_object_del(object, key);
}

void vnf_merge_resources(json_t *doc, const struct vnf_resources *c)
{
	json_t *resources = object_at(doc, "resources");

	numbers_merge(resources, c);
	texts_merge(resources, c);
	/* An idle VNF has the least weight of all: the one it had is out. */
	if (c->more.cpu_idle == 1 && c->cpu_weight == VNF_UNSET)
		json_object_del(object_at(resources, "cpu"), "weight");
	devices_merge(resources, &c->more);
	hugepages_merge(resources, &c->more);
	rdma_merge(resources, &c->more);
	for (size_t i = 0; i < c->more.n_unified; i++)
		oci_put_text(object_at(resources, "unified"), c->more.unified[i].file,
			     c->more.unified[i].value);
	drop_empty(resources);
}

/* --- lifting --- */

static void lists_lift(const struct cgroup_limits *c, struct cgroup_limits *to)
{
	for (enum limits_io_kind kind = 0; kind < IO_KINDS; kind++)
		for (size_t i = 0; i < c->io[kind].n; i++)
			if (c->io[kind].v[i].value == 0)
				limits_io_add(to, kind, limits_io_path(c, &c->io[kind].v[i]), 0);
	for (size_t i = 0; i < c->n_hugepages; i++)
		if (c->hugepages[i].limit == CGROUP_NO_LIMIT)
			limits_hugepage_add(to, c->hugepages[i].page_size, CGROUP_NO_LIMIT);
	for (size_t i = 0; i < c->n_rdma; i++) {
		bool handles = c->rdma[i].handles == CGROUP_NO_LIMIT;
		bool objects = c->rdma[i].objects == CGROUP_NO_LIMIT;
		struct limits_rdma *it =
			handles || objects ? limits_rdma_add(to, c->rdma[i].device) : NULL;

		if (handles)
			it->handles = CGROUP_NO_LIMIT;
		if (objects)
			it->objects = CGROUP_NO_LIMIT;
	}
}

void vnf_lift(const struct vnf_resources *c, struct cgroup_limits *to)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t value = value_of(&rows[i], c);

		if (value != VNF_UNSET && takes_out(&rows[i], value))
			memcpy((char *)to + rows[i].to, &rows[i].lifted, sizeof rows[i].lifted);
	}
	if (c->more.cpu_partition && !to->cpu_partition)
		to->cpu_partition = str_dup("member");
	lists_lift(&c->more, to);
}
