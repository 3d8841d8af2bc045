/* SPDX-License-Identifier: Apache-2.0 */
/* Starting, stopping, removing VNFs. */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/container.h"
#include "runtime/ending.h"
#include "runtime/life.h"
#include "runtime/spec/vnf_load.h"
#include "runtime/stage.h"
#include "runtime/supervisor.h"
#include "runtime/vnf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>

enum { SUPERVISOR_EXIT_MS = 5000 };

/* Its maker holds the lock until setup is through: to be told now is better than to wait for that.
 */
static bool is_being_made(const char *root, const char *name, pid_t *maker)
{
	struct err ignored = { 0 };
	scoped_fd int dir = vnf_log_dir(root, name, &ignored);
	struct record r;

	if (dir < 0 || record_load(dir, &r, &ignored) < 0)
		return false;
	bool made = r.status == STATUS_CREATING && proc_id_alive(&r.supervisor);
	*maker = r.supervisor.pid;
	record_drop(&r);
	return made;
}

int vnf_start_begin(const char *root, const struct vnf *v, int *ticket, struct err *e)
{
	pid_t maker = 0;

	if (is_being_made(root, v->name, &maker))
		return err_tell(e, EEXIST,
				"is being started (by process %d); wait for that, or stop it",
				maker);
	return supervisor_start(root, v, ticket, e);
}

int vnf_start_wait(int *ticket, struct strs *warnings, struct err *e)
{
	int r = stage_await(*ticket, STAGE_READY, NULL, NULL, -1, e);

	fd_drop(ticket);
	if (r < 0)
		return -1;
	for (char *line = strtok(e->text, "\n"); line && warnings; line = strtok(NULL, "\n"))
		strs_add(warnings, line);
	return 0;
}

int vnf_start(const char *root, const struct vnf *v, struct strs *warnings, struct err *e)
{
	scoped_fd int ticket = -1;

	if (vnf_start_begin(root, v, &ticket, e) < 0)
		return -1;
	return vnf_start_wait(&ticket, warnings, e);
}

int vnf_supervise(const char *root, const char *name, struct err *e)
{
	return supervisor_resume(root, name, e);
}

int vnf_restart(const char *root, const char *name, struct strs *warnings, struct err *e)
{
	const struct vnf_stop how = { .signal = 0, .timeout_ms = -1 };
	struct vnf_view view;

	if (vnf_look(root, name, &view, e) < 0)
		return -1;
	int r = view.vnf ? vnf_stop(root, name, &how, e) : err_set(e, 0, "'%s' is not a VNF", name);
	if (r == 0)
		r = vnf_start(root, view.vnf, warnings, e);
	vnf_view_drop(&view);
	return r;
}

/* False: it did not end in time. */
static bool ends_within(int pidfd, int64_t ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, ms > INT32_MAX ? -1 : (int)ms);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

struct stop_plan {
	int signal;
	int64_t timeout_ms;
};

/* What the descriptor says, unless the caller says otherwise. PID 1 alone understands SIGTERM only.
 */
static int plan_stop(const struct container *c, const struct vnf_stop *how, struct stop_plan *out,
		     struct err *e)
{
	scoped_strs struct strs problems = { 0 };
	struct vnf *v = NULL;

	/* Whatever the record says: to kill is always possible. */
	*out = (struct stop_plan){ .signal = SIGKILL };
	if (how->timeout_ms == 0)
		return 0;
	if (!c->rec.descriptor)
		return err_set(e, 0, "the state file has no descriptor");
	if (vnf_load_bytes(c->rec.descriptor, strlen(c->rec.descriptor), "state file", NULL, &v,
			   &problems) < 0)
		return err_set(e, 0, "%s", problems.v[0]);
	out->signal = how->signal ? how->signal : v->process.stop_signal;
	out->timeout_ms = how->timeout_ms >= 0 ? how->timeout_ms : (int64_t)v->process.stop_timeout;
	if (v->process.args.n == 0)
		out->signal = SIGTERM;
	vnf_free(v);
	return 0;
}

