/* SPDX-License-Identifier: Apache-2.0 */
/* cpu and memory on cgroup v2. */
#include "cgroups/limits.h"
#include "cgroups/stats.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

/* The number in FILE; CGROUP_NO_LIMIT for "max". */
static int read_limit(const char *dir, const char *file, uint64_t *out, struct err *e)
{
	scoped_str char *path = str_printf("%s/%s", dir, file), *text = NULL;

	if (fs_read_at(AT_FDCWD, path, &text, NULL, e) < 0)
		return -1;
	if (!stats_find(text, NULL, out) || !is_set(*out))
		*out = CGROUP_NO_LIMIT;
	return 0;
}

/* --- cpu --- */

/* "QUOTA PERIOD"; what L does not say stays as it is. */
static int add_quota(struct settings *s, const char *dir, const struct cgroup_limits *l,
		     struct err *e)
{
	scoped_str char *path = str_printf("%s/cpu.max", dir), *now = NULL;
	char quota[24];

	if (!is_set(l->cpu_quota_us) && !is_set(l->cpu_period_us))
		return 0;
	if (!is_set(l->cpu_quota_us) && fs_read_at(AT_FDCWD, path, &now, NULL, e) < 0)
		return -1;
	if (now)
		(void)snprintf(quota, sizeof quota, "%.*s", (int)strcspn(now, " \n"), now);
	else
		limit_text(l->cpu_quota_us, "max", quota);
	if (is_limited(l->cpu_period_us))
		settings_add(s, dir, "cpu.max", "%s %" PRIu64, quota, l->cpu_period_us);
	else
		settings_add(s, dir, "cpu.max", "%s", quota); /* the period stays */
	return 0;
}

/* The kernel refuses (EINVAL) any moment in which burst > quota: so a smaller burst goes first. */
int v2_cpu_max(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	static const char file[] = "cpu.max.burst";
	struct err missing = { 0 }; /* before Linux 5.14; writing it says so */
	uint64_t now = 0, want = l->cpu_burst_us;

	if (!is_limited(want))
		return add_quota(s, dir, l, e);
	(void)read_limit(dir, file, &now, &missing);
	if (want <= now)
		settings_add(s, dir, file, "%" PRIu64, want);
	if (add_quota(s, dir, l, e) < 0)
		return -1;
	if (want > now)
		settings_add(s, dir, file, "%" PRIu64, want);
	return 0;
}

int v2_cpu_rt(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)s;
	if ((!is_limited(l->cpu_rt_runtime_us) || l->cpu_rt_runtime_us == 0) &&
	    (!is_limited(l->cpu_rt_period_us) || l->cpu_rt_period_us == 0))
		return 0;
	return err_set(e, 0,
		       "cpu.rt_runtime_us: controller cpu is on cgroup v2 here (%s), which has no "
		       "limits for real-time processes",
		       dir);
}

/* cpu.weight is EINVAL while cpu.idle is 1. */
int v2_cpu_weight(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	bool weighing =
		is_limited(l->cpu_weight) || (is_limited(l->cpu_shares) && l->cpu_shares > 0);
	struct err missing = { 0 }; /* before Linux 5.15 */
	uint64_t idle = 0;

	(void)e; /* the table's signature */
	(void)read_limit(dir, "cpu.idle", &idle, &missing);
	if (l->cpu_idle == 0 || (weighing && idle == 1 && is_limited(l->cpu_idle)))
		settings_add(s, dir, "cpu.idle", "0");
	if (is_limited(l->cpu_weight))
		settings_add(s, dir, "cpu.weight", "%" PRIu64, l->cpu_weight);
	else if (weighing)
		settings_add(s, dir, "cpu.weight", "%" PRIu64,
			     weight_from_oci_shares(l->cpu_shares));
	if (is_limited(l->cpu_idle) && l->cpu_idle != 0)
		settings_add(s, dir, "cpu.idle", "%" PRIu64, l->cpu_idle);
	return 0;
}

