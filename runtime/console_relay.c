/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/scope.h"
#include "runtime/console.h"
#include "runtime/record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <termios.h>

enum { IN, OUT, MASTER, SIGNALS, PROCESS, END, POLLED };

enum { END_FIRST_MS = 10, END_MOST_MS = 640 };

static const char ctrl_d = 4;

struct flow { /* one direction; read again only when all is written */
	char buf[4096];
	size_t at, n;
};

struct relay {
	int master, pidfd, signals;
	int end; /* a timer while stdin has ended: look whether that has to be said again */
	int end_ms;
	pid_t pid; /* the process's; -1: unknown */
	bool in_open, master_open;
	struct flow in, out; /* to the master; from it */
	sigset_t before;
	struct sigaction pipe_before;
	struct termios termios_before;
	bool is_raw;
};

static void relay_drop(struct relay *r)
{
	/* TCSADRAIN would wait for a terminal that the user has stopped. */
	if (r->is_raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &r->termios_before);
	fd_drop(&r->signals);
	fd_drop(&r->end);
	sigaction(SIGPIPE, &r->pipe_before, NULL);
	sigprocmask(SIG_SETMASK, &r->before, NULL);
}

void console_signals(sigset_t *set)
{
	static const int taken[] = { SIGINT,  SIGTERM, SIGHUP,   SIGQUIT,
				     SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD };

	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		sigaddset(set, taken[i]);
}

static int take_signals(struct relay *r, struct err *e)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;

	console_signals(&set);
	sigprocmask(SIG_BLOCK, &set, &r->before);
	sigaction(SIGPIPE, &ignore, &r->pipe_before); /* a closed stdout is an error to handle */
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->signals < 0 ? err_set(e, errno, "take signals") : 0;
}

static void pass_size(const struct relay *r)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		(void)ioctl(r->master, TIOCSWINSZ, &size); /* it may be closed by now */
}

/* What a subreaper has adopted (`run`): zombies would count against the container's pids. The
 * process itself is for who called. */
static void reap_others(const struct relay *r)
{
	for (;;) {
		siginfo_t info = { 0 };

		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0 ||
		    info.si_pid == r->pid)
			return;
		(void)waitpid(info.si_pid, NULL, WNOHANG);
	}
}

static void pass_signals(const struct relay *r)
{
	struct signalfd_siginfo s;

	while (read(r->signals, &s, sizeof s) == sizeof s) {
		if (s.ssi_signo == SIGCHLD)
			reap_others(r);
		else if (s.ssi_signo != SIGWINCH)
			(void)pidfd_send_signal(r->pidfd, (int)s.ssi_signo, NULL,
						0); /* ended? soon seen */
		else if (r->master >= 0)
			pass_size(r);
	}
}

/* Returns whether FD can go on: false at its end. */
static bool flow_read(struct flow *f, int fd)
{
	ssize_t n = read(fd, f->buf, sizeof f->buf);

	f->at = 0;
	f->n = n > 0 ? (size_t)n : 0;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool flow_write(struct flow *f, int fd)
{
	ssize_t n = write(fd, f->buf + f->at, f->n);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	f->at += (size_t)n;
	f->n -= (size_t)n;
	return true;
}

/* What a user would type, where nothing else is left to read: ^D ends the input at the start of a
 * line, elsewhere it sends the line off. termios(3), VEOF. */
static void type_end(struct relay *r)
{
	scoped_fd int slave =
		ioctl(r->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct pollfd unread = { .fd = slave, .events = POLLIN };
	char end = ctrl_d;
	struct termios t;

	if (slave < 0 || tcgetattr(slave, &t) < 0 || poll(&unread, 1, 0) != 0)
		return;
	if (t.c_lflag & ICANON)
		end = (char)t.c_cc[VEOF];
	if (end == _POSIX_VDISABLE)
		return;
	r->in.at = 0;
	r->in.buf[r->in.n++] = end;
}

/* A file at its end is so for each that reads it, but a ^D is for one: the next would wait for
 * ever, and so would who was not there yet, or has changed the terminal's mode since. */
static void say_end(struct relay *r)
{
	const struct itimerspec again = { .it_value.tv_nsec = r->end_ms * 1000000L };
	uint64_t times;

	(void)!read(r->end, &times, sizeof times); /* nothing to read the first time */
	(void)timerfd_settime(r->end, 0, &again, NULL);
	if (r->end_ms < END_MOST_MS)
		r->end_ms *= 2;
	if (r->in.n == 0 && r->master_open)
		type_end(r);
}

static void begin_end(struct relay *r)
{
	r->end = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	r->end_ms = END_FIRST_MS;
	say_end(r);
}

static void relay_input(struct relay *r)
{
	fd_drop(&r->end);
	if (flow_read(&r->in, STDIN_FILENO))
		return;
	r->in_open = false;
	begin_end(r);
}

/* What was typed before we came is in lines; among them a ^D is no character, and raw mode would
 * make a NUL of it. */
static void take_typed(struct relay *r)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	struct flow *in = &r->in;
	ssize_t n = -1;

	while (in->n < sizeof in->buf - 1 && poll(&p, 1, 0) == 1 && !(p.revents & POLLHUP)) {
		n = read(STDIN_FILENO, in->buf + in->n, sizeof in->buf - 1 - in->n);
		if (n < 0)
			return;
		in->n += (size_t)n;
		if (n == 0 || in->buf[in->n - 1] != '\n')
			in->buf[in->n++] = ctrl_d;
	}
	if (n == 0)
		begin_end(r); /* until something else is typed */
}

static void make_raw(struct relay *r)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &r->termios_before) < 0)
		return; /* not a terminal */
	if (r->termios_before.c_lflag & ICANON)
		take_typed(r);
	raw = r->termios_before;
	cfmakeraw(&raw);
	r->is_raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

