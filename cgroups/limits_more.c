/* SPDX-License-Identifier: Apache-2.0 */
/* Block devices, huge pages, RDMA, network classes, and files by name. */
#include "cgroups/limits.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static bool has_file(const char *dir, const char *file)
{
	scoped_str char *path = str_printf("%s/%s", dir, file);

	return access(path, F_OK) == 0;
}

/* "8:16 VALUE" for each device of LIST. */
static void add_devices(struct settings *s, const char *path, const struct limits_io_list *list,
			const char *prefix, const char *none, const char *zero)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct limits_io *it = &list->v[i];
		scoped_str char *key = str_printf("%" PRIu64 ":%" PRIu64, it->major, it->minor);
		scoped_str char *value = it->value == 0
						 ? str_printf("%s%s", prefix, zero)
						 : str_printf("%s%" PRIu64, prefix, it->value);

		settings_add_keyed(s, path, key, value, none);
	}
}

/* --- weights: the scheduler bfq brings files of its own, with OCI's range --- */

uint64_t io_weight_from_oci(uint64_t weight)
{
	return weight <= 10 ? 1 : weight >= 1000 ? 10000 : 1 + (weight - 10) * 9999 / 990;
}

static int refuse_leaf_weight(const struct cgroup_limits *l, struct err *e)
{
	bool given = is_limited(l->io_leaf_weight);

	for (size_t i = 0; i < l->io[IO_WEIGHT].n; i++)
		given |= is_limited(l->io[IO_WEIGHT].v[i].leaf_weight);
	return given ? err_set(e, 0,
			       "blockIO.leafWeight: this kernel has no such weight (it went with "
			       "the CFQ scheduler)")
		     : 0;
}

static int err_no_weight(const char *dir, const char *file, struct err *e)
{
	return err_set(e, ENOENT,
		       "this kernel has neither %s/%s nor its bfq counterpart, which would hold "
		       "that weight",
		       dir, file);
}

int v2_io_weight(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	const struct limits_io_list *list = &l->io[IO_WEIGHT];
	bool bfq = has_file(dir, "io.bfq.weight");
	scoped_str char *path = str_printf("%s/%s", dir, bfq ? "io.bfq.weight" : "io.weight");

	if (refuse_leaf_weight(l, e) < 0)
		return -1;
	if (!bfq && !has_file(dir, "io.weight"))
		return err_no_weight(dir, "io.weight", e);
	if (is_limited(l->io_weight)) {
		scoped_str char *weight = str_printf(
			"%" PRIu64, bfq ? l->io_weight : io_weight_from_oci(l->io_weight));

		settings_add_keyed(s, path, "default", weight, "100");
	}
	for (size_t i = 0; i < list->n; i++) {
		struct limits_io one = list->v[i];

		if (!is_limited(one.value))
			continue;
		one.value = bfq ? one.value : io_weight_from_oci(one.value);
		add_devices(s, path, &(struct limits_io_list){ &one, 1 }, "", "default", "default");
	}
	return 0;
}

static const char *first_there(const char *dir, const char *one, const char *other)
{
	return has_file(dir, one) ? one : has_file(dir, other) ? other : NULL;
}

static int v1_leaf_weight(struct settings *s, const char *dir, const struct cgroup_limits *l,
			  struct err *e)
{
	scoped_str char *path = str_printf("%s/blkio.leaf_weight_device", dir);

	if (!has_file(dir, "blkio.leaf_weight"))
		return refuse_leaf_weight(l, e);
	if (is_limited(l->io_leaf_weight))
		settings_add(s, dir, "blkio.leaf_weight", "%" PRIu64, l->io_leaf_weight);
	for (size_t i = 0; i < l->io[IO_WEIGHT].n; i++) {
		struct limits_io one = l->io[IO_WEIGHT].v[i];

		one.value = one.leaf_weight;
		if (is_limited(one.value))
			add_devices(s, path, &(struct limits_io_list){ &one, 1 }, "", "0", "0");
	}
	return 0;
}

int v1_io_weight(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	const char *all = first_there(dir, "blkio.weight", "blkio.bfq.weight");
	const char *each = first_there(dir, "blkio.weight_device", "blkio.bfq.weight_device");
	scoped_str char *path = str_printf("%s/%s", dir, each ? each : "");

	if (is_limited(l->io_weight)) {
		if (!all)
			return err_no_weight(dir, "blkio.weight", e);
		settings_add(s, dir, all, "%" PRIu64, l->io_weight);
	}
	for (size_t i = 0; i < l->io[IO_WEIGHT].n; i++) {
		struct limits_io one = l->io[IO_WEIGHT].v[i];

		if (!is_limited(one.value))
			continue;
		if (!each)
			return err_no_weight(dir, "blkio.weight_device", e);
		add_devices(s, path, &(struct limits_io_list){ &one, 1 }, "", "0", "0");
	}
	return v1_leaf_weight(s, dir, l, e);
}

/* --- throttles; a rate of 0 is none, as v1 has it --- */

