/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_NETNS_NET_H
#define NFRUN_NETNS_NET_H

#include "netns/port.h"

struct nl_sock;

struct net {
	struct nl_sock *host;
	struct nl_sock *guest; /* NULL until net_open_guest */
	int guest_ns;          /* ours; -1 until then */
};

#endif
