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
		[PROFILE_NOTIFY] = SCMP_ACT_NOTIFY,
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

static int add_rules(scmp_filter_ctx ctx, const struct seccomp_profile *p, caps_mask caps,
		     struct err *e)
{
	uint32_t otherwise = action_code(p->default_action, p->default_errno);

	for (size_t i = 0; i < p->n_rules; i++) {
		const struct profile_rule *r = &p->rules[i];

		if (!applies(r, caps) || action_code(r->action, r->errno_ret) == otherwise)
			continue;
		for (size_t n = 0; n < r->names.n; n++) {
			int call = seccomp_syscall_resolve_name(r->names.v[n]);
			int rc = call == __NR_SCMP_ERROR ? 0 : add_call(ctx, r, call);

			if (rc < 0 && rc != -EEXIST) /* said before */
				return err_set(e, -rc, "add the rule for %s", r->names.v[n]);
		}
	}
	return 0;
}

/* Of all that is named, although it may be refused: the profile knows it. */
static uint32_t last_named(const struct seccomp_profile *p, uint32_t arch)
{
	int last = 0;

	for (size_t i = 0; i < p->n_rules; i++) {
		const struct strs *names = &p->rules[i].names;

		for (size_t n = 0; n < names->n; n++) {
			int call = seccomp_syscall_resolve_name_arch(arch, names->v[n]);

			if (call > last) /* what an architecture does not have is negative */
				last = call;
		}
	}
	return (uint32_t)last;
}

/* A name as profiles have it to libseccomp's number; 0: it knows none such. */
static uint32_t arch_number(const char *name)
{
	char bare[32] = "";

	if (strncmp(name, "SCMP_ARCH_", 10) != 0)
		return 0;
	for (size_t i = 0; name[10 + i] && i + 1 < sizeof bare; i++) {
		bool upper = name[10 + i] >= 'A' && name[10 + i] <= 'Z';
		bare[i] = (char)(name[10 + i] + (upper ? 'a' - 'A' : 0));
	}
	return seccomp_arch_resolve_name(bare);
}

void seccomp_supported_archs(struct strs *out)
{
	for (const char *const *name = seccomp_known_archs(); *name; name++)
		if (arch_number(*name) != 0)
			strs_add(out, *name);
}

/* Those of the names that this machine's kernel can run besides its own. What no call comes from
 * needs no rules. */
static int add_arches(scmp_filter_ctx ctx, const struct strs *names, struct err *e)
{
	static const struct {
		uint32_t arch, host;
	} compat[] = {
		{ SCMP_ARCH_X86, SCMP_ARCH_X86_64 },
		{ SCMP_ARCH_X32, SCMP_ARCH_X86_64 },
		{ SCMP_ARCH_ARM, SCMP_ARCH_AARCH64 },
	};

	for (size_t i = 0; i < names->n; i++) {
		uint32_t arch = arch_number(names->v[i]);

		for (size_t c = 0; c < ARRAY_LEN(compat); c++) {
			if (compat[c].arch != arch || compat[c].host != seccomp_arch_native())
				continue;
			int rc = seccomp_arch_add(ctx, arch);
			if (rc < 0 && rc != -EEXIST)
				return err_set(e, -rc, "add %s", names->v[i]);
		}
	}
	return 0;
}

static int add_arch_map(scmp_filter_ctx ctx, const struct seccomp_profile *p, struct err *e)
{
	for (size_t i = 0; i < p->n_arch_map; i++)
		if (arch_number(p->arch_map[i].name) == seccomp_arch_native() &&
		    add_arches(ctx, &p->arch_map[i].sub, e) < 0)
			return -1;
	return add_arches(ctx, &p->architectures, e);
}

/* The architectures that are in CTX by now, and how far P goes there. */
static size_t known_calls(scmp_filter_ctx ctx, const struct seccomp_profile *p,
			  struct seccomp_last *out)
{
	static const uint32_t archs[] = { SCMP_ARCH_X86, SCMP_ARCH_X32, SCMP_ARCH_ARM };
	size_t n = 0;

