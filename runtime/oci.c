/* SPDX-License-Identifier: Apache-2.0 */
/* Making and starting OCI containers. */
#include "runtime/oci.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/fd_socket.h"
#include "runtime/life.h"
#include "runtime/oci_parts.h"
#include "runtime/oci_state.h"
#include "runtime/packet_engine.h"
#include "runtime/process.h"
#include "runtime/selfexe.h"
#include "runtime/spec/oci_load.h"
#include "runtime/stage.h"
#include "runtime/start_socket.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/pidfd.h>

bool oci_is_id(const char *id)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";

	return *id && *id != '.' && strlen(id) <= NAME_MAX && !id[strspn(id, good)];
}

static int check_id(const char *id, struct err *e)
{
	if (oci_is_id(id))
		return 0;
	return err_set(
		e, 0,
		"'%s' is not a container id: 1 to 255 letters, digits, '_', '+', '-', '.', the "
		"first no '.'",
		id);
}

static char *config_path(const struct oci_create *how)
{
	return how->config ? str_dup(how->config) : str_printf("%s/config.json", how->bundle);
}

/* The configuration as text, for the copy that is kept, and loaded. */
static int read_config(const struct oci_create *how, struct making *m, struct err *e)
{
	scoped_str char *path = config_path(how);

	if (fs_read_given(path, &m->text, &m->text_len, e) < 0)
		return -1;
	if (oci_load_bytes(m->text, m->text_len, path, how->bundle, &m->spec, m->problems,
			   m->warnings) < 0)
		return err_set(e, 0, "%s", m->problems->v[0]);
	return 0;
}

/* Its maker died half-way, or it was never more than a directory. */
static int clear_half_made(const char *root, const char *id, struct container *c, struct err *e)
{
	if (c->rec.id && c->rec.status != STATUS_CREATING)
		return err_tell(e, EEXIST, "container with given ID already exists: %s", id);
	if (!c->rec.id) {
		c->fresh = true; /* nothing of it is anybody's: it goes if this fails */
		return 0;
	}
	if (life_delete(c, e) < 0)
		return -1;
	container_close(c);
	return container_open(root, id, true, c, e);
}

static int fresh_record(struct container *c, const struct oci_create *how, struct err *e)
{
	struct record *r = &c->rec;

	record_drop(r);
	r->id = str_dup(c->id);
	r->bundle = str_dup(how->bundle);
	r->rootfs = str_dup(c->spec->root.path);
	return boot_id_read(&r->boot_id, e);
}

/* Sockets first: a path that nobody listens at costs nothing yet. */
static int open_sockets(const struct oci_create *how, struct making *m, struct err *e)
{
	bool terminal = m->spec->process.terminal && m->spec->process.args.n > 0;

	if (how->console_socket && !terminal)
		return err_set(e, 0,
			       "--console-socket is for a process with a terminal: "
			       "/process/terminal is not true");
	if (!how->console_socket && terminal && m->how.wait_outside)
		return err_set(e, 0,
			       "a terminal needs somebody to hold its other end: "
			       "give --console-socket");
	if (how->console_socket) {
		m->console = fd_socket_connect(how->console_socket, e);
		if (m->console < 0)
			return err_wrap(e, "--console-socket");
	}
	if (m->spec->profile && m->spec->profile->listener_path &&
	    seccomp_profile_notifies(m->spec->profile)) {
		m->agent = fd_socket_connect(m->spec->profile->listener_path, e);
		if (m->agent < 0)
			return err_wrap(e, "/linux/seccomp/listenerPath");
	}
	if (how->pidfd_socket) {
		m->pidfd_socket = fd_socket_connect(how->pidfd_socket, e);
		if (m->pidfd_socket < 0)
			return err_wrap(e, "--pidfd-socket");
	}
	return 0;
}

static int tell_caller(const struct container *c, const struct oci_create *how,
		       const struct making *m, struct err *e)
{
	if (m->pidfd_socket >= 0 && fd_socket_send(m->pidfd_socket, c->init_pidfd, e) < 0)
		return err_wrap(e, "--pidfd-socket");
	return how->pid_file ? pid_file_write(how->pid_file, c->rec.init.pid, e) : 0;
}

int oci_begin(const struct oci_create *how, struct making *m, struct container *c, struct err *e)
{
	struct err ignored = { 0 };

	if (container_open(m->root, m->id, true, c, e) < 0)
		return -1;
	if (clear_half_made(m->root, m->id, c, e) < 0)
		return -1;
	m->how.console_socket = m->console;
	c->how = &m->how;
	c->agent = fd_take(&m->agent);
	c->spec = m->spec;
	c->spec->id = str_dup(m->id);
	m->spec = NULL;
	if (fresh_record(c, how, e) == 0 &&
	    fs_replace_at(c->dir_fd, "config.json", m->text, m->text_len, 0600, e) == 0)
		return 0;
	(void)life_delete(c, &ignored);
	return -1;
}

void oci_unmake(struct container *c, struct strs *warnings)
{
	struct err ignored = { 0 };

	(void)life_revert_rdt(c, &ignored); /* the error that led here counts */
	if (life_delete(c, &ignored) == 0)
		oci_run_poststop(c, warnings);
}

