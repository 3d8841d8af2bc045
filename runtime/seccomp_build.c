/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/hash.h"
#include "runtime/base/scope.h"
#include "runtime/seccomp_policy.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>

static void context_drop(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
	*ctx = NULL;
}

uint64_t seccomp_builder_hash(void)
{
	const struct scmp_version *v = seccomp_version();
	uint32_t what[] = { v->major, v->minor, v->micro, seccomp_arch_native() };

	return hash_bytes(hash_text(0, NFRUN_VERSION), what, sizeof what);
}

static uint32_t action_code(int action, uint32_t errno_ret)
{
	static const uint32_t codes[] = {
		[PROFILE_KILL] = SCMP_ACT_KILL_THREAD,
		[PROFILE_KILL_THREAD] = SCMP_ACT_KILL_THREAD,
		[PROFILE_KILL_PROCESS] = SCMP_ACT_KILL_PROCESS,
		[PROFILE_TRAP] = SCMP_ACT_TRAP,
		[PROFILE_ERRNO] = SCMP_ACT_ERRNO(0),
		[PROFILE_TRACE] = SCMP_ACT_TRACE(0),
		[PROFILE_LOG] = SCMP_ACT_LOG,
		[PROFILE_ALLOW] = SCMP_ACT_ALLOW,
	};
	bool carries = action == PROFILE_ERRNO || action == PROFILE_TRACE;

	return codes[action] | (carries ? errno_ret & 0xffff : 0);
}

static const char *native_go_name(void)
{
	switch (seccomp_arch_native()) {
	case SCMP_ARCH_X86_64:
		return "amd64";
	case SCMP_ARCH_AARCH64:
		return "arm64";
	default:
		return "";
	}
}

static bool kernel_is_at_least(const char *wanted)
{
	struct utsname uts;

	return uname(&uts) == 0 && strverscmp(uts.release, wanted) >= 0;
}

static size_t caps_held(const struct strs *names, caps_mask caps)
{
	size_t held = 0;

	for (size_t i = 0; i < names->n; i++) {
		int number = caps_number(names->v[i]);

		held += number >= 0 && (caps >> number & 1);
	}
	return held;
}

/* Docker's meaning: each of the includes has to hold, none of the excludes may. */
static bool applies(const struct profile_rule *r, caps_mask caps)
{
	const struct profile_when *in = &r->includes, *out = &r->excludes;

	if (caps_held(&in->caps, caps) < in->caps.n || caps_held(&out->caps, caps) > 0)
		return false;
	if (in->arches.n > 0 && !strs_has(&in->arches, native_go_name()))
		return false;
	if (strs_has(&out->arches, native_go_name()))
		return false;
	if (in->min_kernel && !kernel_is_at_least(in->min_kernel))
		return false;
	return !(out->min_kernel && kernel_is_at_least(out->min_kernel));
}

uint64_t seccomp_table_hash(const struct seccomp_profile *p, caps_mask caps)
{
	uint64_t h = seccomp_builder_hash();

	h = hash_bytes(h, &p->default_errno, sizeof p->default_errno);
	h = hash_bytes(h, &p->default_action, sizeof p->default_action);
	h = hash_bytes(h, &p->last_known, sizeof p->last_known);
	for (size_t i = 0; i < p->n_rules; i++) {
		const struct profile_rule *r = &p->rules[i];

		if (!applies(r, caps))
			continue;
		for (size_t n = 0; n < r->names.n; n++)
			h = hash_text(h, r->names.v[n]);
		h = hash_bytes(h, &r->action, sizeof r->action);
		h = hash_bytes(h, &r->errno_ret, sizeof r->errno_ret);
		h = hash_bytes(h, r->args, r->n_args * sizeof *r->args);
	}
	return h;
}

