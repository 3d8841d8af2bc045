/* SPDX-License-Identifier: Apache-2.0 */
/* OCI containers that exist: signals, freezing, deletion. */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/life.h"
#include "runtime/oci_parts.h"
#include "runtime/oci_state.h"
#include "runtime/vnf.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/pidfd.h>

enum { FREEZE_TIMEOUT_MS = 10000 };

int oci_not_running(struct err *e)
{
	return err_tell(e, ESRCH, "container not running");
}

static bool maker_died(const struct container *c)
{
	if (!c->rec.id)
		return true;
	return c->rec.status == STATUS_CREATING && !proc_id_alive(&c->rec.supervisor);
}

/* Of a maker that died: its class is in the configuration, as far as that came. */
static void clear_rdt(struct container *c)
{
	struct err ignored = { 0 };

	if (c->rec.id && oci_spec_load(c->dir_fd, &c->rec, &c->spec, &ignored) == 0)
		(void)life_revert_rdt(c, &ignored);
}

int oci_open(const char *root, const char *id, struct container *c, struct err *e)
{
	if (container_open(root, id, false, c, e) < 0)
		return -1;
	if (c->rec.vnf)
		return err_set(e, 0, "'%s' is a VNF", id);
	if (!maker_died(c))
		return 0;
	clear_rdt(c);
	return life_delete(c, e) < 0 ? -1 : err_tell(e, ENOENT, "container does not exist");
}

enum face { FACE_NONE, FACE_OCI, FACE_VNF };

/* One that cannot be read is the VNF face's, which deletes it all the same. */
static enum face face_of(const char *root, const char *id)
{
	struct err ignored = { 0 };
	scoped_fd int dir = vnf_log_dir(root, id, &ignored);
	struct record r;

	if (dir < 0)
		return FACE_NONE;
	if (record_load(dir, &r, &ignored) < 0)
		return FACE_VNF;
	bool vnf = r.vnf;
	record_drop(&r);
	return vnf ? FACE_VNF : FACE_OCI;
}

bool oci_is(const char *root, const char *id)
{
	return face_of(root, id) != FACE_VNF;
}

bool oci_exists(const char *root, const char *id)
{
	return face_of(root, id) == FACE_OCI;
}

void oci_view_drop(struct oci_view *v)
{
	record_drop(&v->rec);
}

/* Unlocked: whoever makes it or starts it holds the lock meanwhile, and may take long. */
static int load_unlocked(int dir, struct record *r, struct err *e)
{
	if (record_load(dir, r, e) < 0)
		return e->code == ENOENT ? err_tell(e, ENOENT, "container does not exist") : -1;
	if (r->status != STATUS_CREATING || proc_id_alive(&r->supervisor))
		return 0;
	record_drop(r);
	return err_tell(e, ENOENT, "container does not exist");
}

int oci_look(const char *root, const char *id, struct oci_view *out, struct err *e)
{
	scoped_fd int dir = vnf_log_dir(root, id, e);

	*out = (struct oci_view){ 0 };
	if (dir < 0 || load_unlocked(dir, &out->rec, e) < 0)
		return -1;

	enum oci_status s = oci_status_of(&out->rec);
	out->status = oci_status_name(s);
	out->pid = s == OCI_STOPPED ? 0 : out->rec.init.pid;
	return 0;
}

int oci_state(const char *root, const char *id, char **text, struct err *e)
{
	scoped_fd int dir = vnf_log_dir(root, id, e);
	struct err ignored = { 0 };
	struct spec *s = NULL;
	struct record r;

	if (dir < 0 || load_unlocked(dir, &r, e) < 0)
		return -1;
	/* The annotations are in the configuration; the rest is known without it. */
	(void)oci_spec_load(dir, &r, &s, &ignored);
	*text = oci_state_text(&r, s);
	spec_free(s);
	record_drop(&r);
	return 0;
}

int oci_reword(struct err *e)
{
	if (e->whole)
		return -1;
	if (e->code == ENOENT)
		return err_tell(e, e->code, "%s: it does not exist", strdupa(e->text));
	if (e->code == EACCES)
		return err_tell(e, e->code, "%s: access refused", strdupa(e->text));
	return -1;
}

int pid_file_write(const char *path, pid_t pid, struct err *e)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%d", pid);

	return fs_replace_at(AT_FDCWD, path, text, (size_t)n, 0644, e) < 0
		       ? err_wrap(e, "--pid-file")
		       : 0;
}

int oci_open_group(struct container *c, struct err *e)
{
	if (c->cgroup)
		return 0;
	return cgroup_from_paths(&c->rec.cgroup, &c->cgroup, e);
}

/* --- kill --- */

static int signal_init(struct container *c, int signal, struct err *e)
{
	struct err gone = { 0 };
	scoped_fd int fd = proc_id_open(&c->rec.init, &gone);

	if (fd < 0 || (pidfd_send_signal(fd, signal, NULL, 0) < 0 && errno == ESRCH))
		return oci_not_running(e);
	return 0;
}

/* A frozen process takes its SIGKILL when it is thawed; v2 delivers it at once, v1 never would. */
static void thaw_for_kill(struct container *c)
{
	struct err ignored = { 0 };
	bool frozen = false;

	if (oci_open_group(c, &ignored) == 0 &&
	    cgroup_is_frozen(c->cgroup, &frozen, &ignored) == 0 && frozen)
		(void)cgroup_freeze(c->cgroup, false, FREEZE_TIMEOUT_MS, &ignored);
}

