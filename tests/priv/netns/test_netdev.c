/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/netdev.h"
#include "netns/netdev_addr.h"
#include "tests/priv/netns/guest.h"

#define HOST_MAC "02:00:00:00:00:11"

/* A guest without any port, and a pair v0-v1 on the host. */
static void begin(struct guest *g)
{
	guest_begin(g, 1);
	must_run("ip", "link", "add", "v0", "address", HOST_MAC, "mtu", "1400", "type", "veth",
		 "peer", "name", "v1");
	must_run("ip", "link", "set", "v1", "up");
}

static void end(struct guest *g)
{
	scoped_run struct run r = run_cmd("ip", "link", "del", "v1");
	guest_drop(g);
}

static void lend(struct guest *g, const char *inside, struct netdev *d)
{
	struct err e = { 0 };

	works(netdev_look(g->net, "v0", inside, d, &e));
	works(netdev_lend(g->net, d, &e));
}

static void give_back(struct guest *g, struct netdev *d)
{
	struct err e = { 0 };

	works(netdev_give_back(g->net, d, &e));
	netdev_drop(d);
}

HostTest(netdev, it_goes_in_with_all_it_has)
{
	static const char *const kept[] = { "eth7@",
					    "mtu 1400",
					    ",UP",
					    "link/ether " HOST_MAC,
					    "alias the uplink",
					    "inet 10.1.1.1/24 brd 10.1.1.255 scope global",
					    "inet 10.1.1.9 peer 10.1.1.10/32 scope global",
					    "inet 10.1.2.1/24 metric 77 scope global noprefixroute",
					    "inet6 fd00::1/64 scope global" };
	struct guest g;
	struct netdev d;

	begin(&g);
	must_run("ip", "link", "set", "v0", "up", "alias", "the uplink");
	must_run("ip", "address", "add", "10.1.1.1/24", "brd", "+", "dev", "v0");
	must_run("ip", "address", "add", "10.1.1.9", "peer", "10.1.1.10/32", "dev", "v0");
	must_run("ip", "address", "add", "10.1.2.1/24", "metric", "77", "noprefixroute", "dev",
		 "v0");
	must_run("ip", "address", "add", "10.1.3.1/24", "scope", "link", "dev", "v0");
	must_run("ip", "address", "add", "10.1.4.1/24", "valid_lft", "100", "preferred_lft", "50",
		 "dev", "v0");
	must_run("ip", "address", "add", "fd00::1/64", "dev", "v0");
	lend(&g, "eth7", &d);

	scoped_run struct run in = inside(&g, "ip", "-d", "address", "show", "dev", "eth7");
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		expect_text(in, kept[i]);
	expect_no_text(in, "10.1.3.1"); /* the specification: of global scope, permanent */
	expect_no_text(in, "10.1.4.1");

	scoped_run struct run v6 =
		inside(&g, "ip", "-6", "address", "show", "dev", "eth7", "scope", "global");
	expect_no_text(v6, "tentative");

	scoped_run struct run out = run_cmd("ip", "link", "show", "v0");
	cr_expect_neq(out.status, 0, "still on the host");
	give_back(&g, &d);
	end(&g);
}

HostTest(netdev, it_comes_back_as_it_was_whatever_was_done_to_it)
{
	struct guest g;
	struct netdev d;

	begin(&g);
	must_run("ip", "link", "set", "v0", "up", "alias", "the uplink");
	must_run("ip", "address", "add", "10.1.1.1/24", "brd", "+", "label", "v0:web", "dev", "v0");
	must_run("ip", "address", "add", "fd00::1/64", "dev", "v0");
	scoped_run struct run before = run_cmd("ip", "address", "show", "v0", "scope", "global");
	lend(&g, "eth0", &d);
	scoped_run struct run c1 =
		inside(&g, "ip", "link", "set", "eth0", "down", "name", "odd0", "address",
		       "02:00:00:00:00:99", "mtu", "1300", "alias", "mine", "promisc", "on");
	scoped_run struct run c2 = inside(&g, "ip", "address", "flush", "dev", "odd0");
	cr_assert_eq(c1.status, 0, "%s", c1.err);
	cr_assert_eq(c2.status, 0, "%s", c2.err);
	give_back(&g, &d);

	scoped_run struct run now = run_cmd("ip", "-d", "address", "show", "v0");
	expect_text(now, "mtu 1400");
	expect_text(now, "<BROADCAST,MULTICAST,UP,LOWER_UP>");
	expect_text(now, "link/ether " HOST_MAC);
	expect_text(now, "alias the uplink");
	expect_text(now, "10.1.1.1/24 brd 10.1.1.255 scope global v0:web");
	expect_text(now, "fd00::1/64");
	expect_no_text(now, "mine");
	cr_expect(strstr(before.out, "v0:web"));
	end(&g);
}

HostTest(netdev, one_that_was_down_comes_back_down)
{
	struct guest g;
	struct netdev d;

	begin(&g);
	lend(&g, "", &d);
	scoped_run struct run in = inside(&g, "ip", "link", "show", "v0");
	expect_text(in, ",UP");
	give_back(&g, &d);
	scoped_run struct run now = run_cmd("ip", "link", "show", "v0");
	expect_no_text(now, ",UP");
	end(&g);
}

