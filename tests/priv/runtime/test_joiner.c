/* SPDX-License-Identifier: Apache-2.0 */
/* What root of a joined namespace sees of a process of ours on its way in: CVE-2016-9962. */
#include "runtime/joiner.h"
#include "runtime/base/sys.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>

static struct err e;

enum { EXE, FDS, MEM, ROOT, TRACE, WAYS };
static const char *const ways[WAYS] = { "exe", "fd", "mem", "root", "ptrace" };

struct found {
	int code[WAYS]; /* errno; 0: it worked */
};

static int code_of(int result)
{
	return result < 0 ? errno : 0;
}

/* In there the process that came in is 2. */
static struct found look_at(pid_t pid)
{
	scoped_str char *exe = str_printf("/proc/%d/exe", pid);
	scoped_str char *fd0 = str_printf("/proc/%d/fd/0", pid);
	scoped_str char *mem = str_printf("/proc/%d/mem", pid);
	scoped_str char *root = str_printf("/proc/%d/root/etc", pid);
	struct found f;

	f.code[EXE] = code_of(open(exe, O_RDONLY | O_CLOEXEC));
	f.code[FDS] = code_of(open(fd0, O_PATH | O_CLOEXEC));
	f.code[MEM] = code_of(open(mem, O_RDWR | O_CLOEXEC));
	f.code[ROOT] = code_of(open(root, O_PATH | O_CLOEXEC));
	f.code[TRACE] = code_of((int)ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	return f;
}

/* PID 1 and root of the namespaces, with every capability there. */
static void native_main(int sock)
{
	char go;

	if (read(sock, &go, 1) != 1 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0 ||
	    mount("proc", "/proc", "proc", 0, NULL) < 0 || write(sock, "", 1) != 1)
		_exit(1);
	if (read(sock, &go, 1) != 1)
		_exit(2);

	struct found f = look_at(2);
	_exit(write(sock, &f, sizeof f) == (ssize_t)sizeof f ? 0 : 3);
}

static pid_t start_native(int *sock)
{
	struct clone_args args = { .flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS,
				   .exit_signal = SIGCHLD };
	int pair[2];
	char ready;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	pid_t pid = sys_clone3(&args);
	if (pid == 0)
		native_main(pair[1]);
	cr_assert_gt(pid, 0);
	close(pair[1]);

	/* the same uid inside and outside: that is not what keeps it out */
	scoped_str char *uids = str_printf("/proc/%d/uid_map", pid);
	scoped_str char *gids = str_printf("/proc/%d/gid_map", pid);
	write_text(uids, "0 0 65536\n");
	write_text(gids, "0 0 65536\n");
	cr_assert_eq(write(pair[0], "", 1), 1);
	cr_assert_eq(read(pair[0], &ready, 1), 1, "no namespaces to join");
	*sock = pair[0];
	return pid;
}

Test(joiner, nobody_in_a_joined_namespace_looks_into_what_joins)
{
	need_root();

	int sock = -1;
	pid_t native = start_native(&sock);
	scoped_str char *user = str_printf("/proc/%d/ns/user", native);
	scoped_str char *pids = str_printf("/proc/%d/ns/pid", native);
	struct spec_join joins[] = { { CLONE_NEWPID, pids }, { CLONE_NEWUSER, user } };
	struct spec s = { .joins = joins, .n_joins = 2 };
	struct container c = { .spec = &s, .init_pidfd = -1 };
	struct clone_args args = { .flags = CLONE_PIDFD,
				   .exit_signal = SIGCHLD,
				   .pidfd = (uintptr_t)&c.init_pidfd };
	struct found f = { 0 };

	pid_t pid = joiner_clone(&c, &args, &e);
	if (pid == 0)
		for (;;)
			pause();
	cr_assert_gt(pid, 0, "%s", e.text);
	cr_assert_eq(write(sock, "", 1), 1);
	cr_assert_eq(read(sock, &f, sizeof f), (ssize_t)sizeof f);
	for (int i = 0; i < WAYS; i++)
		cr_expect(f.code[i] == EACCES || f.code[i] == EPERM, "%s: %s", ways[i],
			  f.code[i] ? strerror(f.code[i]) : "it worked");
	kill(pid, SIGKILL);
	kill(native, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	close(sock);
}
