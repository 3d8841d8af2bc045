/* SPDX-License-Identifier: Apache-2.0 */
/* One more process in an OCI container. */
#include "runtime/attach.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/fd_socket.h"
#include "runtime/life.h"
#include "runtime/oci_parts.h"
#include "runtime/oci_state.h"
#include "runtime/process.h"
#include "runtime/selfexe.h"
#include "runtime/spec/oci_load.h"
#include "runtime/vnf.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

/* What stays open, or allocated, until it runs. */
struct entering {
	struct record rec;
	struct spec *spec;
	struct spec_process process;
	struct seccomp_program filter;
	int console_socket, pidfd_socket, agent;
};

static void entering_drop(struct entering *x)
{
	record_drop(&x->rec);
	spec_process_drop(&x->process);
	spec_free(x->spec);
	seccomp_drop(&x->filter);
	fd_drop(&x->console_socket);
	fd_drop(&x->pidfd_socket);
	fd_drop(&x->agent);
}

static int look(const char *root, const char *id, const struct oci_exec *how, struct entering *x,
		struct err *e)
{
	scoped_fd int dir = vnf_log_dir(root, id, e);

	if (dir < 0)
		return -1;
	if (record_load(dir, &x->rec, e) < 0)
		return e->code == ENOENT ? err_tell(e, ENOENT, "container does not exist") : -1;

	enum oci_status s = oci_status_of(&x->rec);
	if (s == OCI_STOPPED || s == OCI_CREATING)
		return err_tell(e, ESRCH, "container not running");
	if (s == OCI_PAUSED && !how->ignore_paused)
		return err_set(e, 0,
			       "cannot exec in a paused container (--ignore-paused does, and "
			       "waits for resume)");
	return oci_spec_load(dir, &x->rec, &x->spec, e);
}

static void take(char **member, const char *value)
{
	if (!value)
		return;
	free(*member);
	*member = str_dup(value);
}

static int add_capabilities(struct spec_process *p, const struct strs *names, struct err *e)
{
	caps_mask more = caps_mask_of(names);

	for (size_t i = 0; i < names->n; i++)
		if (caps_number(names->v[i]) < 0)
			return err_set(e, 0, "--cap: %s is not a capability", names->v[i]);
	p->caps.bounding |= more;
	p->caps.effective |= more;
	p->caps.permitted |= more;
	p->caps.inheritable |= more;
	p->caps.ambient |= more;
	return 0;
}

/* The container's own process, but for what the caller says. */
static int change_process(const struct oci_exec *how, struct spec_process *p, struct err *e)
{
	strs_free(&p->args);
	strs_copy(&p->args, how->args);
	env_merge(&p->env, how->env);
	for (size_t i = 0; i < how->groups->n; i++)
		strs_add(&p->groups, how->groups->v[i]);
	take(&p->cwd, how->cwd);
	take(&p->user, how->user);
	take(&p->apparmor, how->apparmor);
	take(&p->selinux, how->selinux);
	p->terminal = how->terminal;
	p->no_new_privs |= how->no_new_privs;
	return add_capabilities(p, how->caps, e);
}

/* What a process object leaves out, the container's has, as runc has it. */
static void complete_process(const struct spec *s, struct spec_process *p)
{
	if (!p->has_caps)
		p->caps = s->process.caps;
	if (!p->apparmor)
		p->apparmor = str_dup(s->process.apparmor);
	if (!p->selinux)
		p->selinux = str_dup(s->process.selinux);
	if (!p->has_oom_score_adj) {
		p->has_oom_score_adj = s->process.has_oom_score_adj;
		p->oom_score_adj = s->process.oom_score_adj;
	}
	if (p->n_rlimits > 0 || s->process.n_rlimits == 0)
		return;
	p->rlimits = mem_alloc(s->process.n_rlimits * sizeof *p->rlimits);
	memcpy(p->rlimits, s->process.rlimits, s->process.n_rlimits * sizeof *p->rlimits);
	p->n_rlimits = s->process.n_rlimits;
}

