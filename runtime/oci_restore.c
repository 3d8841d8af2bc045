/* SPDX-License-Identifier: Apache-2.0 */
/* An OCI container out of the images of a checkpoint. */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/console.h"
#include "runtime/fd_socket.h"
#include "runtime/life.h"
#include "runtime/oci_checkpoint.h"
#include "runtime/oci_parts.h"
#include "runtime/oci_state.h"
#include "runtime/rdt.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* --- the stand-in --- */

/* It has what the first process is to find: its network namespace, with all links in it before a
 * connection goes on, and its place in the control groups. */
static const char *join_of(const struct spec *s, int type)
{
	for (size_t i = 0; i < s->n_joins; i++)
		if (s->joins[i].type == type)
			return s->joins[i].path;
	return NULL;
}

static int stand_in(struct container *c, struct err *e)
{
	const char *path = join_of(c->spec, CLONE_NEWNET);

	if (cgroup_enter(c->cgroup, e) < 0)
		return -1;
	if (path) {
		scoped_fd int ns = fs_open_at(AT_FDCWD, path, O_RDONLY, 0, e);

		if (ns < 0)
			return -1;
		return setns(ns, CLONE_NEWNET) < 0 ? err_set(e, errno, "join %s", path) : 0;
	}
	if (!(c->spec->namespaces & CLONE_NEWNET))
		return 0;
	return unshare(CLONE_NEWNET) < 0 ? err_set(e, errno, "make network namespace") : 0;
}

static noreturn void stand_in_main(struct container *c, int report, pid_t parent)
{
	struct err e = { 0 };
	int r = -1;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
		r = stand_in(c, &e);
	(void)!write(report, &e, r < 0 ? sizeof e : 1); /* nobody else to tell */
	for (;;)
		pause();
}

/* c->rec.init is it, until the restored process takes its place. */
static int start_stand_in(struct container *c, struct err *e)
{
	struct err why = { 0 };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, errno, "make pipe");
	scoped_fd int reader = ends[0];
	scoped_fd int writer = ends[1];

	if (cgroup_open_entries(c->cgroup, true, e) < 0)
		return -1;
	pid_t parent = getpid(), pid = fork();
	if (pid < 0)
		return err_set(e, errno, "fork");
	if (pid == 0)
		stand_in_main(c, writer, parent);
	fd_drop(&writer);

	ssize_t n = read(reader, &why, sizeof why);
	if (n == 1 && proc_id_of(pid, &c->rec.init, e) == 0)
		return 0;
	kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	if (n == (ssize_t)sizeof why)
		*e = why;
	return n == 1 || n == (ssize_t)sizeof why ? -1 : err_set(e, EPROTO, "hear from stand-in");
}

static void end_stand_in(pid_t pid)
{
	kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* --- what CRIU finds --- */

static bool is_below_another(const struct spec *s, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		const char *above = s->mounts[k].target;
		size_t n = strlen(above);

		if (n > 1 && strncmp(s->mounts[i].target, above, n) == 0 &&
		    s->mounts[i].target[n] == '/')
			return true;
	}
	return false;
}

static int make_point(int root, const struct spec_mount *m, struct err *e)
{
	struct stat st;
	bool is_file = m->type && strcmp(m->type, "bind") == 0 && stat(m->source, &st) == 0 &&
		       !S_ISDIR(st.st_mode);
	scoped_str char *dir = str_dup(m->target);

	if (is_file)
		*strrchr(dir, '/') = '\0';
	scoped_fd int made = fs_mkdirs_in_root(root, *dir ? dir : "/", 0755, e);
	if (made < 0 || !is_file)
		return made < 0 ? -1 : 0;
	scoped_fd int file =
		fs_open_in_root(root, m->target, O_RDONLY | O_CREAT | O_NONBLOCK, 0644, e);
	return file < 0 ? -1 : 0;
}

/* Where the root was never used for a container: CRIU makes no mount points. What lies on another
 * mount comes with that one. */
static int make_points(const struct spec *s, const char *rootfs, struct err *e)
{
	scoped_fd int root = fs_open_at(AT_FDCWD, rootfs, O_PATH | O_DIRECTORY, 0, e);

	for (size_t i = 0; root >= 0 && i < s->n_mounts; i++)
		if (!is_below_another(s, i) && make_point(root, &s->mounts[i], e) < 0)
			return err_wrap(e, "mount point %s", s->mounts[i].target);
	return root < 0 ? -1 : 0;
}

