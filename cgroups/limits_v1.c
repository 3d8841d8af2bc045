/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/limits.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

enum { SHARES_MIN = 2, SHARES_MAX = 262144 };

uint64_t shares_from_weight(uint64_t weight)
{
	uint64_t shares = weight * 1024 / 100;

	return shares < SHARES_MIN ? SHARES_MIN : shares > SHARES_MAX ? SHARES_MAX : shares;
}

uint64_t weight_from_shares(uint64_t shares)
{
	uint64_t weight = (shares * 100 + 512) / 1024;

	return weight < 1 ? 1 : weight > 10000 ? 10000 : weight;
}

bool v1_is_unlimited(uint64_t bytes)
{
	return bytes >= (uint64_t)INT64_MAX - 65535; /* the largest page is 64 KiB */
}

bool host_has_swap(void)
{
	scoped_str char *swaps = NULL;
	struct err ignored = { 0 }; /* no such file: a kernel without swap */

	if (fs_read_at(AT_FDCWD, "/proc/swaps", &swaps, NULL, &ignored) < 0)
		return false;

	const char *first = strchr(swaps, '\n'); /* after the heading */
	return first && first[1];
}

static int read_number(const char *dir, const char *file, int64_t *out, struct err *e)
{
	scoped_str char *path = str_printf("%s/%s", dir, file), *text = NULL;

	if (fs_read_at(AT_FDCWD, path, &text, NULL, e) < 0)
		return -1;
	*out = strtoll(text, NULL, 10);
	return 0;
}

/* Quota and period are two files, and the kernel holds each combination on the way against the
 * groups above and below. So a quota is lifted first, and set under the new period. */
int v1_cpu_max(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	static const char quota_file[] = "cpu.cfs_quota_us";
	int64_t quota_now;
	char text[24];

	if (read_number(dir, quota_file, &quota_now, e) < 0)
		return -1;
	if (is_limited(l->cpu_period_us)) {
		if (quota_now >= 0)
			settings_add(s, dir, quota_file, "-1");
		settings_add(s, dir, "cpu.cfs_period_us", "%" PRIu64, l->cpu_period_us);
	}
	if (l->cpu_quota_us != CGROUP_UNSET)
		settings_add(s, dir, quota_file, "%s", limit_text(l->cpu_quota_us, "-1", text));
	else if (quota_now >= 0)
		settings_add(s, dir, quota_file, "%" PRId64, quota_now);
	return 0;
}

int v1_cpu_weight(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)e; /* the table's signature */
	if (is_limited(l->cpu_weight))
		settings_add(s, dir, "cpu.shares", "%" PRIu64, shares_from_weight(l->cpu_weight));
	return 0;
}

int v1_memory_high(struct settings *s, const char *dir, const struct cgroup_limits *l,
		   struct err *e)
{
	(void)s;
	if (!is_limited(l->memory_high))
		return 0;
	return err_set(
		e, 0,
		"memory.high: controller memory is on cgroup v1 here (%s), which has no such "
		"limit: use the memory limit, or boot with systemd.unified_cgroup_hierarchy=1",
		dir);
}

/* --- memory: v1 limits memory, and memory and swap together; v2 each by itself --- */

struct v1_memory {
	uint64_t limit, memsw; /* CGROUP_NO_LIMIT: none */
	bool has_memsw;
};

static int read_bytes(const char *dir, const char *file, uint64_t *out, struct err *e)
{
	int64_t value;

	if (read_number(dir, file, &value, e) < 0)
		return -1;
	*out = v1_is_unlimited((uint64_t)value) ? CGROUP_NO_LIMIT : (uint64_t)value;
	return 0;
}

static int v1_memory_now(const char *dir, struct v1_memory *now, struct err *e)
{
	scoped_str char *memsw = str_printf("%s/memory.memsw.limit_in_bytes", dir);

	now->memsw = CGROUP_NO_LIMIT;
	now->has_memsw = access(memsw, F_OK) == 0;
	if (read_bytes(dir, "memory.limit_in_bytes", &now->limit, e) < 0)
		return -1;
	return now->has_memsw ? read_bytes(dir, "memory.memsw.limit_in_bytes", &now->memsw, e) : 0;
}

/* What the two files have to say for L, given what they say NOW. */
static int v1_memory_want(const struct v1_memory *now, const struct cgroup_limits *l,
			  struct v1_memory *want, const char *dir, struct err *e)
{
	uint64_t swap = l->memory_swap_max;

	*want = *now;
	if (l->memory_max != CGROUP_UNSET)
		want->limit = l->memory_max;
	if (!now->has_memsw) {
		if (is_limited(swap) && (swap > 0 || host_has_swap()))
			return err_set(e, 0,
				       "memory.swap.max: cgroup v1 does not count swap here (no "
				       "%s/memory.memsw.limit_in_bytes; boot with swapaccount=1)",
				       dir);
		return 0;
	}
	if (swap == CGROUP_UNSET)
		swap = is_limited(now->memsw) ? now->memsw - now->limit : CGROUP_NO_LIMIT;
	if (is_limited(swap) && !is_limited(want->limit))
		return err_set(
			e, 0,
			"memory.swap.max: cgroup v1 (%s) limits memory and swap together: give "
			"a memory limit too",
			dir);
	want->memsw = is_limited(swap) ? want->limit + swap : CGROUP_NO_LIMIT;
	return 0;
}

/* The kernel refuses (EINVAL) any moment in which limit > memsw: so the larger goes up first, and
 * comes down last. */
int v1_memory_max(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	struct v1_memory now, want;
	char text[24];

	if (v1_memory_now(dir, &now, e) < 0 || v1_memory_want(&now, l, &want, dir, e) < 0)
		return -1;

	bool raise = want.memsw > now.memsw;
	if (raise)
		settings_add(s, dir, "memory.memsw.limit_in_bytes", "%s",
			     limit_text(want.memsw, "-1", text));
	if (want.limit != now.limit)
		settings_add(s, dir, "memory.limit_in_bytes", "%s",
			     limit_text(want.limit, "-1", text));
	if (want.memsw < now.memsw)
		settings_add(s, dir, "memory.memsw.limit_in_bytes", "%s",
			     limit_text(want.memsw, "-1", text));
	return 0;
}
