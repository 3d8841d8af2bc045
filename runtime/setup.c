/* SPDX-License-Identifier: Apache-2.0 */
/* The processes that PID 1 starts: setup commands, one after the other, then the network function.
 */
#include "runtime/base/scope.h"
#include "runtime/init.h"
#include "runtime/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: signals as a program expects them, then exec; what fails goes back through REPORT.
 */
static noreturn void child_main(const struct init *in, const struct spec_process *p, int report)
{
	struct err e = { 0 };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (process_affinity(0, p->affinity_final, &e) == 0)
		(void)process_become(p, &in->c->seccomp, &e);
	(void)!write(report, &e, sizeof e); /* nobody else to tell */
	_exit(process_exit_code(&e));
}

/* Start P; return once it has been exec'd. The report pipe is CLOEXEC: EOF says that exec worked.
 */
static pid_t start(const struct init *in, const struct spec_process *p, struct err *e)
{
	int pipe_fds[2];

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_set(e, errno, "make pipe");
	scoped_fd int reader = pipe_fds[0];
	scoped_fd int writer = pipe_fds[1];

	pid_t pid = fork();
	if (pid < 0)
		return err_set(e, errno, "fork");
	if (pid == 0)
		child_main(in, p, writer);
	fd_drop(&writer);

	struct err failed;
	ssize_t n = read(reader, &failed, sizeof failed);
	if (n == 0)
		return pid;
	(void)waitpid(pid, NULL, 0);
	if (n != sizeof failed)
		return err_set(e, EPROTO, "hear from the new process");
	*e = failed;
	return -1;
}

/* Orphans that earlier commands left are reaped on the way. */
static int wait_for(pid_t pid, const char *what, struct err *e)
{
	int status = 0;
	pid_t got;

	do
		got = waitpid(-1, &status, 0);
	while ((got < 0 && errno == EINTR) || (got > 0 && got != pid));
	if (got < 0)
		return err_set(e, errno, "wait for %s", what);
	if (WIFSIGNALED(status))
		return err_set(e, 0, "%s was killed by SIG%s", what,
			       sigabbrev_np(WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		return err_set(e, 0, "%s exited with %d", what, WEXITSTATUS(status));
	return 0;
}

/* Setup runs as root of the VNF, confined like the function itself: same capabilities, same filter.
 */
int init_run_setup(struct init *in, struct err *e)
{
	const struct spec *s = in->c->spec;

	for (size_t i = 0; i < s->n_setup; i++) {
		struct spec_process p = s->process;

		p.args = s->setup[i];
		p.user = NULL;
		p.cwd = NULL;
		p.groups = (struct strs){ 0 };

		pid_t pid = start(in, &p, e);
		if (pid < 0 || wait_for(pid, s->setup[i].v[0], e) < 0)
			return err_wrap(e, "command %zu", i + 1);
	}
	return 0;
}

int init_start_process(struct init *in, struct err *e)
{
	const struct spec_process *p = &in->c->spec->process;

	struct spec_process anywhere = *p; /* its CPUs are for the others: exec and setup */

	in->payload = 0;
	if (p->args.n == 0)
		return 0;
	anywhere.affinity_initial = anywhere.affinity_final = NULL;
	in->payload = start(in, &anywhere, e);
	return in->payload < 0 ? -1 : 0;
}
