/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/route.h"
#include "runtime/base/strs.h"

#include <linux/rtnetlink.h>
#include <stdio.h>
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
	/* A gateway of the other family is refused by the kernel: the attribute's length is wrong.
	 */
	if (r->via.family)
		put_address(m, RTA_GATEWAY, &r->via);
	nl_put_u32(m, RTA_OIF, (uint32_t)l->index);
	if (r->metric)
		nl_put_u32(m, RTA_PRIORITY, r->metric);
}
