/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_NETNS_ADDR_H
#define NFRUN_NETNS_ADDR_H

/* Addresses of links. */

#include "netns/link.h"

struct addr_set {
	const struct ipaddr *v;
	size_t n;
	bool dad; /* else IPv6 addresses are usable at once (IFA_F_NODAD) */
};

bool addr_set_has(const struct addr_set *s, int family);

/* One request an address. IPv6 ones bring the link-local address made of the MAC (RFC 4291, 2.5.1)
 * with them, unless a link-local one is among them: link_add_quiet kept the kernel from it.
 * FORGIVE is EEXIST where addresses may be there already, else 0. */
void addr_add(struct nl_batch *b, const struct link_info *l, const struct addr_set *s, int forgive);

/* nl_run for a batch with these addresses in it; its error says so where the kernel has no IPv6. */
int addr_run(struct nl_sock *sk, struct nl_batch *b, const struct addr_set *s, struct err *e);

/* The first of S that the link lacks, or NULL. */
int addr_missing(struct nl_sock *sk, const struct link_info *l, const struct addr_set *s,
		 const struct ipaddr **missing, struct err *e);

/* Wait until duplicate address detection has let the IPv6 addresses pass. E->code EADDRINUSE:
 * another host has one. */
int addr_await_dad(struct nl_sock *sk, const struct link_info *l, const struct addr_set *s,
		   struct err *e);

struct ipaddr addr_link_local(const uint8_t mac[MAC_LEN]);

#endif
