/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/netdev_addr.h"
#include "runtime/base/inet.h"

#include <errno.h>
#include <limits.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#ifndef IFA_PROTO
#define IFA_PROTO 11 /* Linux 5.18 */
#endif

enum {
	FLAGS_KEPT = IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE |
		     IFA_F_MCAUTOJOIN,
	LABEL_MAX = 16,
};

struct line {
	struct ipaddr own, peer, brd; /* family 0: none */
	char label[LABEL_MAX];
	uint32_t metric, proto, flags;
	uint32_t preferred; /* seconds */
};

static size_t len_of(int family)
{
	return family == AF_INET ? 4 : 16;
}

/* --- reading --- */

static bool take_addr(const struct nlattr *a, const struct ifaddrmsg *ifa, struct ipaddr *out)
{
	if (!a || (size_t)nla_len(a) != len_of(ifa->ifa_family))
		return false;
	out->family = ifa->ifa_family;
	out->prefix = ifa->ifa_prefixlen;
	memcpy(out->bytes, nla_data(a), len_of(out->family));
	return true;
}

static void format(const struct line *l, struct strs *out)
{
	char own[INET_TEXT], text[INET_TEXT];
	scoped_str char *s = str_dup(ipaddr_format_prefix(&l->own, own));
	struct strs parts = { 0 };

	if (l->peer.family)
		strs_addf(&parts, "peer %s", ipaddr_format(&l->peer, text));
	if (l->brd.family)
		strs_addf(&parts, "brd %s", ipaddr_format(&l->brd, text));
	if (l->label[0])
		strs_addf(&parts, "label %s", l->label);
	if (l->metric)
		strs_addf(&parts, "metric %u", l->metric);
	if (l->proto)
		strs_addf(&parts, "proto %u", l->proto);
	if (l->flags)
		strs_addf(&parts, "flags %u", l->flags);
	if (l->preferred != UINT32_MAX)
		strs_addf(&parts, "preferred %u", l->preferred);
	for (size_t i = 0; i < parts.n; i++) {
		char *longer = str_printf("%s %s", s, parts.v[i]);

		free(s);
		s = longer;
	}
	strs_add(out, s);
	strs_free(&parts);
}

struct reading {
	int index;
	struct strs *out;
};

static void read_rest(struct nlattr *const tb[], struct line *l)
{
	if (tb[IFA_LABEL])
		nla_strlcpy(l->label, tb[IFA_LABEL], sizeof l->label);
	if (tb[IFA_RT_PRIORITY])
		l->metric = nla_get_u32(tb[IFA_RT_PRIORITY]);
	if (tb[IFA_PROTO])
		l->proto = nla_get_u8(tb[IFA_PROTO]);
	if (tb[IFA_CACHEINFO] && nla_len(tb[IFA_CACHEINFO]) >= (int)sizeof(struct ifa_cacheinfo))
		l->preferred =
			((const struct ifa_cacheinfo *)nla_data(tb[IFA_CACHEINFO]))->ifa_prefered;
	if (strpbrk(l->label, " \t\n"))
		l->label[0] = '\0';
}

static void read_addr(struct nlmsghdr *h, void *arg)
{
	const struct reading *r = arg;
	const struct ifaddrmsg *ifa = nlmsg_data(h);
	struct nlattr *tb[IFA_PROTO + 1];
	struct line l = { .preferred = UINT32_MAX };

	if (nlmsg_parse(h, sizeof *ifa, tb, IFA_PROTO, NULL) < 0 ||
	    (int)ifa->ifa_index != r->index || ifa->ifa_scope != RT_SCOPE_UNIVERSE)
		return;
	if (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6)
		return;
	l.flags = tb[IFA_FLAGS] ? nla_get_u32(tb[IFA_FLAGS]) : ifa->ifa_flags;
	if (!(l.flags & IFA_F_PERMANENT))
		return;
	l.flags &= FLAGS_KEPT;
	/* IFA_ADDRESS is the peer's on a point-to-point link; IPv6 has IFA_LOCAL only there. */
	if (!take_addr(tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS], ifa, &l.own))
		return;
	if (take_addr(tb[IFA_ADDRESS], ifa, &l.peer) && ipaddr_same(&l.peer, &l.own))
		l.peer.family = 0;
	take_addr(tb[IFA_BROADCAST], ifa, &l.brd);
	read_rest(tb, &l);
	format(&l, r->out);
}

