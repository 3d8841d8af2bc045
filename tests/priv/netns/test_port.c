/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/netns/guest.h"

#include <linux/if.h>

HostTest(port, both_ends_are_born_right)
{
	scoped_guest struct guest g;
	struct link_info bridge, host, inner;
	struct err e = { 0 };

	guest_begin(&g, 1);
	g.port.mtu = 1400;
	guest_plug(&g);
	works(link_get(g.net->host, "br0", &bridge, &e));
	works(link_get(g.net->host, g.host_name, &host, &e));
	works(link_get(g.net->guest, "eth0", &inner, &e));

	cr_assert_str_eq(host.kind, "veth");
	cr_assert_eq(host.group, g.port.mark);
	cr_assert_eq(host.mtu, 1400);
	cr_assert_eq(host.mac[0], 0xfe);
	cr_assert(host.flags & IFF_UP);
	cr_assert_eq(host.other, inner.index);
	cr_assert_eq(inner.other, host.index);
	cr_assert_eq(inner.mtu, 1400);
	cr_assert_eq(inner.group, 0);
	cr_assert_arr_eq(inner.mac, g.port.mac, MAC_LEN);
	cr_assert(inner.flags & IFF_UP);

	scoped_run struct run r = run_cmd("ip", "-d", "link", "show", g.host_name);
	expect_text(r, "master br0");
	expect_text(r, "alias nfrun guest eth0");
	expect_text(r, "addrgenmode none");
	expect_text(r, "state forwarding"); /* at once, not after the link watch's next round */
	guest_unplug(&g);
}

HostTest(port, a_taken_host_name_is_left_alone)
{
	scoped_guest struct guest g;
	struct link_info before, after;
	struct err e = { 0 };

	guest_begin(&g, 1);
	need_bridge(g.net, "br0");
	must_run("ip", "link", "add", g.host_name, "type", "veth", "peer", "name", "other");
	works(link_get(g.net->host, g.host_name, &before, &e));
	fails(port_create(g.net, &g.port, g.host_name, &e), EEXIST, g.host_name);
	works(link_get(g.net->host, g.host_name, &after, &e));
	cr_assert_eq(memcmp(&before, &after, sizeof before), 0);
	scoped_run struct run r = run_cmd("ip", "link", "show", g.host_name);
	expect_no_text(r, "alias");
	fails(link_get(g.net->guest, "eth0", &after, &e), ENODEV, "eth0");
	must_run("ip", "link", "del", g.host_name);
	guest_unplug(&g);
}

HostTest(port, what_cannot_be_made_is_named)
{
	scoped_guest struct guest g;
	struct err e = { 0 };

	guest_begin(&g, 1);
	fails(port_create(g.net, &g.port, g.host_name, &e), ENODEV, "find link br0");
	need_bridge(g.net, "br0");
	g.port.mtu = 10;
	fails(port_create(g.net, &g.port, g.host_name, &e), EINVAL,
	      "MTU 10, MAC 02:00:00:00:00:01");
	g.port.mtu = 1500;
	g.port.name = "lo";
	fails(port_create(g.net, &g.port, g.host_name, &e), ENOTUNIQ, "has a link lo already");
	g.port.name = "eth0";
	fails(port_configure(g.net, &g.port, &e), ENODEV, "find link eth0");
	guest_unplug(&g);
}

HostTest(port, addresses_and_routes)
{
	static const char *const addrs[] = {
		"inet 10.0.0.1/24 brd 10.0.0.255", "inet 10.9.0.1/31 scope",
		"inet 10.9.1.1/32 scope",          "inet6 fd00::1/64",
		"inet6 fe80::ff:fe00:1/64",
	};
	static const char *const routes[] = {
		"default via 10.0.0.254 proto static",
		"10.1.0.0/16 via 10.0.0.253 proto static metric 50",
		"10.2.0.0/16 proto static scope link",
		"10.3.0.0/16 via 192.0.2.1 proto static onlink",
		"10.4.0.0/16 via inet6 fd00::fe proto static",
	};
	static const char *const routes6[] = {
		"default via fd00::fe proto static",
		"fd01::/64 via fe80::1 proto static",
		"fd02::/64 proto static",
	};
	scoped_guest struct guest g;

	guest_begin(&g, 1);
	guest_addr(&g, "10.0.0.1/24");
	guest_addr(&g, "10.9.0.1/31");
	guest_addr(&g, "10.9.1.1/32");
	guest_addr(&g, "fd00::1/64");
	guest_route(&g, "0.0.0.0/0", "10.0.0.254");
	guest_route(&g, "10.1.0.0/16", "10.0.0.253")->metric = 50;
	guest_route(&g, "10.2.0.0/16", NULL);
	guest_route(&g, "10.3.0.0/16", "192.0.2.1")->onlink = true;
	guest_route(&g, "::/0", "fd00::fe");
	guest_route(&g, "fd01::/64", "fe80::1");
	guest_route(&g, "fd02::/64", NULL);
	guest_route(&g, "10.4.0.0/16", "fd00::fe");
	guest_plug(&g);

	scoped_run struct run a = inside(&g, "ip", "address", "show", "dev", "eth0");
	for (size_t i = 0; i < ARRAY_LEN(addrs); i++)
		expect_text(a, addrs[i]);
	expect_no_text(a, "tentative");
	scoped_run struct run r = inside(&g, "ip", "route", "show", "dev", "eth0");
	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		expect_text(r, routes[i]);
	scoped_run struct run r6 = inside(&g, "ip", "-6", "route", "show", "dev", "eth0");
	for (size_t i = 0; i < ARRAY_LEN(routes6); i++)
		expect_text(r6, routes6[i]);
	expect_no_text(r6, "linkdown");
	guest_unplug(&g);
}

