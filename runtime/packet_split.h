/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PACKET_SPLIT_H
#define NFRUN_RUNTIME_PACKET_SPLIT_H

/* One budget, several kernel threads: SCHED_DEADLINE and the governor know single ones only. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All rates are in millionths of a CPU: microseconds a second. */
struct packet_need {
	uint32_t used;   /* of late */
	uint32_t share;  /* that it had meanwhile; 0: none yet */
	uint32_t weight; /* of those that want more, how much this one's want counts; not 0 */
	bool waiting;    /* it would run now if it might, whatever it has used */
};

/* Max-min fair: who used less than its share keeps twice what it used and some, who used it up gets
 * its part of the rest, by weight. The shares add up to BUDGET; nobody gets less than a hundredth
 * of it, so that work that begins can show. True: OUT differs enough from what they have to be
 * worth a change (the kernel gives a thread whose parameters change a fresh runtime). */
bool packet_split(uint32_t budget, const struct packet_need *needs, size_t n, uint32_t *out);
/* Does any of them use its share up? */
bool packet_want_more(const struct packet_need *needs, size_t n);

/* What is kept for ends with little to do is not used: so those that want more are lent a part of
 * it, until what all have used together comes to the budget. */
struct packet_loan {
	int32_t ppm; /* to split in addition to the budget; may be less than 0 */
	uint64_t ns, spent_ns;
	bool wanted; /* in that time */
};
/* One round more, of ELAPSED_NS, in which SPENT_NS were used. Takes a second to change, as the
 * kernel gives a thread whose parameters change a fresh runtime. */
void packet_loan_learn(struct packet_loan *l, uint32_t budget, uint64_t spent_ns,
		       uint64_t elapsed_ns, bool wanted);

#endif
