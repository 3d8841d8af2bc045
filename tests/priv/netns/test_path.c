/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/netns/guest.h"

#include <signal.h>
#include <sys/wait.h>

/* Packets: whatever is configured is of use at once, the first one of each kind gets through. */

static void plug_with(struct guest *g, uint8_t id, const char *v4, const char *v6)
{
	guest_begin(g, id);
	guest_addr(g, v4);
	guest_addr(g, v6);
	guest_plug(g);
}

static void one_ping(const struct guest *from, const char *to)
{
	scoped_run struct run r = inside(from, "ping", "-n", "-c1", "-W1", to);

	cr_assert_eq(r.status, 0, "ping %s: %s%s", to, r.out, r.err);
}

HostTest(path, guests_reach_each_other_with_the_first_packet)
{
	static const char *const targets[] = { "10.0.0.2", "fd00::2", "fe80::ff:fe00:2%eth0" };

	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		scoped_guest struct guest a;
		scoped_guest struct guest b;

		plug_with(&a, 1, "10.0.0.1/24", "fd00::1/64");
		plug_with(&b, 2, "10.0.0.2/24", "fd00::2/64");
		one_ping(&a, targets[i]);
		guest_unplug(&a);
		guest_unplug(&b);
	}
}

/* A network namespace that belongs to a user namespace with no ids of the host in it. */
static int strangers_netns(void)
{
	int ready[2];
	char path[64], c;

	cr_assert_eq(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
			(void)!write(ready[1], "", 1);
		pause();
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], &c, 1), 1, "no user namespace");
	close(ready[0]);
	snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
	int ns = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert(ns >= 0);
	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	return ns;
}

HostTest(path, a_guest_may_live_in_a_user_namespace)
{
	scoped_guest struct guest a;
	scoped_guest struct guest b;

	guest_begin_in(&a, 1, strangers_netns());
	guest_addr(&a, "10.0.0.1/24");
	guest_addr(&a, "fd00::1/64");
	guest_route(&a, "0.0.0.0/0", "10.0.0.2");
	guest_plug(&a);
	plug_with(&b, 2, "10.0.0.2/24", "fd00::2/64");
	one_ping(&a, "10.0.0.2");
	one_ping(&b, "fd00::1");
	guest_unplug(&a);
	guest_unplug(&b);
}

HostTest(path, guest_and_host_by_the_bridges_addresses)
{
	scoped_guest struct guest a;
	struct ipaddr addrs[2];
	const struct bridge_spec b = {
		.name = "br0", .create = true, .addrs = addrs, .n_addrs = 2
	};
	struct err e = { 0 };
	bool made;

	cr_assert(ipaddr_parse_prefix("10.0.0.254/24", 0, &addrs[0]));
	cr_assert(ipaddr_parse_prefix("fd00::fe/64", 0, &addrs[1]));
	guest_begin(&a, 1);
	guest_addr(&a, "10.0.0.1/24");
	guest_addr(&a, "fd00::1/64");
	guest_route(&a, "0.0.0.0/0", "10.0.0.254");
	works(bridge_ensure(a.net, &b, BRIDGE_MARK, &made, &e));
	guest_plug(&a);
	one_ping(&a, "10.0.0.254");
	one_ping(&a, "fd00::fe");
	must_run("ping", "-n", "-c1", "-W1", "10.0.0.1");
	must_run("ping", "-n", "-c1", "-W1", "fd00::1");
	guest_unplug(&a);
}

HostTest(path, without_ipv6_addresses_there_is_no_ipv6)
{
	scoped_guest struct guest g;

	guest_begin(&g, 1);
	guest_addr(&g, "10.0.0.1/24");
	guest_plug(&g);
	sleep_ms(50); /* the kernel's autoconfiguration would come with the link watch */
	scoped_run struct run in = inside(&g, "ip", "-6", "address", "show", "dev", "eth0");
	cr_assert_str_eq(in.out, "");
	scoped_run struct run out = run_cmd("ip", "-6", "address", "show", "scope", "link");
	cr_assert_str_eq(out.out, "");
	guest_unplug(&g);
}

HostTest(path, where_ipv6_is_off_only_its_addresses_fail)
{
	static const char off[] = "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6";
	scoped_guest struct guest g;
	struct err e = { 0 };

	guest_begin(&g, 1);
	scoped_run struct run r = inside(&g, "sh", "-c", off);
	cr_assert_eq(r.status, 0, "%s", r.err);
	guest_addr(&g, "10.0.0.1/24");
	guest_plug(&g);
	guest_unplug(&g);

	guest_addr(&g, "fd00::1/64");
	need_bridge(g.net, "br0");
	works(port_create(g.net, &g.port, g.host_name, &e));
	fails(port_configure(g.net, &g.port, &e), EACCES, "IPv6 is disabled on this device");
	guest_unplug(&g);
}

HostTest(path, an_mtu_below_ipv6_serves_ipv4)
{
	scoped_guest struct guest g;

	guest_begin(&g, 1);
	g.port.mtu = 576;
	guest_addr(&g, "10.0.0.1/24");
	guest_plug(&g);
	guest_unplug(&g);
}

/* --- duplicate address detection --- */

HostTest(path, dad_is_waited_for_when_asked)
{
	scoped_guest struct guest g;

	guest_begin(&g, 1);
	g.port.dad = true;
	guest_addr(&g, "fd00::1/64");
	guest_plug(&g);
	scoped_run struct run r = inside(&g, "ip", "address", "show", "dev", "eth0");
	expect_text(r, "fd00::1/64");
	expect_no_text(r, "fd00::1/64 scope global tentative");
	expect_no_text(r, "nodad");
	guest_unplug(&g);
}

HostTest(path, dad_finds_a_duplicate)
{
	scoped_guest struct guest a;
	scoped_guest struct guest b;
	struct err e = { 0 };

	plug_with(&a, 1, "10.0.0.1/24", "fd00::1/64");
	guest_begin(&b, 2);
	b.port.dad = true;
	guest_addr(&b, "fd00::1/64");
	works(port_create(b.net, &b.port, b.host_name, &e));
	fails(port_configure(b.net, &b.port, &e), EADDRINUSE, "add address fd00::1/64 to eth0");
	guest_unplug(&b);
	guest_unplug(&a);
}
