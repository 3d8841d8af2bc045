/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/packet_split.h"
#include "runtime/base/scope.h"

#include <criterion/criterion.h>

enum { BUDGET = 100000 }; /* 10 % of a CPU */

static uint32_t sum(const uint32_t *v, size_t n)
{
	uint32_t s = 0;

	for (size_t i = 0; i < n; i++)
		s += v[i];
	return s;
}

Test(packet_split, at_first_all_get_the_same)
{
	const struct packet_need none[3] = { { .weight = 1 }, { .weight = 1 }, { .weight = 1 } };
	uint32_t out[3];

	cr_expect(packet_split(BUDGET, none, 3, out));
	cr_expect_eq(sum(out, 3), BUDGET);
	cr_expect_leq(out[0] - out[1], 2);
	cr_expect_eq(out[1], out[2]);
}

Test(packet_split, who_uses_its_share_up_gets_what_others_leave)
{
	const struct packet_need needs[] = { { 50000, 50000, 1, false }, { 0, 50000, 1, false } };
	uint32_t out[2];

	cr_expect(packet_split(BUDGET, needs, 2, out));
	cr_expect_eq(sum(out, 2), BUDGET);
	cr_expect_eq(out[1], BUDGET / 100, "a floor is left, so that work can show");
}

Test(packet_split, two_that_want_more_get_equal_parts)
{
	const struct packet_need needs[] = { { 70000, 90000, 1, false },
					     { 1000, 1000, 1, false },
					     { 4000, 9000, 1, false } };
	uint32_t out[3];

	(void)packet_split(BUDGET, needs, 3, out);
	cr_expect_eq(sum(out, 3), BUDGET);
	cr_expect_leq(out[0] - out[1], 1);
	cr_expect_eq(out[2], 9000, "content with twice what it used and some: %u", out[2]);
}

Test(packet_split, all_content_share_the_rest)
{
	const struct packet_need needs[] = { { 1000, 50000, 1, false }, { 1000, 50000, 1, false } };
	uint32_t out[2];

	cr_expect_not(packet_split(BUDGET, needs, 2, out), "nothing worth a change");
	cr_expect_eq(sum(out, 2), BUDGET);
}

Test(packet_split, a_steady_load_changes_nothing)
{
	const struct packet_need needs[] = { { 98500, 99000, 1, false }, { 10, 1000, 1, false } };
	uint32_t out[2];

	cr_expect_not(packet_split(BUDGET, needs, 2, out));
}

Test(packet_split, one_that_waits_is_not_idle)
{
	const struct packet_need needs[] = { { 0, 99000, 4, true }, { 0, 1000, 1, false } };
	uint32_t out[2];

	cr_expect_not(packet_split(BUDGET, needs, 2, out));
	cr_expect_eq(out[0], 99000);
}

Test(packet_split, wants_are_weighed)
{
	const struct packet_need needs[] = { { 0, 0, 4, false }, { 0, 0, 1, false } };
	uint32_t out[2];

	cr_expect(packet_split(BUDGET, needs, 2, out));
	cr_expect_eq(out[0], 80000);
	cr_expect_eq(out[1], 20000);
}

/* Whatever it is told, it never hands out more than there is, and to everyone something. */
Test(packet_split, never_more_than_the_budget)
{
	static const uint32_t used[] = { 0, 1, 999, 50000, 99999, 2000000 };
	static const uint32_t share[] = { 0, 1, 1000, 50000, 100000 };

	for (size_t a = 0; a < ARRAY_LEN(used); a++)
		for (size_t b = 0; b < ARRAY_LEN(used); b++)
			for (size_t c = 0; c < ARRAY_LEN(share); c++)
				for (size_t d = 0; d < ARRAY_LEN(share); d++) {
					const struct packet_need needs[] = {
						{ used[a], share[c], 1, false },
						{ used[b], share[d], 1, false },
						{ used[a], share[d], 1, false },
					};
					uint32_t out[3];

					(void)packet_split(BUDGET, needs, 3, out);
					cr_assert_eq(sum(out, 3), BUDGET, "%u %u %u %u: %u %u %u",
						     used[a], used[b], share[c], share[d], out[0],
						     out[1], out[2]);
					cr_assert_gt(out[0], 0);
					cr_assert_gt(out[1], 0);
					cr_assert_gt(out[2], 0);
				}
}

/* One end is flooded and uses PERMILLE of what is to be split, as the others keep some; a round is
 * a tenth of a second. What all have used in the last second, in ppm. */
static uint32_t used_after(struct packet_loan *l, unsigned seconds, unsigned permille, bool wanted)
{
	uint64_t spent = 0;

	for (unsigned i = 0; i < seconds * 10; i++) {
		spent = (uint64_t)(BUDGET + l->ppm) * permille / 1000 * 100; /* ns */
		packet_loan_learn(l, BUDGET, spent, 100000000, wanted);
	}
	return (uint32_t)(spent / 100);
}

Test(packet_loan, what_others_do_not_use_is_lent_until_the_budget_is_used)
{
	static const unsigned parts[] = { 860, 900, 970, 1000, 1020 };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		struct packet_loan l = { 0 };
		uint32_t used = used_after(&l, 15, parts[i], true);

		cr_expect_geq(used, BUDGET * 99u / 100, "%u: %u", parts[i], used);
		cr_expect_leq(used, BUDGET * 101u / 100, "%u: %u", parts[i], used);
	}
}

Test(packet_loan, it_is_bounded_and_called_back_when_nobody_wants_it)
{
	struct packet_loan l = { 0 };

	(void)used_after(&l, 30, 100, true);
	cr_expect_eq(l.ppm, BUDGET / 4);
	(void)used_after(&l, 30, 100, false);
	cr_expect_eq(l.ppm, 0);
	(void)used_after(&l, 30, 2000, true);
	cr_expect_eq(l.ppm, -BUDGET / 20);
}

Test(packet_loan, nothing_changes_within_a_second)
{
	struct packet_loan l = { 0 };

	packet_loan_learn(&l, BUDGET, 0, 900000000, true);
	cr_expect_eq(l.ppm, 0);
	packet_loan_learn(&l, BUDGET, 0, 100000000, true);
	cr_expect_eq(l.ppm, BUDGET / 4);
}