int v2_io_max(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	static const char *const names[IO_KINDS] = {
		[IO_READ_BPS] = "rbps=",
		[IO_WRITE_BPS] = "wbps=",
		[IO_READ_IOPS] = "riops=",
		[IO_WRITE_IOPS] = "wiops=",
	};
	scoped_str char *path = str_printf("%s/io.max", dir);

	(void)e; /* the table's signature */
	for (size_t i = 0; i < IO_KINDS; i++)
		if (names[i])
			add_devices(s, path, &l->io[i], names[i],
				    "rbps=max wbps=max riops=max wiops=max", "max");
	return 0;
}

int v1_io_max(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	static const char *const files[IO_KINDS] = {
		[IO_READ_BPS] = "blkio.throttle.read_bps_device",
		[IO_WRITE_BPS] = "blkio.throttle.write_bps_device",
		[IO_READ_IOPS] = "blkio.throttle.read_iops_device",
		[IO_WRITE_IOPS] = "blkio.throttle.write_iops_device",
	};

	(void)e;
	for (size_t i = 0; i < IO_KINDS; i++) {
		scoped_str char *path = str_printf("%s/%s", dir, files[i] ? files[i] : "");

		if (files[i])
			add_devices(s, path, &l->io[i], "", "0", "0");
	}
	return 0;
}

/* --- huge pages: reservations where the kernel counts them, and use --- */

static int hugetlb(struct settings *s, const char *dir, const struct cgroup_limits *l,
		   const char *suffix, struct err *e)
{
	char text[24];

	for (size_t i = 0; i < l->n_hugepages; i++) {
		const struct limits_hugepage *it = &l->hugepages[i];
		scoped_str char *use = str_printf("hugetlb.%s.%s", it->page_size, suffix);
		scoped_str char *rsvd = str_printf("hugetlb.%s.rsvd.%s", it->page_size, suffix);

		if (strchr(it->page_size, '/') || !has_file(dir, use))
			return err_set(e, 0, "huge pages of %s: this host has none (no %s/%s)",
				       it->page_size, dir, use);
		limit_text(it->limit, strcmp(suffix, "max") ? "-1" : "max", text);
		settings_add(s, dir, use, "%s", text);
		if (has_file(dir, rsvd))
			settings_add(s, dir, rsvd, "%s", text);
	}
	return 0;
}

int v2_hugetlb(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	return hugetlb(s, dir, l, "max", e);
}

int v1_hugetlb(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	return hugetlb(s, dir, l, "limit_in_bytes", e);
}

int rdma_max(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	scoped_str char *path = str_printf("%s/rdma.max", dir);
	char number[24];

	(void)e;
	for (size_t i = 0; i < l->n_rdma; i++) {
		const struct limits_rdma *it = &l->rdma[i];
		scoped_str char *value = str_dup("");

		if (is_set(it->handles)) {
			str_drop(&value);
			value = str_printf("hca_handle=%s", limit_text(it->handles, "max", number));
		}
		if (is_set(it->objects)) {
			scoped_str char *before = str_take(&value);

			value = str_printf("%s%shca_object=%s", before, *before ? " " : "",
					   limit_text(it->objects, "max", number));
		}
		if (*value)
			settings_add_keyed(s, path, it->device, value,
					   "hca_handle=max hca_object=max");
	}
	return 0;
}

/* --- network --- */

int v2_net(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)s;
	(void)dir;
	if (!is_limited(l->net_class_id) && l->n_net_priorities == 0)
		return 0;
	return err_set(e, 0,
		       "network.%s: only cgroup v1 has that, and its controller %s is not mounted "
		       "(/proc/self/mountinfo)",
		       is_limited(l->net_class_id) ? "classID" : "priorities",
		       is_limited(l->net_class_id) ? "net_cls" : "net_prio");
}

int v1_net_class(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)e;
	if (is_limited(l->net_class_id))
		settings_add(s, dir, "net_cls.classid", "%" PRIu64, l->net_class_id);
	return 0;
}

int v1_net_priorities(struct settings *s, const char *dir, const struct cgroup_limits *l,
		      struct err *e)
{
	scoped_str char *path = str_printf("%s/net_prio.ifpriomap", dir);

	(void)e;
	for (size_t i = 0; i < l->n_net_priorities; i++) {
		scoped_str char *value = str_printf("%u", l->net_priorities[i].priority);

		settings_add_keyed(s, path, l->net_priorities[i].name, value, "0");
	}
	return 0;
}

/* --- files by name --- */

int v2_unified(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	for (size_t i = 0; i < l->n_unified; i++) {
		const struct limits_file *it = &l->unified[i];

		if (!*it->file || strchr(it->file, '/') || strcmp(it->file, "..") == 0)
			return err_set(e, EINVAL, "unified/%s: not the name of a file", it->file);
		if (!has_file(dir, it->file))
			return err_set(e, ENOENT,
				       "unified/%s: the kernel has no such file in this group (%s)",
				       it->file, dir);
		settings_add_lines(s, dir, it->file, it->value);
	}
	return 0;
}
