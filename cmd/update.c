/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/view.h"
#include "runtime/base/scope.h"

#include <string.h>

/* VNF_UNSET is what no option leaves behind. */
static const struct vnf_resources unset = {
	.cpu_limit = VNF_UNSET,
	.cpu_weight = VNF_UNSET,
	.memory_limit = VNF_UNSET,
	.memory_high = VNF_UNSET,
	.memory_swap = VNF_UNSET,
	.pids = VNF_UNSET,
};

static int run(const struct invocation *in, struct err *e)
{
	const struct vnf_resources *r = in->options;
	const char *name = in->argv[0];
	scoped_view struct vnf_view v = { 0 };

	if (memcmp(r, &unset, sizeof unset) == 0) {
		err_set(e, 0, "no limit given to change");
		return RUN_USAGE;
	}
	if (view_look(in, name, &v, e) < 0)
		return RUN_FAILED;
	if (vnf_update(in->root, name, r, e) < 0)
		return err_wrap(e, "%s", name);
	return 0;
}

#define MEMBER(m) offsetof(struct vnf_resources, m)
static const struct opt options[] = {
	{ "cpus", 'c', "N", "CPU limit in CPUs: 0.5, 2, or max", opt_cpus, MEMBER(cpu_limit),
	  NULL },
	{ "cpu-weight", 0, "N", "share when CPUs are scarce, 1 to 10000", opt_weight,
	  MEMBER(cpu_weight), NULL },
	{ "cpuset", 0, "LIST", "on which CPUs: 0-3,8", opt_cpulist, MEMBER(cpus), NULL },
	{ "memory", 'm', "SIZE", "memory limit: 256M, or max", opt_size, MEMBER(memory_limit),
	  NULL },
	{ "memory-high", 0, "SIZE", "where reclaim begins to slow it (cgroup v2 only)", opt_size,
	  MEMBER(memory_high), NULL },
	{ "swap", 0, "SIZE", "swap limit, of swap alone, or max", opt_size, MEMBER(memory_swap),
	  NULL },
	{ "pids", 'p', "N", "limit of processes and threads, or max", opt_count, MEMBER(pids),
	  NULL },
};
#undef MEMBER

const struct command cmd_update = {
	.name = "update",
	.args = "NAME",
	.summary = "change the limits of a running VNF",
	.about =
		"Changes limits while the VNF runs: all that are given, or none when one of them cannot be had.\n"
		"The word max lifts a limit. Changes are kept in the VNF's record, so that a restart has them\n"
		"too; the descriptor's file is not changed.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &unset,
	.size = sizeof unset,
	.min_args = 1,
	.max_args = 1,
	.completes = COMPLETE_NAME,
	.run = run,
};
