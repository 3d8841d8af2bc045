/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/nl.h"
#include "netns/side.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

/* Some 300 links that change at once; a message about one takes 2 to 3 kB of it. */
enum { BUFFER = 1 << 20 };
/* A message of more would be truncated, and is told as a lost one. */
enum { MESSAGE_MAX = 32768 };
/* So many at a time: root in the guest can make them faster than we take them in. */
enum { MESSAGES = 1024 };

static int open_socket(void *arg, struct err *e)
{
	const struct sockaddr_nl links = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	scoped_fd int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	const int size = BUFFER;

	if (fd < 0)
		return err_set(e, errno, "open netlink socket");
	/* FORCE: beyond what the host allows everyone. A small buffer loses messages sooner, and
	 * that is told. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (bind(fd, (const struct sockaddr *)&links, sizeof links) < 0)
		return err_set(e, errno, "watch links");
	*(int *)arg = fd_take(&fd);
	return 0;
}

int net_watch_open(struct net *n, enum net_side side, struct err *e)
{
	scoped_fd int fd = -1;

	return side_do(n, side, open_socket, &fd, e) < 0 ? -1 : fd_take(&fd);
}

static void add_name(struct strs *names, const char *name)
{
	if (!strs_has(names, name))
		strs_add(names, name);
}

static void take_messages(struct nlmsghdr *h, int left, struct strs *names)
{
	for (; nlmsg_ok(h, left); h = nlmsg_next(h, &left)) {
		struct nlattr *name;

		if (h->nlmsg_type != RTM_NEWLINK && h->nlmsg_type != RTM_DELLINK)
			continue;
		name = nlmsg_find_attr(h, sizeof(struct ifinfomsg), IFLA_IFNAME);
		if (name)
			add_name(names, nla_get_string(name));
	}
}

/* 1: there may be more. Whoever is root in the guest can send to its netlink groups, so only what
 * the kernel sent counts. */
static int receive(int fd, void *buffer, struct strs *names, struct err *e)
{
	struct sockaddr_nl from = { 0 };
	socklen_t from_len = sizeof from;
	ssize_t got =
		recvfrom(fd, buffer, MESSAGE_MAX, MSG_TRUNC, (struct sockaddr *)&from, &from_len);

	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (got < 0 && errno == EINTR)
		return 1;
	if (got < 0 && errno != ENOBUFS)
		return err_set(e, errno, "receive changes of links");
	if (got < 0 || got > MESSAGE_MAX)
		add_name(names, "");
	else if (from.nl_pid == 0)
		take_messages(buffer, (int)got, names);
	return 1;
}

int net_watch_read(int fd, void (*changed)(const char *name, void *arg), void *arg, struct err *e)
{
	scoped_str char *buffer = mem_alloc(MESSAGE_MAX);
	scoped_strs struct strs names = { 0 };
	int more = 1;

	for (int i = 0; i < MESSAGES && more > 0; i++)
		more = receive(fd, buffer, &names, e);
	for (size_t i = 0; i < names.n; i++)
		changed(names.v[i], arg);
	return more < 0 ? -1 : 0;
}