HostTest(netdev, a_pattern_takes_the_first_free_number)
{
	struct guest g;
	struct netdev d;
	struct err e = { 0 };

	begin(&g);
	scoped_run struct run r = inside(&g, "ip", "link", "add", "eth0", "type", "bridge");
	cr_assert_eq(r.status, 0);
	lend(&g, "eth%d", &d);
	cr_expect_str_eq(d.inside, "eth1");
	give_back(&g, &d);
	fails(netdev_look(g.net, "v0", "e%dh%d", &d, &e), EINVAL, "one %d");
	netdev_drop(&d);
	fails(netdev_look(g.net, "v0", "e%s", &d, &e), EINVAL, "one %d");
	netdev_drop(&d);
	end(&g);
}

HostTest(netdev, what_cannot_be_lent_is_refused_untouched)
{
	struct guest g;
	struct netdev d;
	struct err e = { 0 };

	begin(&g);
	fails(netdev_look(g.net, "nope", "", &d, &e), ENODEV, "network device nope: the host has");
	netdev_drop(&d);
	fails(netdev_look(g.net, "lo", "lo9", &d, &e), EINVAL, "network device lo: the loopback");
	netdev_drop(&d);
	fails(netdev_look(g.net, "v0", "lo", &d, &e), EEXIST, "has a device lo already");
	netdev_drop(&d);

	must_run("ip", "link", "add", "br7", "type", "bridge");
	must_run("ip", "link", "set", "v0", "master", "br7");
	fails(netdev_look(g.net, "v0", "", &d, &e), EBUSY, "a port of br7; take it out first");
	netdev_drop(&d);

	/* What only the kernel knows is told in its words; and nothing is lost. */
	works(netdev_look(g.net, "br7", "", &d, &e));
	fails(netdev_lend(g.net, &d, &e), EINVAL, "network device br7: move it, named br7: ");
	works(netdev_give_back(g.net, &d, &e));
	netdev_drop(&d);
	must_run("ip", "link", "del", "br7");
	end(&g);
}

HostTest(netdev, a_rename_that_fails_half_way_is_undone)
{
	struct guest g;
	struct netdev d;
	struct err e = { 0 };

	begin(&g);
	works(netdev_look(g.net, "v0", "eth0", &d, &e));
	scoped_run struct run r = inside(&g, "ip", "link", "add", "eth0", "type", "bridge");
	cr_assert_eq(r.status, 0);
	fails(netdev_lend(g.net, &d, &e), EEXIST, "network device v0: move it, named eth0");
	give_back(&g, &d);
	must_run("ip", "link", "show", "v0");
	end(&g);
}

HostTest(netdev, a_record_from_before_the_move_is_enough)
{
	struct guest g;
	struct netdev before, d;
	struct err e = { 0 };

	begin(&g);
	must_run("ip", "address", "add", "10.1.1.1/24", "dev", "v0");
	works(netdev_look(g.net, "v0", "eth0", &before, &e));
	lend(&g, "eth0", &d);
	netdev_drop(&d);
	give_back(&g, &before);
	scoped_run struct run now = run_cmd("ip", "address", "show", "v0");
	expect_text(now, "10.1.1.1/24");
	end(&g);
}

HostTest(netdev, giving_back_twice_or_what_is_gone_is_no_error)
{
	struct guest g;
	struct netdev d;
	struct err e = { 0 };

	begin(&g);
	lend(&g, "eth0", &d);
	works(netdev_give_back(g.net, &d, &e));
	works(netdev_give_back(g.net, &d, &e));
	must_run("ip", "link", "del", "v0");
	works(netdev_give_back(g.net, &d, &e));

	/* One that others made since then is not touched. */
	must_run("ip", "link", "add", "v0", "address", "02:00:00:00:00:77", "type", "veth", "peer",
		 "name", "v1");
	works(netdev_give_back(g.net, &d, &e));
	scoped_run struct run now = run_cmd("ip", "link", "show", "v0");
	expect_text(now, "02:00:00:00:00:77");
	netdev_drop(&d);
	end(&g);
}

HostTest(netdev, a_name_taken_meanwhile_does_not_lose_it)
{
	struct guest g;
	struct netdev d;
	struct err e = { 0 };

	begin(&g);
	lend(&g, "eth0", &d);
	must_run("ip", "link", "add", "v0", "type", "bridge");
	fails(netdev_give_back(g.net, &d, &e), EEXIST, "given back as dev0");
	must_run("ip", "link", "show", "dev0");
	works(netdev_give_back(g.net, &d, &e));
	netdev_drop(&d);
	must_run("ip", "link", "del", "v0");
	end(&g);
}

HostTest(netdev, lines_that_are_no_address_are_refused)
{
	static const char *const bad[] = { "",
					   "10.0.0.1",
					   "10.0.0.1/24 peer",
					   "10.0.0.1/24 peer fd00::1",
					   "fd00::1/64 brd 10.0.0.1",
					   "10.0.0.1/24 metric -1",
					   "10.0.0.1/24 colour 3",
					   "10.0.0.1/24 label 0123456789abcdef" };
	const struct netdev_addr_how how = { .index = 1, .name = "v0" };
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		scoped_batch struct nl_batch b = { 0 };

		fails(netdev_addr_add(&b, &how, bad[i], &e), EINVAL, "address '");
		cr_expect_eq(b.n, 0);
	}
}
