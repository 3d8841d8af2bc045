/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/bpf_devices.h"
#include "cgroups/devices.h"
#include "runtime/base/bpf.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"

#include <errno.h>

/* --- the program --- */

/* What the registers hold. R4 keeps, of what is asked for, that which no rule has decided yet. */
enum {
	RESULT = BPF_REG_0,
	CTX = BPF_REG_1,
	TYPE = BPF_REG_2,
	SPARE = BPF_REG_3,
	ASKED = BPF_REG_4,
	MAJOR = BPF_REG_5,
	MINOR = BPF_REG_6
};

enum {
	OP_MOVE = BPF_ALU64 | BPF_MOV,
	OP_AND = BPF_ALU64 | BPF_AND,
	OP_JNE = BPF_JMP | BPF_JNE,
	OP_JEQ = BPF_JMP | BPF_JEQ,
	OP_RIGHT = BPF_ALU64 | BPF_RSH,
	TESTS_MAX = 4
};

static void emit(struct bpf_program *p, struct bpf_insn insn)
{
	p->v = mem_grow(p->v, p->n + 1, sizeof *p->v);
	p->v[p->n++] = insn;
}

static void emit_imm(struct bpf_program *p, int op, unsigned int dst, int32_t imm)
{
	emit(p,
	     (struct bpf_insn){ .code = (uint8_t)(op | BPF_K), .dst_reg = dst & 15, .imm = imm });
}

static void emit_move(struct bpf_program *p, unsigned int dst, unsigned int src)
{
	emit(p, (struct bpf_insn){
			.code = OP_MOVE | BPF_X, .dst_reg = dst & 15, .src_reg = src & 15 });
}

static void emit_load(struct bpf_program *p, unsigned int dst, size_t offset)
{
	emit(p, (struct bpf_insn){ .code = BPF_LDX | BPF_W | BPF_MEM,
				   .dst_reg = dst & 15,
				   .src_reg = CTX,
				   .off = (int16_t)offset });
}

static void emit_return(struct bpf_program *p, int32_t result)
{
	emit_imm(p, OP_MOVE, RESULT, result);
	emit(p, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

/* The jumps of a rule that does not apply, to where the next begins. */
struct tests {
	size_t at[TESTS_MAX], n;
};

static void emit_test(struct bpf_program *p, struct tests *t, int op, unsigned int reg, int32_t imm)
{
	t->at[t->n++] = p->n;
	emit_imm(p, op, reg, imm);
}

/* False: the rule decides everything that reaches it, so nothing may follow it; the kernel refuses
 * instructions that are never reached. */
static bool emit_rule(struct bpf_program *p, const struct limits_device *rule)
{
	int32_t access = device_access(rule);
	struct tests t = { 0 };

	if (rule->type != 'a')
		emit_test(p, &t, OP_JNE, TYPE,
			  rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (rule->major >= 0)
		emit_test(p, &t, OP_JNE, MAJOR, (int32_t)rule->major);
	if (rule->minor >= 0)
		emit_test(p, &t, OP_JNE, MINOR, (int32_t)rule->minor);
	if (access != DEVICE_ALL && rule->allow) {
		emit_imm(p, OP_AND, ASKED, DEVICE_ALL & ~access);
		emit_test(p, &t, OP_JNE, ASKED, 0);
	} else if (access != DEVICE_ALL) {
		emit_move(p, SPARE, ASKED);
		emit_imm(p, OP_AND, SPARE, access);
		emit_test(p, &t, OP_JEQ, SPARE, 0);
	}
	emit_return(p, rule->allow);
	for (size_t i = 0; i < t.n; i++)
		p->v[t.at[i]].off = (int16_t)(p->n - t.at[i] - 1);
	return t.n > 0;
}

/* The context's access_type is (what is asked for << 16 | type); see struct bpf_cgroup_dev_ctx. */
void bpf_devices_build(const struct limits_device *rules, size_t n, struct bpf_program *out)
{
	*out = (struct bpf_program){ 0 };
	emit_load(out, TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit_move(out, ASKED, TYPE);
	emit_imm(out, OP_AND, TYPE, 0xffff);
	emit_imm(out, OP_RIGHT, ASKED, 16);
	emit_load(out, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(out, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	while (n-- > 0)
		if (!emit_rule(out, &rules[n]))
			return;
	emit_return(out, 0);
}

void bpf_program_drop(struct bpf_program *p)
{
	free(p->v);
	*p = (struct bpf_program){ 0 };
}

/* --- the kernel --- */

enum { ATTACHED_MAX = 64 }; /* the kernel's BPF_CGROUP_MAX_PROGS */

static int attached(int group, uint32_t ids[ATTACHED_MAX], uint32_t *n, struct err *e)
{
	union bpf_attr attr = { .query = {
					.target_fd = (uint32_t)group,
					.attach_type = BPF_CGROUP_DEVICE,
					.prog_ids = bpf_address(ids),
					.prog_cnt = ATTACHED_MAX,
				} };

	if (bpf_call(BPF_PROG_QUERY, &attr) < 0)
		return err_set(e, errno, "list the eBPF device filters of the group");
	*n = attr.query.prog_cnt;
	return 0;
}

static int attach(int group, int program, int instead_of)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)group,
		.attach_bpf_fd = (uint32_t)program,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI | (instead_of < 0 ? 0 : BPF_F_REPLACE),
		.replace_bpf_fd = instead_of < 0 ? 0 : (uint32_t)instead_of,
	};

	return bpf_call(BPF_PROG_ATTACH, &attr);
}

static int detach(int group, uint32_t id)
{
	scoped_fd int program = bpf_program_open(id);
	union bpf_attr attr = {
		.target_fd = (uint32_t)group,
		.attach_bpf_fd = (uint32_t)program,
		.attach_type = BPF_CGROUP_DEVICE,
	};

	return program < 0 ? -1 : bpf_call(BPF_PROG_DETACH, &attr);
}

/* One filter is exchanged in one step. Of several all would have to agree, so ours joins them
 * before they go: no moment is without. */
static int exchange(int group, int program, struct err *e)
{
	uint32_t ids[ATTACHED_MAX] = { 0 }, n = 0;

	if (attached(group, ids, &n, e) < 0)
		return -1;

	scoped_fd int old = n == 1 ? bpf_program_open(ids[0]) : -1;
	if (old >= 0 && attach(group, program, old) == 0) /* BPF_F_REPLACE: Linux 5.6 */
		return 0;
	if (attach(group, program, -1) < 0)
		return err_set(e, errno, "attach the eBPF device filter");
	for (uint32_t i = 0; i < n; i++)
		if (detach(group, ids[i]) < 0)
			return err_set(e, errno, "detach the group's old eBPF device filter");
	return 0;
}

int bpf_devices_attach(int group, const struct limits_device *rules, size_t n, struct err *e)
{
	scoped(bpf_program_drop) struct bpf_program p = { 0 };

	bpf_devices_build(rules, n, &p);

	const struct bpf_source source = { .type = BPF_PROG_TYPE_CGROUP_DEVICE,
					   .name = "nfrun_devices",
					   .what = "the eBPF device filter",
					   .v = p.v,
					   .n = p.n };
	scoped_fd int program = bpf_load(&source, e);
	return program < 0 ? -1 : exchange(group, program, e);
}
