/* SPDX-License-Identifier: Apache-2.0 */
/* The scheduler refuses a thread; people have asked for a budget. */
#include "runtime/base/strs.h"
#include "runtime/packet_parts.h"
#include "runtime/packet_sched.h"

#include <errno.h>
#include <time.h>

/* Whose budget: the VNF's, or one interface's. */
static char *whose(const struct container *c, size_t purse)
{
	for (size_t i = 0; i < c->packet->n_ends && c->packet->purses[purse].own; i++)
		if (c->packet->ends[i].purse == purse)
			return str_printf("%s, interface %s", c->id, c->packet->ends[i].port);
	return str_dup(c->id);
}

static int err_budget(const struct container *c, size_t purse, uint32_t left, struct err *e)
{
	const struct packet_purse *it = &c->packet->purses[purse];
	const struct packet_cpu wish = {
		.given = true, .mode = it->mode, .budget = it->budget, .means = it->wanted
	};
	scoped_str char *words = packet_cpu_format(&wish), *who = whose(c, purse);
	char have[16];

	return err_tell(
		e, EBUSY,
		"%s for %s: this machine has %s of a CPU left to promise to kernel threads "
		"(each CPU as far as kernel.sched_rt_runtime_us goes); ask for no more than "
		"that, %s, or lower or stop what others have (nfrun status NAME)",
		words, who, packet_budget_format(left, have),
		it->mode == PACKET_OWN ? "have the limit held otherwise (means=governor)"
				       : "take mode own with a limit and means=governor");
}

/* 1/1000 of a CPU, all that threads of ours hold given back before. */
static int left_for_all(struct container *c, uint32_t *left)
{
	const struct timespec period = { 0, 2L * PACKET_PERIOD_NS };
	struct err unknown = { 0 };
	uint32_t wanted = 0;

	for (size_t i = 0; i < c->packet->n_purses; i++)
		if (c->packet->purses[i].means == PACKET_MEANS_DEADLINE)
			wanted += c->packet->purses[i].budget;
	if (packet_lift(c, &unknown) < 0)
		return -1;
	(void)nanosleep(&period, NULL); /* for so long the kernel keeps a promise */
	return packet_sched_left(wanted, left, &unknown);
}

int packet_tell_busy(struct container *c, struct err *e)
{
	uint32_t left = 0;

	if (e->code != EBUSY || left_for_all(c, &left) < 0)
		return -1;
	for (size_t i = 0; i < c->packet->n_purses; i++) {
		const struct packet_purse *it = &c->packet->purses[i];

		if (it->means != PACKET_MEANS_DEADLINE)
			continue;
		if (it->budget > left)
			return err_budget(c, i, left, e);
		left -= it->budget;
	}
	return -1; /* it would fit now */
}
