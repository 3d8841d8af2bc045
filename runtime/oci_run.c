/* SPDX-License-Identifier: Apache-2.0 */
/* create, start, wait, delete in one go. */
#include "runtime/base/scope.h"
#include "runtime/console.h"
#include "runtime/life.h"
#include "runtime/oci_parts.h"
#include "runtime/oci_state.h"
#include "runtime/spawn.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static int check_terminal(const struct oci_run *how, const struct making *m, struct err *e)
{
	bool terminal = m->spec->process.terminal && m->spec->process.args.n > 0;

	if (how->detach && terminal && !how->create.console_socket)
		return err_set(e, 0,
			       "a terminal needs somebody to hold its other end: give "
			       "--console-socket, or do without --detach");
	if (!how->detach && how->create.console_socket)
		return err_set(e, 0,
			       "--console-socket is for --detach: in the foreground nfrun "
			       "relays the terminal itself");
	return 0;
}

static int start(struct container *c, struct err *e)
{
	if (oci_mark_running(c, e) < 0 || oci_let_go(c, c->stage, e) < 0)
		return -1;
	fd_drop(&c->stage);
	return oci_poststart(c, e);
}

/* Nothing of it stays. What it ended with counts, so an error here is told as a warning. */
static void clear_away(struct container *c, struct strs *warnings)
{
	struct err e = { 0 };

	if (container_lock(c, &e) == 0 && life_delete(c, &e) == 0)
		oci_run_poststop(c, warnings);
	else if (e.code != ENOENT) /* somebody has deleted it meanwhile */
		strs_addf(warnings, "delete: %s%s%s", e.text, err_colon(&e), err_cause(&e));
}

/* Those that its end has left to us: PR_SET_CHILD_SUBREAPER. */
static void reap_orphans(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

int oci_stay(struct container *c, const struct oci_run *how, int *status, struct strs *warnings,
	     struct err *e)
{
	int r = 0;

	container_unlock(c);
	if (console_relay(c->console, c->init_pidfd, e) < 0)
		r = -1;
	else
		*status = spawn_status(c->init_pidfd, e);
	if (*status < 0)
		r = -1;
	if (!how->keep)
		clear_away(c, warnings);
	reap_orphans();
	return r;
}

/* The status to exit with, or -1. */
static int run(const struct oci_run *how, struct making *m, struct container *c, struct err *e)
{
	int status = 0;

	if (oci_prepare(&how->create, m, e) < 0 || check_terminal(how, m, e) < 0)
		return -1;
	if (how->subreaper && !how->detach && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_set(e, errno, "become a subreaper");
	if (oci_make(&how->create, m, c, e) < 0)
		return -1;
	if (start(c, e) < 0) {
		oci_unmake(c, m->warnings);
		return -1;
	}
	if (how->detach)
		return 0;
	return oci_stay(c, how, &status, m->warnings, e) < 0 ? -1 : status;
}

int oci_run(const char *root, const char *id, const struct oci_run *how, struct oci_words *said,
	    struct err *e)
{
	scoped(making_drop) struct making m = MAKING(root, id, &how->create, said);
	scoped(container_close) struct container c = CONTAINER_NONE;
	sigset_t taken, before;

	console_signals(&taken);
	if (!how->detach)
		sigprocmask(SIG_BLOCK, &taken, &before);
	int r = run(how, &m, &c, e);
	if (!how->detach)
		sigprocmask(SIG_SETMASK, &before, NULL);
	return r < 0 ? oci_reword(e) : r;
}
