/* SPDX-License-Identifier: Apache-2.0 */
/* Budgets by thread: whom they serve changes with the load. */
#include "runtime/base/kthread.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/packet_parts.h"
#include "runtime/packet_split.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { GOVERNOR_BURST_MS = 10, GOVERNOR_START_PPS = 10000, GOVERNOR_MIN_PPS = 10 };

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint32_t ppm_of(uint64_t ns, uint64_t elapsed_ns)
{
	return elapsed_ns ? (uint32_t)((double)ns * 1e6 / (double)elapsed_ns) : 0;
}

/* --- the governor --- */

/* Who sends to END: the other end of its pair. */
static const struct packet_end *sender_of(const struct packet *p, const struct packet_end *end)
{
	for (size_t i = 0; i < p->n_ends; i++)
		if (p->ends[i].side != end->side && strcmp(p->ends[i].port, end->port) == 0)
			return &p->ends[i];
	return NULL;
}

/* What a packet has cost of late; SPENT and PACKETS are of the last round. */
static double learn(double cost_ns, uint64_t spent, uint64_t packets)
{
	double now = (double)spent / (double)packets;

	if (packets == 0 || spent == 0)
		return cost_ns;
	return cost_ns > 0 ? (cost_ns + now) / 2 : now;
}

/* As many packets as the share pays for. What was spent too much is paid back in the next round;
 * what was left over may be spent there, in part: a cap that is never reached would be another cap.
 */
static uint64_t rate_of(struct packet_end *end, uint64_t spent, uint64_t elapsed_ns)
{
	const double allowed = (double)end->share * 1000; /* ns a second */
	const double most = allowed, least = -allowed / 20, round_s = 0.1;
	double rate;

	end->debt_ns += (double)spent - allowed * (double)elapsed_ns / 1e9;
	end->debt_ns = end->debt_ns > most ? most : end->debt_ns < least ? least : end->debt_ns;
	if (end->cost_ns <= 0)
		return GOVERNOR_START_PPS;
	rate = (allowed - end->debt_ns / round_s) / end->cost_ns;
	return rate > GOVERNOR_MIN_PPS ? (uint64_t)rate : GOVERNOR_MIN_PPS;
}

static int govern(struct container *c, struct packet_end *end, uint64_t spent, uint64_t elapsed_ns,
		  struct err *e)
{
	const struct packet_end *from = sender_of(c->packet, end);
	uint64_t before = end->passed, dropped;
	struct err none_yet = { 0 };

	if (governor_read(c->net, from->side, from->dev, &end->passed, &dropped, &none_yet) < 0)
		end->passed = before = 0;
	end->cost_ns = learn(end->cost_ns, spent, end->passed - before);

	uint64_t rate = rate_of(end, spent, elapsed_ns);
	return governor_set(c->net, from->side, from->dev, rate,
			    rate * GOVERNOR_BURST_MS / 1000 + 1, e);
}

/* --- sharing out --- */

struct round { /* of one purse */
	struct packet_end **ends;
	struct packet_need *needs;
	uint64_t *spent; /* ns since the last round */
	uint32_t *shares;
	size_t n;
};

static void round_drop(struct round *r)
{
	free(r->ends);
	free(r->needs);
	free(r->spent);
	free(r->shares);
}

/* A poll of 64 packets through many rules runs on for longer than a small runtime, and then the
 * thread has to wait for as many periods as that takes: neither a silence of some tenths of a
 * second nor one that it waits through says that it has nothing to do. */
static struct packet_need need_of(struct packet_end *end, uint64_t spent, uint64_t elapsed_ns)
{
	/* the end that forwards and filters costs more than the one that bridges */
	struct packet_need need = { .share = end->share, .weight = end->side == NET_GUEST ? 4 : 1 };
	uint32_t used = ppm_of(spent, elapsed_ns), before = end->of_late - end->of_late / 10;

	end->of_late = used > before ? used : before;
	need.used = end->of_late;
	for (size_t i = 0; i < end->n_tasks; i++)
		need.waiting |= thread_is_runnable(end->tasks[i].tid);
	return need;
}

