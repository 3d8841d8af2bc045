/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/runtime/seccomp_test.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <time.h>

TestSuite(seccomp, .init = seccomp_setup, .fini = seccomp_teardown, .timeout = 60);

/* A system call in a confined child: its errno, 0 for success; 1000 + signal when that ended it. */
static int call_under(const struct seccomp_program *p, const long a[7])
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_apply(p, &e) < 0)
			_exit(255);
		errno = 0;
		long rc = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
		if (a[0] == SYS_clone && rc == 0)
			_exit(0); /* the grandchild */
		/* Not _exit: the sanitizers' makes calls of its own before. */
		syscall(SYS_exit_group, rc < 0 ? errno : 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

struct row {
	const char *what;
	long call[7];
	int want; /* errno */
};

static void check_rows(const struct seccomp_program *p, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int got = call_under(p, rows[i].call);

		cr_expect_eq(got, rows[i].want, "%s: %d (%s)", rows[i].what, got, strerror(got));
	}
}

static const char here[] = "/";
static char clone_args[88]; /* clone3's, all zero */

Test(seccomp, default_allows_and_refuses)
{
	const struct row rows[] = {
		{ "getpid", { SYS_getpid }, 0 },
		{ "openat", { SYS_openat, AT_FDCWD, (long)here, O_RDONLY }, 0 },
		{ "socket netlink", { SYS_socket, AF_NETLINK, SOCK_RAW, 0 }, 0 },
		{ "socket unix", { SYS_socket, AF_UNIX, SOCK_STREAM, 0 }, 0 },
		{ "socket vsock", { SYS_socket, 40, SOCK_STREAM, 0 }, EPERM },
		{ "clone", { SYS_clone, SIGCHLD, 0, 0, 0, 0 }, 0 },
		{ "clone newuser", { SYS_clone, SIGCHLD | CLONE_NEWUSER, 0, 0, 0, 0 }, EPERM },
		{ "clone newnet", { SYS_clone, SIGCHLD | CLONE_NEWNET, 0, 0, 0, 0 }, EPERM },
		{ "clone3", { SYS_clone3, (long)clone_args, sizeof clone_args }, ENOSYS },
		{ "personality asked", { SYS_personality, 0xffffffff }, 0 },
		{ "personality no randomization", { SYS_personality, ADDR_NO_RANDOMIZE }, EPERM },
		{ "mount", { SYS_mount, 0, (long)here, 0, MS_REMOUNT, 0 }, EPERM },
		{ "umount2", { SYS_umount2, (long)here, MNT_DETACH }, EPERM },
		{ "open_tree", { 428, AT_FDCWD, (long)here, 0 }, EPERM },
		{ "unshare", { SYS_unshare, CLONE_NEWUSER }, EPERM },
		{ "setns", { SYS_setns, 0, 0 }, EPERM },
		{ "ptrace", { SYS_ptrace, PTRACE_TRACEME, 0, 0, 0 }, EPERM },
		{ "bpf", { SYS_bpf, 0, 0, 0 }, EPERM },
		{ "perf_event_open", { SYS_perf_event_open, 0, 0, -1, -1, 0 }, EPERM },
		{ "keyctl", { SYS_keyctl, 0, 0 }, EPERM },
		{ "add_key", { SYS_add_key, 0, 0, 0, 0, 0 }, EPERM },
		{ "userfaultfd", { SYS_userfaultfd, 0 }, EPERM },
		{ "io_uring_setup", { SYS_io_uring_setup, 1, 0 }, EPERM },
		{ "init_module", { SYS_init_module, 0, 0, 0 }, EPERM },
		{ "kexec_load", { SYS_kexec_load, 0, 0, 0, 0 }, EPERM },
		{ "reboot", { SYS_reboot, 0, 0, 0, 0 }, EPERM },
		{ "swapon", { SYS_swapon, 0, 0 }, EPERM },
		{ "chroot", { SYS_chroot, (long)here }, EPERM },
		{ "open_by_handle_at", { SYS_open_by_handle_at, -1, 0, 0 }, EPERM },
		{ "settimeofday", { SYS_settimeofday, 0, 0 }, EPERM },
		{ "the last known", { 450, 0, 0, 0, 0 }, EPERM },
		{ "the first unknown", { 451, 0, 0, 0, 0 }, ENOSYS },
		{ "number 900", { 900 }, ENOSYS },
	};
	struct seccomp_program p = prepare("default", 0);

	check_rows(&p, rows, ARRAY_LEN(rows));
	seccomp_drop(&p);
}

