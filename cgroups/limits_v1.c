/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/limits.h"
#include "cgroups/packet.h"
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

static int err_v2_alone(const char *name, const char *dir, const char *instead, struct err *e)
{
	return err_set(e, 0,
		       "%s: controller memory is on cgroup v1 here (%s), which has no such limit: "
		       "%s, or boot with systemd.unified_cgroup_hierarchy=1",
		       name, dir, instead);
}

int v1_memory_high(struct settings *s, const char *dir, const struct cgroup_limits *l,
		   struct err *e)
{
	(void)s;
	return is_limited(l->memory_high)
		       ? err_v2_alone("memory.high", dir, "use the memory limit", e)
		       : 0;
}

int v1_memory_min(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)s;
	return is_limited(l->memory_min) && l->memory_min > 0
		       ? err_v2_alone("memory.min", dir, "use memory.low", e)
		       : 0;
}

int v1_oom_group(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)s;
	return is_limited(l->memory_oom_group) && l->memory_oom_group > 0
		       ? err_v2_alone("memory.oom.group", dir, "leave it out", e)
		       : 0;
}

/* The soft limit is what v1 has in place of memory.low; no protection is no limit. */
int v1_memory_low(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	uint64_t low = is_set(l->memory_low) ? l->memory_low : l->memory_reservation;
	char text[24];

	(void)e;
	if (l->memory_low == 0)
		low = CGROUP_NO_LIMIT;
	settings_add(s, dir, "memory.soft_limit_in_bytes", "%s", limit_text(low, "-1", text));
	return 0;
}

int v1_swappiness(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)e;
	if (is_limited(l->memory_swappiness))
		settings_add(s, dir, "memory.swappiness", "%" PRIu64, l->memory_swappiness);
	return 0;
}

int v1_oom_kill(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)e;
	settings_add_bare(s, dir, "memory.oom_control", "oom_kill_disable",
			  l->oom_kill_disable ? "1" : "0");
	return 0;
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
static int add_quota(struct settings *s, const char *dir, const struct cgroup_limits *l,
		     struct err *e)
{
	static const char quota_file[] = "cpu.cfs_quota_us";
	int64_t quota_now, period;
	char text[24];

	if (!is_set(l->cpu_quota_us) && !is_set(l->cpu_period_us))
		return 0;
	if (read_number(dir, quota_file, &quota_now, e) < 0 ||
	    read_number(dir, "cpu.cfs_period_us", &period, e) < 0)
		return -1;
	packet_lift_quota(s, dir);
	if (is_limited(l->cpu_period_us)) {
		if (quota_now >= 0)
			settings_add(s, dir, quota_file, "-1");
		settings_add(s, dir, "cpu.cfs_period_us", "%" PRIu64, l->cpu_period_us);
	}
	if (l->cpu_quota_us != CGROUP_UNSET)
		settings_add(s, dir, quota_file, "%s", limit_text(l->cpu_quota_us, "-1", text));
	else if (quota_now >= 0)
		settings_add(s, dir, quota_file, "%" PRId64, quota_now);
	if (is_set(l->cpu_quota_us))
		quota_now = is_limited(l->cpu_quota_us) ? (int64_t)l->cpu_quota_us : -1;
	if (is_limited(l->cpu_period_us))
		period = (int64_t)l->cpu_period_us;
	packet_fit_quota(s, dir, quota_now, period);
	return 0;
}

/* As v2_cpu_max: at no moment may burst > quota. */
int v1_cpu_max(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	static const char file[] = "cpu.cfs_burst_us";
	struct err missing = { 0 }; /* before Linux 5.14; writing it says so */
	int64_t now = 0;

	if (!is_limited(l->cpu_burst_us))
		return add_quota(s, dir, l, e);
	(void)read_number(dir, file, &now, &missing);

	bool smaller = l->cpu_burst_us <= (uint64_t)now;
	if (smaller)
		settings_add(s, dir, file, "%" PRIu64, l->cpu_burst_us);
	if (add_quota(s, dir, l, e) < 0)
		return -1;
	if (!smaller)
		settings_add(s, dir, file, "%" PRIu64, l->cpu_burst_us);
	return 0;
}

/* The kernel checks each pair on the way: a longer period first, a shorter one last. */
int v1_cpu_rt(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	int64_t period;
	char text[24];

	if (read_number(dir, "cpu.rt_period_us", &period, e) < 0)
		return err_wrap(e, "this kernel has no real-time limits by group");

	bool change = is_limited(l->cpu_rt_period_us) && l->cpu_rt_period_us > 0;
	bool longer = change && l->cpu_rt_period_us > (uint64_t)period;
	if (longer)
		settings_add(s, dir, "cpu.rt_period_us", "%" PRIu64, l->cpu_rt_period_us);
	if (is_set(l->cpu_rt_runtime_us))
		settings_add(s, dir, "cpu.rt_runtime_us", "%s",
			     limit_text(l->cpu_rt_runtime_us, "-1", text));
	if (change && !longer)
		settings_add(s, dir, "cpu.rt_period_us", "%" PRIu64, l->cpu_rt_period_us);
	return 0;
}

/* cpu.shares is EINVAL while cpu.idle is 1. */
int v1_cpu_weight(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	bool weighing =
		is_limited(l->cpu_weight) || (is_limited(l->cpu_shares) && l->cpu_shares > 0);
	struct err missing = { 0 }; /* before Linux 5.15 */
	int64_t idle = 0;

	(void)e; /* the table's signature */
	(void)read_number(dir, "cpu.idle", &idle, &missing);
	if (l->cpu_idle == 0 || (weighing && idle == 1 && is_limited(l->cpu_idle)))
		settings_add(s, dir, "cpu.idle", "0");
	if (is_limited(l->cpu_weight))
		settings_add(s, dir, "cpu.shares", "%" PRIu64, shares_from_weight(l->cpu_weight));
	else if (weighing)
		settings_add(s, dir, "cpu.shares", "%" PRIu64, l->cpu_shares);
	if (is_limited(l->cpu_idle) && l->cpu_idle != 0)
		settings_add(s, dir, "cpu.idle", "%" PRIu64, l->cpu_idle);
	return 0;
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

/* OCI's number is v1's own. */
static int v1_memsw_given(const struct cgroup_limits *l, struct v1_memory *want, struct err *e)
{
	want->memsw = l->memory_and_swap;
	if (!is_limited(want->memsw) || want->memsw >= want->limit)
		return 0;
	if (!is_limited(want->limit))
		return err_set(e, EINVAL,
			       "memory and swap %" PRIu64 ": a limit for both needs one for memory",
			       want->memsw);
	return err_set(e, EINVAL,
		       "memory and swap %" PRIu64
		       ": less than the limit for memory alone, %" PRIu64,
		       want->memsw, want->limit);
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
		if ((is_limited(swap) && (swap > 0 || host_has_swap())) ||
		    is_limited(l->memory_and_swap))
			return err_set(e, 0,
				       "memory.swap.max: cgroup v1 does not count swap here (no "
				       "%s/memory.memsw.limit_in_bytes; boot with swapaccount=1)",
				       dir);
		return 0;
	}
	if (is_set(l->memory_and_swap))
		return v1_memsw_given(l, want, e);
	if (swap == CGROUP_UNSET && l->memory_max == CGROUP_NO_LIMIT)
		swap = CGROUP_NO_LIMIT; /* runc's: no limit for memory, none for both */
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

	if (limits_check_use(dir, false, l, e) < 0 || v1_memory_now(dir, &now, e) < 0 ||
	    v1_memory_want(&now, l, &want, dir, e) < 0)
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
