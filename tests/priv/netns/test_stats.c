/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/netns/guest.h"

static struct port_stats read_stats(struct guest *g)
{
	struct port_stats s;
	struct err e = { 0 };

	works(port_stats_read(g->net, g->host_name, &s, &e));
	return s;
}

/* Ten UDP datagrams of 1300 bytes to a neighbour that nobody has to be asked for, so that these are
 * the only packets. */
static void send_ten(const struct guest *from, const char *to, const char *mac)
{
	scoped_run struct run n =
		inside(from, "ip", "neighbour", "replace", to, "lladdr", mac, "dev", "eth0");
	cr_assert_eq(n.status, 0, "%s", n.err);
	scoped_str char *send = str_printf(
		"for i in 1 2 3 4 5 6 7 8 9 10; do head -c 1300 /dev/zero >/dev/udp/%s/9; done",
		to);
	scoped_run struct run r = inside(from, "bash", "-c", send);
	cr_assert_eq(r.status, 0, "%s", r.err);
}

static void plug_two(struct guest *a, struct guest *b)
{
	guest_begin(a, 1);
	guest_begin(b, 2);
	guest_addr(a, "10.0.0.1/24");
	guest_addr(b, "10.0.0.2/24");
	guest_plug(a);
	guest_plug(b);
	/* no answers: "port unreachable" would count as well */
	scoped_run struct run r = inside(b, "ip", "route", "add", "blackhole", "10.0.0.1/32");
	cr_assert_eq(r.status, 0, "%s", r.err);
}

enum { TEN = 10, FRAME = 1300 + 8 + 20 + 14, TEN_FRAMES = TEN * FRAME };

HostTest(stats, are_the_guests_view)
{
	scoped_guest struct guest a;
	scoped_guest struct guest b;

	plug_two(&a, &b);
	struct port_stats a0 = read_stats(&a), b0 = read_stats(&b);
	send_ten(&a, "10.0.0.2", "02:00:00:00:00:02");
	struct port_stats a1 = read_stats(&a), b1 = read_stats(&b);

	cr_assert_eq(a1.tx_packets - a0.tx_packets, TEN);
	cr_assert_eq(a1.tx_bytes - a0.tx_bytes, TEN_FRAMES);
	cr_assert_eq(a1.rx_packets, a0.rx_packets);
	cr_assert_eq(b1.rx_packets - b0.rx_packets, TEN);
	cr_assert_eq(b1.rx_bytes - b0.rx_bytes, TEN_FRAMES);
	cr_assert_eq(b1.tx_packets, b0.tx_packets);
	cr_assert_eq(b1.rx_dropped + b1.tx_dropped + b1.rx_errors + b1.tx_errors, 0);
	guest_unplug(&a);
	guest_unplug(&b);
}

/* A veth drops what is larger than its other end's MTU: the one way to make it drop on purpose. */
HostTest(stats, drops_count_in_their_direction)
{
	scoped_guest struct guest a;
	scoped_guest struct guest b;

	plug_two(&a, &b);
	scoped_run struct run r = inside(&b, "ip", "link", "set", "eth0", "mtu", "1000");
	cr_assert_eq(r.status, 0, "%s", r.err);
	send_ten(&a, "10.0.0.2", "02:00:00:00:00:02");
	struct port_stats s = read_stats(&b);
	cr_assert_eq(s.rx_dropped, TEN, "%u", (unsigned)s.rx_dropped);
	cr_assert_eq(s.tx_dropped, 0);

	must_run("ip", "link", "set", a.host_name, "mtu", "1000");
	send_ten(&a, "10.0.0.2", "02:00:00:00:00:02");
	s = read_stats(&a);
	cr_assert_eq(s.tx_dropped, TEN, "%u", (unsigned)s.tx_dropped);
	cr_assert_eq(s.rx_dropped, 0);
	guest_unplug(&a);
	guest_unplug(&b);
}

HostTest(stats, up_needs_both_ends)
{
	scoped_guest struct guest g;

	guest_begin(&g, 1);
	guest_addr(&g, "10.0.0.1/24");
	guest_plug(&g);
	cr_assert(read_stats(&g).up);
	scoped_run struct run down = inside(&g, "ip", "link", "set", "eth0", "down");
	cr_assert_not(read_stats(&g).up);
	scoped_run struct run up = inside(&g, "ip", "link", "set", "eth0", "up");
	cr_assert(read_stats(&g).up);
	must_run("ip", "link", "set", g.host_name, "down");
	cr_assert_not(read_stats(&g).up);
	guest_unplug(&g);
}

HostTest(stats, no_such_link)
{
	struct net *n = NULL;
	struct port_stats s;
	struct err e = { 0 };

	works(net_open_host(&n, &e));
	fails(port_stats_read(n, "gone.abcdef", &s, &e), ENODEV, "gone.abcdef");
	net_free(n);
}
