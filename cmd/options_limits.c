/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of option that say a limit: those of a group beyond sizes and counts. */
#include "cmd/options.h"
#include "runtime/base/limits.h"
#include "runtime/base/strs.h"
#include "runtime/base/units.h"
#include "runtime/spec/vnf_load.h"

#include <inttypes.h>
#include <string.h>

/* No limit, in the kernel's word for it. */
static bool is_max(const char *text)
{
	return strcmp(text, "max") == 0;
}

static bool count_parse(const char *text, uint64_t *out)
{
	size_t len = strlen(text);

	if (len == 0 || len > 18 || strspn(text, "0123456789") != len)
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

int opt_time_us(const char *text, void *member, struct err *e)
{
	if (is_max(text))
		*(uint64_t *)member = 0; /* what cannot be more is lifted by giving none */
	else if (!count_parse(text, member) && !duration_us_parse(text, member))
		return err_set(e, 0, "is not a time: say 20ms, or a number of us");
	return 0;
}

int opt_zero_one(const char *text, void *member, struct err *e)
{
	if ((*text != '0' && *text != '1') || text[1])
		return err_set(e, 0, "is neither 0 nor 1");
	*(uint64_t *)member = *text == '1';
	return 0;
}

int opt_percent(const char *text, void *member, struct err *e)
{
	if (is_max(text))
		*(uint64_t *)member = CGROUP_NO_LIMIT;
	else if (!percent_parse(text, member))
		return err_set(e, 0, "is not a percentage: say 20%% or 12.5%%, or max");
	return 0;
}

int opt_partition(const char *text, void *member, struct err *e)
{
	if (strcmp(text, "member") != 0 && strcmp(text, "root") != 0 &&
	    strcmp(text, "isolated") != 0)
		return err_set(e, 0, "must be member, root or isolated");
	*(const char **)member = text;
	return 0;
}

int opt_exec_cpus(const char *text, void *member, struct err *e)
{
	if (!is_max(text))
		return opt_cpulist(text, member, e);
	*(const char **)member = "";
	return 0;
}

/* The next "KEY=VALUE" of a list with commas, cut out of *REST; false: there is none. VALUE is NULL
 * where there is no '='. */
static bool pair_next(char **rest, char **key, char **value)
{
	char *item = strsep(rest, ",");

	if (!item)
		return false;
	*value = item;
	*key = strsep(value, "=");
	return true;
}

static bool io_value(enum limits_io_kind kind, const char *text, uint64_t *out)
{
	*out = 0;
	if (is_max(text))
		return true;
	if (kind == IO_LATENCY)
		return duration_us_parse(text, out) && *out > 0;
	if (kind == IO_READ_BPS || kind == IO_WRITE_BPS)
		return size_parse(text, out) && *out > 0;
	return count_parse(text, out) && *out > 0;
}

static int io_pair(struct cgroup_limits *l, const char *path, const char *key, const char *value,
		   struct err *e)
{
	for (enum limits_io_kind kind = 0; kind < IO_KINDS; kind++) {
		const char *known = vnf_io_key(kind);
		uint64_t number;

		if (!known || strcmp(known, key) != 0)
			continue;
		if (!value || !io_value(kind, value, &number))
			return err_set(e, 0, "%s=%s: %s, or max", key, value ? value : "",
				       kind == IO_LATENCY ? "say 20ms"
				       : kind == IO_READ_BPS || kind == IO_WRITE_BPS
					       ? "say 10M or a number of bytes"
					       : "say a number above 0");
		limits_io_add(l, kind, path, number);
		return 0;
	}
	return err_set(
		e, 0, "'%s' is none of weight, read_bps, write_bps, read_iops, write_iops, latency",
		key);
}

int opt_io(const char *text, void *member, struct err *e)
{
	scoped_str char *copy = str_dup(text);
	char *colon = strrchr(copy, ':'), *rest = colon ? colon + 1 : NULL, *key, *value;

	if (!colon || copy[0] != '/' || !*rest)
		return err_set(e, 0, "is not PATH:KEY=VALUE,...: say /dev/sda:read_bps=10M");
	*colon = '\0';
	while (pair_next(&rest, &key, &value))
		if (io_pair(member, copy, key, value, e) < 0)
			return -1;
	return 0;
}

int opt_hugetlb(const char *text, void *member, struct err *e)
{
	scoped_str char *copy = str_dup(text);
	char *value = copy, *key = strsep(&value, "="), page[16];
	uint64_t size, limit = CGROUP_NO_LIMIT;

	if (!page_size_parse(key, &size) || !value ||
	    (!is_max(value) && !size_parse(value, &limit)))
		return err_set(e, 0, "is not PAGESIZE=SIZE: say 2M=64M, or 2M=max");
	limits_hugepage_add(member, page_size_format(size, page), limit);
	return 0;
}

int opt_rdma(const char *text, void *member, struct err *e)
{
	scoped_str char *copy = str_dup(text);
	char *rest = copy, *device = strsep(&rest, ":"), *key, *value;
	struct limits_rdma *it;

	if (!*device || !rest || !*rest)
		return err_set(e, 0, "is not DEVICE:KEY=N,...: say mlx5_0:handles=2,objects=100");
	it = limits_rdma_add(member, device);
	while (pair_next(&rest, &key, &value)) {
		uint64_t *number = strcmp(key, "handles") == 0   ? &it->handles
				   : strcmp(key, "objects") == 0 ? &it->objects
								 : NULL;

		if (!number)
			return err_set(e, 0, "'%s' is neither handles nor objects", key);
		*number = CGROUP_NO_LIMIT;
		if (!value || (!is_max(value) && !count_parse(value, number)))
			return err_set(e, 0, "%s: say a number, or max", key);
	}
	return 0;
}

int opt_unified(const char *text, void *member, struct err *e)
{
	scoped_str char *copy = str_dup(text);
	char *value = copy, *file = strsep(&value, "=");

	if (!*file || !value || !*value)
		return err_set(e, 0, "is not FILE=VALUE: say cpu.max.burst=1000");
	limits_file_add(member, file, value);
	return 0;
}