static void round_look(struct round *r, struct packet *p, size_t purse, uint64_t elapsed_ns)
{
	*r = (struct round){ .ends = mem_alloc(p->n_ends * sizeof(struct packet_end *)),
			     .needs = mem_alloc(p->n_ends * sizeof *r->needs),
			     .spent = mem_alloc(p->n_ends * sizeof *r->spent),
			     .shares = mem_alloc(p->n_ends * sizeof *r->shares) };
	for (size_t i = 0; i < p->n_ends; i++) {
		struct packet_end *end = &p->ends[i];

		if (end->purse != purse)
			continue;
		uint64_t now = packet_look(end);

		r->ends[r->n] = end;
		r->spent[r->n] = now - end->mark_ns;
		r->needs[r->n++] = need_of(end, now - end->mark_ns, elapsed_ns);
		end->mark_ns = now;
	}
}

/* Who gets less goes first: the kernel admits no more than the sum. */
static int round_change(struct container *c, struct round *r, bool up, struct err *e)
{
	for (size_t i = 0; i < r->n; i++) {
		struct packet_end *end = r->ends[i];

		if (r->shares[i] == end->share || (r->shares[i] > end->share) != up)
			continue;
		end->share = r->shares[i];
		c->packet->changed = true;
		if (c->packet->purses[end->purse].means == PACKET_MEANS_DEADLINE &&
		    packet_schedule(c, end, e) < 0)
			return -1;
	}
	return 0;
}

static int round_split(struct container *c, struct round *r, uint32_t budget, struct err *e)
{
	if (!packet_split(budget, r->needs, r->n, r->shares))
		return 0;
	return round_change(c, r, false, e) < 0 ? -1 : round_change(c, r, true, e);
}

/* A guarantee is no more than it says, and the governor learns by itself. */
static void lend(struct packet_purse *p, const struct round *r, uint64_t elapsed_ns)
{
	uint64_t spent = 0;

	if (p->means != PACKET_MEANS_DEADLINE || p->mode != PACKET_OWN || elapsed_ns == 0)
		return;
	for (size_t i = 0; i < r->n; i++)
		spent += r->spent[i];
	packet_loan_learn(&p->loan, p->budget * PPM_OF_PERMILLE, spent, elapsed_ns,
			  packet_want_more(r->needs, r->n));
}

static int balance(struct container *c, size_t purse, uint64_t elapsed_ns, struct err *e)
{
	struct packet_purse *p = &c->packet->purses[purse];
	const uint32_t budget = p->budget * PPM_OF_PERMILLE;
	scoped(round_drop) struct round r = { 0 };

	round_look(&r, c->packet, purse, elapsed_ns);
	/* without a measured round nothing is known of who needs what */
	bool first = r.n > 0 && r.ends[0]->share == 0;
	if (first || elapsed_ns > 0) {
		lend(p, &r, elapsed_ns);

		int done = round_split(c, &r, budget + (uint32_t)p->loan.ppm, e);
		if (done < 0 && e->code == EBUSY && p->loan.ppm > 0) {
			p->loan = (struct packet_loan){ 0 }; /* it was never promised */
			done = round_split(c, &r, budget, e);
		}
		if (done < 0)
			return -1;
	}
	for (size_t i = 0; i < r.n && p->means == PACKET_MEANS_GOVERNOR; i++)
		if (govern(c, r.ends[i], r.spent[i], elapsed_ns, e) < 0)
			return -1;
	return 0;
}

int packet_balance(struct container *c, struct err *e)
{
	struct packet *p = c->packet;
	uint64_t now = now_ns(), elapsed = p->split_ns ? now - p->split_ns : 0;

	p->split_ns = now;
	for (size_t i = 0; i < p->n_purses; i++) {
		enum packet_means m = p->purses[i].means;

		if ((m == PACKET_MEANS_DEADLINE || m == PACKET_MEANS_GOVERNOR) &&
		    balance(c, i, elapsed, e) < 0)
			return -1;
	}
	return 0;
}
