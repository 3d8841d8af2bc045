/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/usage.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static inline void cgroup_drop(struct cgroup **c)
{
	cgroup_free(*c);
	*c = NULL;
}

static inline void net_drop(struct net **n)
{
	net_free(*n);
	*n = NULL;
}

static uint64_t monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int read_ports(const struct record *r, struct usage *out, struct err *e)
{
	scoped(net_drop) struct net *net = NULL;

	if (r->n_ports == 0)
		return 0;
	if (net_open_host(&net, e) < 0)
		return -1;
	out->ports = mem_alloc(r->n_ports * sizeof *out->ports);
	for (size_t i = 0; i < r->n_ports; i++) {
		struct usage_port *p = &out->ports[out->n_ports++];

		memcpy(p->name, r->ports[i].name, sizeof p->name);
		memcpy(p->bridge, r->ports[i].bridge, sizeof p->bridge);
		p->present = port_stats_read(net, r->ports[i].host_name, &p->stats, e) == 0;
		/* Somebody may have deleted the link, or the caller sits in another namespace: the
		 * other numbers are still worth having. */
		if (!p->present && e->code != ENODEV)
			return err_wrap(e, "interface %s", p->name);
	}
	return 0;
}

int usage_read(const struct record *r, struct usage *out, struct err *e)
{
	scoped(cgroup_drop) struct cgroup *group = NULL;

	*out = (struct usage){ .time_ns = monotonic_ns() };
	if (cgroup_from_paths(&r->cgroup, &group, e) < 0)
		return -1;
	if (cgroup_stats_read(group, &out->cgroup, e) < 0)
		return -1;
	return read_ports(r, out, e);
}

void usage_drop(struct usage *u)
{
	cgroup_stats_drop(&u->cgroup);
	free(u->ports);
	*u = (struct usage){ 0 };
}

double usage_rate(const struct usage *ub, uint64_t before, const struct usage *un, uint64_t now)
{
	double seconds = (double)(un->time_ns - ub->time_ns) / 1e9;

	if (seconds <= 0)
		return 0;
	/* Less than before: the container was restarted in between, with new links and a new group.
	 */
	return (double)(now < before ? now : now - before) / seconds;
}

double usage_cpu_percent(const struct usage *before, const struct usage *now)
{
	uint64_t a = before->cgroup.cpu_usage_us, b = now->cgroup.cpu_usage_us;

	if (a == CGROUP_UNSET || b == CGROUP_UNSET)
		return -1;
	return usage_rate(before, a, now, b) / 1e6 * 100;
}

double usage_throttled_percent(const struct usage *before, const struct usage *now)
{
	const struct cgroup_stats *a = &before->cgroup, *b = &now->cgroup;
	bool known = a->cpu_periods != CGROUP_UNSET && b->cpu_periods != CGROUP_UNSET &&
		     a->cpu_throttled != CGROUP_UNSET && b->cpu_throttled != CGROUP_UNSET;

	if (!known || b->limits.cpu_quota_us == CGROUP_UNSET)
		return -1;
	if (b->cpu_periods <= a->cpu_periods || b->cpu_throttled < a->cpu_throttled)
		return 0;
	return 100.0 * (double)(b->cpu_throttled - a->cpu_throttled) /
	       (double)(b->cpu_periods - a->cpu_periods);
}

const struct usage_port *usage_port_find(const struct usage *u, const char *name)
{
	for (size_t i = 0; i < u->n_ports; i++)
		if (strcmp(u->ports[i].name, name) == 0)
			return &u->ports[i];
	return NULL;
}