static int find_process(const struct oci_exec *how, struct entering *x, struct strs *problems,
			struct err *e)
{
	scoped_str char *text = NULL;
	size_t n = 0;

	if (!how->process) {
		x->process = x->spec->process;
		x->spec->process = (struct spec_process){ 0 };
		return change_process(how, &x->process, e);
	}
	if (fs_read_given(how->process, &text, &n, e) < 0)
		return err_wrap(e, "--process");
	if (oci_process_load(text, n, how->process, &x->process, problems) < 0)
		return err_set(e, 0, "%s", problems->v[0]);
	x->process.terminal |= how->terminal;
	complete_process(x->spec, &x->process);
	return x->process.args.n > 0 ? 0 : err_set(e, 0, "%s: /args: missing", how->process);
}

static int open_sockets(const struct oci_exec *how, struct entering *x, struct err *e)
{
	const struct seccomp_profile *profile = x->spec->profile;

	if (how->console_socket && !x->process.terminal)
		return err_set(e, 0,
			       "--console-socket is for a process with a terminal: say --tty");
	if (x->process.terminal && how->detach && !how->console_socket)
		return err_set(e, 0,
			       "a terminal needs somebody to hold its other end: give "
			       "--console-socket, or do without --detach");
	if (how->console_socket) {
		x->console_socket = fd_socket_connect(how->console_socket, e);
		if (x->console_socket < 0)
			return err_wrap(e, "--console-socket");
	}
	if (how->pidfd_socket) {
		x->pidfd_socket = fd_socket_connect(how->pidfd_socket, e);
		if (x->pidfd_socket < 0)
			return err_wrap(e, "--pidfd-socket");
	}
	if (profile && profile->listener_path && seccomp_profile_notifies(profile)) {
		x->agent = fd_socket_connect(profile->listener_path, e);
		if (x->agent < 0)
			return err_wrap(e, "/linux/seccomp/listenerPath");
	}
	return 0;
}

static int enter(const struct oci_exec *how, struct entering *x, unsigned first_fd, int *status,
		 struct err *e)
{
	const struct attach a = {
		.rec = &x->rec,
		.process = &x->process,
		.seccomp = &x->filter,
		.terminal = x->process.terminal,
		.container = x->spec,
		.subgroup = how->subgroup,
		.first_fd = first_fd,
		.detach = how->detach,
		.console_socket = x->console_socket,
		.pidfd_socket = x->pidfd_socket,
		.pid_file = how->pid_file,
		.agent = x->agent,
		.agent_metadata = x->spec->profile ? x->spec->profile->listener_metadata : NULL,
	};

	return attach_run(&a, status, e);
}

static int exec_in(const char *root, const char *id, const struct oci_exec *how,
		   struct oci_words *said, struct err *e)
{
	scoped(entering_drop) struct entering x = { .console_socket = -1,
						    .pidfd_socket = -1,
						    .agent = -1 };
	unsigned first_fd = 0;
	int status = 1;

	if (look(root, id, how, &x, e) < 0)
		return -1;
	bool userns = spec_has_ns(x.spec, CLONE_NEWUSER);
	if (selfexe_again(spec_may_mount(x.spec), e) < 0)
		return -1;
	if (find_process(how, &x, &said->problems, e) < 0 || process_lsm_check(&x.process, e) < 0 ||
	    open_sockets(how, &x, e) < 0 ||
	    filter_prepare(root, x.spec, x.process.caps.bounding, &x.filter, e) < 0 ||
	    process_keep_fds(how->preserve_fds, &x.process.env, &first_fd, e) < 0)
		return -1;
	if (how->process || how->caps->n > 0) /* those of the container were told of at create */
		caps_warnings(&x.process.caps, userns, &said->warnings);
	return enter(how, &x, first_fd, &status, e) < 0 ? -1 : status;
}

int oci_exec(const char *root, const char *id, const struct oci_exec *how, struct oci_words *said,
	     struct err *e)
{
	int status = exec_in(root, id, how, said, e);

	return status < 0 ? oci_reword(e) : status;
}