static int build(const struct oci_create *how, struct making *m, struct container *c, struct err *e)
{
	if (oci_begin(how, m, c, e) < 0)
		return -1;
	if (life_create(c, e) < 0) {
		oci_run_poststop(c, m->warnings);
		return -1;
	}
	packet_tell_warning(c, m->warnings);
	if (packet_keeper_start(c, e) == 0 && tell_caller(c, how, m, e) == 0)
		return 0;
	oci_unmake(c, m->warnings);
	return -1;
}

void oci_words_drop(struct oci_words *w)
{
	strs_free(&w->warnings);
	strs_free(&w->problems);
}

void making_drop(struct making *m)
{
	free(m->text);
	spec_free(m->spec);
	fd_drop(&m->console);
	fd_drop(&m->pidfd_socket);
	fd_drop(&m->agent);
}

/* What comes through a pipe can be read but once. */
static bool is_stream(const struct oci_create *how)
{
	scoped_str char *path = config_path(how);
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

int oci_prepare(const struct oci_create *how, struct making *m, struct err *e)
{
	if (check_id(m->id, e) < 0 || (is_stream(how) && selfexe_again(true, e) < 0) ||
	    read_config(how, m, e) < 0)
		return -1;
	if (selfexe_again(spec_may_mount(m->spec), e) < 0)
		return -1;
	return process_keep_fds(how->preserve_fds, &m->spec->process.env, &m->how.first_fd, e);
}

int oci_make(const struct oci_create *how, struct making *m, struct container *c, struct err *e)
{
	if (process_lsm_check(&m->spec->process, e) < 0 || open_sockets(how, m, e) < 0)
		return -1;
	if (m->how.no_cgroup && m->spec->resources.has_devices)
		strs_add(m->warnings,
			 "the list of allowed devices is not enforced: there is no control "
			 "group (--cgroup-manager disabled)");
	caps_warnings(&m->spec->process.caps, spec_has_ns(m->spec, CLONE_NEWUSER), m->warnings);
	return build(how, m, c, e);
}

int oci_create(const char *root, const char *id, const struct oci_create *how,
	       struct oci_words *said, struct err *e)
{
	scoped(making_drop) struct making m = MAKING(root, id, how, said);
	scoped(container_close) struct container c = CONTAINER_NONE;

	m.how.wait_outside = true;
	if (oci_prepare(how, &m, e) < 0 || oci_make(how, &m, &c, e) < 0)
		return oci_reword(e);
	return 0;
}

/* --- start --- */

static int refuse_status(enum oci_status s, struct err *e)
{
	if (s == OCI_CREATED)
		return 0;
	if (s == OCI_STOPPED)
		return err_set(e, 0, "cannot start a container that has stopped");
	if (s == OCI_RUNNING)
		return err_set(e, 0, "cannot start an already running container");
	return err_set(e, 0, "cannot start a container that is %s", oci_status_name(s));
}

/* The record says so first: an init that has been told to go on cannot be called back. */
int oci_mark_running(struct container *c, struct err *e)
{
	c->rec.status = STATUS_RUNNING;
	clock_gettime(CLOCK_REALTIME, &c->rec.started);
	return record_save(c->dir_fd, &c->rec, e);
}

int oci_let_go(const struct container *c, int sock, struct err *e)
{
	const struct spec_scheduler *s = &c->spec->process.scheduler;

	if (stage_send(sock, STAGE_START, NULL, NULL, 0, e) < 0)
		return -1;
	if (process_scheduler_waits_oci(c->spec) &&
	    process_scheduler_serve(sock, c->rec.init.pid, s, e) < 0)
		return -1;
	return stage_await_exec(sock, e);
}

/* config.md, "Poststart": from 1.3 on a failure is an error, and the container's end. */
int oci_poststart(struct container *c, struct err *e)
{
	if (oci_run_hooks(c, HOOK_POSTSTART, "running", e) == 0)
		return 0;
	if (c->init_pidfd < 0) {
		struct err gone = { 0 };

		c->init_pidfd = proc_id_open(&c->rec.init, &gone);
	}
	(void)pidfd_send_signal(c->init_pidfd, SIGKILL, NULL, 0); /* it may have ended */
	return -1;
}

static int start(struct container *c, struct err *e)
{
	scoped_fd int conn = -1;

	if (refuse_status(oci_status_of(&c->rec), e) < 0 ||
	    oci_spec_load(c->dir_fd, &c->rec, &c->spec, e) < 0)
		return -1;
	if (c->spec->process.args.n == 0 && !c->spec->own_init)
		return err_set(e, 0, "the configuration has no process to start: add /process");
	conn = start_socket_connect(c, e);
	if (conn < 0 || oci_mark_running(c, e) < 0 || oci_let_go(c, conn, e) < 0)
		return -1;
	(void)unlinkat(c->dir_fd, "start", 0); /* it has served; delete takes what is left */
	return oci_poststart(c, e);
}

int oci_start(const char *root, const char *id, struct err *e)
{
	scoped(container_close) struct container c = CONTAINER_NONE;

	if (oci_open(root, id, &c, e) < 0 || start(&c, e) < 0)
		return oci_reword(e);
	return 0;
}
