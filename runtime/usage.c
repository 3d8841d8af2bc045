/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/usage.h"
#include "runtime/base/strs.h"

#include <string.h>

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

const struct packet_port *usage_packet_find(const struct usage *u, const char *name)
{
	for (size_t i = 0; i < u->packet.n_ports; i++)
		if (strcmp(u->packet.ports[i].name, name) == 0)
			return &u->packet.ports[i];
	return NULL;
}

static bool has_threads(const struct packet_port *p)
{
	return p->wanted.given &&
	       (p->wanted.mode == PACKET_OWN || p->wanted.mode == PACKET_RESERVE);
}

bool usage_has_threads(const struct usage *u, const char *port)
{
	for (size_t i = 0; i < u->packet.n_ports; i++)
		if (has_threads(&u->packet.ports[i]) &&
		    (!port || strcmp(u->packet.ports[i].name, port) == 0))
			return true;
	return false;
}

bool usage_had_threads(const struct usage *u, const char *port)
{
	const struct packet_port *p = port ? usage_packet_find(u, port) : NULL;

	return u->has_packet &&
	       (usage_has_threads(u, port) || (port ? p && p->cpu_ns > 0 : u->packet.cpu_ns > 0));
}

double usage_packet_percent(const struct usage *before, const struct usage *now, const char *port)
{
	uint64_t a = before->packet.cpu_ns, b = now->packet.cpu_ns;

	if (!before->has_packet || !now->has_packet || !usage_has_threads(now, port))
		return -1;
	if (port) {
		const struct packet_port *was = usage_packet_find(before, port);

		a = was ? was->cpu_ns : 0;
		b = usage_packet_find(now, port)->cpu_ns;
	}
	return usage_rate(before, a, now, b) / 1e9 * 100;
}

uint64_t usage_packet_dropped(const struct usage *u, const char *port)
{
	uint64_t sum = 0;
	bool known = false;

	for (size_t i = 0; i < u->packet.n_ports; i++) {
		const struct packet_port *p = &u->packet.ports[i];

		if (!p->known || (port && strcmp(p->name, port) != 0))
			continue;
		sum += p->dropped;
		known = true;
	}
	return known ? sum : CGROUP_UNSET;
}

/* Both directions: what it sends is received by the host end. */
static uint64_t packets_of(const struct usage *u, const char *port)
{
	const struct usage_port *p = usage_port_find(u, port);

	return p && p->present ? p->stats.rx_packets + p->stats.tx_packets : 0;
}

double usage_unbilled_percent(const struct usage *before, const struct usage *now,
			      const struct softirq_reading *softirq_before,
			      const struct softirq_reading *softirq_now)
{
	double seconds = (double)(now->time_ns - before->time_ns) / 1e9;
	uint64_t packets = 0;
	bool any = false;

	for (size_t i = 0; i < now->packet.n_ports; i++) {
		const struct packet_port *p = &now->packet.ports[i];
		uint64_t a = packets_of(before, p->name), b = packets_of(now, p->name);

		if (has_threads(p))
			continue;
		any = true;
		packets += b < a ? b : b - a;
	}
	if (!any || !now->has_packet || seconds <= 0)
		return -1;
	return softirq_share(softirq_before, softirq_now, packets) / 1e9 / seconds * 100;
}
