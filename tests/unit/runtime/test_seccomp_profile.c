/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile says and what the kernel then does, word by word. */
#include "runtime/seccomp_policy.h"
#include "tests/unit/runtime/seccomp_test.h"

#include <pthread.h>
#include <signal.h>

TestSuite(seccomp_profile, .init = seccomp_setup, .fini = seccomp_teardown, .timeout = 60);

#define NAMES(...)                                                                                 \
	{                                                                                          \
		(char *[]){ __VA_ARGS__ }, sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)      \
	}

static struct seccomp_program build(const struct seccomp_profile *p)
{
	struct seccomp_program out = { 0 };

	cr_assert_eq(seccomp_prepare_profile(p, cache, &out, &e), 0, "%s: %s", e.text,
		     strerror(e.code));
	return out;
}

/* No library between: the sanitizers' _exit makes calls of its own, and so they do before any call
 * that does not return. */
__attribute__((noipa)) static void leave(int code)
{
	syscall(SYS_exit_group, code);
	__builtin_trap(); /* refused */
}

static const struct seccomp_program *program;
static long call[7];

static long do_call(void)
{
	errno = 0;
	long rc = syscall(call[0], call[1], call[2], call[3], call[4], call[5], call[6]);

	return rc < 0 ? errno : 0;
}

/* In a thread of its own: what ends it tells the thread from the process. */
static void *confined_thread(void *result)
{
	if (seccomp_apply(program, &e) < 0)
		leave(99);
	*(long *)result = do_call();
	syscall(SYS_exit, 0);
	return NULL;
}

enum { THREAD_ENDED = 90, TRAPPED = 91 };

static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	(void)context;
	leave(sig == SIGSYS && info->si_code == 1 /* SYS_SECCOMP */ ? TRAPPED : 98);
}

/* Errno, 0 for success; one of the above; 1000 + signal. */
static int call_under(const struct seccomp_program *p)
{
	int status = 0;
	pid_t pid = fork();

	program = p;
	if (pid == 0) {
		const struct sigaction trap = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };
		long result = THREAD_ENDED;
		pthread_t thread;

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		sigaction(SIGSYS, &trap, NULL);
		pthread_create(&thread, NULL, confined_thread, &result);
		pthread_join(thread, NULL);
		leave((int)result);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int call_with(const struct seccomp_profile *profile, long nr, long arg)
{
	struct seccomp_program p = build(profile);
	const long wanted[7] = { nr, arg };

	memcpy(call, wanted, sizeof call);
	int result = call_under(&p);
	seccomp_drop(&p);
	return result;
}

static const struct {
	int action;
	int result;
} actions[] = {
	{ PROFILE_KILL, THREAD_ENDED },
	{ PROFILE_KILL_THREAD, THREAD_ENDED },
	{ PROFILE_KILL_PROCESS, 1000 + SIGSYS },
	{ PROFILE_TRAP, TRAPPED },
	{ PROFILE_ERRNO, EXDEV },
	{ PROFILE_TRACE, ENOSYS }, /* without a tracer: seccomp(2) */
	{ PROFILE_LOG, 0 },
	{ PROFILE_ALLOW, 0 },
};

Test(seccomp_profile, every_action_of_a_rule)
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		struct profile_rule rules[] = { {
			.names = NAMES("getppid", "no_such_call"),
			.action = actions[i].action,
			.errno_ret = EXDEV,
		} };
		const struct seccomp_profile p = { .default_action = PROFILE_ALLOW,
						   .rules = rules,
						   .n_rules = 1 };
		int got = call_with(&p, SYS_getppid, 0);

		cr_expect_eq(got, actions[i].result, "%s: %d",
			     seccomp_known_actions()[actions[i].action], got);
		cr_expect_eq(call_with(&p, SYS_getpid, 0), 0);
	}
}

Test(seccomp_profile, every_action_as_default)
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		struct profile_rule rules[] = { {
			.names = NAMES("exit", "exit_group", "madvise", "rt_sigprocmask", "munmap",
				       "futex", "rseq", "set_robust_list", "openat2"),
			.action = PROFILE_ALLOW,
		} };
		const struct seccomp_profile p = { .default_action = actions[i].action,
						   .default_errno = EXDEV,
						   .rules = rules,
						   .n_rules = 1 };
		int got = call_with(&p, SYS_getppid, 0);

		cr_expect_eq(got, actions[i].result, "%s: %d",
			     seccomp_known_actions()[actions[i].action], got);
	}
}

