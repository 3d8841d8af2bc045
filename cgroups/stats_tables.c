/* SPDX-License-Identifier: Apache-2.0 */
/* Which file has which number. */
#include "cgroups/stats.h"

#define FIELD(name) offsetof(struct cgroup_stats, name)
#define TABLE(rows)                                                                                \
	{                                                                                          \
		rows, ARRAY_LEN(rows)                                                              \
	}

/* clang-format off */
static const struct stats_row v2[] = {
	{ NULL, "cpu.stat",            "usage_usec",     FIELD(cpu_usage_us),            PLAIN },
	{ NULL, "cpu.stat",            "user_usec",      FIELD(cpu_user_us),             PLAIN },
	{ NULL, "cpu.stat",            "system_usec",    FIELD(cpu_system_us),           PLAIN },
	{ NULL, "cpu.stat",            "nr_periods",     FIELD(cpu_periods),             PLAIN },
	{ NULL, "cpu.stat",            "nr_throttled",   FIELD(cpu_throttled),           PLAIN },
	{ NULL, "cpu.stat",            "throttled_usec", FIELD(cpu_throttled_us),        PLAIN },
	{ NULL, "cpu.stat",            "nr_bursts",      FIELD(cpu_bursts),              PLAIN },
	{ NULL, "cpu.stat",            "burst_usec",     FIELD(cpu_burst_us),            PLAIN },
	{ NULL, "memory.current",      NULL,             FIELD(memory_current),          PLAIN },
	{ NULL, "memory.peak",         NULL,             FIELD(memory_peak),             PLAIN },
	{ NULL, "memory.swap.current", NULL,             FIELD(memory_swap),             PLAIN },
	{ NULL, "memory.events",       "low",            FIELD(memory_low),              PLAIN },
	{ NULL, "memory.events",       "high",           FIELD(memory_high),             PLAIN },
	{ NULL, "memory.events",       "max",            FIELD(memory_max),              PLAIN },
	{ NULL, "memory.events",       "oom",            FIELD(memory_oom),              PLAIN },
	{ NULL, "memory.events",       "oom_kill",       FIELD(memory_oom_kills),        PLAIN },
	{ NULL, "memory.events",       "oom_group_kill", FIELD(memory_oom_group_kills),  PLAIN },
	{ NULL, "pids.current",        NULL,             FIELD(pids_current),            PLAIN },
	{ NULL, "cpu.max",             NULL,             FIELD(limits.cpu_quota_us),     PLAIN },
	{ NULL, "cpu.max.burst",       NULL,             FIELD(limits.cpu_burst_us),     OVER_ZERO },
	{ NULL, "cpu.weight",          NULL,             FIELD(limits.cpu_weight),       PLAIN },
	{ NULL, "cpu.idle",            NULL,             FIELD(limits.cpu_idle),         PLAIN },
	{ NULL, "memory.max",          NULL,             FIELD(limits.memory_max),       PLAIN },
	{ NULL, "memory.high",         NULL,             FIELD(limits.memory_high),      PLAIN },
	{ NULL, "memory.low",          NULL,             FIELD(limits.memory_low),       OVER_ZERO },
	{ NULL, "memory.min",          NULL,             FIELD(limits.memory_min),       OVER_ZERO },
	{ NULL, "memory.oom.group",    NULL,             FIELD(limits.memory_oom_group), PLAIN },
	{ NULL, "memory.swap.max",     NULL,             FIELD(limits.memory_swap_max),  PLAIN },
	{ NULL, "pids.max",            NULL,             FIELD(limits.pids_max),         PLAIN },
};

static const struct stats_row v2_all[] = {
	{ NULL, "memory.swap.peak",    NULL,                      FIELD(memory_swap_peak), PLAIN },
	{ NULL, "memory.swap.events",  "high",                    FIELD(swap_high),        PLAIN },
	{ NULL, "memory.swap.events",  "max",                     FIELD(swap_max),         PLAIN },
	{ NULL, "memory.swap.events",  "fail",                    FIELD(swap_fail),        PLAIN },
	{ NULL, "pids.peak",           NULL,                      FIELD(pids_peak),        PLAIN },
	{ NULL, "pids.events",         "max",                     FIELD(pids_max),         PLAIN },
	{ NULL, "memory.stat",         "anon",                    FIELD(anon),             PLAIN },
	{ NULL, "memory.stat",         "file",                    FIELD(file),             PLAIN },
	{ NULL, "memory.stat",         "kernel",                  FIELD(kernel),           PLAIN },
	{ NULL, "memory.stat",         "slab",                    FIELD(slab),             PLAIN },
	{ NULL, "memory.stat",         "sock",                    FIELD(sock),             PLAIN },
	{ NULL, "memory.stat",         "shmem",                   FIELD(shmem),            PLAIN },
	{ NULL, "memory.stat",         "file_dirty",              FIELD(file_dirty),       PLAIN },
	{ NULL, "memory.stat",         "pgfault",                 FIELD(pgfault),          PLAIN },
	{ NULL, "memory.stat",         "pgmajfault",              FIELD(pgmajfault),       PLAIN },
	{ NULL, "memory.stat",         "workingset_refault_anon", FIELD(refault_anon),     PLAIN },
	{ NULL, "memory.stat",         "workingset_refault_file", FIELD(refault_file),     PLAIN },
};