Test(seccomp, capabilities_widen_the_default)
{
	static const struct timespec zero[1];
	static const struct {
		caps_mask caps;
		struct row row;
	} rows[] = {
		{ BIT(CAP_SYS_ADMIN), { "mount", { SYS_mount, 0, 0, 0, 0, 0 }, EFAULT } },
		{ BIT(CAP_SYS_ADMIN), { "clone3", { SYS_clone3, 0, 0 }, EINVAL } },
		{ BIT(CAP_SYS_ADMIN), { "setns", { SYS_setns, -1, 0 }, EBADF } },
		{ BIT(CAP_SYS_ADMIN), { "keyctl", { SYS_keyctl, 0, 0 }, EPERM } },
		{ BIT(CAP_SYS_ADMIN), { "kexec_load", { SYS_kexec_load, 0, 0, 0, 0 }, EPERM } },
		{ BIT(CAP_SYS_PTRACE), { "ptrace", { SYS_ptrace, PTRACE_CONT, 0, 0, 0 }, ESRCH } },
		{ BIT(CAP_BPF), { "bpf", { SYS_bpf, 9999, 0, 0 }, EINVAL } },
		{ BIT(CAP_SYS_CHROOT), { "chroot", { SYS_chroot, 0 }, EFAULT } },
		{ BIT(CAP_DAC_READ_SEARCH),
		  { "open_by_handle_at", { SYS_open_by_handle_at, AT_FDCWD, 0, 0 }, EFAULT } },
		{ BIT(CAP_SYS_TIME),
		  { "clock_settime", { SYS_clock_settime, 99, (long)zero }, EINVAL } },
		{ BIT(CAP_SYS_MODULE), { "init_module", { SYS_init_module, 0, 0, 0 }, EPERM } },
		{ BIT(CAP_NET_ADMIN), { "mount", { SYS_mount, 0, 0, 0, 0, 0 }, EPERM } },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct seccomp_program p = prepare("default", rows[i].caps);

		check_rows(&p, &rows[i].row, 1);
		seccomp_drop(&p);
	}
}

#ifdef __x86_64__
static int call_i386(void)
{
	int rc;

	__asm__ volatile("int $0x80" : "=a"(rc) : "a"(20) : "memory"); /* getpid */
	return rc;
}

Test(seccomp, calls_by_i386_numbers_end_the_process)
{
	struct seccomp_program p = prepare("default", 0);
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (call_i386() < 0)
			_exit(77); /* a kernel without them */
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(seccomp_apply(&p, &e) < 0 ? 255 : call_i386());
	}
	waitpid(pid, &status, 0);
	seccomp_drop(&p);
	cr_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == 77, "exit %d", WEXITSTATUS(status));
	cr_expect(!WIFSIGNALED(status) || WTERMSIG(status) == SIGSYS);
}
#endif

Test(seccomp, unconfined_is_no_filter)
{
	struct seccomp_program p = prepare("unconfined", 0);

	cr_expect_eq(p.n, 0);
	cr_expect_eq(seccomp_apply(&p, &e), 0);
	seccomp_drop(&p);
}

static int without_privileges(void)
{
	struct seccomp_program p = { 0 };

	if (seccomp_prepare("default", 0, cache, &p, &e) < 0 ||
	    caps_set(&(struct caps_sets){ 0 }, &e) < 0)
		return 1;
	if (seccomp_apply(&p, &e) == 0 || e.code != EACCES)
		return 2;
	seccomp_drop(&p);
	return strcmp(e.text,
		      "load the system call filter: without SYS_ADMIN it takes no_new_privs") != 0;
}

Test(seccomp, missing_no_new_privs_is_told)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(without_privileges());
	waitpid(pid, &status, 0);
	cr_expect_eq(WEXITSTATUS(status), 0, "%d", WEXITSTATUS(status));
}

static struct seccomp_program prepare_profile(const char *json)
{
	scoped_str char *path = str_printf("%s/profile.json", dir);

	write_text(path, "%s", json);
	return prepare(path, BIT(CAP_SYS_CHROOT));
}