/* On all 64 bits of an argument. */
Test(seccomp_profile, every_operator)
{
	const long high = 0x100000000;
	const struct {
		int op;
		uint64_t value, two;
		long arg;
		bool matches;
	} rows[] = {
		{ PROFILE_NE, 100, 0, 100, false },
		{ PROFILE_NE, 100, 0, 101, true },
		{ PROFILE_LT, 100, 0, 99, true },
		{ PROFILE_LT, 100, 0, 100, false },
		{ PROFILE_LT, 100, 0, high, false },
		{ PROFILE_LE, 100, 0, 100, true },
		{ PROFILE_LE, 100, 0, 101, false },
		{ PROFILE_EQ, 100, 0, 100, true },
		{ PROFILE_EQ, 100, 0, high + 100, false },
		{ PROFILE_EQ, (uint64_t)high + 100, 0, high + 100, true },
		{ PROFILE_GE, 100, 0, 100, true },
		{ PROFILE_GE, 100, 0, 99, false },
		{ PROFILE_GE, (uint64_t)high, 0, 99, false },
		{ PROFILE_GT, 100, 0, 101, true },
		{ PROFILE_GT, 100, 0, 100, false },
		{ PROFILE_GT, 100, 0, -1, true }, /* unsigned */
		{ PROFILE_MASKED_EQ, 0xf0, 0x50, 0x357, true },
		{ PROFILE_MASKED_EQ, 0xf0, 0x50, 0x367, false },
		{ PROFILE_MASKED_EQ, UINT64_MAX, UINT64_MAX, -1, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct profile_arg args[] = {
			{ .op = rows[i].op, .value = rows[i].value, .value_two = rows[i].two }
		};
		struct profile_rule rules[] = { { .names = NAMES("getpgid"),
						  .action = PROFILE_ERRNO,
						  .errno_ret = EXDEV,
						  .args = args,
						  .n_args = 1 } };
		const struct seccomp_profile p = { .default_action = PROFILE_ALLOW,
						   .rules = rules,
						   .n_rules = 1 };
		int got = call_with(&p, SYS_getpgid, rows[i].arg);

		cr_expect_eq(got == EXDEV, rows[i].matches, "row %zu, %s: %d", i,
			     seccomp_known_operators()[rows[i].op], got);
	}
}

#ifdef __x86_64__
static int call_i386(int nr)
{
	int rc;

	__asm__ volatile("int $0x80" : "=a"(rc) : "a"(nr) : "memory");
	return -rc;
}

/* The errno of call NR by the way of the given ABI. */
static int refused_as(const struct seccomp_program *p, bool i386, int nr)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (i386 && call_i386(20 /* getpid */) > 0)
			leave(77); /* a kernel without them */
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (seccomp_apply(p, &e) < 0)
			leave(99);
		leave(i386 ? call_i386(nr) : syscall(nr) < 0 ? errno : 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

Test(seccomp_profile, newer_calls_are_not_there_on_any_architecture)
{
	enum { X32 = 0x40000000, LAST = SYS_openat2, GETUID_I386 = 24 };
	static const struct {
		bool i386;
		int nr, want;
	} rows[] = {
		{ false, SYS_getuid, EACCES },       { false, LAST + 1, ENOSYS },
		{ true, GETUID_I386, EACCES },       { true, LAST + 1, ENOSYS },
		{ false, X32 | SYS_getuid, EACCES }, { false, X32 | 1000, ENOSYS },
	};
	struct profile_rule rules[] = { { .names = NAMES("exit_group", "openat2"),
					  .action = PROFILE_ALLOW } };
	const struct seccomp_profile p = { .default_action = PROFILE_ERRNO,
					   .default_errno = EACCES,
					   .architectures =
						   NAMES("SCMP_ARCH_X86_64", "SCMP_ARCH_X86",
							 "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64"),
					   .rules = rules,
					   .n_rules = 1 };
	struct seccomp_program bpf = build(&p);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int got = refused_as(&bpf, rows[i].i386, rows[i].nr);

		cr_expect(got == rows[i].want || got == 77, "row %zu: %d", i, got);
	}
	seccomp_drop(&bpf);
}
#endif

/* Who names nothing knows nothing, but has not asked for ENOSYS either. */
Test(seccomp_profile, without_rules_the_default_is_for_all)
{
	const struct seccomp_profile p = { .default_action = PROFILE_ERRNO,
					   .default_errno = EXDEV };
	struct seccomp_program bpf = build(&p);
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (seccomp_apply(&bpf, &e) < 0)
			leave(99);
		while (syscall(SYS_getppid) >= 0 || errno != EXDEV)
			continue; /* until the test's time is over */
		leave(0);
	}
	waitpid(pid, &status, 0);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGILL, "status 0x%x", status);
	seccomp_drop(&bpf);
}

