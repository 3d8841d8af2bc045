/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/veth.h"
#include "runtime/base/hash.h"
#include "runtime/base/strs.h"

#include <linux/veth.h>
#include <string.h>

/* A bridge without a MAC of its own takes the lowest of its ports'. fe: is locally administered and
 * above those of hardware, so that a bridge made by others keeps its address when we plug in. */
static void put_host_mac(struct nl_msg *m, const char *host_name)
{
	uint64_t h = hash_text(0, host_name);
	uint8_t mac[MAC_LEN] = { 0xfe };

	memcpy(mac + 1, &h, sizeof mac - 1);
	nl_put(m, IFLA_ADDRESS, mac, sizeof mac);
}

static void put_peer(struct nl_msg *m, const struct veth_spec *v)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct nlattr *peer = nl_nest(m, VETH_INFO_PEER);

	nl_header(m, &ifi, sizeof ifi);
	nl_put_text(m, IFLA_IFNAME, v->port->name);
	nl_put(m, IFLA_ADDRESS, v->port->mac, MAC_LEN);
	if (v->port->mtu)
		nl_put_u32(m, IFLA_MTU, v->port->mtu);
	nl_put_u32(m, IFLA_NET_NS_FD, (uint32_t)v->guest_ns);
	nla_nest_end(m, peer);
}

void veth_add(struct nl_batch *b, const struct veth_spec *v)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	char mac[MAC_TEXT];
	/* An MTU or a MAC that it does not like is all that the kernel has no words for. */
	char *what = str_printf("create veth %s (MTU %u, MAC %s)", v->host_name, v->port->mtu,
				mac_format(v->port->mac, mac));
	struct nl_msg *m = nl_add(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, what);

	nl_header(m, &ifi, sizeof ifi);
	nl_put_text(m, IFLA_IFNAME, v->host_name);
	put_host_mac(m, v->host_name);
	if (v->port->mtu)
		nl_put_u32(m, IFLA_MTU, v->port->mtu);
	nl_put_u32(m, IFLA_GROUP, v->port->mark);
	nl_put_u32(m, IFLA_MASTER, (uint32_t)v->master);

	struct nlattr *info = nl_nest(m, IFLA_LINKINFO);
	nl_put_text(m, IFLA_INFO_KIND, "veth");
	struct nlattr *data = nl_nest(m, IFLA_INFO_DATA);
	put_peer(m, v);
	nla_nest_end(m, data);
	nla_nest_end(m, info);
}