static int end_process(struct container *c, const struct stop_plan *plan, struct err *e)
{
	bool killed = false, alive;

	c->init_pidfd = proc_id_open(&c->rec.init, e);
	alive = c->init_pidfd >= 0 && !ends_within(c->init_pidfd, 0);
	if (c->init_pidfd >= 0 && plan->timeout_ms > 0)
		(void)pidfd_send_signal(c->init_pidfd, plan->signal, NULL,
					0); /* ESRCH: it has ended */
	if (c->init_pidfd >= 0 && !ends_within(c->init_pidfd, plan->timeout_ms)) {
		if (pidfd_send_signal(c->init_pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
			return err_set(e, errno, "kill init");
		(void)ends_within(c->init_pidfd,
				  SUPERVISOR_EXIT_MS); /* life_stop waits and tells */
		killed = true;
	}
	if (exit_page_map(c, e) < 0)
		return -1;
	ending_note(c, killed);
	c->rec.end.oom &= !alive; /* it ended because it was asked to; the kills stay counted */
	return 0;
}

/* Locked. *SUPERVISOR is who has to see that it is over. */
static int stop_locked(struct container *c, const struct vnf_stop *how, struct proc_id *supervisor,
		       struct err *e)
{
	struct stop_plan plan = { 0 };

	if (!c->rec.id || c->rec.status == STATUS_STOPPED)
		return 0;
	*supervisor = c->rec.supervisor;
	if (c->rec.status == STATUS_RUNNING) {
		if (plan_stop(c, how, &plan, e) < 0 || end_process(c, &plan, e) < 0)
			return -1;
	}
	return life_stop(c, e);
}

/* The supervisor writes the last lines of the log: what comes after stop finds them there. */
static void await_supervisor(const struct proc_id *p)
{
	struct err gone = { 0 };
	scoped_fd int fd = proc_id_open(p, &gone);

	if (fd < 0)
		return;
	(void)pidfd_send_signal(fd, SIGTERM, NULL, 0); /* it may be asleep until the next restart */
	(void)ends_within(fd, SUPERVISOR_EXIT_MS);
}

/* Who makes it holds the lock until setup is through, which may be never: have it give up. True: it
 * was asked to, so that there may be no such container any more. */
static bool interrupt_making(const char *root, const char *name)
{
	struct err none = { 0 };
	struct record r = { 0 };
	scoped_fd int dir = vnf_log_dir(root, name, &none);
	scoped_fd int maker = -1;

	if (dir < 0 || record_load(dir, &r, &none) < 0)
		return false;
	if (r.status == STATUS_CREATING || r.status == STATUS_RESTARTING)
		maker = proc_id_open(&r.supervisor, &none);
	record_drop(&r);
	return maker >= 0 && pidfd_send_signal(maker, SIGTERM, NULL, 0) == 0;
}

int vnf_stop(const char *root, const char *name, const struct vnf_stop *how, struct err *e)
{
	struct proc_id supervisor = { 0 };
	struct container c;
	bool interrupted = interrupt_making(root, name);

	if (container_open(root, name, false, &c, e) < 0)
		return interrupted && e->code == ENOENT ? 0 : -1;
	int r = c.rec.id && !c.rec.vnf ? err_set(e, 0, "is an OCI container; use kill and delete")
				       : stop_locked(&c, how, &supervisor, e);
	container_close(&c);
	if (r == 0)
		await_supervisor(&supervisor);
	return r;
}

/* A record that says nothing: what is left of it is the directory. Without one it is not ours. */
static int delete_damaged(const char *root, const char *name, struct err *e)
{
	struct err why = { 0 };
	scoped_fd int dir = vnf_log_dir(root, name, &why);
	scoped_fd int above = dir < 0 ? -1 : fs_open_at(dir, "..", O_RDONLY | O_DIRECTORY, 0, &why);

	if (above < 0 || faccessat(dir, "state.json", F_OK, 0) < 0)
		return -1;
	return fs_remove_tree_at(above, name, e);
}

static int refuse_running(const struct container *c, struct err *e)
{
	if (!c->rec.id || (c->rec.status != STATUS_RUNNING && c->rec.status != STATUS_RESTARTING))
		return 0;
	return err_tell(e, EBUSY, "'%s' is %s; stop it first, or use --force", c->id,
			status_name(c->rec.status));
}

int vnf_delete(const char *root, const char *name, bool force, struct err *e)
{
	const struct vnf_stop kill = { .timeout_ms = 0 };
	struct proc_id supervisor = { 0 };
	struct container c;
	bool interrupted = force && interrupt_making(root, name);

	if (container_open(root, name, false, &c, e) < 0) {
		if (e->code == ENOENT)
			return interrupted ? 0 : -1;
		return force ? delete_damaged(root, name, e) : -1;
	}
	/* Under one lock: nobody starts it again in between. */
	int r = force ? stop_locked(&c, &kill, &supervisor, e) : refuse_running(&c, e);
	if (r == 0)
		r = life_delete(&c, e);
	container_close(&c);
	if (r == 0)
		await_supervisor(&supervisor);
	return r;
}
