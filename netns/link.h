/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_NETNS_LINK_H
#define NFRUN_NETNS_LINK_H

/* Links of any kind: what they are, and requests that change them, for a batch. */

#include "netns/nl.h"
#include "runtime/base/inet.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>

struct link_info {
	char name[16];
	char kind[16]; /* "bridge"; "" for hardware and lo */
	int index;
	int other;  /* a veth's other end: its index there */
	int master; /* the bridge that it is a port of; 0: none */
	uint32_t group, mtu;
	unsigned flags;    /* IFF_* */
	uint8_t operstate; /* IF_OPER_* */
	uint8_t mac[MAC_LEN];
	struct rtnl_link_stats64 stats; /* with link_get_stats only */
};

/* E->code ENODEV: there is none. */
int link_get(struct nl_sock *sk, const char *name, struct link_info *out, struct err *e);
int link_get_index(struct nl_sock *sk, int index, struct link_info *out, struct err *e);
int link_get_stats(struct nl_sock *sk, const char *name, struct link_info *out, struct err *e);

/* How many links have this master, those of group EXCEPT left out (0: count all). */
int link_count_ports(struct nl_sock *sk, int master, uint32_t except, size_t *out, struct err *e);

/* Wait until it can carry packets. The carrier comes with IFF_UP on both ends of a veth, but the
 * transmit queue and the bridge port are opened by the kernel's link watch, a work item of its own,
 * and until then packets are lost: the operational state tells. */
int link_await_up(struct nl_sock *sk, int index, struct err *e);

/* Start a message about the link NAME: RTM_SETLINK changes one, and finds it by name when the index
 * is 0. */
struct nl_msg *link_add_change(struct nl_batch *b, const char *name, char *what);
void link_add_up(struct nl_batch *b, const char *name);
void link_add_delete(struct nl_batch *b, int index, const char *name);

/* Keep the kernel from making an IPv6 link-local address when the link comes up, and with it all
 * IPv6 chatter. A kernel without IPv6, and a link below IPv6's MTU of 1280, have nothing to turn
 * off: EAFNOSUPPORT is forgiven. */
void link_add_quiet(struct nl_batch *b, const char *name);

#endif
