/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/governor_bpf.h"
#include "runtime/base/scope.h"

#include <errno.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

/* --- the program --- */

/* What the registers hold. Those from R6 on outlive a call. */
enum {
	OLD = BPF_REG_0, /* DUE as it was seen last; BPF_CMPXCHG compares with, and fills, R0 */
	TRIES = BPF_REG_1,
	NEXT = BPF_REG_2, /* DUE as it is to be */
	SEEN = BPF_REG_3,
	LATEST = BPF_REG_4, /* the latest DUE that lets this packet through */
	CTX = BPF_REG_1,
	COUNT = BPF_REG_6, /* packets in this one: what comes from GRO or TSO is cut up later */
	COST = BPF_REG_7,
	NOW = BPF_REG_8,
	STATE = BPF_REG_9
};

enum { MAP = 6, TRY = 16, DROP = 26, PASS = 29 }; /* places in the program */

#define MEMBER(name) ((int16_t)offsetof(struct governor, name))
#define INSN(op, ...)                                                                              \
	{                                                                                          \
		.code = (uint8_t)(op), __VA_ARGS__                                                 \
	}
#define SET(reg, value)     INSN(BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (reg), .imm = (value))
#define COPY(reg, from)     INSN(BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (reg), .src_reg = (from))
#define ADD(reg, from)      INSN(BPF_ALU64 | BPF_ADD | BPF_X, .dst_reg = (reg), .src_reg = (from))
#define MULTIPLY(reg, from) INSN(BPF_ALU64 | BPF_MUL | BPF_X, .dst_reg = (reg), .src_reg = (from))
#define SHIFT(reg, bits)    INSN(BPF_ALU64 | BPF_LSH | BPF_K, .dst_reg = (reg), .imm = (bits))
#define LESS_ONE(reg)       INSN(BPF_ALU64 | BPF_SUB | BPF_K, .dst_reg = (reg), .imm = 1)
#define LOAD(reg, member)                                                                          \
	INSN(BPF_LDX | BPF_DW | BPF_MEM, .dst_reg = (reg), .src_reg = STATE, .off = MEMBER(member))
#define ATOMIC(what, member, reg)                                                                  \
	INSN(BPF_STX | BPF_DW | BPF_ATOMIC, .dst_reg = STATE, .src_reg = (reg),                    \
	     .off = MEMBER(member), .imm = (what))
/* JUMP: at HERE, go to TO if REG is as OP says. */
#define JUMP(here, op, reg, value, to)                                                             \
	INSN(BPF_JMP | (op) | BPF_K, .dst_reg = (reg), .imm = (value), .off = (to) - (here)-1)
#define JUMP_REG(here, op, reg, other, to)                                                         \
	INSN(BPF_JMP | (op) | BPF_X, .dst_reg = (reg), .src_reg = (other), .off = (to) - (here)-1)

static const struct bpf_insn program[GOVERNOR_INSNS] = {
	[0] = INSN(BPF_LDX | BPF_W | BPF_MEM, .dst_reg = COUNT, .src_reg = CTX,
		   .off = offsetof(struct __sk_buff, gso_segs)),
	[1] = JUMP(1, BPF_JNE, COUNT, 0, 3),
	[2] = SET(COUNT, 1),
	[3] = INSN(BPF_JMP | BPF_CALL, .imm = BPF_FUNC_ktime_get_ns),
	[4] = SHIFT(BPF_REG_0, GOVERNOR_SHIFT),
	[5] = COPY(NOW, BPF_REG_0),
	[MAP] = INSN(BPF_LD | BPF_DW | BPF_IMM, .dst_reg = STATE, .src_reg = BPF_PSEUDO_MAP_VALUE),
	[8] = LOAD(COST, interval),
	[9] = JUMP(9, BPF_JEQ, COST, 0, PASS),
	[10] = JUMP(10, BPF_JEQ, COST, -1, DROP),
	[11] = MULTIPLY(COST, COUNT),
	[12] = LOAD(LATEST, tolerance),
	[13] = ADD(LATEST, NOW),
	[14] = SET(TRIES, GOVERNOR_TRIES),
	[15] = LOAD(OLD, due),
	[TRY] = JUMP_REG(TRY, BPF_JGT, OLD, LATEST, DROP),
	[17] = COPY(NEXT, OLD),
	[18] = JUMP_REG(18, BPF_JGE, NEXT, NOW, 20),
	[19] = COPY(NEXT, NOW),
	[20] = ADD(NEXT, COST),
	[21] = COPY(SEEN, OLD),
	[22] = ATOMIC(BPF_CMPXCHG, due, NEXT),
	[23] = JUMP_REG(23, BPF_JEQ, OLD, SEEN, PASS),
	[24] = LESS_ONE(TRIES),
	[25] = JUMP(25, BPF_JNE, TRIES, 0, TRY),
	[DROP] = ATOMIC(BPF_ADD, dropped, COUNT),
	[27] = SET(BPF_REG_0, TC_ACT_SHOT),
	[28] = INSN(BPF_JMP | BPF_EXIT),
	[PASS] = ATOMIC(BPF_ADD, passed, COUNT),
	[30] = SET(BPF_REG_0, TC_ACT_UNSPEC), /* other filters may have their say */
	[31] = INSN(BPF_JMP | BPF_EXIT),
};