	if (p->default_action != PROFILE_ERRNO)
		return 0;
	out[n++] = (struct seccomp_last){
		seccomp_arch_native(),
		p->last_known ? p->last_known : last_named(p, seccomp_arch_native()),
	};
	for (size_t i = 0; i < ARRAY_LEN(archs); i++)
		if (seccomp_arch_exist(ctx, archs[i]) == 0 && archs[i] != seccomp_arch_native())
			out[n++] = (struct seccomp_last){ archs[i], last_named(p, archs[i]) };
	return n;
}

static int export(scmp_filter_ctx ctx, const struct seccomp_profile *p, struct seccomp_program *out,
		  struct err *e)
{
	scoped_fd int fd = memfd_create("seccomp", MFD_CLOEXEC);
	struct seccomp_last last[SECCOMP_ARCHS_MAX];
	struct stat st;

	if (fd < 0)
		return err_set(e, errno, "make a file for the filter");
	int rc = seccomp_export_bpf(ctx, fd);
	if (rc < 0)
		return err_set(e, -rc, "translate the filter");
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "look at the filter");

	size_t size = (size_t)st.st_size;
	struct sock_filter *bpf = mem_alloc(SECCOMP_HEAD_MAX * sizeof *bpf + size);
	size_t n = seccomp_head(last, known_calls(ctx, p, last), bpf);

	out->bpf = bpf;
	out->n = n + size / sizeof *bpf;
	if (pread(fd, bpf + n, size, 0) != st.st_size)
		return err_set(e, EIO, "read the filter");
	if (out->n > BPF_MAXINSNS)
		return err_set(e, 0, "the filter has %zu instructions, the kernel takes %d", out->n,
			       BPF_MAXINSNS);
	return 0;
}

/* Not TSYNC: there is one thread, and where there are two the other has to stay free. WAIT_KILL is
 * EINVAL without a listener. */
static unsigned filter_flags(const struct seccomp_profile *p)
{
	unsigned flags = 0;

	if (strs_has(&p->flags, "SECCOMP_FILTER_FLAG_LOG"))
		flags |= SECCOMP_FILTER_FLAG_LOG;
	if (strs_has(&p->flags, "SECCOMP_FILTER_FLAG_SPEC_ALLOW"))
		flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	if (seccomp_profile_notifies(p))
		flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	if (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER &&
	    strs_has(&p->flags, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"))
		flags |= SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	return flags;
}

/* Some ten comparisons instead of up to some hundreds. libseccomp 2.5 makes nonsense of a tree
 * without rules. */
static bool wants_tree(const struct seccomp_profile *p)
{
	size_t names = 0;

	for (size_t i = 0; i < p->n_rules; i++)
		names += p->rules[i].names.n;
	return names > 32;
}

/* What is called by the numbers of another architecture would get past the rules: never let it go
 * on. */
static int set_up(scmp_filter_ctx ctx, const struct seccomp_profile *p, struct err *e)
{
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (rc == 0 && wants_tree(p))
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return rc < 0 ? err_set(e, -rc, "set up a filter") : 0;
}

int seccomp_build(const struct seccomp_profile *p, caps_mask caps, struct seccomp_program *out,
		  struct err *e)
{
	scoped(context_drop) scmp_filter_ctx ctx =
		seccomp_init(action_code(p->default_action, p->default_errno));

	*out = (struct seccomp_program){ .flags = filter_flags(p) };
	/* libseccomp looks what the kernel can do: seccomp_api_get(3) */
	if (seccomp_profile_notifies(p) && seccomp_api_get() < 5)
		return err_set(e, 0, "SCMP_ACT_NOTIFY: it takes Linux 5.0 and libseccomp 2.5");
	if (!ctx)
		return err_set(e, 0, "make a filter");
	if (set_up(ctx, p, e) < 0 || add_arch_map(ctx, p, e) < 0 || add_rules(ctx, p, caps, e) < 0)
		return -1;
	if (export(ctx, p, out, e) < 0) {
		seccomp_drop(out);
		return -1;
	}
	return 0;
}
