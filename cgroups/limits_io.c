/* SPDX-License-Identifier: Apache-2.0 */
/* Block devices: weights, throttles, latency. */
#include "cgroups/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* "8:16 VALUE" for each device of LIST. */
static void add_devices(struct settings *s, const char *path, const struct limits_io_list *list,
			const char *prefix, const char *none, const char *zero)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct limits_io *it = &list->v[i];
		scoped_str char *key = str_printf("%" PRIu64 ":%" PRIu64, it->major, it->minor);
		scoped_str char *value = it->value == 0 || !is_limited(it->value)
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

/* io.weight's 1..10000 to bfq's 1..1000, so that the 100 that everybody begins with stays 100. */
uint64_t bfq_weight_from_share(uint64_t share)
{
	return share <= 100 ? share : 100 + (share - 100) * 900 / 9900;
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

/* What OCI asks for. */
static void v2_add_weights(struct settings *s, const char *dir, const struct cgroup_limits *l,
			   bool bfq)
{
	const struct limits_io_list *list = &l->io[IO_WEIGHT];
	scoped_str char *path = str_printf("%s/%s", dir, bfq ? "io.bfq.weight" : "io.weight");

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
}

/* What a VNF asks for, into one of the two files. */
static void v2_add_shares(struct settings *s, const char *dir, const struct cgroup_limits *l,
			  bool bfq)
{
	const struct limits_io_list *list = &l->io[IO_SHARE];
	scoped_str char *path = str_printf("%s/%s", dir, bfq ? "io.bfq.weight" : "io.weight");
	uint64_t share = l->io_share == CGROUP_NO_LIMIT ? 100 : l->io_share;

	if (is_set(share)) {
		scoped_str char *weight =
			str_printf("%" PRIu64, bfq ? bfq_weight_from_share(share) : share);

		settings_add_keyed(s, path, "default", weight, "100");
	}
	for (size_t i = 0; i < list->n; i++) {
		struct limits_io one = list->v[i];

		if (bfq && is_limited(one.value))
			one.value = bfq_weight_from_share(one.value);
		add_devices(s, path, &(struct limits_io_list){ &one, 1 }, "", "default", "default");
	}
}

/* bfq weighs by its own file, the cost model by the other; which of them a device has may change at
 * any time, so a VNF's weight goes into both. OCI's is runc's: bfq's when it is there. */
int v2_io_weight(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	bool bfq = has_limit_file(dir, "io.bfq.weight"), cost = has_limit_file(dir, "io.weight");

	if (refuse_leaf_weight(l, e) < 0)
		return -1;
	if (!bfq && !cost)
		return err_no_weight(dir, "io.weight", e);
	v2_add_weights(s, dir, l, bfq);
	if (bfq)
		v2_add_shares(s, dir, l, true);
	if (cost)
		v2_add_shares(s, dir, l, false);
	return 0;
}

static const char *first_there(const char *dir, const char *one, const char *other)
{
	return has_limit_file(dir, one) ? one : has_limit_file(dir, other) ? other : NULL;
}

static int v1_leaf_weight(struct settings *s, const char *dir, const struct cgroup_limits *l,
			  struct err *e)
{
	scoped_str char *path = str_printf("%s/blkio.leaf_weight_device", dir);

	if (!has_limit_file(dir, "blkio.leaf_weight"))
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

/* A VNF's share in the terms of v1's files: bfq's weights, which CFQ had from 10 on. */
static uint64_t v1_weight(uint64_t share, const char *file)
{
	uint64_t weight = bfq_weight_from_share(share == CGROUP_NO_LIMIT ? 100 : share);

	return strstr(file, "bfq") || weight > 10 ? weight : 10;
}

static int v1_device_weights(struct settings *s, const char *dir, const struct limits_io_list *list,
			     bool share, struct err *e)
{
	const char *each = first_there(dir, "blkio.weight_device", "blkio.bfq.weight_device");
	scoped_str char *path = str_printf("%s/%s", dir, each ? each : "");

	for (size_t i = 0; i < list->n; i++) {
		struct limits_io one = list->v[i];

		if (!share && !is_limited(one.value))
			continue;
		if (!each)
			return err_no_weight(dir, "blkio.weight_device", e);
		if (share && is_limited(one.value) && one.value > 0)
			one.value = v1_weight(one.value, each);
		add_devices(s, path, &(struct limits_io_list){ &one, 1 }, "", "0", "0");
	}
	return 0;
}

int v1_io_weight(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	const char *all = first_there(dir, "blkio.weight", "blkio.bfq.weight");

	if (is_limited(l->io_weight) || is_set(l->io_share)) {
		if (!all)
			return err_no_weight(dir, "blkio.weight", e);
		settings_add(s, dir, all, "%" PRIu64,
			     is_set(l->io_share) ? v1_weight(l->io_share, all) : l->io_weight);
	}
	if (v1_device_weights(s, dir, &l->io[IO_WEIGHT], false, e) < 0 ||
	    v1_device_weights(s, dir, &l->io[IO_SHARE], true, e) < 0)
		return -1;
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

/* --- latency --- */

int v2_io_latency(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	scoped_str char *path = str_printf("%s/io.latency", dir);

	if (!has_limit_file(dir, "io.latency"))
		return err_tell(e, ENOENT,
				"io.latency: this kernel has no %s, which would hold it "
				"(CONFIG_BLK_CGROUP_IOLATENCY)",
				path);
	add_devices(s, path, &l->io[IO_LATENCY], "target=", "target=max", "max");
	return 0;
}

int v1_io_latency(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)s;
	(void)l;
	return err_set(e, 0,
		       "io.latency: controller io is on cgroup v1 here (%s, as blkio), which has "
		       "no such limit: limit the others' rates, or boot with "
		       "systemd.unified_cgroup_hierarchy=1",
		       dir);
}
