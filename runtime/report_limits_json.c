/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of a group. */
#include "runtime/base/strs.h"
#include "runtime/report_json.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static json_t *cpus_or_null(const struct cgroup_limits *l)
{
	bool limited = l->cpu_quota_us != CGROUP_UNSET && l->cpu_period_us != CGROUP_UNSET &&
		       l->cpu_period_us > 0;

	return limited ? json_real((double)l->cpu_quota_us / (double)l->cpu_period_us)
		       : json_null();
}

static json_t *percent_or_null(uint64_t hundredths)
{
	return hundredths == CGROUP_UNSET ? json_null() : json_real((double)hundredths / 100);
}

static json_t *switch_or_null(uint64_t on)
{
	return on == CGROUP_UNSET ? json_null() : json_boolean(on);
}

/* --- by device --- */

static bool has_text(const json_t *o, const char *key, const char *text)
{
	const char *is = json_string_value(json_object_get(o, key));

	return is ? text && strcmp(is, text) == 0 : !text;
}

/* A disk that has not been looked up has no number. */
static json_t *device_of(json_t *devices, const struct limits_io *it, const char *path)
{
	static const char *const keys[] = { "weight",    "read_bps",   "write_bps",
					    "read_iops", "write_iops", "latency_us" };
	scoped_str char *name = it->major == CGROUP_UNSET
					? NULL
					: str_printf("%" PRIu64 ":%" PRIu64, it->major, it->minor);
	json_t *o;
	size_t i;

	json_array_foreach(devices, i, o) if (has_text(o, "device", name) &&
					      has_text(o, "path", path)) return o;
	o = json_pack("{s:o, s:o}", "device", text_or_null(name), "path", text_or_null(path));
	for (i = 0; i < ARRAY_LEN(keys); i++)
		json_object_set_new(o, keys[i], json_null());
	json_array_append_new(devices, o);
	return o;
}

static json_t *io(const struct cgroup_limits *l)
{
	static const char *const keys[IO_KINDS] = {
		[IO_READ_BPS] = "read_bps",   [IO_WRITE_BPS] = "write_bps",
		[IO_READ_IOPS] = "read_iops", [IO_WRITE_IOPS] = "write_iops",
		[IO_SHARE] = "weight",        [IO_LATENCY] = "latency_us",
	};
	json_t *devices = json_array();

	for (size_t kind = 0; kind < IO_KINDS; kind++)
		for (size_t i = 0; keys[kind] && i < l->io[kind].n; i++) {
			const struct limits_io *it = &l->io[kind].v[i];

			json_object_set_new(device_of(devices, it, report_io_path(l, it)),
					    keys[kind], number_or_null(it->value));
		}
	return devices;
}

/* --- by name --- */

static json_t *hugetlb(const struct cgroup_limits *l)
{
	json_t *o = json_object();

	for (size_t i = 0; i < l->n_hugepages; i++)
		json_object_set_new(o, l->hugepages[i].page_size,
				    number_or_null(l->hugepages[i].limit));
	return o;
}

static json_t *rdma(const struct cgroup_limits *l)
{
	json_t *o = json_object();

	for (size_t i = 0; i < l->n_rdma; i++)
		json_object_set_new(o, l->rdma[i].device,
				    json_pack("{s:o, s:o}", "handles",
					      number_or_null(l->rdma[i].handles), "objects",
					      number_or_null(l->rdma[i].objects)));
	return o;
}

static void add_numbers(json_t *o, const struct cgroup_limits *l)
{
	const struct {
		const char *key;
		uint64_t value;
	} rows[] = {
		{ "cpu_weight", l->cpu_weight }, { "cpu_burst_us", l->cpu_burst_us },
		{ "memory", l->memory_max },     { "memory_high", l->memory_high },
		{ "memory_low", l->memory_low }, { "memory_min", l->memory_min },
		{ "swap", l->memory_swap_max },  { "pids", l->pids_max },
		{ "io_weight", l->io_share },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		json_object_set_new(o, rows[i].key, number_or_null(rows[i].value));
}

json_t *report_limits_json(const struct cgroup_limits *l)
{
	json_t *o = json_object();

	json_object_set_new(o, "cpu", cpus_or_null(l));
	add_numbers(o, l);
	json_object_set_new(o, "cpu_idle", switch_or_null(l->cpu_idle));
	json_object_set_new(o, "cpus", text_or_null(l->cpus));
	json_object_set_new(o, "mems", text_or_null(l->mems));
	json_object_set_new(o, "cpu_partition", text_or_null(l->cpu_partition));
	json_object_set_new(o, "util_min", percent_or_null(l->uclamp_min));
	json_object_set_new(o, "util_max", percent_or_null(l->uclamp_max));
	json_object_set_new(o, "oom_group", switch_or_null(l->memory_oom_group));
	json_object_set_new(o, "io", io(l));
	json_object_set_new(o, "hugetlb", hugetlb(l));
	json_object_set_new(o, "rdma", rdma(l));
	return o;
}
