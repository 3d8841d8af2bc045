/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_NETNS_NETDEV_FIND_H
#define NFRUN_NETNS_NETDEV_FIND_H

/* For netdev*.c: a link somewhere, in the terms of struct netdev, and what is done to it on either
 * side. */

#include "netns/netdev.h"
#include "netns/netdev_addr.h"
#include "netns/nl.h"

#include <linux/if.h>

enum { NETDEV_FLAGS = IFF_UP | IFF_NOARP | IFF_PROMISC | IFF_ALLMULTI }; /* that are kept */

struct netdev_found {
	int index, master;
	uint32_t flags; /* all of them */
	struct netdev d;
};
void netdev_found_drop(struct netdev_found *f);
#define scoped_found scoped(netdev_found_drop)

/* By index, or by name where that is 0. E->code ENODEV: there is none. */
int netdev_find(struct nl_sock *sk, const char *name, int index, struct netdev_found *out,
		struct err *e);

bool netdev_same_text(const char *a, const char *b); /* NULL is NULL's */

/* The same in all that no rename and no change of the MAC can hide. */
bool netdev_is_same(const struct netdev *d, const struct netdev *other);

/* The first link of SK's namespace that netdev_is_same. 1: found. */
int netdev_hunt(struct nl_sock *sk, const struct netdev *d, struct netdev_found *out,
		struct err *e);

int netdev_is_taken(struct nl_sock *sk, const char *name, bool *taken, struct err *e);
/* "eth%d" to the first name that SK's namespace has free. */
int netdev_fill_number(struct nl_sock *sk, const char *pattern, char out[IFNAMSIZ], struct err *e);

/* Out of SK's namespace, under a new name. */
int netdev_move(struct nl_sock *sk, int index, const char *to_name, int to_ns, struct err *e);
/* Flags, then D's addresses. */
int netdev_dress(struct nl_sock *sk, const struct netdev *d, const struct netdev_addr_how *how,
		 uint32_t flags, struct err *e);

#endif
