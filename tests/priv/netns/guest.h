/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_NETNS_GUEST_H
#define NFRUN_TESTS_NETNS_GUEST_H

/* A second network namespace that plays the VNF, and its interface. For HostTest()s: the test's own
 * namespace is the host. */

#include "netns/link.h"
#include "netns/net.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { BRIDGE_MARK = 7001, MARK = 8001 };

/* An assertion that a call worked, with its error. E is a struct err in scope. */
#define works(call) cr_assert_eq(call, 0, "%s: %s: %s", #call, e.text, strerror(e.code))

#define fails(call, want_code, part)                                                               \
	do {                                                                                       \
		e = (struct err){ 0 };                                                             \
		cr_assert_eq(call, -1, "%s worked", #call);                                        \
		cr_assert_eq(e.code, want_code, "%s: %s: %s", #call, e.text, strerror(e.code));    \
		cr_assert(strstr(e.text, part), "%s: '%s' lacks '%s'", #call, e.text, part);       \
	} while (0)

static inline int new_netns(void)
{
	static const char own[] = "/proc/thread-self/ns/net";
	scoped_fd int host = open(own, O_RDONLY | O_CLOEXEC);

	cr_assert_eq(unshare(CLONE_NEWNET), 0);
	int guest = open(own, O_RDONLY | O_CLOEXEC);
	cr_assert_eq(setns(host, CLONE_NEWNET), 0);
	return guest;
}

struct guest {
	int ns;
	struct net *net;
	char host_name[IFNAMSIZ];
	struct ipaddr addrs[8];
	struct route_spec routes[8];
	struct port_spec port;
};

static inline void guest_drop(struct guest *g)
{
	net_free(g->net);
	fd_drop(&g->ns);
}
#define scoped_guest scoped(guest_drop)

/* One eth0 at br0, in the network namespace NS. ID tells guests apart: MAC, mark and host name
 * follow from it. */
static inline void guest_begin_in(struct guest *g, uint8_t id, int ns)
{
	char owner[16];
	struct err e = { 0 };

	snprintf(owner, sizeof owner, "guest%d", id);
	*g = (struct guest){ .ns = ns };
	g->port = (struct port_spec){
		.name = "eth0",
		.bridge = "br0",
		.mac = { 2, 0, 0, 0, 0, id },
		.mtu = 1500,
		.addrs = g->addrs,
		.routes = g->routes,
		.mark = MARK + id,
		.alias = "nfrun guest eth0",
	};
	ifname_host(g->host_name, owner, "eth0", 0);
	works(net_open_host(&g->net, &e));
	works(net_open_guest(g->net, g->ns, &e));
	works(net_loopback_up(g->net, &e));
}

static inline void guest_begin(struct guest *g, uint8_t id)
{
	guest_begin_in(g, id, new_netns());
}

static inline void guest_addr(struct guest *g, const char *text)
{
	cr_assert(ipaddr_parse_prefix(text, 0, &g->addrs[g->port.n_addrs++]), "%s", text);
}

static inline struct route_spec *guest_route(struct guest *g, const char *to, const char *via)
{
	struct route_spec *r = &g->routes[g->port.n_routes++];

	*r = (struct route_spec){ 0 };
	cr_assert(ipaddr_parse_prefix(to, 0, &r->to), "%s", to);
	if (via)
		cr_assert(ipaddr_parse(via, 0, &r->via), "%s", via);
	return r;
}

static inline void need_bridge(struct net *n, const char *name)
{
	const struct bridge_spec b = { .name = name, .create = true };
	struct err e = { 0 };
	bool made;

	works(bridge_ensure(n, &b, BRIDGE_MARK, &made, &e));
}

static inline void guest_plug(struct guest *g)
{
	struct err e = { 0 };

	need_bridge(g->net, g->port.bridge);
	works(port_create(g->net, &g->port, g->host_name, &e));
	works(port_configure(g->net, &g->port, &e));
}

/* Ports, then the bridge they were in. */
static inline void guest_unplug(struct guest *g)
{
	struct err e = { 0 };

	works(ports_delete(g->net, g->port.mark, &e));
	works(bridge_release(g->net, g->port.bridge, BRIDGE_MARK, &e));
}

/* What a program says inside the guest. */
static inline struct run run_inside(const struct guest *g, const char *const *argv)
{
	char ns[64];
	const char *all[24] = { "nsenter", ns };

	snprintf(ns, sizeof ns, "--net=/proc/%d/fd/%d", getpid(), g->ns);
	for (size_t i = 0; argv[i]; i++)
		all[i + 2] = argv[i];
	return run_program(all, NULL);
}
#define inside(g, ...) run_inside(g, (const char *const[]){ __VA_ARGS__, NULL })

#define expect_text(run, part)                                                                     \
	cr_assert(strstr((run).out, part), "'%s' is not in:\n%s%s", part, (run).out, (run).err)
#define expect_no_text(run, part)                                                                  \
	cr_assert(!strstr((run).out, part), "'%s' is in:\n%s", part, (run).out)

#endif
