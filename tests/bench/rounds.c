/* SPDX-License-Identifier: Apache-2.0 */
/* rounds: how long commands take, interleaved.
 *
 *   rounds ROUNDS <CASES      a line a case: NAME|COMMAND|CLEANUP[|NAMESPACE[|BEFORE]]
 *
 * COMMAND is split at blanks and run without a shell; the time is from before the spawn until it
 * has ended. CLEANUP, by sh and not timed, follows each run. NAMESPACE, the path of a mount
 * namespace, is where the command runs ("": ours). BEFORE, if it is not empty, is said to run the
 * command once more right before, not timed. "@clone3" stands for a child in new namespaces of
 * every kind that execs /bin/true: the floor. Each round runs every case once, in an order of its
 * own, with a pause before each: the kernel takes network namespaces down in the background, under
 * a lock that the next one to be made waits for. Output: JSON, microseconds. */
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { CASES_MAX = 48, ROUNDS_MAX = 1000, ARGS_MAX = 32, TIMEOUT_S = 60, PAUSE_MS = 60 };

struct bench_case {
	char *name, *cleanup;
	char *argv[ARGS_MAX];
	int mount_ns; /* -1: ours */
	int warm;     /* run it once before, not timed */
	double us[ROUNDS_MAX];
};

static int devnull;

static _Noreturn void die(const char *what, const char *about)
{
	fprintf(stderr, "rounds: %s%s%s\n", what, about ? ": " : "", about ? about : "");
	exit(1);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static pid_t spawn_floor(void)
{
	struct clone_args args = { .flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS |
					    CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC |
					    CLONE_NEWCGROUP | CLONE_NEWTIME,
				   .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&args);

	if (pid == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(127);
	}
	return pid;
}

static pid_t spawn_command(const struct bench_case *c)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (c->mount_ns >= 0 && setns(c->mount_ns, CLONE_NEWNS) < 0)
		_exit(126);
	dup2(devnull, 0);
	dup2(devnull, 1);
	execvp(c->argv[0], c->argv);
	_exit(127);
}

static double time_once(const struct bench_case *c)
{
	double start = now_us();
	pid_t pid = strcmp(c->argv[0], "@clone3") == 0 ? spawn_floor() : spawn_command(c);
	int status = -1;

	if (pid < 0)
		die(c->name, strerror(errno));
	alarm(TIMEOUT_S); /* a command that hangs ends the whole run */
	if (waitpid(pid, &status, 0) != pid)
		die(c->name, strerror(errno));
	alarm(0);
	double took = now_us() - start;

	if (status != 0)
		die(c->name, "the command failed");
	if (*c->cleanup && system(c->cleanup) != 0) /* NOLINT: from our own script */
		die(c->name, "the cleanup failed");
	return took;
}

static void run_case(struct bench_case *c, int round)
{
	nanosleep(&(struct timespec){ 0, PAUSE_MS * 1000000L }, NULL);
	if (c->warm)
		(void)time_once(c);
	double took = time_once(c);

	if (round >= 0)
		c->us[round] = took;
}

static void read_case(char *line, struct bench_case *c)
{
	char *rest = line, *command;
	size_t n = 0;

	line[strcspn(line, "\n")] = '\0';
	c->name = str_dup(strsep(&rest, "|"));
	command = strsep(&rest, "|");
	if (!command || !rest)
		die("a case is NAME|COMMAND|CLEANUP", c->name);
	c->cleanup = str_dup(strsep(&rest, "|"));
	const char *ns = strsep(&rest, "|");
	c->mount_ns = ns && *ns ? open(ns, O_RDONLY | O_CLOEXEC) : -1;
	if (ns && *ns && c->mount_ns < 0)
		die(ns, strerror(errno));
	c->warm = rest && *rest;
	for (char *word; (word = strsep(&command, " ")) && n < ARGS_MAX - 1;)
		if (*word)
			c->argv[n++] = str_dup(word);
	if (n == 0)
		die("no command", c->name);
}

static int by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(const double *sorted, int n, double q)
{
	double at = q * (n - 1);
	int low = (int)at, high = low + 1 < n ? low + 1 : low;

	return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/* Fisher and Yates; the same orders in every run. */
static void shuffle(int *order, int n)
{
	static unsigned state = 1;

	for (int i = n - 1; i > 0; i--) {
		state = state * 1103515245 + 12345;
		int j = (int)(state >> 16) % (i + 1), other = order[i];

		order[i] = order[j];
		order[j] = other;
	}
}

int main(int argc, char **argv)
{
	static struct bench_case cases[CASES_MAX];
	int rounds = argc == 2 ? atoi(argv[1]) : 0, n = 0, order[CASES_MAX];
	char line[4096];

	if (rounds < 1 || rounds > ROUNDS_MAX)
		die("usage: rounds ROUNDS <CASES; at most 1000 rounds", NULL);
	devnull = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (; n < CASES_MAX && fgets(line, sizeof line, stdin); n++) {
		read_case(line, &cases[n]);
		order[n] = n;
	}
	for (int r = -1; r < rounds; r++) { /* the first one only warms up */
		shuffle(order, n);
		for (int i = 0; i < n; i++)
			run_case(&cases[order[i]], r);
	}
	for (int i = 0; i < n; i++) {
		double *us = cases[i].us;

		qsort(us, (size_t)rounds, sizeof *us, by_time);
		printf("%s{\"name\":\"%s\",\"rounds\":%d,\"median_us\":%.0f,\"p10_us\":%.0f,"
		       "\"p90_us\":%.0f,\"min_us\":%.0f}%s\n",
		       i ? "," : "[", cases[i].name, rounds, quantile(us, rounds, 0.5),
		       quantile(us, rounds, 0.1), quantile(us, rounds, 0.9), us[0],
		       i + 1 < n ? "" : "]");
	}
	return 0;
}
