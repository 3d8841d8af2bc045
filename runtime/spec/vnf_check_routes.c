/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/vnf_check.h"

#include <string.h>
#include <sys/socket.h>

/* The same address as A's subnet writes it: host bits cleared. */
static struct ipaddr network_of(const struct ipaddr *a)
{
	struct ipaddr n = *a;

	for (unsigned i = a->prefix; i < (a->family == AF_INET ? 32U : 128U); i++)
		n.bytes[i / 8] &= (uint8_t) ~(0x80U >> i % 8);
	return n;
}

bool vnf_iface_reaches(const struct vnf_iface *i, const struct ipaddr *a)
{
	for (size_t n = 0; n < i->n_addrs; n++)
		if (ipaddr_in_subnet(a, &i->addrs[n]))
			return true;
	for (size_t n = 0; n < i->n_routes; n++)
		if (i->routes[n].via.family == 0 && ipaddr_in_subnet(a, &i->routes[n].to))
			return true;
	return false;
}

/* Why A cannot be the next hop, or NULL. */
static const char *hop_fault(const struct vnf_iface *i, const struct ipaddr *a)
{
	for (size_t n = 0; n < i->n_addrs; n++) {
		struct ipaddr in_subnet = *a;

		if (ipaddr_same(a, &i->addrs[n]))
			return "the interface's own address";
		if (!ipaddr_in_subnet(a, &i->addrs[n]))
			continue;
		in_subnet.prefix = i->addrs[n].prefix;
		if (ipaddr_is_network(&in_subnet))
			return "the address of the network itself";
		if (ipaddr_is_broadcast(&in_subnet))
			return "the broadcast address of its network";
	}
	if (ipaddr_is_link_local(a) || vnf_iface_reaches(i, a))
		return NULL;
	return "outside every subnet of the interface";
}

static void check_gateway(struct reading *r, const struct vnf_iface *i, const struct ipaddr *a,
			  const struct where *at)
{
	const char *fault = a->family ? hop_fault(i, a) : NULL;
	char text[INET_TEXT];

	if (fault)
		problem_add(r, at, "%s is %s", ipaddr_format(a, text), fault);
}

static void check_route(struct reading *r, const struct vnf_iface *i, const struct vnf_route *route,
			const struct where *at)
{
	struct ipaddr network = network_of(&route->to);
	struct where to = { .up = at, .key = "to" };
	struct where via = { .up = at, .key = "via" };
	struct where onlink = { .up = at, .key = "onlink" };
	char a[INET_TEXT], b[INET_TEXT];

	if (route->to.family == 0)
		problem_add(r, &to, "\"default\" needs a 'via'");
	else if (!ipaddr_same(&network, &route->to))
		problem_add(r, &to, "%s is an address in a network; the network is %s",
			    ipaddr_format_prefix(&route->to, a), ipaddr_format_prefix(&network, b));
	if (route->via.family == 0) {
		if (route->onlink)
			problem_add(r, &onlink, "is of no use without 'via'");
	} else if (route->via.family != route->to.family) {
		problem_add(r, &via, "%s and %s are of two families",
			    ipaddr_format_prefix(&route->to, a), ipaddr_format(&route->via, b));
	} else if (!route->onlink) {
		check_gateway(r, i, &route->via, &via);
	}
}

void vnf_check_routes(struct reading *r, const struct vnf_iface *i, const struct where *at)
{
	struct where gateway4 = { .up = at, .key = "gateway4" };
	struct where gateway6 = { .up = at, .key = "gateway6" };
	struct where routes = { .up = at, .key = "routes" };

	check_gateway(r, i, &i->gateway4, &gateway4);
	check_gateway(r, i, &i->gateway6, &gateway6);
	for (size_t n = 0; n < i->n_routes; n++) {
		struct where here = { .up = &routes, .index = n };

		check_route(r, i, &i->routes[n], &here);
	}
}

/* A route of the VNF, gateways among them, and where it stands. */
struct standing {
	struct ipaddr to;
	uint32_t metric;
	size_t iface;
	const char *key; /* "gateway4", "gateway6"; NULL: the index in routes */
	size_t index;
};

/* The metric that the kernel takes for 0: none for IPv4, IP6_RT_PRIO_USER for IPv6. */
static uint32_t metric_of(int family, uint32_t metric)
{
	return family == AF_INET6 && metric == 0 ? 1024 : metric;
}

static size_t routes_collect(const struct vnf_iface *i, size_t iface, struct standing *out)
{
	const struct ipaddr *const gateways[] = { &i->gateway4, &i->gateway6 };
	static const char *const keys[] = { "gateway4", "gateway6" };
	size_t n = 0;

	for (int g = 0; g < 2; g++) {
		int family = gateways[g]->family;

		if (family)
			out[n++] = (struct standing){
				{ .family = family }, metric_of(family, 0), iface, keys[g], 0
			};
	}
	for (size_t k = 0; k < i->n_routes; k++) {
		const struct vnf_route *route = &i->routes[k];

		out[n++] = (struct standing){ route->to, metric_of(route->to.family, route->metric),
					      iface, NULL, k };
	}
	return n;
}

static void same_route(struct reading *r, const struct standing *s, const struct standing *before,
		       const struct where *interfaces)
{
	struct where iface = { .up = interfaces, .index = s->iface };
	struct where gateway = { .up = &iface, .key = s->key };
	struct where routes = { .up = &iface, .key = "routes" };
	struct where route = { .up = &routes, .index = s->index };
	struct where before_iface = { .up = interfaces, .index = before->iface };
	scoped_str char *there = where_text(&before_iface);
	scoped_str char *other =
		before->key ? str_dup(before->key) : str_printf("routes/%zu", before->index);
	char to[INET_TEXT];

	problem_add(r, s->key ? &gateway : &route,
		    "%s/%s is a route to %s already; a second one needs another "
		    "metric, in 'routes'",
		    there, other, ipaddr_format_prefix(&s->to, to));
}

void vnf_check_same_routes(struct reading *r, const struct vnf *v, const struct where *interfaces)
{
	struct standing *all = NULL;
	size_t n = 0;

	for (size_t i = 0; i < v->n_interfaces; i++) {
		all = mem_grow(all, n + v->interfaces[i].n_routes + 2, sizeof *all);
		n += routes_collect(&v->interfaces[i], i, all + n);
	}
	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < i &&
		       !(ipaddr_same(&all[i].to, &all[j].to) &&
			 all[i].to.prefix == all[j].to.prefix && all[i].metric == all[j].metric))
			j++;
		if (j < i)
			same_route(r, &all[i], &all[j], interfaces);
	}
	free(all);
}
