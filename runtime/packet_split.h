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

#endif
