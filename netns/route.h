/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_NETNS_ROUTE_H
#define NFRUN_NETNS_ROUTE_H

#include "netns/link.h"
#include "netns/port.h"

/* One request for a route of the main table by way of this link. */
void route_add(struct nl_batch *b, const struct link_info *l, const struct route_spec *r);

#endif