Test(seccomp, profile_with_conditions)
{
	const struct row rows[] = {
		{ "not named", { SYS_getpid }, 0 },
		{ "errno", { SYS_getppid }, E2BIG },
		{ "default errno of a rule", { SYS_getuid }, EPERM },
		{ "one argument", { SYS_dup, 77 }, EXDEV },
		{ "its alternative", { SYS_dup, 78 }, EXDEV },
		{ "neither", { SYS_dup, 79 }, EBADF },
		{ "both arguments", { SYS_dup2, 77, 5 }, EXDEV },
		{ "one of the two", { SYS_dup2, 77, 6 }, EBADF },
		{ "mask", { SYS_dup3, 0xf7, 9 }, EXDEV },
		{ "off the mask", { SYS_dup3, 0xf6, 9 }, EBADF },
		{ "capability held, excluded", { SYS_chroot, 0 }, EFAULT },
		{ "capability held, included", { SYS_chdir, 0 }, EDOM },
		{ "of a newer kernel", { SYS_fchdir, -1 }, EBADF },
		{ "of another machine", { SYS_rmdir, 0 }, EFAULT },
	};
	struct seccomp_program p = prepare_profile(
		"{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
		"{ \"names\": [\"getppid\", \"no_such_call\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 7 },"
		"{ \"names\": [\"getuid\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": null },"
		"{ \"names\": [\"dup\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 18, \"args\": ["
		"  { \"index\": 0, \"value\": 77, \"op\": \"SCMP_CMP_EQ\" },"
		"  { \"index\": 0, \"value\": 78, \"op\": \"SCMP_CMP_EQ\" } ] },"
		"{ \"names\": [\"dup2\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 18, \"args\": ["
		"  { \"index\": 0, \"value\": 77, \"op\": \"SCMP_CMP_EQ\" },"
		"  { \"index\": 1, \"value\": 6, \"op\": \"SCMP_CMP_LT\" } ] },"
		"{ \"names\": [\"dup3\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 18, \"args\": ["
		"  { \"index\": 0, \"value\": 15, \"valueTwo\": 7, \"op\": \"SCMP_CMP_MASKED_EQ\" } ] },"
		"{ \"names\": [\"chroot\"], \"action\": \"SCMP_ACT_ERRNO\", \"excludes\": { \"caps\": [\"CAP_SYS_CHROOT\"] } },"
		"{ \"names\": [\"chdir\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 33, \"includes\": { \"caps\": [\"CAP_SYS_CHROOT\"] } },"
		"{ \"names\": [\"fchdir\"], \"action\": \"SCMP_ACT_ERRNO\", \"includes\": { \"minKernel\": \"99.0\" } },"
		"{ \"names\": [\"rmdir\"], \"action\": \"SCMP_ACT_ERRNO\", \"includes\": { \"arches\": [\"s390x\"] } }"
		"] }");

	check_rows(&p, rows, ARRAY_LEN(rows));
	seccomp_drop(&p);
}

#define WITH_DEFAULT(action)                                                                        \
	"{ \"defaultAction\": \"" action "\", \"flags\": [\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"],"     \
	"  \"archMap\": [{ \"architecture\": \"SCMP_ARCH_X86_64\", \"subArchitectures\": "          \
	"                [\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"] }],"                                \
	"  \"syscalls\": [{ \"action\": \"SCMP_ACT_ALLOW\", \"names\": [\"read\", \"exit_group\", " \
	"    \"seccomp\", \"openat2\"] }] }"

/* A profile older than a call must not tell a C library EPERM for it: it would not fall back. */
Test(seccomp, profile_with_a_refusing_default)
{
	const struct row errno_rows[] = {
		{ "allowed", { SYS_read, -1, 0, 0 }, EBADF },
		{ "refused", { SYS_getuid }, EPERM },
		{ "the last named", { SYS_openat2, -1, 0, 0, 0 }, EINVAL },
		{ "beyond it", { SYS_openat2 + 1 }, ENOSYS },
	};
	const struct row kill_rows[] = {
		{ "allowed", { SYS_read, -1, 0, 0 }, EBADF },
		{ "refused", { SYS_getuid }, 1000 + SIGSYS },
		{ "beyond the last", { SYS_openat2 + 1 }, 1000 + SIGSYS },
	};
	struct seccomp_program p = prepare_profile(WITH_DEFAULT("SCMP_ACT_ERRNO"));
	struct seccomp_program k = prepare_profile(WITH_DEFAULT("SCMP_ACT_KILL_PROCESS"));

	cr_expect_eq(p.flags, 4);
	check_rows(&p, errno_rows, ARRAY_LEN(errno_rows));
	check_rows(&k, kill_rows, ARRAY_LEN(kill_rows));
	seccomp_drop(&p);
	seccomp_drop(&k);
}

Test(seccomp, bad_profiles_are_told)
{
	static const struct {
		const char *json, *error;
	} rows[] = {
		{ "{", "/p:1:1: string or '}' expected near end of file" },
		{ "{ \"defaultAction\": \"SCMP_ACT_KIL\" }",
		  "/p: /defaultAction: 'SCMP_ACT_KIL' is none of " },
		{ "{ \"syscalls\": [{}] }", "(and 1 more)" },
	};
	scoped_str char *path = str_printf("%s/p", dir);
	struct seccomp_program p;

	cr_expect_eq(seccomp_prepare(path, 0, cache, &p, &e), -1);
	cr_expect_eq(e.code, ENOENT);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		write_text(path, "%s", rows[i].json);
		cr_expect_eq(seccomp_prepare(path, 0, cache, &p, &e), -1);
		cr_expect(strncmp(e.text, "seccomp profile: ", 17) == 0);
		cr_expect_not_null(strstr(e.text, rows[i].error), "%s", e.text);
	}
}