static int read_once(struct nl_sock *sk, struct reading *r, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	struct ifaddrmsg ifa = { .ifa_family = AF_UNSPEC };
	struct nl_msg *m = nl_add(&b, RTM_GETADDR, NLM_F_DUMP, str_dup("list addresses"));

	nl_header(m, &ifa, sizeof ifa);
	strs_free(r->out);
	return nl_get(sk, &b, read_addr, r, e);
}

int netdev_addrs_read(struct nl_sock *sk, int index, struct strs *out, struct err *e)
{
	struct reading r = { index, out };
	int result = -1;

	/* Addresses of other links come and go meanwhile: look again. */
	for (int tries = 0; tries < 10 && result < 0; tries++) {
		result = read_once(sk, &r, e);
		if (result < 0 && e->code != EINTR)
			break;
	}
	return result;
}

/* --- making again --- */

static bool number(const char *text, uint32_t *out)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	*out = (uint32_t)n;
	return *text >= '0' && *text <= '9' && !*end && errno == 0 && n <= UINT32_MAX;
}

static bool parse_part(const char *key, const char *value, struct line *l)
{
	const struct {
		const char *key;
		uint32_t *to;
	} numbers[] = { { "metric", &l->metric },
			{ "proto", &l->proto },
			{ "flags", &l->flags },
			{ "preferred", &l->preferred } };

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (strcmp(key, numbers[i].key) == 0)
			return number(value, numbers[i].to);
	if (strcmp(key, "peer") == 0)
		return ipaddr_parse(value, l->own.family, &l->peer);
	if (strcmp(key, "brd") == 0)
		return ipaddr_parse(value, AF_INET, &l->brd) && l->own.family == AF_INET;
	if (strcmp(key, "label") != 0 || strlen(value) >= sizeof l->label)
		return false;
	memcpy(l->label, value, strlen(value) + 1);
	return true;
}

static bool parse(const char *text, struct line *l)
{
	scoped_str char *copy = str_dup(text);
	char *rest = NULL;
	const char *own = strtok_r(copy, " ", &rest), *key, *value;

	*l = (struct line){ .preferred = UINT32_MAX };
	if (!own || !ipaddr_parse_prefix(own, 0, &l->own))
		return false;
	while ((key = strtok_r(NULL, " ", &rest))) {
		value = strtok_r(NULL, " ", &rest);
		if (!value || !parse_part(key, value, l))
			return false;
	}
	return true;
}

static void put(struct nl_msg *m, const struct line *l, const struct netdev_addr_how *how)
{
	const bool v6 = l->own.family == AF_INET6;
	const struct ipaddr *far = l->peer.family ? &l->peer : &l->own;
	const struct ifaddrmsg ifa = { .ifa_family = (uint8_t)l->own.family,
				       .ifa_prefixlen = l->own.prefix,
				       .ifa_index = (uint32_t)how->index };

	nl_header(m, &ifa, sizeof ifa);
	nl_put(m, IFA_LOCAL, l->own.bytes, len_of(l->own.family));
	nl_put(m, IFA_ADDRESS, far->bytes, len_of(l->own.family));
	nl_put_u32(m, IFA_FLAGS, (l->flags & FLAGS_KEPT) | (v6 ? IFA_F_NODAD : 0));
	if (l->brd.family)
		nl_put(m, IFA_BROADCAST, l->brd.bytes, len_of(AF_INET));
	if (l->label[0] && how->labels && !v6)
		nl_put_text(m, IFA_LABEL, l->label);
	if (l->metric)
		nl_put_u32(m, IFA_RT_PRIORITY, l->metric);
	if (l->proto)
		nl_put_u8(m, IFA_PROTO, (uint8_t)l->proto);
	if (l->preferred != UINT32_MAX) {
		const struct ifa_cacheinfo life = { .ifa_prefered = l->preferred,
						    .ifa_valid = UINT32_MAX };

		nl_put(m, IFA_CACHEINFO, &life, sizeof life);
	}
}

int netdev_addr_add(struct nl_batch *b, const struct netdev_addr_how *how, const char *line,
		    struct err *e)
{
	char text[INET_TEXT];
	struct line l;

	if (!parse(line, &l))
		return err_set(e, EINVAL, "address '%s'", line);
	put(nl_add(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
		   str_printf("add address %s to %s", ipaddr_format_prefix(&l.own, text),
			      how->name)),
	    &l, how);
	nl_forgive(b, how->forgive);
	return 0;
}