static struct scmp_arg_cmp comparison(const struct profile_arg *a)
{
	static const enum scmp_compare ops[] = {
		[PROFILE_NE] = SCMP_CMP_NE,
		[PROFILE_LT] = SCMP_CMP_LT,
		[PROFILE_LE] = SCMP_CMP_LE,
		[PROFILE_EQ] = SCMP_CMP_EQ,
		[PROFILE_GE] = SCMP_CMP_GE,
		[PROFILE_GT] = SCMP_CMP_GT,
		[PROFILE_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
	};

	return (struct scmp_arg_cmp){ a->index, ops[a->op], a->value, a->value_two };
}

static bool tests_one_twice(const struct profile_rule *r)
{
	unsigned seen = 0;

	for (size_t i = 0; i < r->n_args; i++) {
		if (seen >> r->args[i].index & 1)
			return true;
		seen |= 1u << r->args[i].index;
	}
	return false;
}

/* One call of one rule. libseccomp takes an argument once a rule; what Docker, runc and crun make
 * of several for the same one is alternatives. */
static int add_call(scmp_filter_ctx ctx, const struct profile_rule *r, int call)
{
	struct scmp_arg_cmp args[6];
	uint32_t action = action_code(r->action, r->errno_ret);
	int rc = 0;

	if (!tests_one_twice(r)) {
		for (size_t i = 0; i < r->n_args; i++)
			args[i] = comparison(&r->args[i]);
		return seccomp_rule_add_array(ctx, action, call, (unsigned)r->n_args, args);
	}
	for (size_t i = 0; i < r->n_args && rc == 0; i++) {
		args[0] = comparison(&r->args[i]);
		rc = seccomp_rule_add_array(ctx, action, call, 1, args);
	}
	return rc;
}

/* LAST becomes the highest native number. */
static int add_rules(scmp_filter_ctx ctx, const struct seccomp_profile *p, caps_mask caps,
		     uint32_t *last, struct err *e)
{
	uint32_t otherwise = action_code(p->default_action, p->default_errno);

	for (size_t i = 0; i < p->n_rules; i++) {
		const struct profile_rule *r = &p->rules[i];

		for (size_t n = 0; n < r->names.n; n++) {
			int call = seccomp_syscall_resolve_name(r->names.v[n]);

			/* Named although refused: the profile knows it. */
			if (call > 0 && (uint32_t)call > *last)
				*last = (uint32_t)call;
			if (call == __NR_SCMP_ERROR || !applies(r, caps) ||
			    action_code(r->action, r->errno_ret) == otherwise)
				continue;

			int rc = add_call(ctx, r, call);
			if (rc < 0 && rc != -EEXIST) /* said before */
				return err_set(e, -rc, "add the rule for %s", r->names.v[n]);
		}
	}
	return 0;
}

/* Those of the names that this machine's kernel can run besides its own. */
static int add_arches(scmp_filter_ctx ctx, const struct strs *names, struct err *e)
{
	static const struct {
		const char *name;
		uint32_t arch, host;
	} compat[] = {
		{ "SCMP_ARCH_X86", SCMP_ARCH_X86, SCMP_ARCH_X86_64 },
		{ "SCMP_ARCH_X32", SCMP_ARCH_X32, SCMP_ARCH_X86_64 },
		{ "SCMP_ARCH_ARM", SCMP_ARCH_ARM, SCMP_ARCH_AARCH64 },
	};

	for (size_t i = 0; i < ARRAY_LEN(compat); i++) {
		if (compat[i].host != seccomp_arch_native() || !strs_has(names, compat[i].name))
			continue;
		int rc = seccomp_arch_add(ctx, compat[i].arch);
		if (rc < 0 && rc != -EEXIST)
			return err_set(e, -rc, "add %s", compat[i].name);
	}
	return 0;
}

static int add_arch_map(scmp_filter_ctx ctx, const struct seccomp_profile *p, struct err *e)
{
	const char *native = seccomp_arch_native() == SCMP_ARCH_X86_64 ? "SCMP_ARCH_X86_64"
								       : "SCMP_ARCH_AARCH64";

	for (size_t i = 0; i < p->n_arch_map; i++)
		if (p->arch_map[i].name && strcmp(p->arch_map[i].name, native) == 0 &&
		    add_arches(ctx, &p->arch_map[i].sub, e) < 0)
			return -1;
	return add_arches(ctx, &p->architectures, e);
}

enum { HEAD_MAX = 6 };

/* In front of libseccomp's program, which knows no ranges of numbers. Its jumps are relative, so it
 * does not mind. Numbers from 0x40000000 on are x32's, if anything. */
static size_t unknown_calls(uint32_t last, struct sock_filter *out)
{
	const struct sock_filter head[HEAD_MAX] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	memcpy(out, head, sizeof head);
	return HEAD_MAX;
}

static int export(scmp_filter_ctx ctx, bool has_head, uint32_t last, struct seccomp_program *out,
		  struct err *e)
{
	scoped_fd int fd = memfd_create("seccomp", MFD_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_set(e, errno, "make a file for the filter");
	int rc = seccomp_export_bpf(ctx, fd);
	if (rc < 0)
		return err_set(e, -rc, "translate the filter");
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "look at the filter");

	size_t size = (size_t)st.st_size;
	struct sock_filter *bpf = mem_alloc(HEAD_MAX * sizeof *bpf + size);
	size_t n = has_head ? unknown_calls(last, bpf) : 0;

	out->bpf = bpf;
	out->n = n + size / sizeof *bpf;
	if (pread(fd, bpf + n, size, 0) != st.st_size)
		return err_set(e, EIO, "read the filter");
	if (out->n > BPF_MAXINSNS)
		return err_set(e, 0, "the filter has %zu instructions, the kernel takes %d", out->n,
			       BPF_MAXINSNS);
	return 0;
}

static unsigned filter_flags(const struct strs *names)
{
	unsigned flags = 0;

	if (strs_has(names, "SECCOMP_FILTER_FLAG_LOG"))
		flags |= SECCOMP_FILTER_FLAG_LOG;
	if (strs_has(names, "SECCOMP_FILTER_FLAG_SPEC_ALLOW"))
		flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	return flags; /* TSYNC: there is one thread */
}

int seccomp_build(const struct seccomp_profile *p, caps_mask caps, struct seccomp_program *out,
		  struct err *e)
{
	uint32_t otherwise = action_code(p->default_action, p->default_errno), last = 0;
	scoped(context_drop) scmp_filter_ctx ctx = seccomp_init(otherwise);

	*out = (struct seccomp_program){ .flags = filter_flags(&p->flags) };
	if (!ctx)
		return err_set(e, 0, "make a filter");
	/* A binary tree: some ten comparisons instead of up to some hundreds. What is called by the
	 * numbers of another architecture would get past the rules: never let it go on. */
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (rc < 0)
		return err_set(e, -rc, "set up a filter");
	if (add_arch_map(ctx, p, e) < 0 || add_rules(ctx, p, caps, &last, e) < 0)
		return -1;
	if (p->last_known)
		last = p->last_known;
	if (export(ctx, otherwise == SCMP_ACT_ERRNO(EPERM), last, out, e) < 0) {
		seccomp_drop(out);
		return -1;
	}
	return 0;
}
