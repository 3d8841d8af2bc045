/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/status.h"
#include "cmd/view.h"
#include "runtime/base/strs.h"
#include "runtime/base/units.h"
#include "runtime/spec/vnf_load.h"

#include <inttypes.h>
#include <string.h>

/* Adds "memory 256M" to LIST. */
static void add(struct strs *list, const char *what, const char *value)
{
	if (value && strcmp(value, "-") != 0)
		strs_addf(list, "%s %s", what, value);
}

static void gather_cpu(const struct cgroup_limits *l, struct strs *list)
{
	char text[VIEW_TEXT];

	if (l->cpu_quota_us < CGROUP_NO_LIMIT && l->cpu_period_us < CGROUP_NO_LIMIT &&
	    l->cpu_period_us > 0)
		strs_addf(list, "cpu %g", (double)l->cpu_quota_us / (double)l->cpu_period_us);
	if (l->cpu_burst_us != CGROUP_UNSET)
		add(list, "burst", duration_us_format(l->cpu_burst_us, text));
	add(list, "weight", view_count(l->cpu_weight, text));
	if (l->cpu_idle == 1)
		strs_add(list, "idle");
	add(list, "on CPUs", l->cpus);
	add(list, "partition", l->cpu_partition);
	add(list, "on memory nodes", l->mems);
	if (l->uclamp_min != CGROUP_UNSET)
		add(list, "util min", percent_format(l->uclamp_min, text));
	if (l->uclamp_max < CGROUP_NO_LIMIT)
		add(list, "util max", percent_format(l->uclamp_max, text));
}

static void gather_memory(const struct cgroup_limits *l, struct strs *list)
{
	char text[VIEW_TEXT];

	add(list, "memory", view_size(l->memory_max, text));
	add(list, "high", view_size(l->memory_high, text));
	add(list, "low", view_size(l->memory_low, text));
	add(list, "min", view_size(l->memory_min, text));
	add(list, "swap", view_size(l->memory_swap_max, text));
	if (l->memory_oom_group == 1)
		strs_add(list, "killed as a whole");
	add(list, "pids", view_count(l->pids_max, text));
	for (size_t i = 0; i < l->n_hugepages; i++)
		strs_addf(list, "%s pages %s", l->hugepages[i].page_size,
			  view_size(l->hugepages[i].limit, text));
}

static void gather_io(const struct cgroup_limits *l, struct strs *list)
{
	char text[VIEW_TEXT];

	add(list, "io weight", view_count(l->io_share, text));
	for (enum limits_io_kind kind = 0; kind < IO_KINDS; kind++)
		for (size_t i = 0; vnf_io_key(kind) && i < l->io[kind].n; i++) {
			const struct limits_io *it = &l->io[kind].v[i];
			const char *path = report_io_path(l, it);
			scoped_str char *numbers =
				path ? NULL
				     : str_printf("%" PRIu64 ":%" PRIu64, it->major, it->minor);
			const char *value = kind == IO_LATENCY ? duration_us_format(it->value, text)
					    : kind == IO_READ_BPS || kind == IO_WRITE_BPS
						    ? view_size(it->value, text)
						    : view_count(it->value, text);

			strs_addf(list, "%s %s %s", path ? path : numbers, vnf_io_key(kind), value);
		}
}

static void gather_named(const struct cgroup_limits *l, struct strs *list)
{
	char text[VIEW_TEXT];

	for (size_t i = 0; i < l->n_rdma; i++) {
		scoped_str char *handles = str_printf("%s handles", l->rdma[i].device);
		scoped_str char *objects = str_printf("%s objects", l->rdma[i].device);

		add(list, handles, view_count(l->rdma[i].handles, text));
		add(list, objects, view_count(l->rdma[i].objects, text));
	}
	for (size_t i = 0; i < l->n_unified; i++)
		strs_addf(list, "%s = %s", l->unified[i].file, l->unified[i].value);
}

static void say_list(const struct strs *list)
{
	enum { INDENT = 15, WIDTH = 96 };
	size_t column = INDENT;

	printf("  %-12s ", "limits");
	for (size_t i = 0; i < list->n; i++) {
		size_t len = strlen(list->v[i]) + strlen(", ");
		bool wraps = i > 0 && column + len > WIDTH;

		printf("%s%s%*s%s", i ? "," : "",
		       wraps ? "\n"
		       : i   ? " "
			     : "",
		       wraps ? INDENT : 0, "", list->v[i]);
		column = wraps ? INDENT + len : column + len;
	}
	puts(list->n ? "" : "none");
}

static void say_exec(const struct report_vnf *v)
{
	const struct vnf *d = v->view->vnf;
	scoped_str char *cpus = d ? vnf_exec_cpus(&d->resources) : NULL;

	if (cpus)
		view_say("exec", "on CPUs %s", cpus);
}

void status_say_limits(const struct report_vnf *v)
{
	scoped(cgroup_limits_drop) struct cgroup_limits l = CGROUP_LIMITS_UNSET;
	scoped_strs struct strs list = { 0 };
	char memory[VIEW_TEXT], pids[VIEW_TEXT];

	report_all_limits(v, &l);
	gather_cpu(&l, &list);
	gather_memory(&l, &list);
	gather_io(&l, &list);
	gather_named(&l, &list);
	say_list(&list);
	say_exec(v);
	if (v->usage)
		view_say("uses", "memory %s, pids %s",
			 view_size(v->usage->cgroup.memory_current, memory),
			 view_count(v->usage->cgroup.pids_current, pids));
}
