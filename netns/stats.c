/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/net.h"
#include "netns/link.h"

#include <linux/if.h>
#include <string.h>

int port_stats_read(struct net *n, const char *host_name, struct port_stats *out, struct err *e)
{
	const unsigned up = IFF_UP | IFF_LOWER_UP;
	struct link_info l;

	if (link_get_stats(n->host, host_name, &l, e) < 0)
		return -1;
	*out = (struct port_stats){
		.rx_packets = l.stats.tx_packets,
		.rx_bytes = l.stats.tx_bytes,
		.rx_dropped = l.stats.tx_dropped,
		.rx_errors = l.stats.tx_errors,
		.tx_packets = l.stats.rx_packets,
		.tx_bytes = l.stats.rx_bytes,
		.tx_dropped = l.stats.rx_dropped,
		.tx_errors = l.stats.rx_errors,
		.up = (l.flags & up) == up,
	};
	return 0;
}

int port_link_read(struct net *n, const char *host_name, struct port_link *out, struct err *e)
{
	struct link_info l, bridge;
	struct err gone = { 0 };

	if (link_get(n->host, host_name, &l, e) < 0)
		return -1;
	*out = (struct port_link){
		.up = l.flags & IFF_UP,
		.carrier = l.flags & IFF_LOWER_UP,
		.mtu = l.mtu,
	};
	if (l.master && link_get_index(n->host, l.master, &bridge, &gone) == 0)
		memcpy(out->bridge, bridge.name, sizeof out->bridge);
	return 0;
}
