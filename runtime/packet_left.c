/* SPDX-License-Identifier: Apache-2.0 */
/* How much SCHED_DEADLINE has left to promise. */
#include "runtime/base/strs.h"
#include "runtime/base/sys.h"
#include "runtime/packet_sched.h"
#include "runtime/sched_attr.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

/* The kernel keeps what a thread had until the end of its last period: so a short one, of which a
 * thousandth is still the least runtime there is. */
enum { CPU = 1000, PERIOD_NS = 2000000 };

/* --- somebody to try it on --- */

static _Noreturn void wait_for_the_end(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		pause();
	_exit(0);
}

/* A process that does nothing; nobody hears of its end but us. -1: none to be had. */
static pid_t dummy_start(void)
{
	struct clone_args args = { 0 };
	pid_t parent = getpid();
	sigset_t all, before;
	cpu_set_t cpus;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid_t pid = sys_clone3(&args);
	if (pid == 0)
		wait_for_the_end(parent);
	sigprocmask(SIG_SETMASK, &before, NULL);
	memset(&cpus, 0xff, sizeof cpus);
	if (pid > 0)
		(void)sched_setaffinity(pid, sizeof cpus, &cpus); /* where it is not bound */
	return pid;
}

static void dummy_end(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		continue;
}

/* --- trying --- */

static bool takes(pid_t pid, uint32_t permille)
{
	const struct sched_attr a = {
		.policy = SCHED_DEADLINE_POLICY,
		.runtime = (uint64_t)permille * (PERIOD_NS / 1000),
		.deadline = PERIOD_NS,
		.period = PERIOD_NS,
	};

	return sched_attr_set(pid, &a) == 0;
}

/* The most that PID takes, up to MOST; it has it then. -1: it may not have any. */
static int most_for(pid_t pid, uint32_t most, uint32_t *out)
{
	uint32_t low = 0, high = most;

	*out = 0;
	if (takes(pid, most)) {
		*out = most;
		return 0;
	}
	if (errno != EBUSY)
		return -1;
	while (high - low > 1) { /* LOW fits, HIGH does not */
		uint32_t mid = low + (high - low) / 2;

		*(takes(pid, mid) ? &low : &high) = mid;
	}
	*out = low;
	return 0;
}

int packet_sched_left(uint32_t wanted, uint32_t *left, struct err *e)
{
	size_t n = 0, most = (wanted + CPU - 1) / CPU;
	pid_t *pids = mem_alloc((most + 1) * sizeof *pids);
	uint32_t got = 0, ask = 0;
	int rc = 0;

	/* Nobody takes more than a CPU, so each asks for one until somebody is refused. */
	for (*left = 0; *left < wanted && got == ask && rc == 0; *left += got) {
		ask = wanted - *left < CPU ? wanted - *left : CPU;
		pids[n] = dummy_start();
		if (pids[n] < 0) {
			rc = err_set(e, errno, "make a process to try deadlines on");
			break;
		}
		if (most_for(pids[n++], ask, &got) < 0)
			rc = err_set(e, errno, "try deadlines on a process of ours");
	}
	while (n-- > 0)
		dummy_end(pids[n]);
	free(pids);
	(void)nanosleep(&(struct timespec){ .tv_nsec = 2L * PERIOD_NS }, NULL);
	return rc;
}
