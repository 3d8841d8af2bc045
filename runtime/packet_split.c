/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/packet_split.h"

enum { FLOOR_PART = 100, CHANGE_PART = 50, FULL_PERCENT = 60, SPARE_PERCENT = 225 };

/* It would have used more, as far as can be told: what is left of a runtime when a thread has to
 * wait for its CPU is lost to it. */
static bool is_hungry(const struct packet_need *need)
{
	return need->share == 0 || need->waiting ||
	       (uint64_t)need->used * 100 >= (uint64_t)need->share * FULL_PERCENT;
}

bool packet_want_more(const struct packet_need *needs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_hungry(&needs[i]))
			return true;
	return false;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* What those get that do not need all they have; returns what is left for the N_HUNGRY others, each
 * of which gets its floor at least. */
static uint32_t serve_content(uint32_t budget, const struct packet_need *needs, size_t n,
			      uint32_t *out, uint32_t n_hungry)
{
	uint32_t least = budget / FLOOR_PART, left = budget, content = (uint32_t)n - n_hungry;

	for (size_t i = 0; i < n; i++) {
		if (is_hungry(&needs[i]))
			continue;

		uint32_t wants = (uint32_t)((uint64_t)needs[i].used * SPARE_PERCENT / 100);
		uint32_t others = (content - 1 + n_hungry) * least;

		content--;
		out[i] = smaller(larger(wants, least), left > others ? left - others : least);
		left -= smaller(left, out[i]);
	}
	return left;
}

/* LEFT by weight to all, or to the hungry alone; what does not divide goes to the first. */
static void share_out(uint32_t left, const struct packet_need *needs, size_t n, uint32_t *out,
		      bool hungry_alone)
{
	uint32_t weights = 0, rest = left;

	for (size_t i = 0; i < n; i++)
		if (!hungry_alone || is_hungry(&needs[i]))
			weights += needs[i].weight;
	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < n; i++) {
			uint32_t part = (uint32_t)((uint64_t)left * needs[i].weight / weights);

			if (hungry_alone && !is_hungry(&needs[i]))
				continue;
			if (pass == 1) {
				out[i] += rest;
				return;
			}
			out[i] += part;
			rest -= part;
		}
}

bool packet_split(uint32_t budget, const struct packet_need *needs, size_t n, uint32_t *out)
{
	uint32_t n_hungry = 0;
	bool changed = false;

	for (size_t i = 0; i < n; i++) {
		out[i] = 0;
		n_hungry += is_hungry(&needs[i]);
	}
	if (n > 0)
		share_out(serve_content(budget, needs, n, out, n_hungry), needs, n, out,
			  n_hungry > 0);
	for (size_t i = 0; i < n; i++) {
		uint32_t was = needs[i].share;
		uint32_t by = out[i] > was ? out[i] - was : was - out[i];

		changed |= was == 0 || by > budget / CHANGE_PART;
	}
	return changed;
}

/* --- what is not used of it --- */

enum { LOAN_NS = 1000000000, LOAN_MOST = 4, LOAN_LEAST = 20 }; /* parts of the budget */

void packet_loan_learn(struct packet_loan *l, uint32_t budget, uint64_t spent_ns,
		       uint64_t elapsed_ns, bool wanted)
{
	int32_t most = (int32_t)budget / LOAN_MOST, least = -(int32_t)budget / LOAN_LEAST;

	l->ns += elapsed_ns;
	l->spent_ns += spent_ns;
	l->wanted |= wanted;
	if (l->ns < LOAN_NS)
		return;

	double used = (double)l->spent_ns * 1e6 / (double)l->ns;
	int32_t next = l->wanted ? l->ppm + (int32_t)((budget - used) / 2) : l->ppm / 2;
	*l = (struct packet_loan){ .ppm = next > most ? most : next < least ? least : next };
}
