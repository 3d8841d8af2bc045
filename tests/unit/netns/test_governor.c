/* SPDX-License-Identifier: Apache-2.0 */
/* The governor's arithmetic: what its program decides, by interpreting it with a clock of our own.
 */
#include "netns/governor_bpf.h"
#include "runtime/base/scope.h"

#include <criterion/criterion.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>
#include <string.h>

enum { FD = 77, STEPS_MAX = 2000, POISON = 0x5a5a };

struct machine {
	struct governor g;
	uint64_t now_ns;
	struct __sk_buff skb;
	int lost; /* so many times another CPU is quicker */
	bool seen[GOVERNOR_INSNS];
	uint64_t r[11];
};

static void load(struct machine *m, const struct bpf_insn *i)
{
	uint64_t *to = &m->r[i->dst_reg];
	uint32_t word;

	if (BPF_SIZE(i->code) == BPF_W) {
		cr_assert_eq(m->r[i->src_reg], bpf_address(&m->skb));
		memcpy(&word, (char *)&m->skb + i->off, sizeof word);
		*to = word;
		return;
	}
	cr_assert_eq(m->r[i->src_reg], bpf_address(&m->g));
	cr_assert_leq((size_t)i->off + sizeof *to, sizeof m->g);
	memcpy(to, (char *)&m->g + i->off, sizeof *to);
}

static void atomic(struct machine *m, const struct bpf_insn *i)
{
	uint64_t *at = (uint64_t *)((char *)&m->g + i->off);

	cr_assert_eq(m->r[i->dst_reg], bpf_address(&m->g));
	if (i->imm == BPF_ADD) {
		*at += m->r[i->src_reg];
		return;
	}
	cr_assert_eq(i->imm, BPF_CMPXCHG);
	if (m->lost > 0) {
		m->lost--;
		*at += 1;
	}
	uint64_t old = *at;
	if (old == m->r[0])
		*at = m->r[i->src_reg];
	m->r[0] = old;
}

static void call(struct machine *m, const struct bpf_insn *i)
{
	cr_assert_eq(i->imm, BPF_FUNC_ktime_get_ns);
	for (int reg = 1; reg <= 5; reg++)
		m->r[reg] = POISON;
	m->r[0] = m->now_ns;
}

static void compute(struct machine *m, const struct bpf_insn *i)
{
	uint64_t *to = &m->r[i->dst_reg];
	uint64_t with = BPF_SRC(i->code) == BPF_X ? m->r[i->src_reg] : (uint64_t)(int64_t)i->imm;

	switch (BPF_OP(i->code)) {
	case BPF_MOV:
		*to = with;
		break;
	case BPF_ADD:
		*to += with;
		break;
	case BPF_SUB:
		*to -= with;
		break;
	case BPF_MUL:
		*to *= with;
		break;
	case BPF_LSH:
		*to <<= with;
		break;
	default:
		cr_assert_fail("code %#x", i->code);
	}
}

static bool jumps(const struct machine *m, const struct bpf_insn *i)
{
	uint64_t a = m->r[i->dst_reg];
	uint64_t b = BPF_SRC(i->code) == BPF_X ? m->r[i->src_reg] : (uint64_t)(int64_t)i->imm;

	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	default:
		cr_assert_fail("code %#x", i->code);
		return false;
	}
}

/* What the program says to one packet. */
static int run(struct machine *m)
{
	struct bpf_insn v[GOVERNOR_INSNS];
	int pc = 0;

	governor_build(FD, v);
	m->r[1] = bpf_address(&m->skb);
	for (int steps = 0; steps < STEPS_MAX; steps++) {
		const struct bpf_insn *i = &v[pc];

		cr_assert(pc >= 0 && pc < GOVERNOR_INSNS, "jump to %d", pc);
		m->seen[pc++] = true;
		if (i->code == (BPF_JMP | BPF_EXIT))
			return (int)m->r[0];
		if (i->code == (BPF_LD | BPF_DW | BPF_IMM)) {
			cr_assert(i->src_reg == BPF_PSEUDO_MAP_VALUE && i->imm == FD);
			m->r[i->dst_reg] = bpf_address(&m->g);
			m->seen[pc++] = true;
		} else if (i->code == (BPF_JMP | BPF_CALL)) {
			call(m, i);
		} else if (BPF_CLASS(i->code) == BPF_LDX) {
			load(m, i);
		} else if (BPF_CLASS(i->code) == BPF_STX) {
			atomic(m, i);
		} else if (BPF_CLASS(i->code) == BPF_ALU64) {
			compute(m, i);
		} else if (jumps(m, i)) {
			pc += i->off;
		}
	}
	cr_assert_fail("it does not end");
	return TC_ACT_SHOT;
}

static struct machine machine(uint64_t per_second, uint64_t burst)
{
	return (struct machine){ .g = governor_config(per_second, burst), .now_ns = 5000000000 };
}

/* How many of N packets at once pass. */
static int offer(struct machine *m, int n)
{
	int passed = 0;

	for (int i = 0; i < n; i++) {
		int verdict = run(m);

		cr_assert(verdict == TC_ACT_UNSPEC || verdict == TC_ACT_SHOT, "%d", verdict);
		passed += verdict == TC_ACT_UNSPEC;
	}
	return passed;
}

/* ... of a flood that offers a packet every microsecond. */
static int flood(struct machine *m, int ms)
{
	int passed = 0;

	for (int us = 0; us < ms * 1000; us++) {
		m->now_ns += 1000;
		passed += offer(m, 1);
	}
	return passed;
}

