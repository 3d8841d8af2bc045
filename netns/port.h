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

struct net;                                          /* sockets of both sides */
int net_open_host(struct net **out, struct err *e);  /* the caller's network namespace */
/* The other side: a socket made inside NETNS_FD. Enters it for a moment and comes back; the calling
 * thread must be the process's only one. */
int net_open_guest(struct net *n, int netns_fd, struct err *e);
void net_free(struct net *n); /* NULL is fine */

struct bridge_spec {
	const char *name;
	bool create;  /* make it when it is missing; else that is an error */
	uint32_t mtu; /* 0: the kernel's minimum over its ports */
	const uint8_t *mac; /* NULL: derived from MARK and the name, so that it does not follow the ports */
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

/* Make sure that the bridge is there and up, with its addresses (missing ones are added, others
 * left alone). *MADE tells whether this call made it. A made bridge has multicast snooping and STP
 * off, forward delay 0, nf_call_iptables 0 and the mark; EEXIST in a race counts as there. An existing
 * link of that name which is no bridge is an error. The caller holds the lock that keeps bridge_release
 * away. */
int bridge_ensure(struct net *n, const struct bridge_spec *b, uint32_t mark, bool *made, struct err *e);

/* Delete the bridge if it carries MARK and has no port left. Gone already, or not ours, is fine. */
int bridge_release(struct net *n, const char *name, uint32_t mark, struct err *e);

/* The readable part and a hash of OWNER, NAME and ATTEMPT, 15 characters at most. */
void ifname_host(char out[IFNAMSIZ], const char *owner, const char *name, unsigned attempt);

/* Make the pair: the host end HOST_NAME in the bridge, with mark and alias, up; the other born inside
 * the guest's namespace with name, MAC and MTU. E->code EEXIST: the host name is taken; try another. */
int port_create(struct net *n, const struct port_spec *p, const char *host_name, struct err *e);

/* Inside: addresses (IPv6 with IFA_F_NODAD unless p->dad, then waited for), link up, routes. */
int port_configure(struct net *n, const struct port_spec *p, struct err *e);
int net_loopback_up(struct net *n, struct err *e); /* the guest's */

/* Delete every link with this mark in the host's namespace, in one request; none is fine. When it
 * returns they are gone. */
int ports_delete(struct net *n, uint32_t mark, struct err *e);

/* Whether the host's br_netfilter sends bridged packets through iptables (bridge-nf-call-iptables is
 * 1) and what follows; NULL, or a sentence for the user that names the remedy. Static text. */
const char *bridge_netfilter_warning(void);

struct port_stats { /* as the container sees it: rx is what it received */
	uint64_t rx_packets, rx_bytes, rx_dropped, rx_errors;
	uint64_t tx_packets, tx_bytes, tx_dropped, tx_errors;
	bool up; /* carrier and administratively up */
};

/* The counters of the host end, turned round. E->code ENODEV: there is no such link. */
int port_stats_read(struct net *n, const char *host_name, struct port_stats *out, struct err *e);

#endif