/* In both versions the same: "20.00". */
int cpu_uclamp(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	const struct {
		const char *file;
		uint64_t value, lifted;
	} rows[] = {
		{ "cpu.uclamp.min", l->uclamp_min, 0 },
		{ "cpu.uclamp.max", l->uclamp_max, 10000 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t value = is_limited(rows[i].value) ? rows[i].value : rows[i].lifted;
		bool there = has_limit_file(dir, rows[i].file);

		if (!is_set(rows[i].value) || (!there && value == rows[i].lifted))
			continue;
		if (!there)
			return err_tell(e, ENOENT,
					"%s: this kernel has no %s/%s, which would hold it "
					"(CONFIG_UCLAMP_TASK_GROUP)",
					rows[i].file, dir, rows[i].file);
		settings_add(s, dir, rows[i].file, "%" PRIu64 ".%02" PRIu64, value / 100,
			     value % 100);
	}
	return 0;
}

/* Both without libm, which nothing else in nfrun needs: log2 by squaring, and 10^x = 2^(x log2 10)
 * by the series of e^x. Good to some 1e-14; the unit test holds all shares against libm's. */
static double log2_of(uint64_t n)
{
	int whole = 63 - __builtin_clzll(n);
	double rest = (double)n / (double)(1ULL << whole), log = whole, bit = 0.5;

	for (int i = 0; i < 52; i++) {
		rest *= rest;
		if (rest >= 2) {
			rest /= 2;
			log += bit;
		}
		bit /= 2;
	}
	return log;
}

static double exp10_of(double x)
{
	static const double ln10 = 2.302585092994046;
	double term = 1, sum = 1;

	for (int i = 1; i < 100; i++) {
		term *= x * ln10 / i;
		sum += term;
	}
	return sum;
}

uint64_t weight_from_oci_shares(uint64_t shares)
{
	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;

	double l = log2_of(shares);
	double weight = exp10_of((l * l + 125 * l) / 612.0 - 7.0 / 34.0);
	uint64_t whole = (uint64_t)weight;

	/* 1024 is exactly 100, up to what rounding leaves */
	return weight - (double)whole > 1e-9 ? whole + 1 : whole;
}

/* --- memory --- */

/* What memory.swap.max has to be; UNSET: as it is. OCI's number is memory and swap together. */
static int want_swap(const char *dir, const struct cgroup_limits *l, uint64_t *out, struct err *e)
{
	uint64_t both = l->memory_and_swap, memory = l->memory_max;

	*out = l->memory_swap_max;
	if (is_set(*out))
		return 0;
	if (!is_limited(both)) {
		/* runc's: no memory limit at all, unless one for both is given */
		*out = both == CGROUP_NO_LIMIT || memory == CGROUP_NO_LIMIT ? CGROUP_NO_LIMIT
									    : CGROUP_UNSET;
		return 0;
	}
	if (!is_set(memory) && read_limit(dir, "memory.max", &memory, e) < 0)
		return -1;
	if (!is_limited(memory))
		return err_set(e, EINVAL,
			       "memory and swap %" PRIu64 ": a limit for both needs one for memory",
			       both);
	if (both < memory)
		return err_set(e, EINVAL,
			       "memory and swap %" PRIu64
			       ": less than the limit for memory alone, %" PRIu64,
			       both, memory);
	*out = both - memory;
	return 0;
}

static int add_swap(struct settings *s, const char *dir, uint64_t swap, struct err *e)
{
	scoped_str char *file = str_printf("%s/memory.swap.max", dir);
	bool countable = access(file, F_OK) == 0;
	char text[24];

	if (!countable && is_limited(swap) && (swap > 0 || host_has_swap()))
		return err_set(e, 0,
			       "memory.swap.max: this kernel does not count swap by group "
			       "(no %s; boot with swapaccount=1)",
			       file);
	if (countable && is_set(swap))
		settings_add(s, dir, "memory.swap.max", "%s", limit_text(swap, "max", text));
	return 0;
}

int v2_memory_max(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	uint64_t swap;
	char text[24];

	if (limits_check_use(dir, true, l, e) < 0 || want_swap(dir, l, &swap, e) < 0 ||
	    add_swap(s, dir, swap, e) < 0)
		return -1;
	if (is_set(l->memory_max))
		settings_add(s, dir, "memory.max", "%s", limit_text(l->memory_max, "max", text));
	return 0;
}

/* A protection that is lifted is none. */
static uint64_t granted(uint64_t value)
{
	return is_limited(value) ? value : 0;
}

int v2_memory_min(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)e;
	settings_add(s, dir, "memory.min", "%" PRIu64, granted(l->memory_min));
	return 0;
}

/* OCI's reservation of -1 is the kernel's "max", as runc has it. */
int v2_memory_low(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	char text[24];

	(void)e;
	if (is_set(l->memory_low))
		settings_add(s, dir, "memory.low", "%" PRIu64, granted(l->memory_low));
	else
		settings_add(s, dir, "memory.low", "%s",
			     limit_text(l->memory_reservation, "max", text));
	return 0;
}

int v2_oom_group(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)e;
	settings_add(s, dir, "memory.oom.group", "%" PRIu64, granted(l->memory_oom_group));
	return 0;
}

int v2_swappiness(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)s;
	if (!is_limited(l->memory_swappiness))
		return 0;
	return err_set(e, 0,
		       "memory.swappiness: controller memory is on cgroup v2 here (%s), where it "
		       "cannot be set by group",
		       dir);
}

int v2_oom_kill(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)s;
	if (!l->oom_kill_disable)
		return 0;
	return err_set(e, 0,
		       "memory.disableOOMKiller: controller memory is on cgroup v2 here (%s), "
		       "where the OOM killer cannot be disabled",
		       dir);
}
