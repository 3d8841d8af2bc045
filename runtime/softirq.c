/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/softirq.h"
#include "runtime/base/bpf.h"
#include "runtime/base/fs.h"
#include "runtime/base/strs.h"
#include "runtime/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Each CPU's value in the map. */
struct spent {
	uint64_t since; /* when the run that is under way began; 0: none is */
	uint64_t total_ns;
	uint64_t packets;
};

enum { NET_RX = 3 /* include/linux/interrupt.h: NET_RX_SOFTIRQ, also in /proc/softirqs */ };

#define INSN(code_, dst, src, off_, imm_)                                                          \
	((struct bpf_insn){ .code = (code_),                                                       \
			    .dst_reg = (dst),                                                      \
			    .src_reg = (src),                                                      \
			    .off = (off_),                                                         \
			    .imm = (imm_) })
#define MOV(dst, src)            INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define SET(dst, imm)            INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define ADD(dst, src)            INSN(BPF_ALU64 | BPF_ADD | BPF_X, dst, src, 0, 0)
#define ADD_K(dst, imm)          INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm)
#define SUB(dst, src)            INSN(BPF_ALU64 | BPF_SUB | BPF_X, dst, src, 0, 0)
#define LOAD(dst, src, off)      INSN(BPF_LDX | BPF_MEM | BPF_DW, dst, src, off, 0)
#define STORE(dst, off, src)     INSN(BPF_STX | BPF_MEM | BPF_DW, dst, src, off, 0)
#define PUT(dst, off, imm)       INSN(BPF_ST | BPF_MEM | BPF_DW, dst, 0, off, imm)
#define PUT_W(dst, off, imm)     INSN(BPF_ST | BPF_MEM | BPF_W, dst, 0, off, imm)
#define SKIP_IF(reg, imm, n)     INSN(BPF_JMP | BPF_JEQ | BPF_K, reg, 0, n, imm)
#define SKIP_UNLESS(reg, imm, n) INSN(BPF_JMP | BPF_JNE | BPF_K, reg, 0, n, imm)
#define CALL(function)           INSN(BPF_JMP | BPF_CALL, 0, 0, 0, function)
#define END                      INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* The map's address is an immediate of 64 bits: two instructions. */
#define MAP(dst, fd)                                                                               \
	INSN(BPF_LD | BPF_IMM | BPF_DW, dst, BPF_PSEUDO_MAP_FD, 0, fd), INSN(0, 0, 0, 0, 0)

/* What an entry of the map points at, this CPU's struct spent, into r6. N: how many instructions
 * follow up to the end. */
#define SPENT(map, n)                                                                              \
	PUT_W(BPF_REG_10, -4, 0), MAP(BPF_REG_1, map), MOV(BPF_REG_2, BPF_REG_10),                 \
		ADD_K(BPF_REG_2, -4), CALL(BPF_FUNC_map_lookup_elem),                              \
		SKIP_IF(BPF_REG_0, 0, (n) + 1), MOV(BPF_REG_6, BPF_REG_0)
enum { SPENT_INSNS = 8 };
/* The same if it is NET_RX, as the one argument of the tracepoints of SoftIRQs says. */
#define SPENT_OF_NET_RX(map, n)                                                                    \
	LOAD(BPF_REG_1, BPF_REG_1, 0), SKIP_UNLESS(BPF_REG_1, NET_RX, (n) + SPENT_INSNS),          \
		SPENT(map, n)
/* The end, which every program reaches with something in r0. */
#define RETURN_0 SET(BPF_REG_0, 0), END

static int load(const char *name, const struct bpf_insn *v, size_t n, struct err *e)
{
	const struct bpf_source s = { .type = BPF_PROG_TYPE_RAW_TRACEPOINT,
				      .name = name,
				      .what = "the eBPF program that times SoftIRQs",
				      .v = v,
				      .n = n };

	return bpf_load(&s, e);
}

static int load_entry(int map, struct err *e)
{
	const struct bpf_insn v[] = {
		SPENT_OF_NET_RX(map, 2),
		CALL(BPF_FUNC_ktime_get_ns),
		STORE(BPF_REG_6, offsetof(struct spent, since), BPF_REG_0),
		RETURN_0,
	};

	return load("nfrun_rx_entry", v, ARRAY_LEN(v), e);
}

static int load_exit(int map, struct err *e)
{
	const struct bpf_insn v[] = {
		SPENT_OF_NET_RX(map, 8),
		LOAD(BPF_REG_7, BPF_REG_6, offsetof(struct spent, since)),
		SKIP_IF(BPF_REG_7, 0, 6), /* it began before the watch */
		CALL(BPF_FUNC_ktime_get_ns),
		SUB(BPF_REG_0, BPF_REG_7),
		LOAD(BPF_REG_1, BPF_REG_6, offsetof(struct spent, total_ns)),
		ADD(BPF_REG_1, BPF_REG_0),
		STORE(BPF_REG_6, offsetof(struct spent, total_ns), BPF_REG_1),
		PUT(BPF_REG_6, offsetof(struct spent, since), 0),
		RETURN_0,
	};

	return load("nfrun_rx_exit", v, ARRAY_LEN(v), e);
}

