/* SPDX-License-Identifier: Apache-2.0 */
/* Device rules: what the eBPF program decides, by interpreting it, and what v1 cannot do. */
#include "cgroups/bpf_devices.h"
#include "cgroups/devices.h"

#include <criterion/criterion.h>
#include <string.h>

enum { R = BPF_DEVCG_ACC_READ, W = BPF_DEVCG_ACC_WRITE, M = BPF_DEVCG_ACC_MKNOD };
enum { BLOCK = BPF_DEVCG_DEV_BLOCK, CHAR = BPF_DEVCG_DEV_CHAR };

/* As the kernel would run it. Every instruction has to be reached by falling through or a jump; the
 * verifier refuses others, so what was run is counted in SEEN. */
static uint64_t interpret(const struct bpf_program *p, const struct bpf_cgroup_dev_ctx *ctx,
			  bool *seen)
{
	uint64_t r[11] = { 0 };

	for (size_t pc = 0;; pc++) {
		const struct bpf_insn *i = &p->v[pc];
		uint64_t k = (uint64_t)(int64_t)i->imm;
		uint32_t word;

		cr_assert_lt(pc, p->n);
		seen[pc] = true;
		switch (i->code) {
		case BPF_LDX | BPF_W | BPF_MEM:
			cr_assert_eq(i->src_reg, 1);
			memcpy(&word, (const char *)ctx + i->off, sizeof word);
			r[i->dst_reg] = word;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			r[i->dst_reg] = r[i->src_reg];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			r[i->dst_reg] = k;
			break;
		case BPF_ALU64 | BPF_AND | BPF_K:
			r[i->dst_reg] &= k;
			break;
		case BPF_ALU64 | BPF_RSH | BPF_K:
			r[i->dst_reg] >>= k;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			pc += r[i->dst_reg] != k ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += r[i->dst_reg] == k ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return r[0];
		default:
			cr_assert_fail("instruction %zu: code %#x", pc, i->code);
		}
	}
}

static struct limits_device rule(bool allow, char type, int64_t major, int64_t minor,
				 const char *access)
{
	struct limits_device r = { allow, type, major, minor, "" };

	memcpy(r.access, access, strlen(access));
	return r;
}

static uint64_t decide(const struct limits_device *rules, size_t n, uint32_t type, uint32_t major,
		       uint32_t minor, uint32_t asked)
{
	struct bpf_program p = { 0 };
	bool seen[4096] = { false };

	bpf_devices_build(rules, n, &p);
	uint64_t verdict = interpret(
		&p, &(struct bpf_cgroup_dev_ctx){ asked << 16 | type, major, minor }, seen);
	bpf_program_drop(&p);
	return verdict;
}

