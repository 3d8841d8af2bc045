/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/net.h"
#include "netns/link.h"

#include <linux/if.h>

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
