/* SPDX-License-Identifier: Apache-2.0 */
/* The child's side of an OCI container. runtime-spec runtime.md, "Lifecycle", says what may be seen
 * of its order: hooks before pivot_root, nothing of the user's before `start`. */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/console.h"
#include "runtime/hooks.h"
#include "runtime/init.h"
#include "runtime/process.h"
#include "runtime/rootfs.h"
#include "runtime/rootfs_oci.h"
#include "runtime/stage.h"
#include "runtime/state.h"
#include "runtime/stdio.h"
#include "runtime/title.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

static int close_strays(struct init *in, struct err *e)
{
	const int keep[] = { in->sock, in->c->listener, in->c->agent };

	return process_close_from(in->c->how->first_fd, keep, ARRAY_LEN(keep), e);
}

static int assemble_root(struct init *in, struct rootfs_sources *sources, struct err *e)
{
	const struct spec *s = in->c->spec;

	if (init_become_root(!in->c->how->no_new_keyring, e) < 0)
		return -1;
	return spec_has_bundle_root(s) ? rootfs_oci_enter(&in->rootfs, s, sources, e)
				       : rootfs_enter(s, sources, e);
}

static int enter_rootfs(struct init *in, struct err *e)
{
	struct rootfs_sources sources = { .n = ROOTFS_SOURCES_MAX };

	if (stage_await(in->sock, STAGE_MAPPED, sources.fds, &sources.n, -1, e) < 0)
		return -1;
	in->host_pid = (pid_t)strtol(e->text, NULL, 10); /* the remark */
	*e = (struct err){ 0 };
	int r = assemble_root(in, &sources, e);
	rootfs_sources_drop(&sources);
	return r;
}

/* The parent runs the hooks of the runtime namespace in between. */
static int await_network(struct init *in, struct err *e)
{
	if (spec_has_runtime_hooks(in->c->spec) &&
	    stage_send(in->sock, STAGE_MOUNTED, NULL, NULL, 0, e) < 0)
		return -1;
	return stage_await(in->sock, STAGE_NETWORK, NULL, NULL, -1, e);
}

/* The spec's id: the record's owner has it in its argv, where our title is now. */
static struct oci_state state_of(const struct init *in, const char *status, pid_t pid)
{
	const struct spec *s = in->c->spec;

	return (struct oci_state){ .id = s->id,
				   .status = status,
				   .pid = pid,
				   .bundle = in->c->rec.bundle,
				   .annotations = s->annotations,
				   .n_annotations = s->n_annotations };
}

static int run_hooks(struct init *in, enum spec_hook_kind kind, const char *status, const char *cwd,
		     struct err *e)
{
	const struct spec *s = in->c->spec;
	/* runtime.md, "State": a hook in the container's namespaces is told the pid there. */
	const struct oci_state state = state_of(in, status, getpid());

	if (s->hooks[kind].n == 0)
		return 0;

	scoped_str char *json = state_json(&state);
	return hooks_run(&s->hooks[kind], json, cwd, e) < 0
		       ? err_wrap(e, "run %s", hook_kind_name(kind))
		       : 0;
}

static int create_container_hooks(struct init *in, struct err *e)
{
	const struct spec *s = in->c->spec;

	return run_hooks(in, HOOK_CREATE_CONTAINER, "creating", s->root.path, e);
}

static int pivot(struct init *in, struct err *e)
{
	const struct spec *s = in->c->spec;

	if (!spec_has_bundle_root(s))
		return 0;
	return rootfs_oci_pivot(&in->rootfs, in->c->how->no_pivot, e);
}

static int seal(struct init *in, struct err *e)
{
	const struct spec *s = in->c->spec;

	if (process_make_cwd(&s->process, e) < 0)
		return -1;
	if (!spec_has_bundle_root(s))
		return rootfs_seal(s, e);
	int r = rootfs_oci_seal(&in->rootfs, e);
	rootfs_oci_drop(&in->rootfs);
	return r;
}

