/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/netns/guest.h"

#include <linux/if.h>
#include <sys/wait.h>

static struct net *open_net(void)
{
	struct net *n = NULL;
	struct err e = { 0 };

	works(net_open_host(&n, &e));
	return n;
}

static void net_drop(struct net **n)
{
	net_free(*n);
}
#define scoped_net scoped(net_drop)

static void add(struct ipaddr *out, const char *text)
{
	cr_assert(ipaddr_parse_prefix(text, 0, out), "%s", text);
}

HostTest(bridge, made_one_is_marked_quick_and_quiet)
{
	static const char *const facts[] = {
		"group 7001",          "stp_state 0",
		"forward_delay 0",     "mcast_snooping 0",
		"nf_call_iptables 0",  "nf_call_ip6tables 0",
		"nf_call_arptables 0", "addrgenmode none",
		"alias nfrun bridge",  ",UP",
	};
	scoped_net struct net *n = open_net();
	const struct bridge_spec b = { .name = "br0", .create = true };
	struct err e = { 0 };
	bool made = false;

	works(bridge_ensure(n, &b, BRIDGE_MARK, &made, &e));
	cr_assert(made);

	scoped_run struct run r = run_cmd("ip", "-d", "link", "show", "br0");
	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		expect_text(r, facts[i]);
	works(bridge_release(n, "br0", BRIDGE_MARK, &e));
}

HostTest(bridge, addresses_are_usable_at_once)
{
	scoped_net struct net *n = open_net();
	struct ipaddr addrs[2];
	const struct bridge_spec b = { .name = "br0",
				       .create = true,
				       .mac = (const uint8_t[]){ 2, 0, 0, 0, 0, 0xaa },
				       .addrs = addrs,
				       .n_addrs = 2 };
	struct err e = { 0 };
	bool made;

	add(&addrs[0], "10.0.0.254/24");
	add(&addrs[1], "fd00::fe/64");
	works(bridge_ensure(n, &b, BRIDGE_MARK, &made, &e));

	scoped_run struct run r = run_cmd("ip", "address", "show", "dev", "br0");
	expect_text(r, "10.0.0.254/24 brd 10.0.0.255");
	expect_text(r, "fd00::fe/64");
	expect_text(r, "fe80::ff:fe00:aa/64");
	expect_text(r, "link/ether 02:00:00:00:00:aa");
	expect_no_text(r, "tentative");
	works(bridge_release(n, "br0", BRIDGE_MARK, &e));
}

HostTest(bridge, again_adds_only_what_is_missing)
{
	scoped_net struct net *n = open_net();
	struct ipaddr addrs[2];
	struct bridge_spec b = { .name = "br0", .create = true, .addrs = addrs, .n_addrs = 1 };
	struct err e = { 0 };
	bool made;

	add(&addrs[0], "10.0.0.254/24");
	add(&addrs[1], "10.0.1.254/24");
	works(bridge_ensure(n, &b, BRIDGE_MARK, &made, &e));
	must_run("ip", "address", "add", "10.9.9.9/32", "dev", "br0");

	b.n_addrs = 2;
	b.create = false;
	works(bridge_ensure(n, &b, BRIDGE_MARK, &made, &e));
	cr_assert_not(made);

	scoped_run struct run r = run_cmd("ip", "address", "show", "dev", "br0");
	expect_text(r, "10.0.0.254/24");
	expect_text(r, "10.0.1.254/24");
	expect_text(r, "10.9.9.9/32");
	works(bridge_release(n, "br0", BRIDGE_MARK, &e));
}

HostTest(bridge, missing_and_not_to_be_made)
{
	scoped_net struct net *n = open_net();
	const struct bridge_spec b = { .name = "br0" };
	struct link_info l;
	struct err e = { 0 };
	bool made = true;

	fails(bridge_ensure(n, &b, BRIDGE_MARK, &made, &e), ENODEV,
	      "ip link add br0 up type bridge");
	cr_assert_not(made);
	fails(link_get(n->host, "br0", &l, &e), ENODEV, "find link br0");
}

HostTest(bridge, other_kinds_of_link_are_refused)
{
	scoped_net struct net *n = open_net();
	const struct bridge_spec b = { .name = "br0", .create = true };
	struct err e = { 0 };
	bool made;

	must_run("ip", "link", "add", "br0", "type", "veth", "peer", "name", "br1");
	fails(bridge_ensure(n, &b, BRIDGE_MARK, &made, &e), 0, "no bridge");
	works(bridge_release(n, "br0", BRIDGE_MARK, &e));
	must_run("ip", "link", "del", "br0"); /* still there, so that this works */
}

