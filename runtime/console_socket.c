/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/console_socket.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A path that is too long for an address is reached by a descriptor of its directory. */
static int address_of(const char *path, int *dir, struct sockaddr_un *a, struct err *e)
{
	const char *slash = strrchr(path, '/');

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) < sizeof a->sun_path) {
		memcpy(a->sun_path, path, strlen(path) + 1);
		return 0;
	}
	scoped_str char *above = str_printf("%.*s", slash ? (int)(slash - path) : 0, path);

	*dir = slash ? open(above, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (*dir < 0 || snprintf(a->sun_path, sizeof a->sun_path, "/proc/self/fd/%d%s", *dir,
				 slash) >= (int)sizeof a->sun_path)
		return err_set(e, ENAMETOOLONG, "connect to %s", path);
	return 0;
}

int console_socket_open(const char *path, struct err *e)
{
	scoped_fd int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	scoped_fd int dir = -1;
	struct sockaddr_un a;

	if (sock < 0)
		return err_set(e, errno, "make socket");
	if (address_of(path, &dir, &a, e) < 0)
		return -1;
	if (connect(sock, (const struct sockaddr *)&a, sizeof a) < 0)
		return err_set(e, errno, "connect to %s", path);
	return fd_take(&sock);
}

int console_socket_send(int sock, int fd, struct err *e)
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
