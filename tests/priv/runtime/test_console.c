/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/console.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <termios.h>

/* The user's side: what a person has in front of, and the relay as its foreground process. */
struct user {
	int terminal; /* the user's master */
	int slave;    /* kept open, so that its settings can be looked at */
	pid_t relay;
	char seen[16384];
	size_t n;
};

static struct err e;

/* In the child of the relay: become ARGV on the terminal of MASTER. */
static void run_inside(int master, const char *const *argv)
{
	setsid();
	if (console_attach(master, &e) < 0)
		_exit(99);
	close(master);
	execvp(argv[0], (char **)argv);
	_exit(98);
}

/* The relay's process: its exit status is the inner process's, 90 and up for failures of our own.
 */
static int run_relay(const char *const *argv)
{
	int master = -1, status;

	if (console_open(&master, &e) < 0)
		return 90;
	pid_t pid = fork();
	if (pid == 0)
		run_inside(master, argv);

	int pidfd = pidfd_open(pid, 0);
	if (console_relay(master, pidfd, &e) < 0)
		return 91;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static struct user start(const char *const *argv)
{
	struct user u = { 0 };
	struct winsize size = { .ws_row = 33, .ws_col = 77 };

	cr_assert_eq(openpty(&u.terminal, &u.slave, NULL, NULL, &size), 0);
	u.relay = fork();
	if (u.relay == 0) {
		setsid();
		ioctl(u.slave, TIOCSCTTY, 0);
		dup2(u.slave, 0);
		dup2(u.slave, 1);
		_exit(run_relay(argv));
	}
	return u;
}

/* Read until TEXT has been seen. */
static bool see(struct user *u, const char *text)
{
	struct pollfd p = { .fd = u->terminal, .events = POLLIN };

	while (!strstr(u->seen, text)) {
		if (u->n == sizeof u->seen - 1 || poll(&p, 1, 5000) <= 0)
			return false;
		ssize_t n = read(u->terminal, u->seen + u->n, sizeof u->seen - 1 - u->n);
		if (n <= 0)
			return false;
		u->n += (size_t)n;
		u->seen[u->n] = '\0';
	}
	return true;
}

static void type(const struct user *u, const char *text)
{
	cr_assert_eq(write(u->terminal, text, strlen(text)), (ssize_t)strlen(text));
}

static bool is_raw(const struct user *u)
{
	struct termios t;

	cr_assert_eq(tcgetattr(u->slave, &t), 0);
	return !(t.c_lflag & (ICANON | ECHO | ISIG));
}

static int end(struct user *u)
{
	int status = -1;

	waitpid(u->relay, &status, 0);
	cr_expect(!is_raw(u), "the terminal is left raw");
	close(u->terminal);
	close(u->slave);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define START(...) start((const char *const[]){ __VA_ARGS__, NULL })

TestSuite(console, .timeout = 60);

Test(console, relays_both_ways_in_raw_mode_and_restores)
{
	struct user u = START("sh", "-c", "tty; read x; echo \"<$x>\"; exit 7");

	cr_expect(see(&u, "/dev/pts/"));
	cr_expect(wait_until(is_raw(&u), 2000));
	type(&u, "hello\n");
	cr_expect(see(&u, "<hello>"), "%s", u.seen);
	cr_expect_eq(end(&u), 7);
}

Test(console, window_size_is_there_at_once_and_follows)
{
	struct user u = START("sh", "-c",
			      "stty size; trap 'stty size; exit 0' WINCH; echo ready; "
			      "while :; do sleep 0.05; done");
	struct winsize size = { .ws_row = 50, .ws_col = 111 };

	cr_expect(see(&u, "33 77"), "%s", u.seen);
	cr_expect(see(&u, "ready"));
	cr_assert_eq(ioctl(u.terminal, TIOCSWINSZ, &size), 0);
	cr_expect(see(&u, "50 111"), "%s", u.seen);
	cr_expect_eq(end(&u), 0);
}

Test(console, control_characters_are_the_process_s)
{
	struct user u = START("sh", "-c",
			      "trap 'echo caught; exit 5' INT; echo ready; "
			      "while :; do sleep 0.05; done");

	cr_expect(see(&u, "ready"));
	cr_expect(wait_until(is_raw(&u), 2000));
	type(&u, "\x03");
	cr_expect(see(&u, "caught"), "%s", u.seen);
	cr_expect_eq(end(&u), 5);
}

Test(console, signals_to_the_relay_are_passed_on_and_leave_no_raw_terminal)
{
	static const int signals[] = { SIGTERM, SIGHUP, SIGUSR1, SIGINT };

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct user u = START("sh", "-c", "echo ready; exec sleep 60");

		cr_expect(see(&u, "ready"));
		cr_expect(wait_until(is_raw(&u), 2000));
		kill(u.relay, signals[i]);
		cr_expect_eq(end(&u), 128 + signals[i]);
	}
}

/* More than any buffer, right before the end. */
Test(console, output_is_drained)
{
	struct user u = START("sh", "-c", "seq 1 2000; echo last-$((40 + 2))");
	char line[24];
	size_t missing = 0;

	cr_expect(see(&u, "last-42"), "%zu bytes came", u.n);
	for (int i = 1; i <= 2000; i++) {
		snprintf(line, sizeof line, "\n%d\r", i);
		missing += i > 1 && !strstr(u.seen, line);
	}
	cr_expect_eq(missing, 0, "%zu lines are missing", missing);
	cr_expect_eq(end(&u), 0);
}

Test(console, outlives_the_slave_and_ends_with_the_process)
{
	struct user u = START("sh", "-c", "echo first; exec <&- >&- 2>&-; sleep 0.3; exit 6");

	cr_expect(see(&u, "first"));
	cr_expect_eq(end(&u), 6);
	/* And the other way round: one in the background holds the slave. */
	u = START("sh", "-c", "trap '' HUP; sleep 5 & echo second; exit 4");
	int64_t before = now_ms();
	cr_expect(see(&u, "second"));
	cr_expect_eq(end(&u), 4);
	cr_expect_lt(now_ms() - before, 3000);
}

/* Stdin and stdout as pipes: their end is ^D, at the start of a line or not. */
Test(console, input_from_a_pipe_ends)
{
	static const char *const inputs[] = { "a\nb\n", "a\nb", "" };
	static const int lines[] = { 2, 1, 0 }; /* wc -l counts newlines */

	for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
		static const char *const argv[] = { "sh", "-c", "stty -echo; echo go; wc -l",
						    NULL };
		int in[2], out[2], status;
		char text[200] = "";
		size_t n = 0;

		cr_assert(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
		pid_t pid = fork();
		if (pid == 0) {
			dup2(in[0], 0);
			dup2(out[1], 1);
			close(in[1]);
			_exit(run_relay(argv));
		}
		close(in[0]);
		close(out[1]);
		sleep_ms(200); /* echo is off by now */
		cr_assert_eq(write(in[1], inputs[i], strlen(inputs[i])),
			     (ssize_t)strlen(inputs[i]));
		close(in[1]);
		for (ssize_t got; (got = read(out[0], text + n, sizeof text - 1 - n)) > 0;)
			n += (size_t)got;
		close(out[0]);
		waitpid(pid, &status, 0);
		cr_expect_eq(WEXITSTATUS(status), 0);
		cr_expect_eq(atoi(text + 4), lines[i], "'%s'", text);
	}
}

/* Without a master it is a wait that passes signals on. */
Test(console, signals_alone)
{
	sigset_t set;
	int status;

	console_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL); /* as attach does */
	pid_t relay = fork();
	if (relay == 0) {
		pid_t pid = fork();
		if (pid == 0) {
			sigprocmask(SIG_UNBLOCK, &set, NULL);
			execlp("sleep", "sleep", "60", NULL);
		}
		if (console_relay(-1, pidfd_open(pid, 0), &e) < 0)
			_exit(91);
		waitpid(pid, &status, 0);
		_exit(WIFSIGNALED(status) ? WTERMSIG(status) : 92);
	}
	kill(relay, SIGQUIT);
	waitpid(relay, &status, 0);
	cr_expect_eq(WEXITSTATUS(status), SIGQUIT, "%d", WEXITSTATUS(status));
}

Test(console, what_is_no_terminal_is_told)
{
	host_netns(); /* a mount namespace of our own */
	must_run("sh", "-c",
		 "mkfifo /tmp/nfrun-fifo && mount --bind /tmp/nfrun-fifo /dev/ptmx; "
		 "rm /tmp/nfrun-fifo");
	int master = -1;

	cr_expect_eq(console_open(&master, &e), -1);
	cr_expect_str_eq(e.text, "open /dev/ptmx: it makes no terminals");
}