HostTest(bridge, a_foreign_one_is_used_as_it_is)
{
	scoped_net struct net *n = open_net();
	struct ipaddr addrs[2];
	struct bridge_spec b = { .name = "br0", .create = true, .addrs = addrs, .n_addrs = 1 };
	struct err e = { 0 };
	bool made;

	add(&addrs[0], "10.0.0.254/24");
	add(&addrs[1], "fd00::fe/64");
	must_run("ip", "link", "add", "br0", "type", "bridge");
	fails(bridge_ensure(n, &b, BRIDGE_MARK, &made, &e), ENETDOWN, "ip link set br0 up");
	must_run("ip", "link", "set", "br0", "up");
	fails(bridge_ensure(n, &b, BRIDGE_MARK, &made, &e), EADDRNOTAVAIL,
	      "ip address add 10.0.0.254/24 dev br0");
	must_run("ip", "address", "add", "10.0.0.254/24", "dev", "br0");
	works(bridge_ensure(n, &b, BRIDGE_MARK, &made, &e));
	cr_assert_not(made);

	b.n_addrs = 2;
	fails(bridge_ensure(n, &b, BRIDGE_MARK, &made, &e), EADDRNOTAVAIL, "fd00::fe/64");
	must_run("ip", "address", "add", "fd00::fe/64", "dev", "br0");
	works(bridge_ensure(n, &b, BRIDGE_MARK, &made, &e));

	works(bridge_release(n, "br0", BRIDGE_MARK, &e));
	must_run("ip", "link", "del", "br0");
}

HostTest(bridge, one_with_other_properties_is_refused)
{
	scoped_net struct net *n = open_net();
	struct bridge_spec b = { .name = "br0", .create = true, .mtu = 9000 };
	struct err e = { 0 };
	bool made;

	need_bridge(n, "br0");
	fails(bridge_ensure(n, &b, BRIDGE_MARK, &made, &e), 0, "MTU 1500, not 9000");
	b.mtu = 0;
	b.mac = (const uint8_t[]){ 2, 0, 0, 0, 0, 0xbb };
	fails(bridge_ensure(n, &b, BRIDGE_MARK, &made, &e), 0, "not 02:00:00:00:00:bb");
	works(bridge_release(n, "br0", BRIDGE_MARK, &e));
}

static uint32_t mtu_with_port(uint32_t bridge_mtu, uint32_t port_mtu)
{
	scoped_guest struct guest g;
	const struct bridge_spec b = { .name = "br0", .create = true, .mtu = bridge_mtu };
	struct link_info l;
	struct err e = { 0 };
	bool made;

	guest_begin(&g, 1);
	g.port.mtu = port_mtu;
	works(bridge_ensure(g.net, &b, BRIDGE_MARK, &made, &e));
	guest_plug(&g);
	works(link_get(g.net->host, "br0", &l, &e));
	guest_unplug(&g);
	return l.mtu;
}

