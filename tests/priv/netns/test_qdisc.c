/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of the queues in front of links, whoever put them there. */
#include "tests/priv/netns/packet.h"

static struct net_queue queue_of(struct guest *g, const struct end *end)
{
	scoped(net_queues_drop) struct net_queues all = { 0 };
	struct net_queue q = { 0 };
	struct err e = { 0 };

	works(net_queues_read(g->net, end->side, &all, &e));
	works(net_queues_find(g->net, end->side, &all, end->name, &q, &e));
	return q;
}

HostTest(qdisc, of_each_end)
{
	scoped_guest struct guest g;
	struct err e = { 0 };

	guest_begin_kind(&g, 1, TEST_NS_USER);
	guest_plug(&g);
	const struct end ends[] = guest_ends(&g);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct net_queue q = queue_of(&g, &ends[i]);

		cr_assert_str_eq(q.kind, "noqueue");
		cr_assert_eq(q.backlog_packets + q.backlog_bytes + q.dropped + q.requeues +
				     q.overlimits + q.filtered,
			     0);
		works(queue_set(g.net, ends[i].side, ends[i].name, 100, &e));
		q = queue_of(&g, &ends[i]);
		cr_assert_str_eq(q.kind, "pfifo");
	}
	guest_unplug(&g);
}

/* A slow bucket with room for a few packets: some wait, the others are dropped; a filter in front
 * of it drops what it is told to. */
HostTest(qdisc, what_waits_and_what_is_dropped)
{
	enum { SENT = 200, SIZE = 1000 };
	scoped_guest struct guest g;
	char data[SIZE] = "";
	struct err e = { 0 };

	guest_begin(&g, 1);
	guest_plug_reachable(&g);
	const struct end host = { NET_HOST, g.host_name };
	must_run("tc", "qdisc", "add", "dev", g.host_name, "root", "tbf", "rate", "64kbit", "burst",
		 "2000", "limit", "10000");
	scoped_fd int udp = udp_to_peer(&g, NET_HOST);
	send_some(udp, SENT, data, sizeof data);

	struct net_queue q = queue_of(&g, &host);
	cr_assert_str_eq(q.kind, "tbf");
	cr_assert_gt(q.backlog_packets, 0);
	cr_assert_leq(q.backlog_packets, 10);
	cr_assert_gt(q.backlog_bytes, SIZE * q.backlog_packets);
	cr_assert_gt(q.dropped, SENT / 2);
	cr_assert_leq(q.dropped, SENT);
	cr_assert_gt(q.overlimits, 0);
	cr_assert_eq(q.filtered, 0);
	must_run("tc", "qdisc", "replace", "dev", g.host_name, "root", "pfifo");
	works(governor_set(g.net, NET_HOST, g.host_name, 0, 0, &e));
	send_some(udp, 7, data, sizeof data);
	q = queue_of(&g, &host);
	cr_assert_str_eq(q.kind, "pfifo");
	cr_assert_geq(q.filtered, 7);
	guest_unplug(&g);
}

HostTest(qdisc, no_such_link)
{
	scoped(net_queues_drop) struct net_queues all = { 0 };
	struct net_queue q;
	struct net *n = NULL;
	struct err e = { 0 };

	works(net_open_host(&n, &e));
	works(net_queues_read(n, NET_HOST, &all, &e));
	works(net_queues_find(n, NET_HOST, &all, "lo", &q, &e));
	fails(net_queues_find(n, NET_HOST, &all, "gone.abcdef", &q, &e), ENODEV, "gone.abcdef");
	net_free(n);
}
