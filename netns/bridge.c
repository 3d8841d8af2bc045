/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/addr.h"
#include "netns/net.h"
#include "runtime/base/hash.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <linux/if.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_MTU = 1500 };

/* The host's name is part of it, as bridges of one name on several hosts may be joined by a tunnel.
 */
static void derive_mac(uint8_t out[MAC_LEN], const char *name, uint32_t mark)
{
	char host[256] = "";

	(void)gethostname(host, sizeof host - 1); /* without one the rest has to do */
	uint64_t h = hash_bytes(hash_text(hash_text(0, host), name), &mark, sizeof mark);
	out[0] = 0x02; /* locally administered */
	memcpy(out + 1, &h, MAC_LEN - 1);
}

/* All but STP's state would be the kernel's default in a plain host too, except snooping and the
 * forward delay, which keeps a port silent for 15 s; a host may have changed defaults. A kernel
 * without bridge netfilter or snooping passes over their attributes. */
static void put_bridge_options(struct nl_msg *m)
{
	struct nlattr *info = nl_nest(m, IFLA_LINKINFO);

	nl_put_text(m, IFLA_INFO_KIND, "bridge");
	struct nlattr *data = nl_nest(m, IFLA_INFO_DATA);
	nl_put_u32(m, IFLA_BR_FORWARD_DELAY, 0);
	nl_put_u32(m, IFLA_BR_STP_STATE, 0);
	nl_put_u8(m, IFLA_BR_MCAST_SNOOPING, 0);
	nl_put_u8(m, IFLA_BR_NF_CALL_IPTABLES, 0);
	nl_put_u8(m, IFLA_BR_NF_CALL_IP6TABLES, 0);
	nl_put_u8(m, IFLA_BR_NF_CALL_ARPTABLES, 0);
	nla_nest_end(m, data);
	nla_nest_end(m, info);
}

static int bear(struct net *n, const struct bridge_spec *spec, uint32_t mark, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	uint8_t mac[MAC_LEN];
	struct nl_msg *m = nl_add(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
				  str_printf("create bridge %s", spec->name));

	derive_mac(mac, spec->name, mark);
	nl_header(m, &ifi, sizeof ifi);
	nl_put_text(m, IFLA_IFNAME, spec->name);
	nl_put(m, IFLA_ADDRESS, spec->mac ? spec->mac : mac, MAC_LEN);
	nl_put_u32(m, IFLA_GROUP, mark);
	/* Only a change of MTU later on tells the kernel to keep it whatever the ports have, and
	 * setting what is there is no change. */
	if (spec->mtu == DEFAULT_MTU)
		nl_put_u32(m, IFLA_MTU, DEFAULT_MTU - 1);
	put_bridge_options(m);
	return nl_run(n->host, &b, e);
}

static int dress(struct net *n, const struct bridge_spec *spec, struct err *e)
{
	static const char alias[] = "nfrun bridge";
	scoped_batch struct nl_batch b = { 0 };
	struct nl_msg *m =
		link_add_change(&b, spec->name, str_printf("set alias of bridge %s", spec->name));

	nl_put(m, IFLA_IFALIAS, alias, sizeof alias - 1);
	link_add_quiet(&b, spec->name);
	if (spec->mtu) {
		m = link_add_change(&b, spec->name,
				    str_printf("set MTU %u of bridge %s", spec->mtu, spec->name));
		nl_put_u32(m, IFLA_MTU, spec->mtu);
	}
	return nl_run(n->host, &b, e);
}

/* Addresses, and up: on a bridge of ours. */
static int furnish(struct net *n, const struct bridge_spec *spec, const struct link_info *l,
		   int forgive, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	const struct addr_set addrs = { .v = spec->addrs, .n = spec->n_addrs };

	addr_add(&b, l, &addrs, forgive);
	link_add_up(&b, spec->name);
	return addr_run(n->host, &b, &addrs, e);
}