HostTest(port, loopback_is_up)
{
	scoped_guest struct guest g;

	guest_begin(&g, 1);
	scoped_run struct run r = inside(&g, "ip", "address", "show", "dev", "lo");
	expect_text(r, "LOOPBACK,UP");
	expect_text(r, "127.0.0.1/8");
}

/* One bad address or route each, and the whole text. */
HostTest(port, bad_addresses_and_routes_are_named)
{
	static const struct {
		const char *addr, *to, *via;
		int code;
		const char *text;
	} rows[] = {
		{ "10.0.0.1/24", NULL, NULL, EEXIST, "add address 10.0.0.1/24 to eth0" },
		{ "fd00::1/64", NULL, NULL, EEXIST, "add address fd00::1/64 to eth0" },
		{ "ff02::7/64", NULL, NULL, EADDRNOTAVAIL, "add address ff02::7/64 to eth0" },
		{ NULL, "10.8.0.0/16", "1.2.3.4", ENETUNREACH,
		  "add route 10.8.0.0/16 via 1.2.3.4 on eth0" },
		{ NULL, "0.0.0.0/0", "1.2.3.4", ENETUNREACH,
		  "add route default via 1.2.3.4 on eth0" },
		{ NULL, "::/0", "fd99::1", EHOSTUNREACH, "add route default via fd99::1 on eth0" },
		{ NULL, "fd01::/64", "10.0.0.9", EINVAL, "IPv6 does not support RTA_VIA" },
		{ NULL, "10.8.0.1/16", NULL, EINVAL, "add route 10.8.0.1/16 on eth0" },
	};
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_guest struct guest g;

		guest_begin(&g, 1);
		need_bridge(g.net, "br0");
		guest_addr(&g, "10.0.0.1/24");
		guest_addr(&g, "fd00::1/64");
		if (rows[i].addr)
			guest_addr(&g, rows[i].addr);
		if (rows[i].to)
			guest_route(&g, rows[i].to, rows[i].via);
		works(port_create(g.net, &g.port, g.host_name, &e));
		fails(port_configure(g.net, &g.port, &e), rows[i].code, rows[i].text);
		guest_unplug(&g);
	}
}

HostTest(port, three_on_two_bridges)
{
	static const struct {
		const char *name, *bridge, *addr;
	} rows[] = {
		{ "eth0", "br0", "10.0.0.1/24" },
		{ "eth1", "br1", "10.0.1.1/24" },
		{ "wan", "br0", "10.0.2.1/24" },
	};
	scoped_guest struct guest g;
	struct link_info l;
	char names[3][IFNAMSIZ];
	struct err e = { 0 };

	guest_begin(&g, 1);
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		g.port.n_addrs = 0;
		guest_addr(&g, rows[i].addr);
		g.port.name = rows[i].name;
		g.port.bridge = rows[i].bridge;
		g.port.mac[4] = (uint8_t)i;
		ifname_host(g.host_name, "guest", rows[i].name, 0);
		memcpy(names[i], g.host_name, IFNAMSIZ);
		guest_plug(&g);
	}
	scoped_run struct run r = inside(&g, "ip", "route");
	expect_text(r, "10.0.0.0/24 dev eth0");
	expect_text(r, "10.0.1.0/24 dev eth1");
	expect_text(r, "10.0.2.0/24 dev wan");
	works(ports_delete(g.net, g.port.mark, &e));
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
		fails(link_get(g.net->host, names[i], &l, &e), ENODEV, names[i]);
	works(bridge_release(g.net, "br0", BRIDGE_MARK, &e));
	works(bridge_release(g.net, "br1", BRIDGE_MARK, &e));
}