/* "4:cpu,cpuacct:/a/b" and "0::/a/b" of proc_pid_cgroup(5). */
static int add_groups(pid_t pid, struct criu_job *j, struct err *e)
{
	scoped_str char *path = str_printf("/proc/%d/cgroup", pid), *text = NULL;
	char *rest = NULL;

	if (fs_read_at(AT_FDCWD, path, &text, NULL, e) < 0)
		return -1;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *names = strchr(line, ':');
		char *at = names ? strchr(names + 1, ':') : NULL;

		if (!at)
			continue;
		*at = '\0';
		criu_add_pair(&j->groups, &j->n_groups, names + 1, at + 1);
	}
	return 0;
}

/* The caller's stdin, stdout and stderr stand for those that were the old caller's. */
static int add_descriptors(struct criu_job *j, struct err *e)
{
	scoped_str char *text = NULL;
	const char *at;

	if (fs_read_at(j->images, CHECKPOINT_FDS, &text, NULL, e) < 0)
		return err_wrap(e, "images");
	at = text;
	for (int fd = 0; fd < 3 && (at = strchr(at, '"')); fd++) {
		size_t n = strcspn(++at, "\"");
		scoped_str char *name = str_printf("%.*s", (int)n, at);

		if (*name)
			criu_add_fd(j, fd, name);
		at += n + (at[n] == '"');
	}
	return 0;
}

static int add_joins(const struct spec *s, struct criu_job *j, struct err *e)
{
	static const struct {
		int type;
		const char *name;
	} names[] = { { CLONE_NEWUTS, "uts" },
		      { CLONE_NEWIPC, "ipc" },
		      { CLONE_NEWUSER, "user" },
		      { CLONE_NEWNS, "mnt" },
		      { CLONE_NEWTIME, "time" } };

	if (join_of(s, CLONE_NEWCGROUP))
		return err_tell(e, ENOTSUP, "CRIU cannot join a cgroup namespace by its path");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *path = join_of(s, names[i].type);

		if (path)
			criu_add_pair(&j->joins, &j->n_joins, names[i].name, path);
	}
	return 0;
}

/* --- restore --- */

struct namespaces { /* that are there before; -1: not wanted */
	int net, pid;
};

static void namespaces_drop(struct namespaces *n)
{
	fd_drop(&n->net);
	fd_drop(&n->pid);
}

static int open_namespaces(const struct container *c, struct namespaces *n, struct criu_job *j,
			   struct err *e)
{
	const char *pid_path = join_of(c->spec, CLONE_NEWPID);
	scoped_str char *net = str_printf("/proc/%d/ns/net", c->rec.init.pid);

	if (spec_has_ns(c->spec, CLONE_NEWNET)) {
		n->net = fs_open_at(AT_FDCWD, net, O_RDONLY, 0, e);
		if (n->net < 0)
			return -1;
		criu_add_fd(j, n->net, CHECKPOINT_NET);
	}
	if (!pid_path)
		return 0;
	n->pid = fs_open_at(AT_FDCWD, pid_path, O_RDONLY, 0, e);
	if (n->pid < 0)
		return -1;
	criu_add_fd(j, n->pid, CHECKPOINT_PID);
	return 0;
}

/* CRIU wants the root to be a mount whose parent nothing lies over. */
static int with_root(struct container *c, struct criu_job *j, pid_t *pid, struct err *e)
{
	scoped_str char *point = str_printf("%s/%s/criu-root", c->root, c->id);

	if (fs_mkdirs_at(c->dir_fd, "criu-root", 0700, e) < 0)
		return -1;
	if (mount(c->rec.rootfs, point, NULL, MS_BIND | MS_REC, NULL) < 0)
		return err_set(e, errno, "bind mount %s at %s", c->rec.rootfs, point);
	j->root = point;
	int r = criu_restore_job(j, pid, &c->console, e);
	(void)umount2(point, MNT_DETACH | UMOUNT_NOFOLLOW); /* it is there: we made it */
	(void)unlinkat(c->dir_fd, "criu-root", AT_REMOVEDIR);
	return r;
}