/* Standard streams, and the session that a terminal needs. */
static int streams(struct init *in, struct err *e)
{
	const struct spec_process *p = &in->c->spec->process;
	scoped_fd int master = -1;

	(void)setsid(); /* fails for a group leader only: a fresh process is none */
	if (p->args.n == 0)
		return 0;
	if (!p->terminal)
		return stdio_own_pipes(p, e);
	if (console_open(&master, e) < 0 ||
	    console_size(master, p->console_rows, p->console_columns, e) < 0 ||
	    console_attach(master, e) < 0 || stdio_own_terminal(p, e) < 0)
		return -1;
	if (spec_has_bundle_root(in->c->spec) && rootfs_oci_console(STDIN_FILENO, e) < 0)
		return -1;
	return stage_send(in->sock, STAGE_CONSOLE, NULL, &master, 1, e);
}

/* What is not there is told at create, as runc does: its callers make their exit codes of it. */
static int find_program(struct init *in, struct err *e)
{
	if (process_memory_policy(&in->c->spec->memory_policy, e) < 0)
		return -1; /* it is set again for the program; here it is seen to be possible */
	if (in->c->spec->process.args.n == 0)
		return 0;
	return process_find_program(&in->c->spec->process, &in->program, e);
}

/* `start` of another process connects, and sends its word once the record says so; from then on it
 * is told what fails. One that goes away before that has not started anything. */
static int accept_start(struct init *in, struct err *e)
{
	fd_drop(&in->sock);
	for (;;) {
		scoped_fd int conn = accept4(in->c->listener, NULL, NULL, SOCK_CLOEXEC);
		struct err gone = { 0 };

		if (conn < 0 && errno != EINTR && errno != ECONNABORTED)
			return err_set(e, errno, "wait for start");
		if (conn < 0 || stage_await(conn, STAGE_START, NULL, NULL, -1, &gone) < 0)
			continue;
		in->sock = fd_take(&conn);
		fd_drop(&in->c->listener);
		return 0;
	}
}

static int await_start(struct init *in, struct err *e)
{
	init_signals_take(); /* before anybody is told that there is something to signal */
	if (stage_send(in->sock, STAGE_READY, NULL, NULL, 0, e) < 0)
		return -1;
	if (in->c->listener >= 0)
		return accept_start(in, e);
	return stage_await(in->sock, STAGE_START, NULL, NULL, -1, e);
}

static int start_container_hooks(struct init *in, struct err *e)
{
	const struct spec_process *p = &in->c->spec->process;

	return run_hooks(in, HOOK_START_CONTAINER, "created", p->cwd, e);
}

/* With an init of our own that stays: as a VNF's. */
static int start_below_init(struct init *in, struct err *e)
{
	init_signals_hold();
	if (init_run_setup(in, e) < 0)
		return err_wrap(e, "setup");
	if (init_start_process(in, e) < 0)
		return -1;
	fd_drop(&in->sock);
	pid1_main(in);
}

/* config-linux.md, "The Container Process State". */
static char *agent_state(const struct init *in)
{
	const struct oci_state state = state_of(in, "created", in->host_pid);

	return state_agent_json(&state, in->host_pid, in->c->spec->profile->listener_metadata);
}

static int become_process(struct init *in, struct err *e)
{
	const struct spec *s = in->c->spec;

	if (s->own_init)
		return start_below_init(in, e);
	if (s->process.args.n == 0)
		return err_set(e, 0, "the configuration has no process to start");

	scoped_str char *state = in->c->agent < 0 ? NULL : agent_state(in);
	const struct process_launch launch = { .process = &s->process,
					       .container = s,
					       .filter = &in->c->seccomp,
					       .program = in->program,
					       .agent = in->c->agent,
					       .agent_state = state,
					       .ask_scheduler = process_scheduler_waits_oci(s),
					       .sock = in->sock };
	return process_launch(&launch, e);
}

static const struct init_step steps[] = {
	{ "enter cgroup", init_enter_cgroup },
	{ "close strays", close_strays },
	{ "", init_cgroup_namespace },
	{ "", init_hostname },
	{ "rootfs", enter_rootfs },
	{ "", await_network },
	{ "", create_container_hooks },
	{ "rootfs", pivot },
	{ "sysctl", init_sysctl },
	{ "rootfs", seal },
	{ "console", streams },
	{ "", find_program },
	{ "", await_start },
	{ "", start_container_hooks },
	{ "", become_process },
};

noreturn void init_main_oci(struct init *in)
{
	title_set("nfrun-init");
	init_walk(in, steps, ARRAY_LEN(steps));
	_exit(1); /* the last step does not return */
}
