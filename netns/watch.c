/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/genl.h"
#include "netns/side.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

/* Some 300 links that change at once; a message about one takes 2 to 3 kB of it. */
enum { BUFFER = 1 << 20 };
/* A message of more would be truncated, and is told as a lost one. */
enum { MESSAGE_MAX = 32768 };
/* So many at a time: root in the guest can make them faster than we take them in. */
enum { MESSAGES = 1024 };

struct source {
	int protocol;
	uint32_t groups[2]; /* 0: none */
	int fd;
};

static int join_groups(int fd, const struct source *s, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(s->groups); i++)
		if (s->groups[i] && setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
					       &s->groups[i], sizeof s->groups[i]) < 0)
			return err_set(e, errno, "watch links");
	return 0;
}

static int open_socket(void *arg, struct err *e)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	struct source *s = arg;
	scoped_fd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, s->protocol);
	const int size = BUFFER;

	if (fd < 0)
		return err_set(e, errno, "open netlink socket");
	/* FORCE: beyond what the host allows everyone. A small buffer loses messages sooner, and
	 * that is told. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (bind(fd, (const struct sockaddr *)&any, sizeof any) < 0)
		return err_set(e, errno, "watch links");
	if (join_groups(fd, s, e) < 0)
		return -1;
	s->fd = fd_take(&fd);
	return 0;
}

/* Queues of the host's links are out of reach of who is inside, and those of all links. */
int net_watch_open(struct net *n, enum net_side side, struct err *e)
{
	struct source s = { .protocol = NETLINK_ROUTE,
			    .groups = { RTNLGRP_LINK, side == NET_GUEST ? RTNLGRP_TC : 0 },
			    .fd = -1 };

	return side_do(n, side, open_socket, &s, e) < 0 ? -1 : s.fd;
}

int net_watch_open_channels(struct net *n, enum net_side side, struct err *e)
{
	struct source s = { .protocol = NETLINK_GENERIC, .fd = -1 };

	if (genl_find_group(n, side, ETHTOOL_GENL_NAME, ETHTOOL_MCGRP_MONITOR_NAME, &s.groups[0],
			    e) < 0)
		return -1;
	return side_do(n, side, open_socket, &s, e) < 0 ? -1 : s.fd;
}

static void add_name(struct strs *names, const char *name)
{
	if (!strs_has(names, name))
		strs_add(names, name);
}

/* All that ethtool tells begins with the same attribute that says of which link. */
static struct nlattr *name_in_ethtool(struct nlmsghdr *h)
{
	struct nlattr *head = genl_attr(h, ETHTOOL_A_CHANNELS_HEADER);

	return head ? nla_find(nla_data(head), nla_len(head), ETHTOOL_A_HEADER_DEV_NAME) : NULL;
}

static void take_messages(struct nlmsghdr *h, int left, struct strs *names)
{
	for (; nlmsg_ok(h, left); h = nlmsg_next(h, &left)) {
		struct nlattr *name;

		/* it names its link by index only, which is not ours to look up */
		if (h->nlmsg_type == RTM_NEWQDISC || h->nlmsg_type == RTM_DELQDISC)
			add_name(names, "");
		if (h->nlmsg_type == RTM_NEWLINK || h->nlmsg_type == RTM_DELLINK)
			name = nlmsg_find_attr(h, sizeof(struct ifinfomsg), IFLA_IFNAME);
		else
			name = h->nlmsg_type > GENL_MIN_ID ? name_in_ethtool(h) : NULL;
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
