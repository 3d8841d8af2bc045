/* SPDX-License-Identifier: Apache-2.0 */
/* What ended threads have used. Nobody can ask them any more, and they are gone before we hear of
 * it; but the group's leaf was billed for all that they did in it. */
#include "runtime/packet_parts.h"

enum { WORTH_SAVING_NS = 1000000 };

/* Of all threads there were, as far as they were looked at. */
static uint64_t known_ns(struct packet *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n_lines; i++)
		sum += p->lines[i].past_ns;
	for (size_t i = 0; i < p->n_ends; i++)
		sum += packet_look(&p->ends[i]);
	return sum;
}

static size_t count_lost(const struct packet *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_lines; i++)
		n += p->lines[i].lost;
	for (size_t i = 0; i < p->n_ends; i++)
		n += p->ends[i].lost;
	return n;
}

/* In equal parts, where several had some that ended. Returns what nobody got. */
static uint64_t give_out(struct packet *p, uint64_t ns)
{
	size_t n = count_lost(p);

	for (size_t i = 0; i < p->n_lines; i++)
		if (p->lines[i].lost) {
			p->lines[i].past_ns += ns / n;
			ns -= ns / n--;
		}
	for (size_t i = 0; i < p->n_ends; i++)
		if (p->ends[i].lost) {
			p->ends[i].past_ns += ns / n;
			ns -= ns / n--;
		}
	return ns;
}

static void forget_lost(struct packet *p)
{
	for (size_t i = 0; i < p->n_lines; i++)
		p->lines[i].lost = false;
	for (size_t i = 0; i < p->n_ends; i++)
		p->ends[i].lost = false;
}

uint64_t packet_add_missing(struct packet *p, uint64_t billed_us)
{
	int64_t known = (int64_t)known_ns(p), sum = (int64_t)(billed_us * 1000) + p->unbilled_ns;

	if (!p->has_bill || billed_us == CGROUP_UNSET || sum <= known)
		return 0;
	p->changed = true;
	return give_out(p, (uint64_t)(sum - known));
}

/* The bill first: what comes between the two is no ended thread's. */
void packet_settle_bill(struct container *c)
{
	struct packet *p = c->packet;
	uint64_t us = CGROUP_UNSET;
	struct err unknown = { 0 };

	if (!c->cgroup || cgroup_packet_usage(c->cgroup, &us, &unknown) < 0 || us == CGROUP_UNSET)
		return;
	(void)packet_add_missing(p, us); /* what nobody got stays in the bill alone */
	forget_lost(p);

	int64_t unbilled = (int64_t)known_ns(p) - (int64_t)(us * 1000);
	p->changed |= !p->has_bill || unbilled > p->unbilled_ns + WORTH_SAVING_NS;
	if (!p->has_bill || unbilled > p->unbilled_ns)
		p->unbilled_ns = unbilled;
	p->has_bill = true;
}
