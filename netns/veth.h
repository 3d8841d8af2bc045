/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_NETNS_VETH_H
#define NFRUN_NETNS_VETH_H

#include "netns/link.h"
#include "netns/port.h"

struct veth_spec {
	const char *host_name;
	int master;   /* index of the bridge */
	int guest_ns; /* where the other end is born */
	const struct port_spec *port;
};

/* The request for the pair: both ends with names, MACs and MTU, the host's in its bridge and with
 * its mark, the other inside the guest. */
void veth_add(struct nl_batch *b, const struct veth_spec *v);

#endif
