/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/route.h"
#include "runtime/base/strs.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* "add route default via 10.0.0.254 on eth0" */
static char *describe(const struct route_spec *r, const char *link)
{
	char to[INET_TEXT] = "default", via[INET_TEXT];

	if (r->to.prefix > 0)
		ipaddr_format_prefix(&r->to, to);
	if (!r->via.family)
		return str_printf("add route %s on %s", to, link);
	return str_printf("add route %s via %s on %s", to, ipaddr_format(&r->via, via), link);
}

static void put_address(struct nl_msg *m, int type, const struct ipaddr *a)
{
	nl_put(m, type, a->bytes, a->family == AF_INET ? 4 : 16);
}

/* IPv4 by way of an IPv6 gateway is for the kernel to take (from 5.2 on), the reverse for it to
 * refuse. RTA_GATEWAY would be cut to 4 bytes without a word. */
static void put_gateway(struct nl_msg *m, const struct route_spec *r)
{
	if (r->via.family == r->to.family) {
		put_address(m, RTA_GATEWAY, &r->via);
		return;
	}
	struct {
		uint16_t family;
		uint8_t bytes[16];
	} via = { .family = (uint16_t)r->via.family };
	size_t len = r->via.family == AF_INET ? 4 : 16;

	memcpy(via.bytes, r->via.bytes, len);
	nl_put(m, RTA_VIA, &via, sizeof via.family + len);
}

void route_add(struct nl_batch *b, const struct link_info *l, const struct route_spec *r)
{
	bool on_link = !r->via.family && r->to.family == AF_INET;
	struct rtmsg rtm = {
		.rtm_family = (uint8_t)r->to.family,
		.rtm_dst_len = r->to.prefix,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		/* IPv6 has no scopes; what has no gateway is on the link. */
		.rtm_scope = on_link ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
		.rtm_flags = r->onlink ? RTNH_F_ONLINK : 0,
	};
	struct nl_msg *m = nl_add(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, describe(r, l->name));

	nl_header(m, &rtm, sizeof rtm);
	if (r->to.prefix > 0)
		put_address(m, RTA_DST, &r->to);
	if (r->via.family)
		put_gateway(m, r);
	nl_put_u32(m, RTA_OIF, (uint32_t)l->index);
	if (r->metric)
		nl_put_u32(m, RTA_PRIORITY, r->metric);
}
