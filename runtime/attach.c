/* SPDX-License-Identifier: Apache-2.0 */
/* nfrun (the parent) forks a helper that enters the container's cgroup and namespaces and clones
 * the process from there, as nfrun's own child; the helper is gone before the process execs. */
#include "runtime/attach.h"
#include "cgroups/cgroup.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/sys.h"
#include "runtime/console.h"
#include "runtime/process.h"
#include "runtime/stage.h"
#include "runtime/users.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct entry { /* what the helper and the process need of the parent */
	const struct attach *a;
	struct cgroup *cgroup;
	int init; /* pidfd of the container's init */
	int sock; /* stage socket */
};

static void cgroup_drop(struct cgroup **c)
{
	cgroup_free(*c);
	*c = NULL;
}

static noreturn void fail(const struct entry *in, int code, const struct err *e)
{
	struct err ignored;

	(void)stage_send(in->sock, STAGE_FAILED, e, NULL, 0, &ignored); /* EOF will do */
	_exit(code);
}

/* --- in the process --- */

static int announce(const struct entry *in, struct err *e)
{
	scoped_fd int self = pidfd_open(getpid(), 0);

	if (self < 0)
		return err_set(e, errno, "open a pidfd");
	return stage_send(in->sock, STAGE_JOINED, NULL, &self, 1, e);
}

/* The host's root is nobody in there until it changes over. Each change of ids makes a process as
 * dumpable as fs.suid_dumpable says: proc(5). */