/* NAPI threads receive packets too: those are not of the time that is measured. */
static int load_packet(int map, struct err *e)
{
	const struct bpf_insn v[] = {
		SPENT(map, 5),
		LOAD(BPF_REG_1, BPF_REG_6, offsetof(struct spent, since)),
		SKIP_IF(BPF_REG_1, 0, 3),
		LOAD(BPF_REG_1, BPF_REG_6, offsetof(struct spent, packets)),
		ADD_K(BPF_REG_1, 1),
		STORE(BPF_REG_6, offsetof(struct spent, packets), BPF_REG_1),
		RETURN_0,
	};

	return load("nfrun_rx_packet", v, ARRAY_LEN(v), e);
}

static const struct {
	const char *tracepoint;
	int (*load)(int map, struct err *e);
} programs[SOFTIRQ_PROGRAMS] = {
	{ "softirq_entry", load_entry },
	{ "softirq_exit", load_exit },
	{ "netif_receive_skb", load_packet },
};

static int make_map(struct err *e)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_PERCPU_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(struct spent),
		.max_entries = 1,
		.map_name = "nfrun_rx",
	};
	int fd = bpf_call(BPF_MAP_CREATE, &attr);

	return fd < 0 ? err_set(e, errno, "make an eBPF map") : fd;
}

static int attach(const char *tracepoint, int program, struct err *e)
{
	union bpf_attr attr = {
		.raw_tracepoint = { .name = bpf_address(tracepoint), .prog_fd = (uint32_t)program },
	};
	int fd = bpf_call(BPF_RAW_TRACEPOINT_OPEN, &attr);

	return fd < 0 ? err_set(e, errno, "watch tracepoint %s", tracepoint) : fd;
}

/* The kernel hands out a value for each CPU that there might ever be. */
static int count_cpus(unsigned *out, struct err *e)
{
	static const char file[] = "/sys/devices/system/cpu/possible";
	scoped_str char *text = NULL;
	struct cpulist l;
	size_t n;

	if (fs_read_at(AT_FDCWD, file, &text, &n, e) < 0)
		return -1;
	text[strcspn(text, "\n")] = '\0';
	if (!cpulist_parse(text, &l))
		return err_set(e, EINVAL, "%s: '%s'", file, text);
	*out = (unsigned)cpulist_count(&l);
	return 0;
}

int softirq_open(struct softirq *s, struct err *e)
{
	*s = (struct softirq)SOFTIRQ_NONE;
	if (count_cpus(&s->cpus, e) < 0)
		return -1;
	s->map = make_map(e);
	if (s->map < 0)
		return -1;
	for (int i = 0; i < SOFTIRQ_PROGRAMS; i++) {
		s->programs[i] = programs[i].load(s->map, e);
		if (s->programs[i] < 0)
			return -1;
		s->links[i] = attach(programs[i].tracepoint, s->programs[i], e);
		if (s->links[i] < 0)
			return -1;
	}
	return 0;
}

void softirq_close(struct softirq *s)
{
	for (int i = 0; i < SOFTIRQ_PROGRAMS; i++) {
		fd_drop(&s->links[i]);
		fd_drop(&s->programs[i]);
	}
	fd_drop(&s->map);
}

int softirq_read(const struct softirq *s, struct softirq_reading *out, struct err *e)
{
	struct spent *of_cpus = mem_alloc(s->cpus * sizeof *of_cpus);
	const uint32_t key = 0;
	union bpf_attr attr = {
		.map_fd = (uint32_t)s->map,
		.key = bpf_address(&key),
		.value = bpf_address(of_cpus),
	};
	int r = bpf_call(BPF_MAP_LOOKUP_ELEM, &attr);

	if (r < 0)
		err_set(e, errno, "read an eBPF map");
	*out = (struct softirq_reading){ 0 };
	for (unsigned i = 0; i < s->cpus && r == 0; i++) {
		out->net_rx_ns += of_cpus[i].total_ns;
		out->packets += of_cpus[i].packets;
	}
	free(of_cpus);
	return r;
}

double softirq_share(const struct softirq_reading *before, const struct softirq_reading *now,
		     uint64_t packets)
{
	uint64_t all = now->packets - before->packets;

	if (now->packets <= before->packets || now->net_rx_ns <= before->net_rx_ns)
		return 0;
	if (packets > all)
		packets = all;
	return (double)(now->net_rx_ns - before->net_rx_ns) * (double)packets / (double)all;
}
