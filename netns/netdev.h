/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_NETNS_NETDEV_H
#define NFRUN_NETNS_NETDEV_H

/* A device of the host lent to a container: runtime-spec config-linux.md, "Network Devices". It is
 * moved into the container's network namespace and given back under its old name, with MAC, MTU,
 * alias and addresses as they were.
 *
 * What is needed for that is read before the move, so that a record on disk can hold it. The kernel
 * gives back by itself only hardware, when the namespace goes, to the initial namespace, without
 * addresses and under the name that it had inside (or devN, where that is taken); a virtual device
 * goes with its namespace. So the namespace has to live until netdev_give_back. */

#include "netns/port.h"
#include "runtime/base/err.h"
#include "runtime/base/strs.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

struct netdev { /* as it was on the host. Strings are NULL where it has none */
	char name[IFNAMSIZ];
	char inside[IFNAMSIZ]; /* its name there, chosen by netdev_look */
	int inside_index;      /* 0: nobody knows (yet) whether it is there */
	uint32_t mtu, flags;   /* IFF_UP and a few more that can be set */
	char *kind;            /* "veth", "macvlan"; hardware has none */
	char *mac, *perm_mac;  /* "02:00:00:00:00:01"; InfiniBand's are longer */
	char *parent;          /* where the hardware is: "0000:00:03.0" */
	char *alias;
	struct strs addrs; /* netdev_addr.h's texts */
};
void netdev_drop(struct netdev *d);

/* What the host's device NAME is, and whether it can be lent: there, no loopback, no port of a
 * bridge or bond, its name inside free. INSIDE: "" for the same name; "eth%d" for the first that is
 * free, as the kernel does it. Nothing is changed. OUT is to be dropped in either case. */
int netdev_look(struct net *n, const char *name, const char *inside, struct netdev *out,
		struct err *e);

/* Move and rename it in one request; inside, set it up with its permanent addresses of global
 * scope. D->inside_index is set once it is there: also after an error, netdev_give_back undoes
 * it. IPv6 addresses are usable at once: they passed duplicate detection on this very link. */
int netdev_lend(struct net *n, struct netdev *d, struct err *e);

/* Wherever it is now: inside (N has a guest), back on the host by the kernel's doing, or never
 * gone. A device that is nowhere any more is no error. The calling thread is in the host's network
 * namespace. E->code EEXIST: the host has another device of that name meanwhile; it was given back
 * under the name in E's text, and not touched further. */
int netdev_give_back(struct net *n, const struct netdev *d, struct err *e);

#endif
