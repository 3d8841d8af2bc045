/* SPDX-License-Identifier: Apache-2.0 */
/* The network: links, interfaces, routes. */
#include "runtime/base/inet.h"
#include "runtime/spec/vnf.h"
#include "runtime/spec/vnf_tables.h"

#include <string.h>
#include <sys/socket.h>

/* The kernel's dev_valid_name(), and what else would not work: '%' starts a pattern in it, and
 * "all" and "default" are directories of their own in /proc/sys/net. */
static bool is_ifname(const char *s)
{
	if (!*s || strlen(s) >= IFNAMSIZ || strpbrk(s, "/:%"))
		return false;
	for (const char *p = s; *p; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return strcmp(s, ".") != 0 && strcmp(s, "..") != 0 && strcmp(s, "all") != 0 &&
	       strcmp(s, "default") != 0;
}

static void load_ifname(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (!text)
		return;
	if (!is_ifname(text))
		problem_add(r, at, "'%s' is not an interface name (1 to 15 characters)", text);
	else if (strcmp(text, "lo") == 0)
		problem_add(r, at, "'lo' is the loopback, which is there and up anyway");
	else
		memcpy(field_member(f, out), text, strlen(text) + 1);
}

static void load_mac(struct reading *r, json_t *v, const struct field *f, void *out,
		     const struct where *at)
{
	static const uint8_t zero[MAC_LEN];
	const char *text = text_of(r, v, at);
	uint8_t mac[MAC_LEN];

	if (!text)
		return;
	if (!mac_parse(text, mac))
		problem_add(r, at, "'%s' is not a MAC address such as \"02:00:00:00:00:01\"", text);
	else if (mac[0] & 1)
		problem_add(r, at, "%s is a multicast address", text);
	else if (memcmp(mac, zero, sizeof mac) == 0)
		problem_add(r, at, "%s is no address", text);
	else {
		memcpy(field_member(f, out), mac, sizeof mac);
		*(bool *)field_also(f, out) = true;
	}
}

static bool is_zero(const struct ipaddr *a)
{
	static const struct ipaddr zero;

	return memcmp(a->bytes, zero.bytes, sizeof a->bytes) == 0;
}

static bool is_loopback(const struct ipaddr *a)
{
	static const struct ipaddr one = { .family = AF_INET6, .bytes[15] = 1 };

	return a->family == AF_INET ? a->bytes[0] == 127 : ipaddr_same(a, &one);
}

/* What no interface may have as its address; NULL when all is well. */
static const char *address_fault(const struct ipaddr *a)
{
	if (ipaddr_is_multicast(a))
		return "a multicast address";
	if (is_zero(a))
		return "no address";
	if (is_loopback(a))
		return "a loopback address";
	if (a->prefix == 0)
		return "an address in the network of all addresses";
	if (ipaddr_is_network(a))
		return "the address of the network itself";
	if (ipaddr_is_broadcast(a))
		return "the broadcast address of its network";
	return NULL;
}

static void address_load(struct reading *r, json_t *v, int family, struct ipaddr *out,
			 const struct where *at)
{
	const char *text = text_of(r, v, at);
	const char *fault;
	bool is_4 = family == AF_INET;

	if (!text)
		return;
	if (!ipaddr_parse_prefix(text, family, out)) {
		problem_add(r, at, "'%s' is not an IPv%d address with a prefix (\"%s\")", text,
			    is_4 ? 4 : 6, is_4 ? "10.0.1.1/24" : "fd00:1::1/64");
		return;
	}
	fault = address_fault(out);
	if (fault)
		problem_add(r, at, "%s is %s", text, fault);
}

static void item_load(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	struct ipaddr *a = list_add(field_member(f, out), field_also(f, out), sizeof *a);

	address_load(r, v, (int)f->min, a, at);
}

/* F->min is the family. Both lists end up in one, IPv4 first, whatever their order in the file. */
static void load_addrs(struct reading *r, json_t *v, const struct field *f, void *out,
		       const struct where *at)
{
	static const struct each addresses = { "a list of addresses", item_load };
	struct ipaddr **addrs = field_member(f, out);
	size_t *n = field_also(f, out), before = *n, got;

	each_item(r, v, f, out, at, &addresses);
	got = *n - before;
	if (f->min != AF_INET || before == 0 || got == 0)
		return;

	struct ipaddr *sorted = mem_alloc(*n * sizeof *sorted);
	memcpy(sorted, *addrs + before, got * sizeof *sorted);
	memcpy(sorted + got, *addrs, before * sizeof *sorted);
	free(*addrs);
	*addrs = sorted;
}

/* F->min is the family, 0 for either. */
static void load_gateway(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	const char *text = text_of(r, v, at);
	const char *fault;
	struct ipaddr a;

	if (!text)
		return;
	if (!ipaddr_parse(text, (int)f->min, &a)) {
		problem_add(r, at, "'%s' is not an %s address", text,
			    f->min == 0         ? "IP"
			    : f->min == AF_INET ? "IPv4"
						: "IPv6");
		return;
	}
	fault = address_fault(&a);
	if (fault)
		problem_add(r, at, "%s is %s", text, fault);
	else
		*(struct ipaddr *)field_member(f, out) = a;
}

/* "10.0.9.0/24" or "default", whose family is its gateway's. */
static void load_to(struct reading *r, json_t *v, const struct field *f, void *out,
		    const struct where *at)
{
	const char *text = text_of(r, v, at);
	struct ipaddr *to = field_member(f, out);

	if (!text || strcmp(text, "default") == 0)
		return;
	if (!ipaddr_parse_prefix(text, 0, to))
		problem_add(r, at,
			    "'%s' is neither \"default\" nor a network such as \"10.0.9.0/24\"",
			    text);
	else if (ipaddr_is_multicast(to))
		problem_add(r, at, "%s is a multicast network", text);
}

static void load_routes(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	struct vnf_iface *i = out;

	load_list(r, v, f, out, at);
	for (size_t n = 0; n < i->n_routes; n++)
		if (i->routes[n].to.family == 0)
			i->routes[n].to.family = i->routes[n].via.family;
}

void load_later(struct reading *r, json_t *v, const struct field *f, void *out,
		const struct where *at)
{
	(void)v, (void)f, (void)out;
	problem_add(r, at, "not supported by this version of nfrun");
}

enum { MTU_MIN = 68, MTU_MAX = 65535 }; /* ETH_MIN_MTU, ETH_MAX_MTU: what veth and bridges take */

#define MEMBER(m) offsetof(struct vnf_link, m)
static const struct field link_fields[] = {
	{ .key = "bridge", REQUIRED, MEMBER(bridge), load_ifname },
	{ .key = "create", OPTIONAL, MEMBER(create), load_bool },
	{ .key = "mtu", OPTIONAL, MEMBER(mtu), load_u32, MTU_MIN, MTU_MAX },
	{ .key = "mac", OPTIONAL, MEMBER(mac), load_mac, .also = MEMBER(has_mac) },
	{ .key = "ipv4", OPTIONAL, MEMBER(addrs), load_addrs, AF_INET, .also = MEMBER(n_addrs) },
	{ .key = "ipv6", OPTIONAL, MEMBER(addrs), load_addrs, AF_INET6, .also = MEMBER(n_addrs) },
};
#undef MEMBER
static const struct vnf_link link_defaults = { .create = true };
const struct field_table link_table = { .fields = link_fields,
					ARRAY_LEN(link_fields),
					.size = sizeof(struct vnf_link),
					.defaults = &link_defaults };

#define MEMBER(m) offsetof(struct vnf_route, m)
static const struct field route_fields[] = {
	{ .key = "to", REQUIRED, MEMBER(to), load_to },
	{ .key = "via", OPTIONAL, MEMBER(via), load_gateway },
	{ .key = "metric", OPTIONAL, MEMBER(metric), load_u32, 1, UINT32_MAX },
	{ .key = "onlink", OPTIONAL, MEMBER(onlink), load_bool },
};
#undef MEMBER
static const struct field_table route_table = { .fields = route_fields,
						ARRAY_LEN(route_fields),
						.size = sizeof(struct vnf_route) };

#define MEMBER(m) offsetof(struct vnf_iface, m)
static const struct field iface_fields[] = {
	{ .key = "name", REQUIRED, MEMBER(name), load_ifname },
	{ .key = "bridge", REQUIRED, MEMBER(bridge), load_ifname },
	{ .key = "mac", OPTIONAL, MEMBER(mac), load_mac, .also = MEMBER(has_mac) },
	{ .key = "mtu", OPTIONAL, MEMBER(mtu), load_u32, MTU_MIN, MTU_MAX },
	{ .key = "ipv4", OPTIONAL, MEMBER(addrs), load_addrs, AF_INET, .also = MEMBER(n_addrs) },
	{ .key = "ipv6", OPTIONAL, MEMBER(addrs), load_addrs, AF_INET6, .also = MEMBER(n_addrs) },
	{ .key = "gateway4", OPTIONAL, MEMBER(gateway4), load_gateway, AF_INET },
	{ .key = "gateway6", OPTIONAL, MEMBER(gateway6), load_gateway, AF_INET6 },
	{ .key = "routes",
	  OPTIONAL,
	  MEMBER(routes),
	  load_routes,
	  .also = MEMBER(n_routes),
	  .table = &route_table },
	{ .key = "dad", OPTIONAL, MEMBER(dad), load_bool },
	{ .key = "rate", OPTIONAL, 0, load_later },
	{ .key = "antispoof", OPTIONAL, 0, load_later },
	{ .key = "packet_cpu",
	  OPTIONAL,
	  MEMBER(packet_cpu),
	  load_packet_cpu,
	  .table = &packet_table },
};
#undef MEMBER
const struct field_table iface_table = { .fields = iface_fields,
					 ARRAY_LEN(iface_fields),
					 .size = sizeof(struct vnf_iface) };
