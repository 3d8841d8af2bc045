/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/netdev_find.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#ifndef IFLA_PARENT_DEV_NAME
#define IFLA_PARENT_DEV_NAME 56 /* Linux 5.14 */
#endif

enum {
	IFLA_LAST = IFLA_PARENT_DEV_NAME,
	NUMBERS_MAX = 32768, /* of "eth%d"; the kernel's limit is of that order */
};

void netdev_drop(struct netdev *d)
{
	free(d->kind);
	free(d->mac);
	free(d->perm_mac);
	free(d->parent);
	free(d->alias);
	strs_free(&d->addrs);
	*d = (struct netdev){ 0 };
}

void netdev_found_drop(struct netdev_found *f)
{
	netdev_drop(&f->d);
}

static char *text_of(const struct nlattr *a)
{
	return a ? str_printf("%.*s", nla_len(a), (const char *)nla_data(a)) : NULL;
}

static char *mac_of(const struct nlattr *a)
{
	const uint8_t *byte = a ? nla_data(a) : NULL;
	char text[3 * 32] = "";
	size_t n = 0;

	for (int i = 0; a && i < nla_len(a) && n + 3 < sizeof text; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, i ? ":%02x" : "%02x", byte[i]);
	return n > 0 ? str_dup(text) : NULL;
}

static char *kind_of(struct nlattr *info)
{
	return info ? text_of(nla_find(nla_data(info), nla_len(info), IFLA_INFO_KIND)) : NULL;
}

static void read_found(struct nlmsghdr *h, struct netdev_found *f)
{
	const struct ifinfomsg *ifi = nlmsg_data(h);
	struct nlattr *tb[IFLA_LAST + 1];

	netdev_drop(&f->d);
	*f = (struct netdev_found){ 0 };
	if (nlmsg_parse(h, sizeof *ifi, tb, IFLA_LAST, NULL) < 0 || !tb[IFLA_IFNAME])
		return;
	nla_strlcpy(f->d.name, tb[IFLA_IFNAME], sizeof f->d.name);
	f->index = ifi->ifi_index;
	f->flags = ifi->ifi_flags;
	f->master = tb[IFLA_MASTER] ? (int)nla_get_u32(tb[IFLA_MASTER]) : 0;
	f->d.flags = ifi->ifi_flags & NETDEV_FLAGS;
	f->d.mtu = tb[IFLA_MTU] ? nla_get_u32(tb[IFLA_MTU]) : 0;
	f->d.kind = kind_of(tb[IFLA_LINKINFO]);
	f->d.mac = mac_of(tb[IFLA_ADDRESS]);
	f->d.perm_mac = mac_of(tb[IFLA_PERM_ADDRESS]);
	f->d.parent = text_of(tb[IFLA_PARENT_DEV_NAME]);
	f->d.alias = text_of(tb[IFLA_IFALIAS]);
}

static void take_one(struct nlmsghdr *h, void *arg)
{
	read_found(h, arg);
}

int netdev_find(struct nl_sock *sk, const char *name, int index, struct netdev_found *out,
		struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	const struct ifinfomsg ifi = { .ifi_index = index };
	struct nl_msg *m = nl_add(&b, RTM_GETLINK, 0, str_printf("find network device %s", name));

	nl_header(m, &ifi, sizeof ifi);
	if (index == 0)
		nl_put_text(m, IFLA_IFNAME, name);
	nl_put_u32(m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (nl_get(sk, &b, take_one, out, e) < 0)
		return -1;
	return out->index ? 0 : err_set(e, EPROTO, "%s", b.v[0].what);
}

bool netdev_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : !a && !b;
}

bool netdev_is_same(const struct netdev *d, const struct netdev *other)
{
	return netdev_same_text(d->kind, other->kind) &&
	       netdev_same_text(d->perm_mac, other->perm_mac) &&
	       netdev_same_text(d->parent, other->parent);
}

struct hunt {
	const struct netdev *d;
	struct netdev_found *out;
	bool found;
};

static void match_one(struct nlmsghdr *h, void *arg)
{
	struct hunt *x = arg;
	scoped_found struct netdev_found f = { 0 };

	read_found(h, &f);
	if (x->found || f.index == 0 || !netdev_is_same(x->d, &f.d))
		return;
	netdev_found_drop(x->out);
	*x->out = f;
	f.d = (struct netdev){ 0 };
	x->found = true;
}

int netdev_hunt(struct nl_sock *sk, const struct netdev *d, struct netdev_found *out, struct err *e)
{
	struct hunt x = { .d = d, .out = out };
	scoped_batch struct nl_batch b = { 0 };
	const struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct nl_msg *m = nl_add(&b, RTM_GETLINK, NLM_F_DUMP, str_dup("list network devices"));

	nl_header(m, &ifi, sizeof ifi);
	nl_put_u32(m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (nl_get(sk, &b, match_one, &x, e) < 0 && e->code != EINTR)
		return -1;
	return x.found;
}

int netdev_is_taken(struct nl_sock *sk, const char *name, bool *taken, struct err *e)
{
	scoped_found struct netdev_found f = { 0 };
	struct err why = { 0 };

	*taken = netdev_find(sk, name, 0, &f, &why) == 0;
	if (*taken || why.code == ENODEV)
		return 0;
	*e = why;
	return -1;
}

int netdev_fill_number(struct nl_sock *sk, const char *pattern, char out[IFNAMSIZ], struct err *e)
{
	const char *at = strchr(pattern, '%');
	bool taken = true;

	if (strncmp(at, "%d", 2) != 0 || strchr(at + 1, '%'))
		return err_set(e, EINVAL, "name %s: one %%d is all that can be in it", pattern);
	for (int i = 0; i < NUMBERS_MAX; i++) {
		scoped_str char *name =
			str_printf("%.*s%d%s", (int)(at - pattern), pattern, i, at + 2);

		if (strlen(name) >= IFNAMSIZ)
			break;
		if (netdev_is_taken(sk, name, &taken, e) < 0)
			return -1;
		memcpy(out, name, strlen(name) + 1);
		if (!taken)
			return 0;
	}
	return err_set(e, ENFILE, "name %s: all are taken", pattern);
}

int netdev_move(struct nl_sock *sk, int index, const char *to_name, int to_ns, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	const struct ifinfomsg ifi = { .ifi_index = index };
	struct nl_msg *m = nl_add(&b, RTM_NEWLINK, 0, str_printf("move it, named %s", to_name));

	nl_header(m, &ifi, sizeof ifi);
	nl_put_u32(m, IFLA_NET_NS_FD, (uint32_t)to_ns);
	nl_put_text(m, IFLA_IFNAME, to_name);
	return nl_run(sk, &b, e);
}

int netdev_dress(struct nl_sock *sk, const struct netdev *d, const struct netdev_addr_how *how,
		 uint32_t flags, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	const struct ifinfomsg ifi = { .ifi_index = how->index,
				       .ifi_flags = flags,
				       .ifi_change = NETDEV_FLAGS };
	struct nl_msg *m =
		nl_add(&b, RTM_SETLINK, 0,
		       str_printf("set %s %s", how->name, flags & IFF_UP ? "up" : "down"));

	nl_header(m, &ifi, sizeof ifi);
	for (size_t i = 0; i < d->addrs.n; i++)
		if (netdev_addr_add(&b, how, d->addrs.v[i], e) < 0)
			return -1;
	return nl_run(sk, &b, e);
}
