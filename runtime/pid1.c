/* SPDX-License-Identifier: Apache-2.0 */
/* PID 1 of a container: init(1) in the few lines that one network function needs. When it ends, the
 * kernel ends everything else in the pid namespace: pid_namespaces(7). */
#include "runtime/init.h"
#include "runtime/process.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static noreturn void end(const struct init *in, int wstatus)
{
	in->c->page->wstatus = wstatus;
	__atomic_store_n(&in->c->page->ended, 1, __ATOMIC_RELEASE);
	_exit(WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 128 + WTERMSIG(wstatus));
}

static void reap(const struct init *in)
{
	int wstatus;
	pid_t pid;

	while ((pid = waitpid(-1, &wstatus, WNOHANG)) > 0)
		if (pid == in->payload)
			end(in, wstatus);
}

/* All that is left to do is to signal the payload, whatever its user. no_new_privs and the default
 * filter hold here too; a profile does not: it knows what the payload calls, not what is called
 * here, and without wait4(2) the end would never be seen. That each may fail on an old kernel takes
 * nothing from the payload's own confinement. */
static void confine(const struct init *in)
{
	const caps_mask kill_only = 1ULL << CAP_KILL;
	const struct caps_sets sets = { .effective = kill_only, .permitted = kill_only };
	struct err ignored = { 0 };

	(void)caps_drop_bounding(0, &ignored);
	(void)caps_set(&sets, &ignored);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)prctl(PR_SET_DUMPABLE, 0);
	if (in->c->spec->seccomp && strcmp(in->c->spec->seccomp, "default") == 0)
		(void)seccomp_apply(&in->c->seccomp, &ignored);
}

/* All signals are blocked since the clone, and sigwaitinfo takes them as they come: a blocked
 * signal reaches a PID 1 that has no handler for it, an unblocked one would be dropped. */
noreturn void pid1_main(struct init *in)
{
	struct err ignored = { 0 };
	sigset_t all;
	siginfo_t info;

	(void)process_close_all_but(NULL, 0, &ignored);
	if (chdir("/") < 0) /* not into a mount that could then not be undone */
		_exit(1);
	confine(in);
	sigfillset(&all);
	reap(in); /* what ended before: SIGCHLD is blocked, not lost, but one stands for many */
	for (;;) {
		if (sigwaitinfo(&all, &info) < 0)
			continue;
		if (info.si_signo == SIGCHLD)
			reap(in);
		else if (in->payload > 0)
			(void)kill(in->payload, info.si_signo); /* ESRCH: reap is next */
		else if (info.si_signo == SIGTERM || info.si_signo == SIGINT)
			end(in, 0);
	}
}
