/* SPDX-License-Identifier: Apache-2.0 */
/* nfrun (the parent) forks a helper that enters the container's cgroup and namespaces and clones
 * the process from there, as nfrun's own child; the helper is gone before the process execs. */
#include "runtime/attach.h"
#include "runtime/attach_parts.h"
#include "cgroups/cgroup.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/sys.h"
#include "runtime/console.h"
#include "runtime/fd_socket.h"
#include "runtime/oci_parts.h"
#include "runtime/process.h"
#include "runtime/spawn.h"
#include "runtime/stage.h"
#include "runtime/state.h"
#include "runtime/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct entry { /* what the helper and the process need of the parent */
	const struct attach *a;
	struct cgroup *cgroup;
	int init;       /* pidfd of the container's init */
	int sock;       /* stage socket */
	int wanted;     /* namespaces to enter: CLONE_NEW* */
	bool userns;    /* one of them is a user namespace */
	pid_t host_pid; /* of the process, once it is there */
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

/* Its remark is what the host calls this process. */
static int await_parent(struct entry *in, struct err *e)
{
	if (!attach_is_helped(in->a))
		return 0;
	if (stage_await(in->sock, STAGE_START, NULL, NULL, -1, e) < 0)
		return -1;
	in->host_pid = (pid_t)strtol(e->text, NULL, 10);
	return 0;
}

/* The host's root is nobody in there until it changes over. Each change of ids makes a process as
 * dumpable as fs.suid_dumpable says: proc(5). */
