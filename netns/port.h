/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_NETNS_PORT_H
#define NFRUN_NETNS_PORT_H

/* A container's interface: a veth pair between a bridge in the host's network namespace and the
 * container's own, with its addresses and routes. This header is all the engine needs of netns/. */

#include "runtime/base/err.h"
#include "runtime/base/inet.h"
#include "runtime/base/strs.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A link made by nfrun carries a mark (IFLA_GROUP) from its birth. MARK of a container's host ends
 * is its own and unique on this host, so that one request deletes them all; BRIDGE_MARK says which
 * bridges were made on demand. Neither is ever 0, the kernel's default group. */

struct net;                                         /* sockets of both sides */
int net_open_host(struct net **out, struct err *e); /* the caller's network namespace */
/* The other side: a socket made inside NETNS_FD, which is the caller's still. The calling thread
 * enters it for a moment and comes back. Once for each struct net. */
int net_open_guest(struct net *n, int netns_fd, struct err *e);
bool net_has_guest(const struct net *n);
void net_free(struct net *n); /* NULL is fine */
/* The guest's network namespace by the number that it alone has: SO_NETNS_COOKIE, Linux 5.14. */
int net_guest_cookie(struct net *n, uint64_t *cookie, struct err *e);

struct bridge_spec {
	const char *name;
	bool create; /* make it when it is missing; else that is an error */
	/* 0: the kernel's minimum over its ports. It bounds what the host itself sends and receives
	 * there; what the bridge forwards is bounded by the ports' MTUs alone. */
	uint32_t mtu;
	/* NULL: derived from the machine's host name, MARK and the bridge's name, so that it
	 * neither follows the ports nor changes when the bridge is made again. */
	const uint8_t *mac;
	const struct ipaddr *addrs;
	size_t n_addrs;
};

struct route_spec {
	struct ipaddr to;  /* prefix 0: default */
	struct ipaddr via; /* family 0: directly on the link */
	uint32_t metric;
	bool onlink;
};

struct port_spec {
	const char *name; /* inside */
	const char *bridge;
	uint8_t mac[MAC_LEN];
	uint32_t mtu;
	const struct ipaddr *addrs;
	size_t n_addrs;
	const struct route_spec *routes;
	size_t n_routes;
	bool dad;
	uint32_t mark;
	const char *alias; /* for people: "nfrun edge-fw eth0" */
};

/* Make sure that the bridge is there and up, with its addresses. *MADE tells whether this call made
 * it (also when it fails later on: bridge_release takes it away). A made bridge has multicast
 * snooping and STP off, forward delay 0, nf_call_iptables 0, no IPv6 of its own unless it has IPv6
 * addresses, and the mark; EEXIST in a race counts as there.
 *
 * One that is there has to have the MTU and the MAC that B names; that it has others is an error.
 * If it carries MARK, missing addresses are added and others left alone. One that others made is
 * not changed at all: that it is down, or lacks an address, is an error that names the remedy. A
 * link of that name which is no bridge is an error. The caller holds the lock that keeps
 * bridge_release away. */
int bridge_ensure(struct net *n, const struct bridge_spec *b, uint32_t mark, bool *made,
		  struct err *e);

/* Delete the bridge if it carries MARK and has no port left. Gone already, or not ours, is fine. */
int bridge_release(struct net *n, const char *name, uint32_t mark, struct err *e);

/* If a bridge with MARK has no ports but those with the mark HEIR, it gets that mark as well, so
 * that ports_delete(HEIR) takes ports and bridge together: the kernel then waits once for its
 * readers to be done with them, not three times. In all other cases nothing changes. The caller
 * holds the lock as for bridge_release, until the deletion is through. */
int bridge_bequeath(struct net *n, const char *name, uint32_t mark, uint32_t heir, struct err *e);

/* The readable part and a hash of OWNER, NAME and ATTEMPT, 15 characters at most, all of them good
 * in a link's name whatever OWNER has. */
void ifname_host(char out[IFNAMSIZ], const char *owner, const char *name, unsigned attempt);

/* Make the pair: the host end HOST_NAME in the bridge, with mark and alias, up; the other born
 * inside the guest's namespace with name, MAC and MTU. E->code EEXIST: the host name is taken,
 * nothing was made; try another. After other errors the pair may be there: ports_delete. Links and
 * bridges of others are not touched, and keep their MACs. */
int port_create(struct net *n, const struct port_spec *p, const char *host_name, struct err *e);

/* Inside: link up, addresses, routes; returns when packets can pass. IPv6 addresses are usable at
 * once; with p->dad the kernel looks for duplicates first, 1 to 2 s, and one found is EADDRINUSE.
 * They bring the link-local address of the MAC with them; an interface without any gets none,
 * and sends nothing of IPv6 by itself. Routes get protocol static. */
int port_configure(struct net *n, const struct port_spec *p, struct err *e);
int net_loopback_up(struct net *n, struct err *e); /* the guest's */
/* The same where nothing else is to be done: without a socket on the host's side. */
int net_loopback_up_in(int netns_fd, struct err *e);

/* Delete every link with this mark in the host's namespace, in one request, which takes hardly
 * longer for many than for one; none is fine. When it returns they are gone, and so are their other
 * ends. MARK 0 would be all links that nobody marked: it is asserted against. */
int ports_delete(struct net *n, uint32_t mark, struct err *e);

/* Whether br_netfilter sends bridged packets through iptables (bridge-nf-call-iptables is 1 in this
 * network namespace) and there are FORWARD rules to meet them. NULL, or a sentence for the user
 * that names the remedy. Static text. */
const char *bridge_netfilter_warning(void);

/* As the container sees it: rx is what it received. rx_dropped counts what was sent to it and not
 * taken: larger than its MTU, its backlog or, with NAPI, its ring full. tx_dropped counts what it
 * sent and the host did not take, for the same reasons. What its own stack throws away later on
 * (no listener, its firewall) is counted inside only. */
struct port_stats {
	uint64_t rx_packets, rx_bytes, rx_dropped, rx_errors;
	uint64_t tx_packets, tx_bytes, tx_dropped, tx_errors;
	bool up; /* carrier and administratively up */
};

/* The counters of the host end, turned round. E->code ENODEV: there is no such link. */
int port_stats_read(struct net *n, const char *host_name, struct port_stats *out, struct err *e);

/* What others may do to the host end while it is in use. */
struct port_link {
	bool up;               /* administratively */
	bool carrier;          /* and so is the other end */
	char bridge[IFNAMSIZ]; /* that it is a port of; "": none */
	uint32_t mtu;
};
/* E->code ENODEV: there is no such link. */
int port_link_read(struct net *n, const char *host_name, struct port_link *out, struct err *e);

#endif
