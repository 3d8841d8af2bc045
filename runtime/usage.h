/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_USAGE_H
#define NFRUN_RUNTIME_USAGE_H

/* What a container uses: one document out of cgroups/ and netns/. */

#include "cgroups/cgroup.h"
#include "netns/port.h"
#include "runtime/base/scope.h"
#include "runtime/record.h"

struct usage_port {
	char name[IFNAMSIZ];
	char bridge[IFNAMSIZ];
	bool present; /* false: no such link in the caller's network namespace, and no STATS */
	struct port_stats stats;
};

struct usage {
	uint64_t time_ns; /* CLOCK_MONOTONIC at reading, for rates */
	struct cgroup_stats cgroup;
	struct usage_port *ports;
	size_t n_ports;
};

/* OUT is overwritten; free it with usage_drop, also after a failure. E->code ENOENT: the group is
 * gone, so the container is not running. */
int usage_read(const struct record *r, struct usage *out, struct err *e);
void usage_drop(struct usage *u);
#define scoped_usage scoped(usage_drop)

/* What of a CPU was used between two readings, in percent: 100 is one CPU. Negative: not known. */
double usage_cpu_percent(const struct usage *before, const struct usage *now);
/* How much of the time between them it was throttled, in percent of the enforcement periods.
 * Negative: not known, or not limited. */
double usage_throttled_percent(const struct usage *before, const struct usage *now);
/* Per second, of a counter that stood at BEFORE and stands at NOW; one that was reset counts from
 * 0. */
double usage_rate(const struct usage *ub, uint64_t before, const struct usage *un, uint64_t now);
/* The port of that name, or NULL. */
const struct usage_port *usage_port_find(const struct usage *u, const char *name);

#endif
