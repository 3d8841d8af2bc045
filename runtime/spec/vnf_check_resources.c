/* SPDX-License-Identifier: Apache-2.0 */
/* The rules between limits. */
#include "runtime/base/units.h"
#include "runtime/spec/vnf_check.h"

#include <string.h>

enum { PERIOD_US = 100000 };

/* --- memory: what is kept, below where it is slowed down, below what it gets --- */

static void check_swap(struct reading *r, const struct vnf_resources *res, const struct where *at)
{
	struct where swap = { .up = at, .key = "swap" };

	if (res->memory_limit == VNF_UNSET && res->memory_swap != VNF_UNSET)
		problem_add(r, &swap, "needs a memory limit beside it");
}

static void check_memory(struct reading *r, const struct vnf_resources *res,
			 const struct where *resources)
{
	struct where at = { .up = resources, .key = "memory" };
	const struct {
		const char *key;
		uint64_t bytes;
	} order[] = {
		{ "min", res->more.memory_min },
		{ "low", res->more.memory_low },
		{ "high", res->memory_high },
		{ "limit", res->memory_limit },
	};
	char a[16], b[16];

	if (!reading_clean(r, &at))
		return;
	check_swap(r, res, &at);
	for (size_t i = 0; i + 1 < ARRAY_LEN(order); i++) {
		struct where here = { .up = &at, .key = order[i].key };
		size_t k = i + 1;

		while (k < ARRAY_LEN(order) && order[k].bytes == VNF_UNSET)
			k++;
		if (order[i].bytes == VNF_UNSET || k == ARRAY_LEN(order) ||
		    order[i].bytes <= order[k].bytes)
			continue;
		problem_add(r, &here, "%s is above %s%s, %s", size_format(order[i].bytes, a),
			    k + 1 == ARRAY_LEN(order) ? "the " : "", order[k].key,
			    size_format(order[k].bytes, b));
	}
}

/* --- CPU --- */

static void check_limit(struct reading *r, const struct vnf_resources *res, const struct where *at)
{
	struct where limit = { .up = at, .key = "limit" };
	struct where burst = { .up = at, .key = "burst" };
	uint64_t quota = res->cpu_limit == VNF_UNSET ? 0 : res->cpu_limit * PERIOD_US / 1000;
	struct cpulist l;
	char a[24], b[24];

	if (quota && res->cpus && cpulist_parse(res->cpus, &l) &&
	    res->cpu_limit > cpulist_count(&l) * 1000)
		problem_add(r, &limit, "%g is more than the CPUs of 'cpus', %zu",
			    (double)res->cpu_limit / 1000, cpulist_count(&l));
	if (res->more.cpu_burst_us == CGROUP_UNSET)
		return;
	if (!quota)
		problem_add(r, &burst, "needs a CPU limit beside it: it is saved up from that");
	else if (res->more.cpu_burst_us > quota)
		problem_add(r, &burst, "%s is more than the limit gives in a period of 100ms, %s",
			    duration_us_format(res->more.cpu_burst_us, a),
			    duration_us_format(quota, b));
}

/* sched_group_set_idle(): an idle group has the least weight of all, and no other. */
static void check_idle(struct reading *r, const struct vnf_resources *res, const struct where *at)
{
	struct where weight = { .up = at, .key = "weight" };
	struct where min = { .up = at, .key = "util_min" };
	char a[16], b[16];

	if (res->more.cpu_idle == 1 && res->cpu_weight != VNF_UNSET)
		problem_add(r, &weight, "has no use with \"idle\": true, which is less than any");
	if (res->more.uclamp_min != CGROUP_UNSET && res->more.uclamp_max != CGROUP_UNSET &&
	    res->more.uclamp_min > res->more.uclamp_max)
		problem_add(r, &min, "%s is above util_max, %s",
			    percent_format(res->more.uclamp_min, a),
			    percent_format(res->more.uclamp_max, b));
}