/* The end of PID 1 ends all the others; where there is none they are to be ended one by one, as
 * runc does: what they hold open keeps callers waiting. */
static bool has_pid_1(const struct container *c)
{
	struct err ignored = { 0 };
	struct spec *s = NULL;

	if (oci_spec_load(c->dir_fd, &c->rec, &s, &ignored) < 0 || !s)
		return true;
	bool has = s->namespaces & CLONE_NEWPID;
	spec_free(s);
	return has;
}

static int send_signal(struct container *c, int signal, bool all, struct err *e)
{
	enum oci_status status = oci_status_of(&c->rec);

	if (oci_open_group(c, e) < 0)
		return -1;
	if (all && !cgroup_is_none(c->cgroup))
		return cgroup_signal(c->cgroup, signal, e);
	if (status == OCI_STOPPED)
		return all ? 0 : oci_not_running(e);
	if (signal_init(c, signal, e) < 0)
		return -1;
	if (status == OCI_PAUSED && signal == SIGKILL)
		thaw_for_kill(c);
	if (signal == SIGKILL && !cgroup_is_none(c->cgroup) && !has_pid_1(c))
		return cgroup_signal(c->cgroup, SIGKILL, e);
	return 0;
}

/* Without the lock, which `start` holds as long as a hook may take: a pid with its start time
 * cannot be anybody else's. */
static int open_unlocked(const char *root, const char *id, struct container *c, struct err *e)
{
	c->root = root;
	c->id = id;
	c->dir_fd = vnf_log_dir(root, id, e);
	if (c->dir_fd < 0 || load_unlocked(c->dir_fd, &c->rec, e) < 0)
		return -1;
	return c->rec.vnf ? err_set(e, 0, "is a VNF") : 0;
}

int oci_kill(const char *root, const char *id, int signal, bool all, struct err *e)
{
	scoped(container_close) struct container c = CONTAINER_NONE;

	return open_unlocked(root, id, &c, e) < 0 ? -1 : send_signal(&c, signal, all, e);
}

/* --- delete --- */

static int delete_locked(struct container *c, bool force, struct strs *warnings, struct err *e)
{
	enum oci_status status = oci_status_of(&c->rec);
	struct err ignored = { 0 };

	if (!force && status != OCI_STOPPED && status != OCI_CREATED)
		return err_set(e, 0, "cannot delete container %s that is not stopped: it is %s",
			       c->id, oci_status_name(status));
	if (status == OCI_PAUSED && signal_init(c, SIGKILL, &ignored) == 0)
		thaw_for_kill(c);
	/* Its hooks are in the configuration; without one that can be read there are none to run.
	 */
	(void)oci_spec_load(c->dir_fd, &c->rec, &c->spec, &ignored);
	if (life_delete(c, e) < 0)
		return -1;
	if (!c->spec)
		return 0;
	if (life_revert_rdt(c, &ignored) < 0)
		strs_addf(warnings, "%s%s%s", ignored.text, err_colon(&ignored),
			  err_cause(&ignored));
	oci_run_poststop(c, warnings);
	return 0;
}

/* So that who holds the lock, waiting for it, gives up. */
static void kill_first(const char *root, const char *id)
{
	scoped(container_close) struct container c = CONTAINER_NONE;
	struct err ignored = { 0 };

	if (open_unlocked(root, id, &c, &ignored) == 0)
		(void)signal_init(&c, SIGKILL, &ignored);
}

int oci_delete(const char *root, const char *id, bool force, struct strs *warnings, struct err *e)
{
	scoped(container_close) struct container c = CONTAINER_NONE;

	if (force)
		kill_first(root, id);

	if (oci_open(root, id, &c, e) < 0)
		return force && e->code == ENOENT && oci_is_id(id) ? 0 : -1;
	return delete_locked(&c, force, warnings, e);
}

/* --- the group --- */

static int freeze(const char *root, const char *id, bool on, struct err *e)
{
	scoped(container_close) struct container c = CONTAINER_NONE;

	if (oci_open(root, id, &c, e) < 0)
		return -1;

	enum oci_status status = oci_status_of(&c.rec);
	if (status == OCI_STOPPED)
		return oci_not_running(e);
	if (!on && status != OCI_PAUSED)
		return err_set(e, 0, "container not paused: it is %s", oci_status_name(status));
	if (c.rec.cgroup.n == 0)
		return err_set(e, 0,
			       "it has no control group (--cgroup-manager disabled), and "
			       "without one nothing can be paused");
	if (oci_open_group(&c, e) < 0)
		return -1;
	return cgroup_freeze(c.cgroup, on, FREEZE_TIMEOUT_MS, e);
}

int oci_pause(const char *root, const char *id, struct err *e)
{
	return freeze(root, id, true, e);
}

int oci_resume(const char *root, const char *id, struct err *e)
{
	return freeze(root, id, false, e);
}

int oci_pids(const char *root, const char *id, pid_t **pids, size_t *n, struct err *e)
{
	scoped(container_close) struct container c = CONTAINER_NONE;

	if (open_unlocked(root, id, &c, e) < 0)
		return -1;
	if (oci_status_of(&c.rec) == OCI_STOPPED)
		return oci_not_running(e);
	return oci_open_group(&c, e) < 0 ? -1 : cgroup_pids(c.cgroup, pids, n, e);
}
