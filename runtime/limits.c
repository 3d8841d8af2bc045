/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/limits.h"

void limits_of(const struct spec_resources *r, struct cgroup_limits *l)
{
	*l = (struct cgroup_limits){ .cpu_quota_us = r->cpu_quota_us,
				     .cpu_period_us = r->cpu_period_us,
				     .cpu_weight = r->cpu_weight,
				     .cpus = r->cpus,
				     .memory_max = r->memory_max,
				     .memory_high = r->memory_high,
				     .memory_swap_max = r->memory_swap_max,
				     .pids_max = r->pids_max };
}