static int become_root(const struct entry *in, struct err *e)
{
	if (in->userns &&
	    (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
		return err_set(e, errno, "become root of the user namespace");
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(e, errno, "hide from ptrace");
	/* An OCI container's processes share the keyring of its init, which cannot be joined by
	 * name here: each has its own, as runc has it. */
	return process_leave_keyring(e);
}

static int make_terminal(const struct entry *in, struct err *e)
{
	scoped_fd int master = -1;

	if (console_open(&master, e) < 0 ||
	    console_size(master, in->a->process->console_rows, in->a->process->console_columns, e) <
		    0 ||
	    console_attach(master, e) < 0 || stdio_own_terminal(in->a->process, e) < 0)
		return -1;
	return stage_send(in->sock, STAGE_CONSOLE, NULL, &master, 1, e);
}

/* config-linux.md, "The Container Process State": the pid is the agent's to understand. */
static char *agent_state(const struct entry *in)
{
	const struct spec *s = in->a->container;
	const struct oci_state state = { .id = in->a->rec->id,
					 .status = "running",
					 .pid = in->a->rec->init.pid,
					 .bundle = in->a->rec->bundle,
					 .annotations = s->annotations,
					 .n_annotations = s->n_annotations };

	return state_agent_json(&state, in->host_pid, in->a->agent_metadata);
}

static void launch(const struct entry *in, struct err *e)
{
	scoped_str char *state = in->a->agent < 0 ? NULL : agent_state(in);
	scoped_str char *program = NULL;

	/* OCI callers match its texts. */
	if (in->a->container && process_find_program(in->a->process, &program, e) < 0)
		return;
	const struct process_launch l = { .process = in->a->process,
					  .container = in->a->container,
					  .filter = in->a->seccomp,
					  .program = program,
					  .agent = in->a->agent,
					  .agent_state = state,
					  .ask_scheduler = attach_schedules_late(in->a),
					  .sock = in->sock };

	(void)process_launch(&l, e);
}

/* A session of its own in any case: with the caller's terminal as controlling terminal, a process
 * could type into it (TIOCSTI, ioctl_tty(2)), and ^C would reach it twice. */
static noreturn void process_main(struct entry *in)
{
	struct err e = { 0 };

	if (announce(in, &e) < 0)
		fail(in, 1, &e);
	(void)setsid(); /* fails for a group leader only: a fresh process is none */
	if (await_parent(in, &e) < 0)
		fail(in, 1, &e);
	if (become_root(in, &e) < 0 || (in->a->terminal && make_terminal(in, &e) < 0))
		fail(in, 1, &e);
	if (in->a->container && !in->a->terminal && stdio_own_pipes(in->a->process, &e) < 0)
		fail(in, 1, &e);
	launch(in, &e);
	fail(in, process_exit_code(&e), &e);
}

/* --- in the helper --- */

/* setns(2) with a pidfd takes them all in one step, Linux 5.8. */
static int enter_namespaces(const struct entry *in, struct err *e)
{
	if (in->wanted == 0 || setns(in->init, in->wanted) == 0)
		return 0;
	if (errno == ESRCH) /* it has ended just now */
		return err_tell(e, ESRCH, "container not running");
	return err_set(e, errno, "enter the namespaces");
}

static int helper_enter(const struct entry *in, struct err *e)
{
	const int keep[] = { in->init, in->sock, in->a->agent };
	unsigned first = in->a->first_fd > 3 ? in->a->first_fd : 3;

	if (cgroup_enter(in->cgroup, e) < 0 ||
	    process_close_from(first, keep, ARRAY_LEN(keep), e) < 0)
		return -1;
	/* From here on root of the container may see us: it is to find nothing. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(e, errno, "hide from ptrace");
	return enter_namespaces(in, e);
}

/* CLONE_PARENT: the parent waits for it, as for a child of its own, and the helper need not stay.
 */
static noreturn void helper_main(struct entry *in)
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

static int help(const struct entry *in, int sock, int pidfd, struct err *e)
{
	struct err remark = { 0 };
	pid_t pid = proc_pid_of(pidfd, e);

	if (pid < 0 || attach_set_outside(in->a, pid, e) < 0)
		return -1;
	snprintf(remark.text, sizeof remark.text, "%d", pid);
	return stage_send(sock, STAGE_START, &remark, NULL, 0, e);
}

static int take_terminal(const struct entry *in, int sock, int *master, struct err *e)
{
	size_t n = 1;

	if (stage_await(sock, STAGE_CONSOLE, master, &n, -1, e) < 0)
		return -1;
	if (in->a->console_socket < 0)
		return 0;
	int r = fd_socket_send(in->a->console_socket, *master, e);
	fd_drop(master);
	return r;
}

/* From its first word to exec. */
static int await_exec(const struct entry *in, int sock, int *pidfd, int *master, struct err *e)
{
	size_t n = 1;

	if (stage_await(sock, STAGE_JOINED, pidfd, &n, -1, e) < 0)
		return -1;
	if (attach_is_helped(in->a) && help(in, sock, *pidfd, e) < 0)
		return -1;
	if (in->a->terminal && take_terminal(in, sock, master, e) < 0)
		return -1;
	return attach_schedule(in->a, sock, *pidfd, e) < 0 ? -1 : stage_await_exec(sock, e);
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
	pid_t pid = sys_clone3(&args);
	if (pid >= 0 || errno != EBUSY || group < 0 || in->a->subgroup)
		return pid;
	group = cgroup_clone_fd_of(in->cgroup, in->a->rec->init.pid, &none);
	if (group < 0) {
		errno = EBUSY;
		return -1;
	}
	args.cgroup = (unsigned)group;
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

static int tell_caller(const struct entry *in, int pidfd, struct err *e)
{
	const struct attach *a = in->a;

	if (a->pidfd_socket >= 0 && fd_socket_send(a->pidfd_socket, pidfd, e) < 0)
		return err_wrap(e, "--pidfd-socket");
	if (!a->pid_file)
		return 0;

	pid_t pid = proc_pid_of(pidfd, e);
	return pid < 0 ? -1 : pid_file_write(a->pid_file, pid, e);
}

enum { FAILED_EXIT_MS = 2000 };

/* What has failed ends by itself, with the exit code that says why; what does not is killed. */
static int end_of(int pidfd, int timeout_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	struct err ignored = { 0 };

	if (poll(&p, 1, timeout_ms) <= 0)
		(void)pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	return spawn_status(pidfd, &ignored);
}

static int run(struct entry *in, int *status, struct err *e)
{
	scoped_fd int pidfd = -1, master = -1;

	if (start(in, &pidfd, &master, e) < 0) {
		if (pidfd >= 0)
			*status = end_of(pidfd, FAILED_EXIT_MS);
		return -1;
	}
	if (tell_caller(in, pidfd, e) < 0) { /* it runs, for nobody */
		(void)end_of(pidfd, 0);
		return -1;
	}
	if (in->a->detach) {
		*status = 0;
		return 0;
	}
	if (console_relay(master, pidfd, e) < 0)
		return -1;
	*status = spawn_status(pidfd, e);
	return *status < 0 ? -1 : 0;
}

static int open_group(const struct attach *a, struct cgroup **out, struct err *e)
{
	scoped(cgroup_drop) struct cgroup *whole = NULL;

	if (cgroup_from_paths(&a->rec->cgroup, &whole, e) < 0)
		return -1;
	if (a->subgroup)
		return cgroup_subgroup(whole, a->subgroup, out, e);
	*out = whole;
	whole = NULL;
	return 0;
}

int attach_run(const struct attach *a, int *status, struct err *e)
{
	scoped(cgroup_drop) struct cgroup *cgroup = NULL;
	scoped_fd int init = proc_id_open(&a->rec->init, e);
	sigset_t taken, before;

	*status = 1;
	if (init < 0)
		return err_tell(e, ESRCH, "container not running");
	if (open_group(a, &cgroup, e) < 0 || cgroup_open_entries(cgroup, false, e) < 0)
		return -1;
	/* runtime-spec, execCPUAffinity: the initial one before the group is entered. */
	if (process_affinity(0, a->process->affinity_initial, e) < 0)
		return -1;

	struct entry in = { .a = a, .cgroup = cgroup, .init = init };
	if (attach_namespaces(a->rec->init.pid, &in.wanted, e) < 0)
		return -1;
	/* By number; that it still lives shows that they were its own. */
	if (!proc_id_alive(&a->rec->init))
		return err_tell(e, ESRCH, "container not running");
	in.userns = in.wanted & CLONE_NEWUSER;
	console_signals(&taken);
	sigprocmask(SIG_BLOCK, &taken, &before); /* process_become unblocks them there */
	int r = run(&in, status, e);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}