void governor_build(int map, struct bpf_insn out[GOVERNOR_INSNS])
{
	memcpy(out, program, sizeof program);
	out[MAP].imm = map;
}

/* --- rates --- */

static const uint64_t SECOND = UINT64_C(1000000000) << GOVERNOR_SHIFT;

struct governor governor_config(uint64_t per_second, uint64_t burst)
{
	const uint64_t most = UINT64_C(1) << 62; /* and a time in 36 years still fits above it */
	struct governor g = { 0 };

	if (per_second == UINT64_MAX)
		return g;
	g.interval = per_second ? (SECOND + per_second / 2) / per_second : UINT64_MAX;
	if (per_second && burst > 1 &&
	    (__builtin_mul_overflow(burst - 1, g.interval, &g.tolerance) || g.tolerance > most))
		g.tolerance = most;
	return g;
}

static bool is_rate(uint64_t interval)
{
	return interval != 0 && interval != UINT64_MAX;
}

/* At most an empty bucket is owed. */
static uint64_t scaled(uint64_t ahead, uint64_t from, const struct governor *to)
{
	unsigned __int128 wide = ahead;

	if (!is_rate(to->interval))
		return ahead; /* it means nothing then, and something again after that */
	if (is_rate(from))
		wide = wide * to->interval / from;

	const uint64_t most = to->tolerance + to->interval;
	return wide < most ? (uint64_t)wide : most;
}

void governor_retune(struct governor *g, const struct governor *to, uint64_t now)
{
	uint64_t from = __atomic_load_n(&g->interval, __ATOMIC_RELAXED);
	uint64_t due = __atomic_load_n(&g->due, __ATOMIC_RELAXED), next;

	__atomic_store_n(&g->tolerance, to->tolerance, __ATOMIC_RELAXED);
	__atomic_store_n(&g->interval, to->interval, __ATOMIC_RELAXED);
	do
		next = due > now ? now + scaled(due - now, from, to) : due;
	while (!__atomic_compare_exchange_n(&g->due, &due, next, false, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED));
}

uint64_t governor_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec) << GOVERNOR_SHIFT;
}

/* --- the map --- */

int governor_map_create(struct err *e)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(struct governor),
		.max_entries = 1,
		.map_flags = BPF_F_MMAPABLE,
		.map_name = "nfrun_governor",
	};
	int fd = bpf_call(BPF_MAP_CREATE, &attr);

	return fd < 0 ? err_set(e, errno, "make the governor's eBPF map") : fd;
}

struct governor *governor_map(int map, struct err *e)
{
	void *at = mmap(NULL, sizeof(struct governor), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);

	if (at == MAP_FAILED) {
		(void)err_set(e, errno, "map the governor's state");
		return NULL;
	}
	return at;
}

void governor_unmap(struct governor **g)
{
	if (*g)
		munmap(*g, sizeof **g);
	*g = NULL;
}

int governor_map_find(uint32_t program_id, struct err *e)
{
	scoped_fd int fd = bpf_program_open(program_id);
	uint32_t id = 0;
	struct bpf_prog_info info = { .nr_map_ids = 1, .map_ids = bpf_address(&id) };
	union bpf_attr attr = { .info = { .bpf_fd = (uint32_t)fd,
					  .info_len = sizeof info,
					  .info = bpf_address(&info) } };

	if (fd < 0 || bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0)
		return err_set(e, errno, "look at the governor's program");

	int map = bpf_map_open(id);
	return map < 0 ? err_set(e, errno, "open the governor's eBPF map") : map;
}