/* The master's end, an EIO, comes when nobody has the slave open any more; the process may live on
 * without. */
static void relay_output(struct relay *r)
{
	r->master_open = flow_read(&r->out, r->master);
}

static void write_output(struct relay *r)
{
	if (!flow_write(&r->out, STDOUT_FILENO))
		r->out.n = 0; /* nobody reads: what comes is dropped, the process shall not hang */
}

static void write_input(struct relay *r)
{
	if (!flow_write(&r->in, r->master))
		r->in.n = 0;
}

static struct pollfd when(bool wanted, int fd, short events)
{
	return (struct pollfd){ .fd = wanted ? fd : -1, .events = events };
}

/* One round; 1: the process has ended. */
static int relay_once(struct relay *r, struct err *e)
{
	short to_master = (short)(r->in.n > 0 ? POLLOUT : 0);
	short from_master = (short)(r->out.n == 0 ? POLLIN : 0);
	struct pollfd p[POLLED] = {
		[IN] = when(r->in_open && r->in.n == 0, STDIN_FILENO, POLLIN),
		[OUT] = when(r->out.n > 0, STDOUT_FILENO, POLLOUT),
		[MASTER] = when(r->master_open && (to_master | from_master), r->master,
				(short)(to_master | from_master)),
		[SIGNALS] = { .fd = r->signals, .events = POLLIN },
		[PROCESS] = { .fd = r->pidfd, .events = POLLIN },
		[END] = { .fd = r->end, .events = POLLIN },
	};

	if (poll(p, POLLED, -1) < 0 && errno != EINTR)
		return err_set(e, errno, "relay the terminal");
	if (p[SIGNALS].revents)
		pass_signals(r);
	if (p[OUT].revents)
		write_output(r);
	if (p[MASTER].revents & POLLOUT)
		write_input(r);
	if (p[IN].revents)
		relay_input(r);
	else if (p[END].revents)
		say_end(r);
	if ((p[MASTER].revents & ~POLLOUT) && r->out.n == 0)
		relay_output(r);
	return p[PROCESS].revents != 0;
}

/* The process has ended; what it wrote is in the master by now, as read(2) flushes it there. Others
 * that still hold the slave do not keep us. */
static void drain(struct relay *r)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	while (r->out.n > 0 || r->master_open) {
		if (r->out.n == 0)
			relay_output(r);
		if (r->out.n == 0)
			return;
		(void)poll(&out, 1, -1); /* it may be non-blocking */
		write_output(r);
	}
}

int console_relay(int master, int pidfd, struct err *e)
{
	scoped(relay_drop) struct relay r = { .master = master,
					      .pidfd = pidfd,
					      .signals = -1,
					      .in_open = master >= 0,
					      .master_open = master >= 0,
					      .end = -1 };
	struct err gone = { 0 };
	int ended = 0;

	if (take_signals(&r, e) < 0)
		return -1;
	r.pid = proc_pid_of(pidfd, &gone);
	if (master >= 0) {
		if (fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
			return err_set(e, errno, "set up the terminal");
		make_raw(&r);
		pass_size(&r);
	}
	while (ended == 0)
		ended = relay_once(&r, e);
	if (ended < 0)
		return -1;
	drain(&r);
	return 0;
}
