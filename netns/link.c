/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/link.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <linux/if.h>
#include <string.h>
#include <time.h>

struct nl_msg *link_add_change(struct nl_batch *b, const char *name, char *what)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct nl_msg *m = nl_add(b, RTM_SETLINK, 0, what);

	nl_header(m, &ifi, sizeof ifi);
	nl_put_text(m, IFLA_IFNAME, name);
	return m;
}

void link_add_up(struct nl_batch *b, const char *name)
{
	struct ifinfomsg ifi = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct nl_msg *m = nl_add(b, RTM_SETLINK, 0, str_printf("set link %s up", name));

	nl_header(m, &ifi, sizeof ifi);
	nl_put_text(m, IFLA_IFNAME, name);
}

void link_add_delete(struct nl_batch *b, int index, const char *name)
{
	struct ifinfomsg ifi = { .ifi_index = index };
	struct nl_msg *m = nl_add(b, RTM_DELLINK, 0, str_printf("delete link %s", name));

	nl_header(m, &ifi, sizeof ifi);
	nl_forgive(b, ENODEV);
}

void link_add_quiet(struct nl_batch *b, const char *name)
{
	struct nl_msg *m =
		link_add_change(b, name, str_printf("turn off IPv6 autoconfiguration of %s", name));
	struct nlattr *spec = nl_nest(m, IFLA_AF_SPEC);
	struct nlattr *inet6 = nl_nest(m, AF_INET6);

	nl_put_u8(m, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	nla_nest_end(m, inet6);
	nla_nest_end(m, spec);
	nl_forgive(b, EAFNOSUPPORT);
}

static void read_kind(struct nlattr *info, char *out, size_t size)
{
	struct nlattr *kind = nla_find(nla_data(info), nla_len(info), IFLA_INFO_KIND);

	if (kind)
		nla_strlcpy(out, kind, size);
}

static uint32_t u32_or_0(const struct nlattr *a)
{
	return a ? nla_get_u32(a) : 0;
}

static void read_link(struct nlmsghdr *h, void *arg)
{
	struct link_info *l = arg;
	const struct ifinfomsg *ifi = nlmsg_data(h);
	struct nlattr *tb[IFLA_MAX + 1];

	if (nlmsg_parse(h, sizeof *ifi, tb, IFLA_MAX, NULL) < 0)
		return;
	*l = (struct link_info){ .index = ifi->ifi_index, .flags = ifi->ifi_flags };
	l->other = (int)u32_or_0(tb[IFLA_LINK]);
	l->master = (int)u32_or_0(tb[IFLA_MASTER]);
	l->group = u32_or_0(tb[IFLA_GROUP]);
	l->mtu = u32_or_0(tb[IFLA_MTU]);
	if (tb[IFLA_IFNAME])
		nla_strlcpy(l->name, tb[IFLA_IFNAME], sizeof l->name);
	if (tb[IFLA_OPERSTATE])
		l->operstate = nla_get_u8(tb[IFLA_OPERSTATE]);
	if (tb[IFLA_ADDRESS] && nla_len(tb[IFLA_ADDRESS]) == MAC_LEN)
		memcpy(l->mac, nla_data(tb[IFLA_ADDRESS]), MAC_LEN);
	if (tb[IFLA_LINKINFO])
		read_kind(tb[IFLA_LINKINFO], l->kind, sizeof l->kind);
	if (tb[IFLA_STATS64])
		nla_memcpy(&l->stats, tb[IFLA_STATS64], sizeof l->stats);
}

struct query {
	const char *name;
	int index; /* 0: by name */
	uint32_t mask;
};

static int query(struct nl_sock *sk, const struct query *q, struct link_info *out, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	struct ifinfomsg ifi = { .ifi_index = q->index };
	char *what = q->index ? str_printf("find link %d", q->index)
			      : str_printf("find link %s", q->name);
	struct nl_msg *m = nl_add(&b, RTM_GETLINK, 0, what);

	*out = (struct link_info){ 0 };
	nl_header(m, &ifi, sizeof ifi);
	if (q->name)
		nl_put_text(m, IFLA_IFNAME, q->name);
	nl_put_u32(m, IFLA_EXT_MASK, q->mask);
	if (nl_get(sk, &b, read_link, out, e) < 0)
		return -1;
	if (out->index == 0)
		return err_set(e, EPROTO, "%s", b.v[0].what);
	return 0;
}

int link_get(struct nl_sock *sk, const char *name, struct link_info *out, struct err *e)
{
	const struct query q = { .name = name, .mask = RTEXT_FILTER_SKIP_STATS };

	return query(sk, &q, out, e);
}

int link_get_index(struct nl_sock *sk, int index, struct link_info *out, struct err *e)
{
	const struct query q = { .index = index, .mask = RTEXT_FILTER_SKIP_STATS };

	return query(sk, &q, out, e);
}

int link_get_stats(struct nl_sock *sk, const char *name, struct link_info *out, struct err *e)
{
	const struct query q = { .name = name };

	return query(sk, &q, out, e);
}

struct port_count {
	uint32_t master, except;
	size_t n;
};

/* The kernel filters by IFLA_MASTER itself; looking again costs nothing. */
static void count_port(struct nlmsghdr *h, void *arg)
{
	struct port_count *c = arg;
	struct nlattr *master = nlmsg_find_attr(h, sizeof(struct ifinfomsg), IFLA_MASTER);

	struct nlattr *group = nlmsg_find_attr(h, sizeof(struct ifinfomsg), IFLA_GROUP);

	if (!master || nla_get_u32(master) != c->master)
		return;
	if (c->except == 0 || !group || nla_get_u32(group) != c->except)
		c->n++;
}

static int count_once(struct nl_sock *sk, struct port_count *c, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct nl_msg *m = nl_add(&b, RTM_GETLINK, NLM_F_DUMP, str_dup("list bridge ports"));

	nl_header(m, &ifi, sizeof ifi);
	nl_put_u32(m, IFLA_MASTER, c->master);
	nl_put_u32(m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	c->n = 0;
	return nl_get(sk, &b, count_port, c, e);
}

int link_count_ports(struct nl_sock *sk, int master, uint32_t except, size_t *out, struct err *e)
{
	struct port_count c = { .master = (uint32_t)master, .except = except };
	int r = -1;

	/* Links come and go elsewhere on the host meanwhile: look again. */
	for (int tries = 0; tries < 10; tries++) {
		r = count_once(sk, &c, e);
		if (r == 0 || e->code != EINTR)
			break;
	}
	*out = c.n;
	return r;
}

int link_await_up(struct nl_sock *sk, int index, struct err *e)
{
	struct timespec nap = { .tv_nsec = 50000 };
	struct link_info l;

	/* 50 us at first, 2.2 s in all: without an urgent event the link watch runs once a second.
	 */
	for (int tries = 0; tries < 15; tries++) {
		if (link_get_index(sk, index, &l, e) < 0)
			return -1;
		if (l.operstate == IF_OPER_UP || l.operstate == IF_OPER_UNKNOWN)
			return 0;
		nanosleep(&nap, NULL);
		nap.tv_nsec += nap.tv_nsec / 2 + nap.tv_nsec / 4;
	}
	return err_set(e, ETIMEDOUT, "wait for link %s to come up", l.name);
}