static int become_root(const struct entry *in, struct err *e)
{
	if (in->a->rec->id_size > 0 &&
	    (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
		return err_set(e, errno, "become root of the user namespace");
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(e, errno, "hide from ptrace");
	return process_leave_keyring(e);
}

/* Programs open their terminal anew by its path, so it belongs to whom they run as. */
static int own_terminal(const struct spec_process *p, struct err *e)
{
	struct user u = { 0 };
	scoped_fd int root = fs_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, e);

	if (root < 0)
		return -1;
	int r = users_find(root, p->user, &u, e);
	if (r == 0 && fchown(STDIN_FILENO, u.uid, (gid_t)-1) < 0)
		r = err_set(e, errno, "give the terminal to user %u", u.uid);
	user_drop(&u);
	return r;
}

static int make_terminal(const struct entry *in, struct err *e)
{
	scoped_fd int master = -1;

	if (console_open(&master, e) < 0 || console_attach(master, e) < 0 ||
	    own_terminal(in->a->process, e) < 0)
		return -1;
	return stage_send(in->sock, STAGE_CONSOLE, NULL, &master, 1, e);
}

/* A session of its own in any case: with the caller's terminal as controlling terminal, a process
 * could type into it (TIOCSTI, ioctl_tty(2)), and ^C would reach it twice. */
static noreturn void process_main(const struct entry *in)
{
	struct err e = { 0 };

	if (announce(in, &e) < 0)
		fail(in, 1, &e);
	(void)setsid(); /* fails for a group leader only: a fresh process is none */
	if (become_root(in, &e) < 0 || (in->a->terminal && make_terminal(in, &e) < 0))
		fail(in, 1, &e);
	(void)process_become(in->a->process, in->a->seccomp, &e);
	fail(in, process_exit_code(&e), &e);
}

/* --- in the helper --- */

/* setns(2) with a pidfd takes them all in one step, Linux 5.8. One's own user namespace is the only
 * one that cannot be entered again. */
static int enter_namespaces(const struct entry *in, struct err *e)
{
	int wanted = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC |
		     CLONE_NEWCGROUP;

	if (in->a->rec->id_size > 0)
		wanted |= CLONE_NEWUSER;
	if (access("/proc/self/ns/time", F_OK) == 0)
		wanted |= CLONE_NEWTIME;
	if (setns(in->init, wanted) == 0)
		return 0;
	if (errno == ESRCH) /* it has ended just now */
		return err_tell(e, ESRCH, "container not running");
	return err_set(e, errno, "enter the namespaces");
}

static int helper_enter(const struct entry *in, struct err *e)
{
	const int keep[] = { in->init, in->sock };

	if (cgroup_enter(in->cgroup, e) < 0 || process_close_all_but(keep, ARRAY_LEN(keep), e) < 0)
		return -1;
	/* From here on root of the container may see us: it is to find nothing. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(e, errno, "hide from ptrace");
	return enter_namespaces(in, e);
}

/* CLONE_PARENT: the parent waits for it, as for a child of its own, and the helper need not stay.
 */
static noreturn void helper_main(const struct entry *in)
{
	struct clone_args args = { .flags = CLONE_PARENT };
	struct err e = { 0 };

	if (helper_enter(in, &e) < 0)
		fail(in, 1, &e);

	pid_t pid = sys_clone3(&args);
	if (pid == 0)
		process_main(in);
	if (pid < 0 && errno == EAGAIN)
		err_tell(&e, EAGAIN, "fork: the limit of processes is reached");
	else if (pid < 0)
		err_set(&e, errno, "fork inside");
	if (pid < 0)
		fail(in, 1, &e);
	_exit(0);
}

/* --- in the parent --- */

static int status_of(int pidfd, struct err *e)
{
	siginfo_t info;
	int r;

	do
		r = waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_set(e, errno, "wait for the process");
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

/* From its first word to exec. */
static int await_exec(const struct entry *in, int sock, int *pidfd, int *master, struct err *e)
{
	size_t n = 1;

	if (stage_await(sock, STAGE_JOINED, pidfd, &n, -1, e) < 0)
		return -1;
	n = 1;
	if (in->a->terminal && stage_await(sock, STAGE_CONSOLE, master, &n, -1, e) < 0)
		return -1;
	return stage_await_exec(sock, e);
}

/* Into the v2 group at birth: a process that exists already waits there for an RCU grace period, 11
 * ms on the reference machine. The v1 groups it enters itself. */
static pid_t clone_helper(struct entry *in)
{
	struct err none = { 0 };
	int group = cgroup_clone_fd(in->cgroup, &none);
	struct clone_args args = { .exit_signal = SIGCHLD };

	if (group >= 0) {
		args.flags = CLONE_INTO_CGROUP;
		args.cgroup = (unsigned)group;
	}
	return sys_clone3(&args);
}

static int start(struct entry *in, int *pidfd, int *master, struct err *e)
{
	scoped_fd int ours = -1, theirs = -1;

	if (stage_pair(&ours, &theirs, e) < 0)
		return -1;
	in->sock = theirs;

	pid_t helper = clone_helper(in);
	if (helper < 0)
		return err_set(e, errno, "fork");
	if (helper == 0)
		helper_main(in);
	fd_drop(&theirs); /* else EOF never comes */

	int r = await_exec(in, ours, pidfd, master, e);
	while (waitpid(helper, NULL, 0) < 0 && errno == EINTR)
		continue;
	return r;
}

static int run(struct entry *in, int *status, struct err *e)
{
	scoped_fd int pidfd = -1, master = -1;
	struct err ignored;

	if (start(in, &pidfd, &master, e) < 0) {
		if (pidfd >= 0)
			*status = status_of(pidfd, &ignored);
		return -1;
	}
	if (console_relay(master, pidfd, e) < 0)
		return -1;
	*status = status_of(pidfd, e);
	return *status < 0 ? -1 : 0;
}

int attach_run(const struct attach *a, int *status, struct err *e)
{
	scoped(cgroup_drop) struct cgroup *cgroup = NULL;
	scoped_fd int init = proc_id_open(&a->rec->init, e);
	sigset_t taken, before;

	*status = 1;
	if (init < 0)
		return err_tell(e, ESRCH, "container not running");
	if (cgroup_from_paths(&a->rec->cgroup, &cgroup, e) < 0 ||
	    cgroup_open_entries(cgroup, false, e) < 0)
		return -1;

	console_signals(&taken);
	sigprocmask(SIG_BLOCK, &taken, &before); /* process_become unblocks them there */
	struct entry in = { .a = a, .cgroup = cgroup, .init = init };
	int r = run(&in, status, e);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}