/* memory.failcnt is memory_max, but no memory_oom: it also counts the times that reclaim helped.
 * memory_swap and memory_swap_max first take memory and swap together. */
static const struct stats_row v1[] = {
	{ "cpuacct", "cpuacct.usage",               NULL,             FIELD(cpu_usage_us),           NANOSECONDS },
	{ "cpuacct", "cpuacct.stat",                "user",           FIELD(cpu_user_us),            TICKS },
	{ "cpuacct", "cpuacct.stat",                "system",         FIELD(cpu_system_us),          TICKS },
	{ "cpu",     "cpu.stat",                    "nr_periods",     FIELD(cpu_periods),            PLAIN },
	{ "cpu",     "cpu.stat",                    "nr_throttled",   FIELD(cpu_throttled),          PLAIN },
	{ "cpu",     "cpu.stat",                    "throttled_time", FIELD(cpu_throttled_us),       NANOSECONDS },
	{ "cpu",     "cpu.stat",                    "nr_bursts",      FIELD(cpu_bursts),             PLAIN },
	{ "cpu",     "cpu.stat",                    "burst_time",     FIELD(cpu_burst_us),           NANOSECONDS },
	{ "memory",  "memory.usage_in_bytes",       NULL,             FIELD(memory_current),         PLAIN },
	{ "memory",  "memory.max_usage_in_bytes",   NULL,             FIELD(memory_peak),            PLAIN },
	{ "memory",  "memory.memsw.usage_in_bytes", NULL,             FIELD(memory_swap),            PLAIN },
	{ "memory",  "memory.failcnt",              NULL,             FIELD(memory_max),             PLAIN },
	{ "memory",  "memory.oom_control",          "oom_kill",       FIELD(memory_oom_kills),       PLAIN },
	{ "pids",    "pids.current",                NULL,             FIELD(pids_current),           PLAIN },
	{ "cpu",     "cpu.cfs_quota_us",            NULL,             FIELD(limits.cpu_quota_us),    PLAIN },
	{ "cpu",     "cpu.cfs_period_us",           NULL,             FIELD(limits.cpu_period_us),   PLAIN },
	{ "cpu",     "cpu.cfs_burst_us",            NULL,             FIELD(limits.cpu_burst_us),    OVER_ZERO },
	{ "cpu",     "cpu.shares",                  NULL,             FIELD(limits.cpu_weight),      SHARES },
	{ "cpu",     "cpu.idle",                    NULL,             FIELD(limits.cpu_idle),        PLAIN },
	{ "memory",  "memory.limit_in_bytes",       NULL,             FIELD(limits.memory_max),      V1_BYTES },
	{ "memory",  "memory.memsw.limit_in_bytes", NULL,             FIELD(limits.memory_swap_max), V1_BYTES },
	{ "pids",    "pids.max",                    NULL,             FIELD(limits.pids_max),        PLAIN },
};

/* Without total_ a line is of the group alone, not of those below it. */
static const struct stats_row v1_all[] = {
	{ "memory", "memory.kmem.usage_in_bytes",     NULL,                            FIELD(kernel),       PLAIN },
	{ "memory", "memory.kmem.tcp.usage_in_bytes", NULL,                            FIELD(sock),         PLAIN },
	{ "memory", "memory.stat",                    "total_rss",                     FIELD(anon),         PLAIN },
	{ "memory", "memory.stat",                    "total_cache",                   FIELD(file),         PLAIN },
	{ "memory", "memory.stat",                    "total_shmem",                   FIELD(shmem),        PLAIN },
	{ "memory", "memory.stat",                    "total_dirty",                   FIELD(file_dirty),   PLAIN },
	{ "memory", "memory.stat",                    "total_pgfault",                 FIELD(pgfault),      PLAIN },
	{ "memory", "memory.stat",                    "total_pgmajfault",              FIELD(pgmajfault),   PLAIN },
	{ "memory", "memory.stat",                    "total_workingset_refault_anon", FIELD(refault_anon), PLAIN },
	{ "memory", "memory.stat",                    "total_workingset_refault_file", FIELD(refault_file), PLAIN },
	{ "pids",   "pids.peak",                      NULL,                            FIELD(pids_peak),    PLAIN },
	{ "pids",   "pids.events",                    "max",                           FIELD(pids_max),     PLAIN },
};
/* clang-format on */

const struct stats_table stats_v2 = TABLE(v2), stats_v1 = TABLE(v1);
const struct stats_table stats_v2_all = TABLE(v2_all), stats_v1_all = TABLE(v1_all);
