/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/start_socket.h"
#include "runtime/base/scope.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* By the directory's descriptor: a state root's path may be longer than an address, unix(7). */
static struct sockaddr_un address(const struct container *c)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/start", c->dir_fd);
	return a;
}

static int new_socket(struct err *e)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	return fd < 0 ? err_set(e, errno, "make start socket") : fd;
}

int start_socket_listen(struct container *c, struct err *e)
{
	const struct sockaddr_un a = address(c);
	scoped_fd int fd = new_socket(e);

	if (fd < 0)
		return -1;
	(void)unlinkat(c->dir_fd, "start", 0);
	if (bind(fd, (const struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 1) < 0)
		return err_set(e, errno, "bind %s/%s/start", c->root, c->id);
	fd_drop(&c->listener);
	c->listener = fd_take(&fd);
	return 0;
}

int start_socket_connect(const struct container *c, struct err *e)
{
	const struct sockaddr_un a = address(c);
	scoped_fd int fd = new_socket(e);

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&a, sizeof a) < 0)
		return err_set(e, errno, "reach the container's init");
	return fd_take(&fd);
}
