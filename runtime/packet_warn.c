/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that nothing stops, in a group that is to be stopped. */
#include "runtime/base/strs.h"
#include "runtime/packet_engine.h"
#include "runtime/packet_parts.h"
#include "runtime/packet_probe.h"

#include <string.h>

/* Whose budget it is that has no cap; NULL: none is. */
static const struct packet_end *uncapped(const struct packet *p)
{
	for (size_t i = 0; i < p->n_ends; i++) {
		const struct packet_purse *purse = &p->purses[p->ends[i].purse];

		if (purse->mode == PACKET_RESERVE || !purse->budget)
			return &p->ends[i];
	}
	return NULL;
}

/* Of the group, in 1/1000 of a CPU; 0: none, or not known. */
static uint64_t cpu_limit(struct cgroup *group)
{
	struct cgroup_stats s;
	struct err unknown = { 0 };
	uint64_t limit = 0;

	if (!group || cgroup_stats_read(group, &s, &unknown) < 0)
		return 0;
	if (s.limits.cpu_quota_us < CGROUP_NO_LIMIT && s.limits.cpu_period_us > 0 &&
	    s.limits.cpu_period_us < CGROUP_NO_LIMIT)
		limit = s.limits.cpu_quota_us * 1000 / s.limits.cpu_period_us;
	cgroup_stats_drop(&s);
	return limit;
}

static char *packet_warning(struct container *c)
{
	const struct packet_end *end = uncapped(c->packet);
	uint64_t limit = end ? cpu_limit(c->cgroup) : 0;
	struct err unknown = { 0 };
	bool stops = true;
	char budget[16];

	if (limit == 0 || packet_probe_quota(c->root, &stops, &unknown) < 0 || stops)
		return NULL;

	const struct packet_purse *purse = &c->packet->purses[end->purse];
	return str_printf(
		PACKET_UNCAPPED
		"%s%s: mode %s without a cap can use up the CPU limit, %s, and then "
		"the processes stop, as this host's quota does not stop kernel threads; give it mode "
		"own with a limit below that",
		purse->own ? "of interface " : "of all interfaces", purse->own ? end->port : "",
		packet_mode_name(purse->mode), packet_budget_format((uint32_t)limit, budget));
}

void packet_note_warning(struct container *c)
{
	scoped_str char *now = packet_warning(c);
	struct strs *all = &c->rec.warnings;
	size_t kept = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (strncmp(all->v[i], PACKET_UNCAPPED, strlen(PACKET_UNCAPPED)) == 0)
			free(all->v[i]);
		else
			all->v[kept++] = all->v[i];
	}
	all->n = kept;
	if (now)
		strs_add(all, now);
}

void packet_tell_warning(const struct container *c, struct strs *warnings)
{
	for (size_t i = 0; i < c->rec.warnings.n; i++)
		if (strncmp(c->rec.warnings.v[i], PACKET_UNCAPPED, strlen(PACKET_UNCAPPED)) == 0)
			strs_add(warnings, c->rec.warnings.v[i]);
}