HostTest(bridge, mtu_follows_the_ports_unless_it_is_given)
{
	static const struct {
		uint32_t bridge, port, want;
	} rows[] = {
		{ 0, 1400, 1400 },    { 0, 9000, 9000 },    { 1500, 1400, 1500 },
		{ 1500, 9000, 1500 }, { 9000, 1500, 9000 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t got = mtu_with_port(rows[i].bridge, rows[i].port);

		cr_assert_eq(got, rows[i].want, "bridge %u port %u: %u", rows[i].bridge,
			     rows[i].port, got);
	}
}

static void mac_stays(const char *what)
{
	scoped_guest struct guest g;
	struct link_info before, after;
	struct err e = { 0 };

	guest_begin(&g, 1);
	need_bridge(g.net, "br0");
	works(link_get(g.net->host, "br0", &before, &e));
	guest_plug(&g);
	works(link_get(g.net->host, "br0", &after, &e));
	cr_assert_arr_eq(before.mac, after.mac, MAC_LEN, "%s", what);
	guest_unplug(&g);
}

HostTest(bridge, mac_does_not_follow_our_ports)
{
	mac_stays("made");
	must_run("ip", "link", "add", "br0", "up", "type", "bridge");
	must_run("ip", "link", "add", "nic0", "address", "f8:ff:ff:ff:ff:ff", "type", "veth",
		 "peer", "name", "nic1");
	must_run("ip", "link", "set", "nic0", "master", "br0");
	mac_stays("foreign, with hardware in it");
	must_run("ip", "link", "del", "nic0");
	must_run("ip", "link", "del", "br0");
}

HostTest(bridge, made_again_it_has_the_same_mac)
{
	scoped_net struct net *n = open_net();
	struct link_info l[3];
	const char *const names[] = { "br0", "br0", "br1" };
	struct err e = { 0 };

	for (int i = 0; i < 3; i++) {
		need_bridge(n, names[i]);
		works(link_get(n->host, names[i], &l[i], &e));
		works(bridge_release(n, names[i], BRIDGE_MARK, &e));
	}
	cr_assert_arr_eq(l[0].mac, l[1].mac, MAC_LEN);
	cr_assert_arr_neq(l[0].mac, l[2].mac, MAC_LEN);
}

HostTest(bridge, goes_with_its_last_port_only)
{
	scoped_guest struct guest a;
	scoped_guest struct guest b;
	struct link_info l;
	struct err e = { 0 };

	guest_begin(&a, 1);
	guest_begin(&b, 2);
	guest_plug(&a);
	guest_plug(&b);
	works(bridge_release(a.net, "br0", BRIDGE_MARK, &e));
	works(link_get(a.net->host, "br0", &l, &e));
	guest_unplug(&a);
	works(link_get(a.net->host, "br0", &l, &e));
	works(ports_delete(b.net, b.port.mark, &e));
	works(bridge_release(b.net, "br0", BRIDGE_MARK + 1, &e)); /* not ours */
	works(link_get(a.net->host, "br0", &l, &e));
	works(bridge_release(b.net, "br0", BRIDGE_MARK, &e));
	fails(link_get(a.net->host, "br0", &l, &e), ENODEV, "br0");
	works(bridge_release(b.net, "br0", BRIDGE_MARK, &e)); /* gone already */
}

HostTest(bridge, goes_together_with_the_last_ports_when_it_is_theirs)
{
	scoped_guest struct guest a;
	scoped_guest struct guest b;
	struct link_info l;
	struct err e = { 0 };

	guest_begin(&a, 1);
	guest_begin(&b, 2);
	guest_plug(&a);
	guest_plug(&b);
	works(bridge_bequeath(a.net, "br0", BRIDGE_MARK, a.port.mark, &e)); /* b is still in it */
	works(ports_delete(a.net, a.port.mark, &e));
	works(link_get(a.net->host, "br0", &l, &e));
	works(bridge_bequeath(b.net, "br0", BRIDGE_MARK + 1, b.port.mark, &e)); /* not ours */
	works(link_get(a.net->host, "br0", &l, &e));
	cr_assert_eq(l.group, BRIDGE_MARK);
	works(bridge_bequeath(b.net, "br0", BRIDGE_MARK, b.port.mark, &e));
	works(ports_delete(b.net, b.port.mark, &e));
	fails(link_get(a.net->host, "br0", &l, &e), ENODEV, "br0");
	works(bridge_bequeath(b.net, "br0", BRIDGE_MARK, b.port.mark, &e)); /* gone already */
}

/* Starts when GATE gets its end of file. The status says what happened: 1 made it, 0 found it. */
static pid_t racer(const int gate[2])
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;

	struct net *n = NULL;
	struct err e = { 0 };
	const struct bridge_spec b = { .name = "br0", .create = true };
	bool made = false;
	char none;
	int r = net_open_host(&n, &e);

	close(gate[1]);
	if (r == 0 && read(gate[0], &none, 1) == 0)
		r = bridge_ensure(n, &b, BRIDGE_MARK, &made, &e);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", e.text, strerror(e.code));
	_exit(r < 0 ? 2 : made);
}

HostTest(bridge, of_many_at_a_time_one_makes_it)
{
	enum { RACERS = 6, ROUNDS = 20 };
	scoped_net struct net *n = open_net();
	struct err e = { 0 };

	for (int round = 0; round < ROUNDS; round++) {
		int makers = 0, gate[2];

		cr_assert_eq(pipe2(gate, O_CLOEXEC), 0);
		for (int i = 0; i < RACERS; i++)
			cr_assert(racer(gate) > 0);
		close(gate[0]);
		close(gate[1]);
		for (int i = 0; i < RACERS; i++) {
			int status = -1;

			cr_assert(wait(&status) > 0);
			cr_assert(WIFEXITED(status) && WEXITSTATUS(status) < 2, "%x", status);
			makers += WEXITSTATUS(status);
		}
		cr_assert_eq(makers, 1, "%d made it", makers);
		works(bridge_release(n, "br0", BRIDGE_MARK, &e));
	}
}
