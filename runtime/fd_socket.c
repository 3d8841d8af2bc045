/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/fd_socket.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int refused(const char *path, int code, struct err *e)
{
	const char *why = code == ENOENT         ? "there is no such socket"
			  : code == ECONNREFUSED ? "nobody listens there"
			  : code == EPROTOTYPE   ? "it is not of type SOCK_STREAM"
					       : strerror(code); /* NOLINT(concurrency-mt-unsafe) */

	return err_tell(e, 0, "connect to %s: %s", path, why);
}

int fd_socket_connect(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	scoped_str char *dir =
		slash ? str_printf("%.*s/", (int)(slash - path), path) : str_dup(".");
	scoped_fd int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	scoped_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (at < 0)
		return refused(path, errno, e);
	if (fd < 0)
		return err_set(e, errno, "make a socket");
	/* An address has room for 107 characters, a path may be longer. */
	int n = snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/%s", at,
			 slash ? slash + 1 : path);
	if (n >= (int)sizeof a.sun_path)
		return refused(path, ENAMETOOLONG, e);
	if (connect(fd, (const struct sockaddr *)&a, sizeof a) < 0)
		return refused(path, errno, e);
	return fd_take(&fd);
}

int fd_socket_send(int sock, int fd, struct err *e)
{
	static char name[] = "/dev/ptmx"; /* at least one byte has to go along; runc sends a name */
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { name, sizeof name - 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.buf,
			      .msg_controllen = sizeof control.buf };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? err_set(e, errno, "send the descriptor") : 0;
}
