/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/init.h"

#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

/* signal(7): those that end no process, or cannot be taken. Stopping is the process's affair. */
static bool is_spared(int sig)
{
	static const int spared[] = { SIGCHLD, SIGCONT, SIGURG,  SIGWINCH, SIGKILL,
				      SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };

	for (size_t i = 0; i < sizeof spared / sizeof *spared; i++)
		if (sig == spared[i])
			return true;
	return false;
}

/* The kernel keeps from a PID 1 what it has no handler for, its own raise(3) too:
 * pid_namespaces(7). */
static void end_by(int sig)
{
	(void)raise(sig); /* its default by now: SA_RESETHAND */
	_exit(128 + sig);
}

void init_signals_take(void)
{
	const struct sigaction end = { .sa_handler = end_by,
				       .sa_flags = (int)SA_RESETHAND | SA_NODEFER };
	sigset_t taken;

	sigemptyset(&taken);
	for (int sig = 1; sig < NSIG; sig++)
		if (!is_spared(sig) && sigaction(sig, &end, NULL) == 0)
			sigaddset(&taken, sig);
	sigprocmask(SIG_UNBLOCK, &taken, NULL);
}

void init_signals_hold(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}
