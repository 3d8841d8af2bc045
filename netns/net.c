/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/net.h"
#include "netns/link.h"
#include "netns/nl.h"
#include "netns/side.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netlink/socket.h>
#include <sys/socket.h>

int net_open_host(struct net **out, struct err *e)
{
	struct nl_sock *host = NULL;

	if (nl_open(&host, NETLINK_ROUTE, e) < 0)
		return -1;
	*out = mem_alloc(sizeof **out);
	**out = (struct net){ .host = host, .guest_ns = -1 };
	return 0;
}

static int open_socket(void *arg, struct err *e)
{
	return nl_open(arg, NETLINK_ROUTE, e);
}

static int open_inside(int netns_fd, struct nl_sock **out, struct err *e)
{
	return netns_do(netns_fd, open_socket, out, e);
}

int net_open_guest(struct net *n, int netns_fd, struct err *e)
{
	assert(!n->guest);
	scoped_fd int ns = fcntl(netns_fd, F_DUPFD_CLOEXEC, 0);

	if (ns < 0)
		return err_set(e, errno, "keep network namespace");
	if (open_inside(netns_fd, &n->guest, e) < 0)
		return -1;
	n->guest_ns = fd_take(&ns);
	return 0;
}

bool net_has_guest(const struct net *n)
{
	return n->guest;
}

int net_guest_cookie(struct net *n, uint64_t *cookie, struct err *e)
{
	socklen_t size = sizeof *cookie;

	if (getsockopt(nl_socket_get_fd(n->guest), SOL_SOCKET, SO_NETNS_COOKIE, cookie, &size) < 0)
		return err_set(e, errno, "identify the container's network namespace");
	return 0;
}

void net_free(struct net *n)
{
	if (!n)
		return;
	nl_socket_free(n->host);
	if (n->guest)
		nl_socket_free(n->guest);
	fd_drop(&n->guest_ns);
	free(n);
}

static int loopback_up(struct nl_sock *inside, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };

	link_add_up(&b, "lo");
	return nl_run(inside, &b, e);
}

int net_loopback_up(struct net *n, struct err *e)
{
	return loopback_up(n->guest, e);
}

int net_loopback_up_in(int netns_fd, struct err *e)
{
	struct nl_sock *inside = NULL;

	if (open_inside(netns_fd, &inside, e) < 0)
		return -1;

	int r = loopback_up(inside, e);
	nl_socket_free(inside);
	return r;
}