static int check_same(const struct bridge_spec *spec, const struct link_info *l, struct err *e)
{
	char has[MAC_TEXT], wants[MAC_TEXT];

	if (strcmp(l->kind, "bridge") != 0)
		return err_set(e, 0,
			       "use bridge %s: there is a link of this name that is no bridge",
			       spec->name);
	if (spec->mtu && spec->mtu != l->mtu)
		return err_set(e, 0, "use bridge %s: it is there with MTU %u, not %u", spec->name,
			       l->mtu, spec->mtu);
	if (spec->mac && memcmp(spec->mac, l->mac, MAC_LEN) != 0)
		return err_set(e, 0, "use bridge %s: it is there with MAC %s, not %s", spec->name,
			       mac_format(l->mac, has), mac_format(spec->mac, wants));
	return 0;
}

/* What others made is theirs to change. */
static int check_foreign(struct net *n, const struct bridge_spec *spec, const struct link_info *l,
			 struct err *e)
{
	const struct addr_set addrs = { .v = spec->addrs, .n = spec->n_addrs };
	const struct ipaddr *missing = NULL;
	char text[INET_TEXT];

	if (!(l->flags & IFF_UP))
		return err_set(e, ENETDOWN,
			       "use bridge %s, which nfrun did not make: `ip link set %s up`",
			       spec->name, spec->name);
	if (addr_missing(n->host, l, &addrs, &missing, e) < 0)
		return -1;
	if (!missing)
		return 0;
	ipaddr_format_prefix(missing, text);
	return err_set(
		e, EADDRNOTAVAIL,
		"use bridge %s, which nfrun did not make, with address %s: `ip address add %s "
		"dev %s`",
		spec->name, text, text, spec->name);
}

static int make(struct net *n, const struct bridge_spec *spec, uint32_t mark, bool *made,
		struct err *e)
{
	struct link_info l;

	if (bear(n, spec, mark, e) < 0)
		return -1;
	*made = true;
	if (dress(n, spec, e) < 0 || link_get(n->host, spec->name, &l, e) < 0)
		return -1;
	return furnish(n, spec, &l, 0, e);
}

static int refuse_missing(const char *name, struct err *e)
{
	return err_set(
		e, ENODEV,
		"use bridge %s: make it with `ip link add %s up type bridge`, or let nfrun make "
		"it (\"create\": true)",
		name, name);
}

int bridge_ensure(struct net *n, const struct bridge_spec *b, uint32_t mark, bool *made,
		  struct err *e)
{
	struct link_info l;

	*made = false;
	int found = link_get(n->host, b->name, &l, e);
	if (found < 0 && e->code == ENODEV) {
		if (!b->create)
			return refuse_missing(b->name, e);
		if (make(n, b, mark, made, e) == 0)
			return 0;
		if (*made || e->code != EEXIST)
			return -1;
		found = link_get(n->host, b->name, &l, e); /* another was faster */
	}
	if (found < 0)
		return -1;
	if (check_same(b, &l, e) < 0)
		return -1;
	return l.group == mark ? furnish(n, b, &l, EEXIST, e) : check_foreign(n, b, &l, e);
}

/* A bridge with this mark; *INDEX 0: there is none by that name, or it is somebody else's. */
static int find_ours(struct net *n, const char *name, uint32_t mark, int *index, struct err *e)
{
	struct link_info l;

	*index = 0;
	if (link_get(n->host, name, &l, e) < 0)
		return e->code == ENODEV ? 0 : -1;
	if (l.group == mark && strcmp(l.kind, "bridge") == 0)
		*index = l.index;
	return 0;
}

int bridge_bequeath(struct net *n, const char *name, uint32_t mark, uint32_t heir, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	size_t others = 0;
	int index;

	if (find_ours(n, name, mark, &index, e) < 0)
		return -1;
	if (index == 0)
		return 0;
	if (link_count_ports(n->host, index, heir, &others, e) < 0)
		return -1;
	if (others > 0)
		return 0;

	struct nl_msg *m =
		link_add_change(&b, name, str_printf("mark bridge %s for deletion", name));
	nl_put_u32(m, IFLA_GROUP, heir);
	return nl_run(n->host, &b, e);
}

int bridge_release(struct net *n, const char *name, uint32_t mark, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	size_t ports = 0;
	int index;

	if (find_ours(n, name, mark, &index, e) < 0)
		return -1;
	if (index == 0)
		return 0;
	if (link_count_ports(n->host, index, 0, &ports, e) < 0)
		return -1;
	if (ports > 0)
		return 0;
	link_add_delete(&b, index, name);
	return nl_run(n->host, &b, e);
}
