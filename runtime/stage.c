/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/stage.h"
#include "runtime/base/scope.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { FDS_MAX = 253 }; /* SCM_MAX_FD */

struct stage_msg {
	uint32_t stage;
	struct err err; /* with another stage than STAGE_FAILED: a remark */
};

union control {
	char buf[CMSG_SPACE(FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

static const char *const stage_names[] = {
	[STAGE_FAILED] = "failure", [STAGE_MAPPED] = "id maps", [STAGE_NETWORK] = "network",
	[STAGE_READY] = "ready",    [STAGE_JOINED] = "entry",   [STAGE_CONSOLE] = "terminal",
	[STAGE_MOUNTED] = "mounts", [STAGE_START] = "start",    [STAGE_SCHEDULE] = "scheduler",
};
_Static_assert(sizeof stage_names / sizeof *stage_names == STAGES, "a name for each stage");

int stage_pair(int *ours, int *theirs, struct err *e)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, errno, "make stage socket");
	*ours = pair[0];
	*theirs = pair[1];
	return 0;
}

/* Closing with unread messages resets a connection, and the reset is told once, before what the
 * peer has sent: unix(7). The messages are still there. */
static ssize_t receive(int sock, struct msghdr *msg, int flags)
{
	ssize_t n;

	do
		n = recvmsg(sock, msg, flags | MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	return n;
}

/* Without waiting: has the peer said that it failed? */
static bool has_failed(int sock, struct err *why)
{
	struct stage_msg m;
	struct iovec iov = { &m, sizeof m };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (receive(sock, &msg, MSG_DONTWAIT) != sizeof m || m.stage != STAGE_FAILED)
		return false;
	*why = m.err;
	why->text[sizeof why->text - 1] = '\0';
	return true;
}

/* The peer is gone, so STAGE cannot be told. What it said last says why. */
static int last_words(int sock, enum stage stage, int code, struct err *e)
{
	return has_failed(sock, e) ? -1 : err_set(e, code, "report %s", stage_names[stage]);
}

void stage_prefer_peer(int sock, struct err *e)
{
	if (sock >= 0)
		(void)has_failed(sock, e);
}

int stage_send(int sock, enum stage stage, const struct err *err, const int *fds, size_t n_fds,
	       struct err *e)
{
	struct stage_msg m = { .stage = stage };
	struct iovec iov = { &m, sizeof m };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (err)
		m.err = *err;
	if (n_fds > FDS_MAX)
		return err_set(e, E2BIG, "send %zu descriptors", n_fds);
	if (n_fds > 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	if (sendmsg(sock, &msg, MSG_NOSIGNAL) >= 0)
		return 0;
	if (errno == EPIPE || errno == ECONNRESET)
		return last_words(sock, stage, EPIPE, e);
	return err_set(e, errno, "report %s", stage_names[stage]);
}

/* Take what came along. The kernel has made the descriptors ours, wanted or not. */
static int take_fds(struct msghdr *msg, int *fds, size_t *n_fds, struct err *e)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	size_t n = 0, room = n_fds ? *n_fds : 0;
	int got[FDS_MAX];

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(got, CMSG_DATA(c), n * sizeof(int));
	}
	if (n > room || (msg->msg_flags & MSG_CTRUNC)) {
		for (size_t i = 0; i < n; i++)
			close(got[i]);
		return err_set(e, EPROTO, "receive descriptors: %zu came, %zu expected", n, room);
	}
	if (n > 0)
		memcpy(fds, got, n * sizeof(int));
	if (n_fds)
		*n_fds = n;
	return 0;
}

static int await_readable(int sock, int hangup_fd, struct err *e)
{
	struct pollfd p[] = { { .fd = sock, .events = POLLIN }, { .fd = hangup_fd } };

	for (;;) {
		int n = poll(p, 2, -1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, errno, "poll stage socket");
		if (p[0].revents)
			return 0;
		return err_set(e, EPIPE, "the one who asked is gone");
	}
}

int stage_await(int sock, enum stage want, int *fds, size_t *n_fds, int hangup_fd, struct err *e)
{
	struct stage_msg m = { 0 };
	struct iovec iov = { &m, sizeof m };
	union control control;
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.buf,
			      .msg_controllen = sizeof control.buf };
	ssize_t n;

	if (await_readable(sock, hangup_fd, e) < 0)
		return err_wrap(e, "wait for %s", stage_names[want]);
	n = receive(sock, &msg, 0);
	if (n < 0)
		return err_set(e, errno, "wait for %s", stage_names[want]);
	if (n == 0)
		return err_set(e, 0, "peer ended before %s", stage_names[want]);
	if (take_fds(&msg, fds, n_fds, e) < 0)
		return -1;
	if (n != sizeof m || (m.stage != want && m.stage != STAGE_FAILED))
		return err_set(e, EPROTO, "wait for %s", stage_names[want]);
	*e = m.err;
	e->text[sizeof e->text - 1] = '\0';
	return m.stage == STAGE_FAILED ? -1 : 0;
}

int stage_await_exec(int sock, struct err *e)
{
	struct stage_msg m;
	struct iovec iov = { &m, sizeof m };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = receive(sock, &msg, 0);

	if (n == 0)
		return 0;
	if (n < 0)
		return err_set(e, errno, "wait for exec");
	if (n != sizeof m || m.stage != STAGE_FAILED)
		return err_set(e, EPROTO, "wait for exec");
	*e = m.err;
	e->text[sizeof e->text - 1] = '\0';
	return -1;
}