Test(devices, what_a_usual_list_allows)
{
	const struct limits_device rules[] = {
		rule(false, 'a', -1, -1, "rwm"), rule(true, 'c', -1, -1, "m"),
		rule(true, 'b', -1, -1, "m"),    rule(true, 'c', 1, 3, "rwm"),
		rule(true, 'c', 136, -1, "rw"),  rule(true, 'b', 8, 0, "r"),
		rule(false, 'c', 136, 7, "w"),
	};
	static const struct {
		uint32_t type, major, minor, asked;
		bool want;
	} rows[] = {
		{ CHAR, 1, 3, R | W, true },
		{ CHAR, 1, 3, M, true },
		{ CHAR, 1, 5, M, true },
		{ CHAR, 1, 5, R, false },
		{ CHAR, 1, 5, R | M, false },
		{ BLOCK, 1, 3, R, false },
		{ CHAR, 136, 4, R | W, true },
		{ CHAR, 136, 4, R | W | M, true }, /* by two rules */
		{ CHAR, 136, 7, R, true },
		{ CHAR, 136, 7, W, false },
		{ CHAR, 136, 7, R | W, false },
		{ BLOCK, 8, 0, R, true },
		{ BLOCK, 8, 0, W, false },
		{ BLOCK, 8, 1, R, false },
		{ BLOCK, 8, 1, M, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(decide(rules, ARRAY_LEN(rules), rows[i].type, rows[i].major,
				    rows[i].minor, rows[i].asked),
			     rows[i].want, "row %zu", i);
}

Test(devices, nothing_is_allowed_by_itself_and_all_by_one_rule)
{
	const struct limits_device all = rule(true, 'a', -1, -1, "");

	cr_assert_eq(decide(NULL, 0, CHAR, 1, 3, R), 0);
	cr_assert_eq(decide(&all, 1, CHAR, 1, 3, R | W | M), 1);
	cr_assert_eq(decide(&all, 1, BLOCK, 250, 1 << 19, M), 1);
}

/* The plain meaning: each way of use by the last rule that speaks of it. */
static bool reference(const struct limits_device *rules, size_t n, uint32_t type, uint32_t major,
		      uint32_t minor, uint32_t asked)
{
	for (uint32_t bit = 1; bit <= 4; bit <<= 1) {
		bool allowed = false;

		for (size_t i = 0; i < n && (asked & bit); i++) {
			const struct limits_device *r = &rules[i];

			if ((r->type == 'a' || r->type == (type == BLOCK ? 'b' : 'c')) &&
			    (r->major < 0 || r->major == major) &&
			    (r->minor < 0 || r->minor == minor) &&
			    ((uint32_t)device_access(r) & bit))
				allowed = r->allow;
		}
		if ((asked & bit) && !allowed)
			return false;
	}
	return true;
}

static const char *const accesses[] = { "", "r", "w", "m", "rw", "rm", "wm", "rwm" };

/* All instructions, over all requests, have to be reached. */
static void assert_same(const struct limits_device *rules, size_t n)
{
	struct bpf_program p = { 0 };
	bool seen[4096] = { false };

	bpf_devices_build(rules, n, &p);
	cr_assert_lt(p.n, ARRAY_LEN(seen));
	for (uint32_t i = 0; i < 2 * 3 * 3 * 7; i++) {
		uint32_t type = i % 2 ? BLOCK : CHAR, major = i / 2 % 3, minor = i / 6 % 3;
		uint32_t asked = i / 18 % 7 + 1;
		struct bpf_cgroup_dev_ctx ctx = { asked << 16 | type, major, minor };

		cr_assert_eq(interpret(&p, &ctx, seen),
			     reference(rules, n, type, major, minor, asked));
	}
	for (size_t i = 0; i < p.n; i++) { /* jumps stay inside, and the end is a return */
		int op = p.v[i].code & 0xf0;
		bool jump = (p.v[i].code & 7) == BPF_JMP && op != BPF_EXIT;

		cr_assert(!jump || i + 1 + (size_t)p.v[i].off < p.n);
	}
	cr_assert_eq(p.v[p.n - 1].code, BPF_JMP | BPF_EXIT);
	bpf_program_drop(&p);
}

Test(devices, any_list_means_what_its_rules_say)
{
	srand(1);
	for (int round = 0; round < 3000; round++) {
		struct limits_device rules[8];
		size_t n = (size_t)rand() % (ARRAY_LEN(rules) + 1);

		for (size_t i = 0; i < n; i++)
			rules[i] = rule(rand() % 2, "abc"[rand() % 3], rand() % 4 - 1,
					rand() % 4 - 1, accesses[rand() % 8]);
		assert_same(rules, n);
	}
}

Test(devices, exceptions_that_v1_would_not_make)
{
	const struct {
		struct limits_device rules[3];
		bool fine;
	} rows[] = {
		{ { rule(true, 'c', -1, -1, "rwm"), rule(false, 'c', 1, 3, "w") }, false },
		{ { rule(true, 'c', 1, 3, "rw"), rule(false, 'c', 1, 3, "w") }, true },
		{ { rule(true, 'c', 1, -1, "r"), rule(false, 'c', 1, 3, "w") }, true },
		{ { rule(true, 'c', 1, -1, "r"), rule(false, 'b', 1, 3, "r") }, true },
		{ { rule(true, 'c', 1, -1, "r"), rule(false, 'a', 1, 3, "r") }, false },
		{ { rule(true, 'c', 1, -1, "r"), rule(false, 'c', 2, 3, "r") }, true },
		/* and in a list that begins by allowing everything */
		{ { rule(true, 'a', -1, -1, "rwm"), rule(false, 'c', -1, -1, "w"),
		    rule(true, 'c', 1, 3, "w") },
		  false },
		{ { rule(true, 'c', -1, -1, "rwm"), rule(false, 'a', -1, -1, "rwm"),
		    rule(false, 'c', 1, 3, "w") },
		  true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = { 0 };
		size_t n = rows[i].rules[2].type ? 3 : 2;

		cr_expect_eq(devices_check_v1(rows[i].rules, n, &e), rows[i].fine ? 0 : -1,
			     "row %zu: %s", i, e.text);
		if (i == 0)
			cr_expect_str_eq(e.text, "device rule 1, 'c 1:3 w': cgroup v1 cannot make "
						 "an exception from rule 0, 'c *:* rwm'");
	}
}
