/* SPDX-License-Identifier: Apache-2.0 */
/* resources.io.devices: one object a device, in the kernel's files one line each in several. */
#include "runtime/spec/vnf.h"
#include "runtime/spec/vnf_tables.h"

#include <string.h>

struct written {
	char *path;
	uint64_t value[IO_KINDS];
};

/* Below 4K a second nothing that a disk does is over before somebody gives up waiting. */
#define RATE       load_size, 4096, SIZE_MAX_ALLOWED
#define OPERATIONS load_u64, 1, UINT32_MAX - 1
#define MEMBER(m)  offsetof(struct written, m)
static const struct field device_fields[] = {
	{ .key = "path", REQUIRED, MEMBER(path), load_host_path },
	{ .key = "weight", OPTIONAL, MEMBER(value[IO_SHARE]), load_u64, 1, 10000 },
	{ .key = "read_bps", OPTIONAL, MEMBER(value[IO_READ_BPS]), RATE },
	{ .key = "write_bps", OPTIONAL, MEMBER(value[IO_WRITE_BPS]), RATE },
	{ .key = "read_iops", OPTIONAL, MEMBER(value[IO_READ_IOPS]), OPERATIONS },
	{ .key = "write_iops", OPTIONAL, MEMBER(value[IO_WRITE_IOPS]), OPERATIONS },
	{ .key = "latency", OPTIONAL, MEMBER(value[IO_LATENCY]), load_duration_us, 1, 60000000 },
};
#undef MEMBER
#undef OPERATIONS
#undef RATE
const struct field_table io_device_table = { .fields = device_fields, ARRAY_LEN(device_fields) };

static void device_load(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	struct cgroup_limits *l = field_member(f, out);
	struct where path = { .up = at, .key = "path" };
	struct written w = { 0 };
	bool any = false;

	for (size_t i = 0; i < IO_KINDS; i++)
		w.value[i] = CGROUP_UNSET;
	fields_load(r, v, f->table, &w, at);
	if (w.path && limits_disk_find(l, w.path))
		problem_add(r, &path, "%s is there already", w.path);
	for (enum limits_io_kind kind = 0; kind < IO_KINDS && w.path; kind++) {
		if (w.value[kind] == CGROUP_UNSET)
			continue;
		limits_io_add(l, kind, w.path, w.value[kind]);
		any = true;
	}
	if (!any && reading_clean(r, at))
		problem_add(r, at, "has no limit: neither weight, nor a rate, nor latency");
	free(w.path);
}

void load_io_devices(struct reading *r, json_t *v, const struct field *f, void *out,
		     const struct where *at)
{
	static const struct each devices = { "a list", device_load };

	each_item(r, v, f, out, at, &devices);
}
