/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spawn.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/sys.h"
#include "runtime/init.h"
#include "runtime/joiner.h"
#include "runtime/pump.h"
#include "runtime/rootfs.h"
#include "runtime/rootfs_oci.h"
#include "runtime/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdnoreturn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

enum { KILL_TIMEOUT_MS = 10000 };

static int write_map(pid_t pid, const char *file, const struct spec_idmaps *maps, struct err *e)
{
	scoped_str char *lines = str_dup("");
	char path[40];

	snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
	for (size_t i = 0; i < maps->n; i++) {
		const struct spec_idmap *m = &maps->v[i];
		char *more = str_printf("%s%u %u %u\n", lines, m->inside, m->outside, m->size);

		free(lines);
		lines = more;
	}
	return fs_write_at(AT_FDCWD, path, lines, e);
}

/* user_namespaces(7): one write each, from the parent namespace. */
static int map_ids(const struct container *c, struct err *e)
{
	const struct spec *s = c->spec;
	struct spec_idmap range = { 0, c->rec.id_base, c->rec.id_size };
	const struct spec_idmaps all = { &range, 1 };

	if (!(s->namespaces & CLONE_NEWUSER))
		return 0;
	if (write_map(c->rec.init.pid, "uid_map", s->uid_maps.n ? &s->uid_maps : &all, e) < 0)
		return -1;
	return write_map(c->rec.init.pid, "gid_map", s->gid_maps.n ? &s->gid_maps : &all, e);
}

/* What the child cannot open itself: it is root only in its own user namespace. */
static int hand_over_root(struct container *c, struct err *e)
{
	struct rootfs_sources sources = { .n = 0 };
	struct err remark = { 0 };
	scoped_fd int userns = -1;

	if (spec_has_ns(c->spec, CLONE_NEWUSER)) {
		char path[40];

		snprintf(path, sizeof path, "/proc/%d/ns/user", c->rec.init.pid);
		userns = fs_open_at(AT_FDCWD, path, O_RDONLY, 0, e);
		if (userns < 0)
			return -1;
	}
	int r = spec_has_bundle_root(c->spec)
			? rootfs_oci_sources_open(c->spec, userns, &sources, e)
			: rootfs_sources_open(c->spec, userns, &sources, e);
	/* It cannot know: its /proc may be that of a mount namespace that it has joined. */
	snprintf(remark.text, sizeof remark.text, "%d", c->rec.init.pid);
	if (r == 0)
		r = stage_send(c->stage, STAGE_MAPPED, &remark, sources.fds, sources.n, e);
	rootfs_sources_drop(&sources);
	return r;
}

static noreturn void start_child(struct container *c, int theirs, const int ends[PUMP_FDS])
{
	struct init in = {
		.c = c, .sock = theirs, .out = ends[0], .err = ends[1], .rootfs = ROOTFS_OCI_NONE
	};

	if (c->spec->oci)
		init_main_oci(&in);
	init_main(&in);
}

/* user_namespaces(7) and namespaces(7) have these two. */
static int clone_error(const struct container *c, int code, struct err *e)
{
	if (code == EPERM && (c->spec->namespaces & CLONE_NEWUSER))
		return err_set(
			e, code,
			"make a user namespace (there is none to be had in a chroot, and a host may "
			"forbid them)");
	if (code == ENOSPC)
		return err_set(e, code, "make namespaces (see the limits in /proc/sys/user/max_*)");
	return err_set(e, code, "clone into new namespaces");
}

/* No signal of ours may hit the child before it is ready for signals: it starts with all of them
 * blocked. */
static pid_t clone_init(struct container *c, int theirs, const int ends[PUMP_FDS], struct err *e)
{
	struct err none = { 0 };
	int cgroup = cgroup_clone_fd(c->cgroup, &none);
	/* Not the cgroup namespace: its root would be the caller's group, also with
	 * CLONE_INTO_CGROUP, as copy_cgroup_ns() looks at the parent. */
	struct clone_args args = { .flags = CLONE_PIDFD |
					    (c->spec->namespaces & ~(uint64_t)CLONE_NEWCGROUP),
				   .exit_signal = SIGCHLD,
				   .pidfd = (uintptr_t)&c->init_pidfd };
	sigset_t all, before;

	if (cgroup >= 0) {
		args.flags = args.flags | CLONE_INTO_CGROUP;
		args.cgroup = (unsigned)cgroup;
	}
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid_t pid = joiner_needed(c->spec) ? joiner_clone(c, &args, e) : sys_clone3(&args);
	if (pid == 0)
		start_child(c, theirs, ends);
	int code = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid == -1 ? clone_error(c, code, e) : pid;
}

/* PID 1 is this program, and writes down how the process ended. */
static bool has_own_init(const struct spec *s)
{
	return !s->oci || s->own_init;
}

static int spawn_with(struct container *c, const int ends[PUMP_FDS], struct err *e)
{
	scoped_fd int theirs = -1;

	fd_drop(&c->stage);
	if (stage_pair(&c->stage, &theirs, e) < 0)
		return -1;
	if (has_own_init(c->spec) && exit_page_map(c, e) < 0)
		return -1;
	if (c->page)
		*c->page = (struct exit_page){ 0 };
	if (cgroup_open_entries(c->cgroup, false, e) < 0)
		return -1;

	pid_t pid = clone_init(c, theirs, ends, e);
	if (pid < 0)
		return -1;
	fd_drop(&theirs); /* from here on EOF means: the child is gone */
	cgroup_settle(c->cgroup);
	if (proc_id_of(pid, &c->rec.init, e) < 0 || map_ids(c, e) < 0)
		return -1;
	return hand_over_root(c, e);
}

int spawn_init(struct container *c, struct err *e)
{
	int ends[PUMP_FDS] = { -1, -1 };

	fd_drop(&c->init_pidfd);
	if (c->pump && pump_container_ends(c->dir_fd, ends, e) < 0)
		return -1;
	int r = spawn_with(c, ends, e);
	fd_drop(&ends[0]);
	fd_drop(&ends[1]);
	return r;
}

/* A parent has to reap it; for everybody else the end is enough. */
static int await_end(int pidfd, struct err *e)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	siginfo_t info;
	int n;

	do
		n = poll(&p, 1, KILL_TIMEOUT_MS);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(e, errno, "wait for init");
	if (n == 0)
		return err_set(e, ETIMEDOUT, "wait for init to end after SIGKILL");
	(void)waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG); /* ECHILD: not our child */
	return 0;
}

int spawn_kill(struct container *c, struct err *e)
{
	struct err gone = { 0 };

	if (c->init_pidfd < 0)
		c->init_pidfd = proc_id_open(&c->rec.init, &gone);
	if (c->init_pidfd < 0) {
		c->rec.init = (struct proc_id){ 0 };
		return 0;
	}
	if (pidfd_send_signal(c->init_pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return err_set(e, errno, "kill init");
	if (await_end(c->init_pidfd, e) < 0)
		return -1;
	fd_drop(&c->init_pidfd);
	c->rec.init = (struct proc_id){ 0 };
	return 0;
}

int spawn_status(int pidfd, struct err *e)
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