Test(seccomp_profile, flags)
{
	const struct seccomp_profile plain = {
		.default_action = PROFILE_ALLOW,
		.flags = NAMES("SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
			       "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
			       "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")
	};
	struct profile_rule rules[] = { { .names = NAMES("getppid"), .action = PROFILE_NOTIFY } };
	const struct seccomp_profile notify = {
		.default_action = PROFILE_ALLOW, .flags = plain.flags, .rules = rules, .n_rules = 1
	};
	struct seccomp_program a = build(&plain), b = build(&notify);

	cr_expect_eq(a.flags, 2 | 4, "%u", a.flags);
	cr_expect_eq(b.flags, 2 | 4 | 8 | 32, "%u", b.flags);
	cr_expect(!seccomp_notifies(&a) && seccomp_notifies(&b));
	const long getpid_[7] = { SYS_getpid };
	memcpy(call, getpid_, sizeof call);
	cr_expect_eq(call_under(&a), 0, "the kernel takes them");
	seccomp_drop(&a);
	seccomp_drop(&b);
}

Test(seccomp_profile, what_is_supported_is_known)
{
	scoped_strs struct strs flags = { 0 }, archs = { 0 };

	seccomp_supported_flags(&flags);
	seccomp_supported_archs(&archs);
	cr_expect(strs_has(&flags, "SECCOMP_FILTER_FLAG_TSYNC"));
	cr_expect(strs_has(&flags, "SECCOMP_FILTER_FLAG_LOG"));
	cr_expect(strs_has(&archs, "SCMP_ARCH_X86_64") && strs_has(&archs, "SCMP_ARCH_RISCV64"));
	cr_expect_not(strs_has(&archs, "SCMP_ARCH_Z80"));
}

/* Two profiles of one hash: the second does not get the first one's program. */
Test(seccomp_profile, cache_compares_what_it_keeps)
{
	const struct seccomp_key a = { 7, "allow" }, b = { 7, "refuse" };
	const struct seccomp_profile allow = { .default_action = PROFILE_ALLOW };
	struct seccomp_program p = build(&allow), q = { 0 };
	scoped_fd int fd = seccomp_cache_open(cache);

	cr_assert_geq(fd, 0);
	seccomp_cache_write(fd, a, &p);
	cr_expect_not(seccomp_cache_read(fd, b, &q));
	cr_assert(seccomp_cache_read(fd, a, &q));
	cr_expect_eq(q.n, p.n);
	seccomp_drop(&p);
	seccomp_drop(&q);
}

Test(seccomp_profile, each_part_shapes_the_key)
{
	struct profile_arg arg[] = { { 0, PROFILE_EQ, 1, 0 }, { 0, PROFILE_EQ, 2, 0 } };
	struct profile_rule rules[] = {
		{ .names = NAMES("a"), .action = PROFILE_ALLOW },
		{ .names = NAMES("a"), .action = PROFILE_ERRNO, .errno_ret = 1 },
		{ .names = NAMES("a"), .action = PROFILE_ERRNO, .errno_ret = 2 },
		{ .names = NAMES("a"), .action = PROFILE_ALLOW, .args = &arg[0], .n_args = 1 },
		{ .names = NAMES("a"), .action = PROFILE_ALLOW, .args = &arg[1], .n_args = 1 },
		{ .names = NAMES("a\n1 b"), .action = PROFILE_ALLOW },
		{ .names = NAMES("a", "b"), .action = PROFILE_ALLOW },
	};
	scoped_strs struct strs all = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		const struct seccomp_profile p = { .rules = &rules[i], .n_rules = 1 };
		scoped_str char *text = seccomp_profile_text(&p);

		cr_expect_not(strs_has(&all, text), "row %zu", i);
		strs_add(&all, text);
	}
}
