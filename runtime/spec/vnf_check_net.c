/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/vnf_check.h"

#include <string.h>
#include <sys/socket.h>

enum { MTU_DEFAULT = 1500, MTU_IPV6_MIN = 1280 /* RFC 8200, section 5 */ };

const struct vnf_link *vnf_link_find(const struct vnf *v, const char *bridge)
{
	for (size_t i = 0; i < v->n_links; i++)
		if (strcmp(v->links[i].bridge, bridge) == 0)
			return &v->links[i];
	return NULL;
}

uint32_t vnf_iface_mtu(const struct vnf *v, const struct vnf_iface *i)
{
	const struct vnf_link *link = vnf_link_find(v, i->bridge);

	if (i->mtu)
		return i->mtu;
	return link && link->mtu ? link->mtu : MTU_DEFAULT;
}

/* What has addresses and a MAC: the host on a link, or an interface. Links come first. */
struct end {
	struct where at;
	const struct ipaddr *addrs;
	size_t n_addrs;
	const uint8_t *mac; /* NULL: not given */
};

static void end_at(const struct vnf *v, size_t k, const struct vnf_net_places *in, struct end *e)
{
	if (k < v->n_links) {
		const struct vnf_link *l = &v->links[k];

		*e = (struct end){ .at = { .up = in->links, .index = k },
				   .addrs = l->addrs,
				   .n_addrs = l->n_addrs,
				   .mac = l->has_mac ? l->mac : NULL };
	} else {
		const struct vnf_iface *i = &v->interfaces[k - v->n_links];

		*e = (struct end){ .at = { .up = in->interfaces, .index = k - v->n_links },
				   .addrs = i->addrs,
				   .n_addrs = i->n_addrs,
				   .mac = i->has_mac ? i->mac : NULL };
	}
}

/* Addresses are kept IPv4 first: where the I-th stood in its own list of the file. */
static void addr_problem(struct reading *r, const struct end *e, size_t i, const struct end *other)
{
	struct where list = { .up = &e->at };
	struct where here = { .up = &list };
	scoped_str char *there = where_text(&other->at);
	char text[INET_TEXT];

	list.key = e->addrs[i].family == AF_INET ? "ipv4" : "ipv6";
	for (size_t j = 0; j < i; j++)
		here.index += e->addrs[j].family == e->addrs[i].family;
	problem_add(r, &here, "%s is an address of %s too", ipaddr_format(&e->addrs[i], text),
		    there);
}

/* Link-local addresses are each link's own. */
static void check_addrs(struct reading *r, const struct end *e, const struct end *before, bool same)
{
	for (size_t i = 0; i < e->n_addrs; i++) {
		size_t n = same ? i : before->n_addrs, j = 0;

		if (!same && ipaddr_is_link_local(&e->addrs[i]))
			continue;
		while (j < n && !ipaddr_same(&e->addrs[i], &before->addrs[j]))
			j++;
		if (j < n)
			addr_problem(r, e, i, before);
	}
}

static void check_mac(struct reading *r, const struct end *e, const struct end *before)
{
	struct where mac = { .up = &e->at, .key = "mac" };
	scoped_str char *there = where_text(&before->at);
	char text[MAC_TEXT];

	if (e->mac && before->mac && memcmp(e->mac, before->mac, MAC_LEN) == 0)
		problem_add(r, &mac, "%s is the address of %s too", mac_format(e->mac, text),
			    there);
}

static void check_ends(struct reading *r, const struct vnf *v, const struct vnf_net_places *in)
{
	for (size_t k = 0; k < v->n_links + v->n_interfaces; k++) {
		struct end e;

		end_at(v, k, in, &e);
		if (!reading_clean(r, &e.at))
			continue;
		check_addrs(r, &e, &e, true);
		for (size_t j = 0; j < k; j++) {
			struct end before;

			end_at(v, j, in, &before);
			check_addrs(r, &e, &before, false);
			check_mac(r, &e, &before);
		}
	}
}

static bool has_ipv6(const struct ipaddr *addrs, size_t n)
{
	return n > 0 && addrs[n - 1].family == AF_INET6;
}

/* The pointer of the J-th element of the list that AT is an element of; the caller frees. */
static char *neighbour(const struct where *at, size_t j)
{
	const struct where other = { .up = at->up, .index = j };

	return where_text(&other);
}

static void check_link(struct reading *r, const struct vnf *v, size_t i, const struct where *at)
{
	const struct vnf_link *l = &v->links[i];
	struct where bridge = { .up = at, .key = "bridge" };
	struct where mtu = { .up = at, .key = "mtu" };
	size_t users = 0;

	for (size_t j = 0; j < i; j++) {
		scoped_str char *there = neighbour(at, j);

		if (strcmp(v->links[j].bridge, l->bridge) == 0)
			problem_add(r, &bridge, "%s is at %s already", l->bridge, there);
	}
	for (size_t j = 0; j < v->n_interfaces; j++)
		users += strcmp(v->interfaces[j].bridge, l->bridge) == 0;
	if (users == 0)
		problem_add(r, &bridge, "no interface plugs into %s", l->bridge);
	if (l->mtu && l->mtu < MTU_IPV6_MIN && has_ipv6(l->addrs, l->n_addrs))
		problem_add(r, &mtu, "IPv6 needs at least %d", MTU_IPV6_MIN);
}

static void check_mtu(struct reading *r, const struct vnf *v, const struct vnf_iface *i,
		      const struct where *at)
{
	const struct vnf_link *link = vnf_link_find(v, i->bridge);
	uint32_t mtu = vnf_iface_mtu(v, i);
	struct where here = { .up = at, .key = "mtu" };

	if (link && link->mtu && mtu > link->mtu)
		problem_add(r, &here, "%u is more than link %s carries, %u", mtu, link->bridge,
			    link->mtu);
	if (mtu < MTU_IPV6_MIN && (has_ipv6(i->addrs, i->n_addrs) || i->gateway6.family))
		problem_add(r, &here, "IPv6 needs at least %d", MTU_IPV6_MIN);
}

static void check_iface_name(struct reading *r, const struct vnf *v, size_t i,
			     const struct where *at)
{
	struct where name = { .up = at, .key = "name" };

	for (size_t j = 0; j < i; j++) {
		scoped_str char *there = neighbour(at, j);

		if (strcmp(v->interfaces[j].name, v->interfaces[i].name) == 0)
			problem_add(r, &name, "%s is the name of %s too", v->interfaces[i].name,
				    there);
	}
}

void vnf_check_net(struct reading *r, const struct vnf *v, const struct vnf_net_places *in)
{
	/* With an interface in doubt, who plugs into a link is too. */
	for (size_t i = 0; i < v->n_links && reading_clean(r, in->interfaces); i++) {
		struct where at = { .up = in->links, .index = i };

		if (reading_clean(r, &at))
			check_link(r, v, i, &at);
	}
	for (size_t i = 0; i < v->n_interfaces; i++) {
		struct where at = { .up = in->interfaces, .index = i };

		if (!reading_clean(r, &at))
			continue;
		check_iface_name(r, v, i, &at);
		check_mtu(r, v, &v->interfaces[i], &at);
		vnf_check_routes(r, &v->interfaces[i], &at);
	}
	check_ends(r, v, in);
	if (reading_clean(r, in->interfaces))
		vnf_check_same_routes(r, v, in->interfaces);
}