static int run_criu(struct container *c, const struct criu_wishes *w, pid_t *pid, struct err *e)
{
	scoped(criu_job_drop) struct criu_job j = { .wishes = w, .log = "restore.log" };
	scoped(namespaces_drop) struct namespaces ns = { -1, -1 };
	int r = -1;

	if (checkpoint_open_dirs(w, false, &j.images, &j.work, e) == 0 &&
	    open_namespaces(c, &ns, &j, e) == 0 && add_joins(c->spec, &j, e) == 0 &&
	    add_groups(c->rec.init.pid, &j, e) == 0 && add_descriptors(&j, e) == 0 &&
	    make_points(c->spec, c->rec.rootfs, e) == 0) {
		checkpoint_add_mounts(c->spec, 0, true, &j);
		r = with_root(c, &j, pid, e);
	}
	fd_drop(&j.images);
	fd_drop(&j.work);
	return r;
}

static int take_over(struct container *c, pid_t pid, struct err *e)
{
	if (proc_id_of(pid, &c->rec.init, e) < 0)
		return -1;
	c->init_pidfd = pidfd_open(pid, 0);
	if (c->init_pidfd < 0)
		return err_set(e, errno, "open process %d", pid);
	return oci_mark_running(c, e);
}

/* What a new process gets from create, and a restored one has to get anew. */
static int enter_rdt(const struct container *c, struct err *e)
{
	const struct spec_rdt *r = &c->spec->rdt;
	scoped_str char *mount = NULL;

	if (!r->given)
		return 0;
	if (rdt_find(&mount, e) < 0 || rdt_create(mount, r, c->id, e) < 0)
		return -1;
	return rdt_enter(mount, r, c->id, c->rec.init.pid, e);
}

static int restore(struct container *c, const struct criu_wishes *w, struct err *e)
{
	pid_t pid = 0;

	if (life_step_record(c, e) < 0)
		return -1;
	if (life_step_cgroup_oci(c, e) < 0 || start_stand_in(c, e) < 0)
		return -1;
	cgroup_settle(c->cgroup);

	pid_t helper = c->rec.init.pid;
	int r = -1;
	if (network_apply(c, e) < 0)
		err_wrap(e, "network");
	else if (oci_run_hooks(c, HOOK_PRESTART, "creating", e) == 0 &&
		 oci_run_hooks(c, HOOK_CREATE_RUNTIME, "creating", e) == 0 &&
		 run_criu(c, w, &pid, e) == 0)
		r = take_over(c, pid, e);
	end_stand_in(helper);
	return r < 0 || enter_rdt(c, e) < 0 ? -1 : oci_poststart(c, e);
}

static int tell_caller(struct container *c, const struct oci_create *how, struct making *m,
		       struct err *e)
{
	if (m->console >= 0 && c->console >= 0) {
		if (fd_socket_send(m->console, c->console, e) < 0)
			return err_wrap(e, "--console-socket");
		fd_drop(&c->console);
	}
	return how->pid_file ? pid_file_write(how->pid_file, c->rec.init.pid, e) : 0;
}

static int run(struct container *c, const struct oci_run *how, struct making *m,
	       const struct criu_wishes *w, struct err *e)
{
	if (how->subreaper && !how->detach && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_set(e, errno, "become a subreaper");
	if (oci_begin(&how->create, m, c, e) < 0)
		return -1;
	if (restore(c, w, e) == 0 && tell_caller(c, &how->create, m, e) == 0)
		return 0;
	if (c->spec)
		oci_unmake(c, m->warnings);
	return -1;
}

int oci_restore(const char *root, const char *id, const struct oci_run *how,
		const struct criu_wishes *w, struct oci_words *said, struct err *e)
{
	scoped(making_drop) struct making m = MAKING(root, id, &how->create, said);
	scoped(container_close) struct container c = CONTAINER_NONE;
	sigset_t taken, before;
	int status = 0;

	if (!criu_is_built())
		return criu_restore_job(NULL, NULL, NULL, e); /* says so */
	if (oci_prepare(&how->create, &m, e) < 0)
		return -1;
	if (how->create.console_socket) {
		m.console = fd_socket_connect(how->create.console_socket, e);
		if (m.console < 0)
			return err_wrap(e, "--console-socket");
	}
	if (run(&c, how, &m, w, e) < 0)
		return -1;
	if (how->detach)
		return 0;
	/* Not before: CRIU would be deaf, too. */
	console_signals(&taken);
	sigprocmask(SIG_BLOCK, &taken, &before);
	int r = oci_stay(&c, how, &status, m.warnings, e);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r < 0 ? -1 : status;
}