Test(governor, a_burst_then_the_rate)
{
	struct machine m = machine(10000, 50);

	cr_expect_eq(offer(&m, 200), 50);
	cr_expect_eq(offer(&m, 10), 0);
	m.now_ns += 100000;
	cr_expect_eq(offer(&m, 10), 1);
	cr_expect_eq(flood(&m, 1000), 10000);
	m.now_ns += 1000000000; /* the bucket does not overflow */
	cr_expect_eq(offer(&m, 200), 50);
	cr_expect_eq(m.g.passed, 50 + 1 + 10000 + 50);
	cr_expect_eq(m.g.dropped, 150 + 10 + 9 + 990000 + 150);
}

Test(governor, is_never_above_the_rate)
{
	static const uint64_t rates[] = { 1, 333, 299999, 700001 };

	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		struct machine m = machine(rates[i], 1);
		int passed = flood(&m, 1000);

		cr_expect_leq(passed, (int)rates[i] + 1, "%lu: %d passed", rates[i], passed);
	}
}

/* With room for what a flood of whole microseconds is late, the mean is exact. */
Test(governor, the_mean_is_exact)
{
	static const uint64_t rates[] = { 333, 299999, 950000 };

	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		struct machine m = machine(rates[i], 10);
		int passed = flood(&m, 1000) - 10;

		cr_expect_leq(abs(passed - (int)rates[i]), 2 + (int)rates[i] / 2000,
			      "%lu: %d passed", rates[i], passed);
	}
}

Test(governor, all_or_nothing)
{
	struct machine all = machine(UINT64_MAX, 1), none = machine(0, 1000);

	cr_expect_eq(offer(&all, 1000), 1000);
	cr_expect_eq(all.g.passed, 1000);
	cr_expect_eq(offer(&none, 1000), 0);
	cr_expect_eq(none.g.dropped, 1000);
}

Test(governor, a_burst_of_none_is_one)
{
	struct machine m = machine(1000, 0);

	cr_expect_eq(offer(&m, 5), 1);
}

/* What GRO or TSO made one of many counts as many, and is owed when it is more than the bucket. */
Test(governor, counts_segments)
{
	struct machine m = machine(1000, 10);

	m.skb.gso_segs = 44;
	cr_expect_eq(offer(&m, 2), 1);
	cr_expect_eq(m.g.passed, 44);
	cr_expect_eq(m.g.dropped, 44);
	m.skb.gso_segs = 0;
	m.now_ns += 33000000;
	cr_expect_eq(offer(&m, 1), 0);
	m.now_ns += 2000000;
	cr_expect_eq(offer(&m, 1), 1);
}

Test(governor, tries_again_when_another_cpu_was_quicker)
{
	struct machine m = machine(1000000, 1000);

	m.lost = 5;
	cr_expect_eq(offer(&m, 1), 1);
	cr_expect_eq(m.lost, 0);
	m.lost = GOVERNOR_TRIES - 1;
	cr_expect_eq(offer(&m, 1), 1);
	m.lost = 1000; /* each of them has let one through: the rate holds */
	cr_expect_eq(offer(&m, 1), 0);
	cr_expect_eq(m.lost, 1000 - GOVERNOR_TRIES);
}

Test(governor, every_instruction_is_reached)
{
	struct machine m = machine(10000, 2), limits[] = { machine(0, 1), machine(UINT64_MAX, 1) };

	m.lost = 1;
	offer(&m, 5);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		offer(&limits[i], 1);
	for (int i = 0; i < GOVERNOR_INSNS; i++)
		cr_expect(m.seen[i] || limits[0].seen[i] || limits[1].seen[i], "instruction %d", i);
}

/* --- changes of the rate --- */

static void retune(struct machine *m, uint64_t per_second, uint64_t burst)
{
	const struct governor to = governor_config(per_second, burst);

	governor_retune(&m->g, &to, m->now_ns << GOVERNOR_SHIFT);
}

/* A controller that sets the rate often hands out no burst each time. */
Test(governor, a_change_gives_nothing_away)
{
	struct machine m = machine(1000, 100);
	int passed = 0;

	cr_expect_eq(offer(&m, 200), 100);
	for (int i = 0; i < 100; i++) {
		retune(&m, i % 2 ? 1000 : 2000, 100);
		passed += flood(&m, 10);
	}
	cr_expect(passed >= 1490 && passed <= 1510, "%d passed", passed);
}

Test(governor, what_was_owed_at_a_low_rate_does_not_stop_a_high_one)
{
	struct machine m = machine(1, 10);

	cr_expect_eq(offer(&m, 20), 10); /* 10 s ahead */
	retune(&m, 100000, 100);
	int passed = flood(&m, 100);
	cr_expect(passed >= 10000 && passed <= 10100, "%d passed", passed);
}

Test(governor, from_and_to_all_and_nothing)
{
	struct machine m = machine(1000, 10);

	cr_expect_eq(offer(&m, 20), 10);
	retune(&m, UINT64_MAX, 1);
	cr_expect_eq(offer(&m, 1000), 1000);
	retune(&m, 0, 1);
	cr_expect_eq(offer(&m, 1000), 0);
	retune(&m, 1000, 10);
	cr_expect_eq(offer(&m, 20), 0); /* still owed */
	m.now_ns += 1000000000;
	retune(&m, 1000, 10);
	cr_expect_eq(offer(&m, 20), 10);
	cr_expect_eq(m.g.passed, 10 + 1000 + 10);
}

Test(governor, does_not_overflow)
{
	struct machine m = machine(1, UINT64_MAX);

	m.now_ns = UINT64_C(1) << 59; /* up for 18 years */
	cr_expect_eq(offer(&m, 1000), 1000);
	retune(&m, 2, UINT64_MAX);
	cr_expect_eq(offer(&m, 1000), 1000);
	m.skb.gso_segs = 65535;
	cr_expect_eq(offer(&m, 10), 10);
}