static void check_partition(struct reading *r, const struct vnf_resources *res,
			    const struct where *at)
{
	struct where partition = { .up = at, .key = "partition" };
	struct where limit = { .up = at, .key = "limit" };

	if (!res->more.cpu_partition)
		return;
	if (!res->cpus)
		problem_add(r, &partition, "needs 'cpus' beside it: which CPUs are its own?");
	if (res->cpu_limit != VNF_UNSET)
		problem_add(r, &limit,
			    "has no use with \"partition\": \"%s\": the VNF has its CPUs for "
			    "itself, and a quota would only stop it on them",
			    res->more.cpu_partition);
}

static void check_exec(struct reading *r, const struct vnf_resources *res, const struct where *at)
{
	struct where exec = { .up = at, .key = "exec_cpus" };
	struct cpulist all, some;

	if (res->exec_cpus && res->cpus && cpulist_parse(res->cpus, &all) &&
	    cpulist_parse(res->exec_cpus, &some) && !cpulist_within(&some, &all))
		problem_add(r, &exec, "%s is not within 'cpus', %s", res->exec_cpus, res->cpus);
}

static void check_cpu(struct reading *r, const struct vnf_resources *res,
		      const struct where *resources)
{
	struct where at = { .up = resources, .key = "cpu" };

	if (!reading_clean(r, &at))
		return;
	check_limit(r, res, &at);
	check_idle(r, res, &at);
	check_partition(r, res, &at);
	check_exec(r, res, &at);
}

/* A file that has a key of its own would be written twice, and which holds? */
static void check_files(struct reading *r, const struct vnf_resources *res,
			const struct where *resources)
{
	const struct {
		const char *file, *key;
		bool given;
	} keys[] = {
		{ "cpu.max", "cpu/limit", res->cpu_limit != VNF_UNSET },
		{ "cpu.max.burst", "cpu/burst", res->more.cpu_burst_us != CGROUP_UNSET },
		{ "cpu.weight", "cpu/weight", res->cpu_weight != VNF_UNSET },
		{ "cpu.idle", "cpu/idle", res->more.cpu_idle != CGROUP_UNSET },
		{ "cpu.uclamp.min", "cpu/util_min", res->more.uclamp_min != CGROUP_UNSET },
		{ "cpu.uclamp.max", "cpu/util_max", res->more.uclamp_max != CGROUP_UNSET },
		{ "cpuset.cpus", "cpu/cpus", res->cpus != NULL },
		{ "cpuset.mems", "cpu/mems", res->more.mems != NULL },
		{ "cpuset.cpus.partition", "cpu/partition", res->more.cpu_partition != NULL },
		{ "memory.max", "memory/limit", res->memory_limit != VNF_UNSET },
		{ "memory.high", "memory/high", res->memory_high != VNF_UNSET },
		{ "memory.low", "memory/low", res->more.memory_low != CGROUP_UNSET },
		{ "memory.min", "memory/min", res->more.memory_min != CGROUP_UNSET },
		{ "memory.swap.max", "memory/swap", res->memory_swap != VNF_UNSET },
		{ "memory.oom.group", "memory/oom_group",
		  res->more.memory_oom_group != CGROUP_UNSET },
		{ "pids.max", "pids", res->pids != VNF_UNSET },
		{ "io.weight", "io/weight", res->more.io_share != CGROUP_UNSET },
	};
	struct where unified = { .up = resources, .key = "unified" };

	for (size_t i = 0; i < res->more.n_unified; i++)
		for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
			struct where at = { .up = &unified, .key = res->more.unified[i].file };

			if (keys[k].given && strcmp(keys[k].file, at.key) == 0)
				problem_add(r, &at, "is what resources/%s says, too", keys[k].key);
		}
}

void vnf_check_resources(struct reading *r, const struct vnf_resources *res,
			 const struct where *resources)
{
	check_cpu(r, res, resources);
	check_memory(r, res, resources);
	check_files(r, res, resources);
}
