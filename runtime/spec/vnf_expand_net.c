/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/hash.h"
#include "runtime/spec/vnf_check.h"
#include "runtime/spec/vnf_expand.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static struct ipaddr *addrs_copy(const struct ipaddr *from, size_t n)
{
	struct ipaddr *to = n > 0 ? mem_alloc(n * sizeof *to) : NULL;

	if (n > 0)
		memcpy(to, from, n * sizeof *to);
	return to;
}

static struct spec_bridge *bridge_add(struct spec *s, const char *name)
{
	s->bridges = mem_grow(s->bridges, s->n_bridges + 1, sizeof *s->bridges);

	struct spec_bridge *b = &s->bridges[s->n_bridges++];
	*b = (struct spec_bridge){ .create = true };
	snprintf(b->name, sizeof b->name, "%s", name);
	return b;
}

static bool bridge_known(const struct spec *s, const char *name)
{
	for (size_t i = 0; i < s->n_bridges; i++)
		if (strcmp(s->bridges[i].name, name) == 0)
			return true;
	return false;
}

static void expand_bridges(const struct vnf *v, struct spec *s)
{
	for (size_t i = 0; i < v->n_links; i++) {
		const struct vnf_link *l = &v->links[i];
		struct spec_bridge *b = bridge_add(s, l->bridge);

		b->create = l->create;
		b->mtu = l->mtu;
		b->has_mac = l->has_mac;
		memcpy(b->mac, l->mac, sizeof b->mac);
		b->addrs = addrs_copy(l->addrs, l->n_addrs);
		b->n_addrs = l->n_addrs;
	}
	for (size_t i = 0; i < v->n_interfaces; i++)
		if (!bridge_known(s, v->interfaces[i].bridge))
			bridge_add(s, v->interfaces[i].bridge);
}

/* Locally administered (IEEE 802, second bit of the first byte), unicast, and the same at every
 * start. */
static void mac_derive(const char *vnf, const char *iface, uint8_t mac[MAC_LEN])
{
	uint64_t h = hash_text(hash_text(0, vnf), iface);

	/* "eth0" and "eth1" differ in few bits of the hash; spread them. */
	h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
	mac[0] = 0x02;
	for (size_t i = 1; i < MAC_LEN; i++)
		mac[i] = (uint8_t)(h >> 8 * i);
}

/* A gateway that no subnet holds (a link-local one; vnf_check lets no other pass) is taken by the
 * kernel for IPv4 only when the route says that it is on the link. */
static void route_add(struct spec_port *p, const struct vnf_iface *i, const struct vnf_route *r)
{
	bool onlink = r->via.family == AF_INET && !vnf_iface_reaches(i, &r->via);

	p->routes = mem_grow(p->routes, p->n_routes + 1, sizeof *p->routes);
	p->routes[p->n_routes++] =
		(struct spec_route){ r->to, r->via, r->metric, r->onlink || onlink };
}

static void gateway_add(struct spec_port *p, const struct vnf_iface *i, const struct ipaddr *via)
{
	struct vnf_route r = { .to = { .family = via->family }, .via = *via };

	if (via->family)
		route_add(p, i, &r);
}

/* The order matters: the kernel refuses a gateway that no route reaches yet. */
static void expand_routes(const struct vnf_iface *i, struct spec_port *p)
{
	for (size_t n = 0; n < i->n_routes; n++)
		if (i->routes[n].via.family == 0)
			route_add(p, i, &i->routes[n]);
	gateway_add(p, i, &i->gateway4);
	gateway_add(p, i, &i->gateway6);
	for (size_t n = 0; n < i->n_routes; n++)
		if (i->routes[n].via.family != 0)
			route_add(p, i, &i->routes[n]);
}

static void expand_port(const struct vnf *v, const struct vnf_iface *i, struct spec_port *p)
{
	memcpy(p->name, i->name, sizeof p->name);
	memcpy(p->bridge, i->bridge, sizeof p->bridge);
	memcpy(p->mac, i->mac, sizeof p->mac); /* zero: not given */
	p->mtu = vnf_iface_mtu(v, i);
	p->addrs = addrs_copy(i->addrs, i->n_addrs);
	p->n_addrs = i->n_addrs;
	p->dad = i->dad;
	packet_cpu_copy(&p->packet_cpu, &i->packet_cpu);
	expand_routes(i, p);
}

void spec_derive_macs(struct spec *s, const char *id)
{
	static const uint8_t none[MAC_LEN];

	for (size_t i = 0; i < s->n_ports; i++)
		if (memcmp(s->ports[i].mac, none, sizeof none) == 0)
			mac_derive(id, s->ports[i].name, s->ports[i].mac);
}

void vnf_expand_net(const struct vnf *v, struct spec *s)
{
	expand_bridges(v, s);
	if (v->n_interfaces > 0)
		s->ports = mem_alloc(v->n_interfaces * sizeof *s->ports);
	for (size_t i = 0; i < v->n_interfaces; i++)
		expand_port(v, &v->interfaces[i], &s->ports[i]);
	s->n_ports = v->n_interfaces;
	packet_cpu_copy(&s->packet_cpu, &v->packet_cpu);
}
