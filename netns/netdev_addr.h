/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_NETNS_NETDEV_ADDR_H
#define NFRUN_NETNS_NETDEV_ADDR_H

/* An address of a device as a line of text that can be kept in a file: "10.0.0.1/24", followed by
 * what it has of peer, brd, label, metric, proto, flags, preferred, each with its value. */

#include "netns/nl.h"
#include "runtime/base/strs.h"

struct netdev_addr_how {
	int index;
	const char *name; /* for errors */
	bool labels;      /* IPv4's, which tell of a name on the host */
	int forgive;      /* EEXIST or 0 */
};

/* Those of link INDEX that are worth keeping: permanent, of global scope. */
int netdev_addrs_read(struct nl_sock *sk, int index, struct strs *out, struct err *e);

/* Append the request that makes it again. -1: not such a line. */
int netdev_addr_add(struct nl_batch *b, const struct netdev_addr_how *how, const char *line,
		    struct err *e);

#endif
