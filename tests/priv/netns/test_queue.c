/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/netns/packet.h"

#include <poll.h>
#include <sys/resource.h>

static struct queue_stats stats_of(struct guest *g, const struct end *end)
{
	struct queue_stats s = { 0 };
	struct err e = { 0 };

	works(queue_stats_read(g->net, end->side, end->name, &s, &e));
	return s;
}

static struct run show(const struct guest *g, const struct end *end)
{
	return end->side == NET_GUEST ? inside(g, "tc", "qdisc", "show", "dev", end->name)
				      : run_cmd("tc", "qdisc", "show", "dev", end->name);
}

static void set_change_remove(int kind)
{
	scoped_guest struct guest g;
	struct err e = { 0 };
	struct queue_stats s;

	guest_begin_kind(&g, 1, kind);
	guest_plug(&g);
	const struct end ends[] = guest_ends(&g);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		const struct end *end = &ends[i];

		works(queue_set(g.net, end->side, end->name, 0, &e));
		fails(queue_stats_read(g.net, end->side, end->name, &s, &e), ENOENT, "no queue");
		works(queue_set(g.net, end->side, end->name, 100, &e));
		scoped_run struct run made = show(&g, end);
		expect_text(made, "qdisc pfifo");
		expect_text(made, "limit 100p");
		s = stats_of(&g, end);
		cr_assert(s.dropped == 0 && s.backlog_packets == 0);
		works(queue_set(g.net, end->side, end->name, 7, &e));
		scoped_run struct run changed = show(&g, end);
		expect_text(changed, "limit 7p");
		works(queue_set(g.net, end->side, end->name, 0, &e));
		scoped_run struct run gone = show(&g, end);
		expect_text(gone, "noqueue");
		works(queue_set(g.net, end->side, end->name, 0, &e));
		fails(queue_set(g.net, end->side, "none", 1, &e), ENODEV, "none");
		fails(queue_stats_read(g.net, end->side, "none", &s, &e), ENODEV, "none");
	}
	guest_unplug(&g);
}

HostTest(queue, is_set_changed_and_taken_away)
{
	for (int kind = 0; kind < TEST_NS_KINDS; kind++)
		set_change_remove(kind);
}

/* A rate limit that an administrator put there is not ours to replace. */
HostTest(queue, of_others_is_left_alone)
{
	scoped_guest struct guest g;
	struct err e = { 0 };

	guest_begin(&g, 1);
	guest_plug(&g);
	const struct end host = { NET_HOST, g.host_name };
	must_run("tc", "qdisc", "add", "dev", g.host_name, "root", "tbf", "rate", "1gbit", "burst",
		 "100k", "latency", "10ms");
	fails(queue_set(g.net, NET_HOST, g.host_name, 10, &e), EBUSY, "already: tbf");
	works(queue_set(g.net, NET_HOST, g.host_name, 0, &e));
	scoped_run struct run r = show(&g, &host);
	expect_text(r, "tbf");
	guest_unplug(&g);
}

/* --- an overload --- */

/* The guest's thread gets what a flood on the same CPU leaves it. Returns the flood. */
static pid_t overload(struct guest *g)
{
	struct err e = { 0 };
	pid_t *tids = NULL;
	size_t n = 0;
	cpu_set_t set;

	works(offload_set(g->net, NET_GUEST, "eth0", OFFLOAD_GRO, OFFLOAD_GRO, &e));
	works(offload_set(g->net, NET_HOST, g->host_name, OFFLOAD_TSO, 0, &e));
	works(napi_set_threaded(g->net, NET_GUEST, "eth0", true, &e));
	works(napi_threads(g->net, NET_GUEST, "eth0", &tids, &n, &e));
	cr_assert_eq(n, 1);
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	cr_assert_eq(sched_setaffinity(tids[0], sizeof set, &set), 0);
	cr_assert_eq(setpriority(PRIO_PROCESS, (id_t)tids[0], 19), 0);
	free(tids);
	scoped_fd int udp = udp_to_peer(g, NET_HOST);
	return flood_begin(udp, 0);
}

static uint64_t ring_drops(struct guest *g)
{
	struct port_stats s;
	struct err e = { 0 };

	works(port_stats_read(g->net, g->host_name, &s, &e));
	return s.rx_dropped;
}

/* A full ring of the VNF's end stops the queue of the host's: so from Linux 6.16 on, and
 * in 6.12.117.
 */
HostTest(queue, an_overload_drops_in_the_senders_queue)
{
	scoped_guest struct guest g;
	struct err e = { 0 };

	guest_begin_kind(&g, 1, TEST_NS_USER);
	guest_plug_reachable(&g);
	const struct end host = { NET_HOST, g.host_name };
	works(queue_set(g.net, NET_HOST, g.host_name, 100, &e));
	pid_t flood = overload(&g);
	cr_assert(wait_until(stats_of(&g, &host).dropped > 1000, 10000),
		  "%lu dropped by the queue, %lu by the ring", stats_of(&g, &host).dropped,
		  ring_drops(&g));
	cr_assert(wait_until(stats_of(&g, &host).backlog_packets > 50, 1000));
	cr_assert_leq(stats_of(&g, &host).backlog_packets, 100);
	cr_assert_gt(stats_of(&g, &host).requeues, 0);
	cr_assert_eq(ring_drops(&g), 0, "%lu", ring_drops(&g));
	flood_end(flood);
	/* it drains, and the counters stay when the limit is changed */
	cr_assert(wait_until(stats_of(&g, &host).backlog_packets == 0, 2000));
	uint64_t dropped = stats_of(&g, &host).dropped;
	works(queue_set(g.net, NET_HOST, g.host_name, 10, &e));
	cr_assert_eq(stats_of(&g, &host).dropped, dropped);
	guest_unplug(&g);
}

static void note(const char *name, void *arg)
{
	*(bool *)arg |= *name == '\0';
}

/* Of some link, within the time there is to put it back. */
static bool told(int watch)
{
	bool queue = false;
	struct err e = { 0 };

	(void)poll(&(struct pollfd){ .fd = watch, .events = POLLIN }, 1, 100);
	works(net_watch_read(watch, note, &queue, &e));
	return queue;
}

/* Whoever is root inside may take it away. */
HostTest(queue, the_guests_watch_tells_of_it)
{
	scoped_guest struct guest g;
	struct err e = { 0 };

	guest_begin_kind(&g, 1, TEST_NS_USER);
	guest_plug(&g);
	works(queue_set(g.net, NET_GUEST, "eth0", 100, &e));
	scoped_fd int watch = net_watch_open(g.net, NET_GUEST, &e);
	cr_assert(watch >= 0, "%s", e.text);
	sleep_ms(50); /* the link watch comes late */
	(void)told(watch);
	cr_assert_not(told(watch), "nothing has changed");
	scoped_run struct run r = inside(&g, "tc", "qdisc", "del", "dev", "eth0", "root");
	cr_assert_eq(r.status, 0, "%s", r.err);
	cr_assert(told(watch));
	works(queue_set(g.net, NET_GUEST, "eth0", 100, &e));
	cr_assert(told(watch));
	guest_unplug(&g);
}
