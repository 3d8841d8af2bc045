/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/port.h"
#include "netns/addr.h"
#include "netns/net.h"
#include "netns/route.h"
#include "netns/veth.h"
#include "runtime/base/strs.h"

#include <assert.h>
#include <errno.h>
#include <linux/if.h>
#include <string.h>

/* EEXIST does not say on which side: the caller tries another name only if it is the host's. */
static int explain_exists(struct net *n, const struct veth_spec *v, struct err *e)
{
	struct link_info l;
	struct err looked = { 0 };

	if (link_get(n->host, v->host_name, &l, &looked) == 0 || looked.code != ENODEV)
		return -1;
	return err_set(e, ENOTUNIQ, "create veth %s: the network namespace has a link %s already",
		       v->host_name, v->port->name);
}

/* Apart from the pair's birth: had that failed for a name taken, these would change the link of
 * others that has it. The kernel drops IFLA_IFALIAS and refuses IFF_UP in a birth. */
static int dress_host_end(struct net *n, const struct port_spec *p, const char *name, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };

	link_add_quiet(&b, name);
	if (p->alias) {
		struct nl_msg *m =
			link_add_change(&b, name, str_printf("set alias of link %s", name));

		nl_put(m, IFLA_IFALIAS, p->alias, strnlen(p->alias, IFALIASZ - 1));
	}
	link_add_up(&b, name);
	return nl_run(n->host, &b, e);
}

int port_create(struct net *n, const struct port_spec *p, const char *host_name, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	struct link_info bridge;

	assert(p->mark != 0 && n->guest_ns >= 0);
	if (link_get(n->host, p->bridge, &bridge, e) < 0)
		return err_wrap(e, "create veth %s", host_name);

	struct veth_spec v = { host_name, bridge.index, n->guest_ns, p };
	veth_add(&b, &v);
	if (nl_run(n->host, &b, e) < 0)
		return e->code == EEXIST ? explain_exists(n, &v, e) : -1;
	return dress_host_end(n, p, host_name, e);
}

int port_configure(struct net *n, const struct port_spec *p, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	const struct addr_set addrs = { p->addrs, p->n_addrs, p->dad };
	struct link_info l;

	if (link_get(n->guest, p->name, &l, e) < 0)
		return -1;
	/* Up comes before the addresses, as IPv6 takes up its routes again only for those that the
	 * link had while it was up. */
	link_add_quiet(&b, p->name);
	link_add_up(&b, p->name);
	addr_add(&b, &l, &addrs, 0);
	for (size_t i = 0; i < p->n_routes; i++)
		route_add(&b, &l, &p->routes[i]);
	if (addr_run(n->guest, &b, &addrs, e) < 0)
		return -1;
	if (link_await_up(n->host, l.other, e) < 0)
		return -1;
	return addr_await_dad(n->guest, &l, &addrs, e);
}

int ports_delete(struct net *n, uint32_t mark, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };

	assert(mark != 0); /* the group of every link that nobody marked */

	struct nl_msg *m = nl_add(&b, RTM_DELLINK, 0, str_printf("delete links of group %u", mark));
	nl_header(m, &ifi, sizeof ifi);
	nl_put_u32(m, IFLA_GROUP, mark);
	nl_forgive(&b, ENODEV);
	return nl_run(n->host, &b, e);
}
