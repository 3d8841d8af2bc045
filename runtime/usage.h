/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_USAGE_H
#define NFRUN_RUNTIME_USAGE_H

/* What a container uses: one document out of cgroups/ and netns/. */

#include "cgroups/cgroup.h"
#include "netns/port.h"
#include "runtime/record.h"

struct usage_port {
	char name[IFNAMSIZ];
	char bridge[IFNAMSIZ];
	struct port_stats stats;
};

struct usage {
	uint64_t time_ns; /* CLOCK_MONOTONIC at reading, for rates */
	struct cgroup_stats cgroup;
	struct usage_port *ports;
	size_t n_ports;
};

int usage_read(const struct record *r, struct usage *out, struct err *e);
void usage_drop(struct usage *u);

#endif
