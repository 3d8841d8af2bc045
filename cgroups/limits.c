/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/cgroup.h"

void cgroup_limits_init(struct cgroup_limits *l)
{
	*l = (struct cgroup_limits){
		.cpu_quota_us = CGROUP_UNSET,
		.cpu_period_us = CGROUP_UNSET,
		.cpu_weight = CGROUP_UNSET,
		.memory_max = CGROUP_UNSET,
		.memory_high = CGROUP_UNSET,
		.memory_swap_max = CGROUP_UNSET,
		.pids_max = CGROUP_UNSET,
	};
}
