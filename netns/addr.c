/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/addr.h"
#include "runtime/base/strs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static size_t len_of(int family)
{
	return family == AF_INET ? 4 : 16;
}

bool addr_set_has(const struct addr_set *s, int family)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].family == family)
			return true;
	return false;
}

struct ipaddr addr_link_local(const uint8_t mac[MAC_LEN])
{
	struct ipaddr a = { .family = AF_INET6, .prefix = 64 };
	const uint8_t id[] = { mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5] };

	a.bytes[0] = 0xfe;
	a.bytes[1] = 0x80;
	memcpy(a.bytes + 8, id, sizeof id);
	return a;
}

static void put_broadcast(struct nl_msg *m, const struct ipaddr *a)
{
	uint32_t net;

	memcpy(&net, a->bytes, sizeof net);
	net |= htonl(a->prefix == 0 ? UINT32_MAX : (UINT32_C(1) << (32 - a->prefix)) - 1);
	nl_put(m, IFA_BROADCAST, &net, sizeof net);
}

static void add_one(struct nl_batch *b, const struct link_info *l, const struct ipaddr *a, bool dad)
{
	char text[INET_TEXT];
	struct ifaddrmsg ifa = {
		.ifa_family = (uint8_t)a->family,
		.ifa_prefixlen = a->prefix,
		.ifa_flags = a->family == AF_INET6 && !dad ? IFA_F_NODAD : 0,
		.ifa_index = (uint32_t)l->index,
	};
	struct nl_msg *m =
		nl_add(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
		       str_printf("add address %s to %s", ipaddr_format_prefix(a, text), l->name));

	nl_header(m, &ifa, sizeof ifa);
	nl_put(m, IFA_LOCAL, a->bytes, len_of(a->family));
	nl_put(m, IFA_ADDRESS, a->bytes, len_of(a->family));
	/* RFC 3021: a /31 has no broadcast address. */
	if (a->family == AF_INET && a->prefix < 31)
		put_broadcast(m, a);
}

static bool wants_link_local(const struct addr_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].family == AF_INET6 && ipaddr_is_link_local(&s->v[i]))
			return false;
	return addr_set_has(s, AF_INET6);
}

void addr_add(struct nl_batch *b, const struct link_info *l, const struct addr_set *s, int forgive)
{
	for (size_t i = 0; i < s->n; i++) {
		add_one(b, l, &s->v[i], s->dad);
		nl_forgive(b, forgive);
	}
	/* Last, so that an error is about an address that the user wrote. */
	if (wants_link_local(s)) {
		const struct ipaddr own = addr_link_local(l->mac);

		add_one(b, l, &own, s->dad);
		nl_forgive(b, forgive);
	}
}

int addr_run(struct nl_sock *sk, struct nl_batch *b, const struct addr_set *s, struct err *e)
{
	if (nl_run(sk, b, e) == 0)
		return 0;
	if (e->code == EOPNOTSUPP && addr_set_has(s, AF_INET6) &&
	    access("/proc/thread-self/net/if_inet6", F_OK) < 0)
		return err_wrap(e, "this kernel has no IPv6");
	return -1;
}

/* --- reading --- */

struct found {
	int index;
	const struct addr_set *set;
	bool *have;
};

static void mark_found(struct nlmsghdr *h, void *arg)
{
	struct found *f = arg;
	const struct ifaddrmsg *ifa = nlmsg_data(h);
	struct nlattr *tb[IFA_MAX + 1];

	if (nlmsg_parse(h, sizeof *ifa, tb, IFA_MAX, NULL) < 0 || (int)ifa->ifa_index != f->index)
		return;
	/* IFA_ADDRESS is the peer's on a point-to-point link; IPv6 has IFA_LOCAL only there. */
	const struct nlattr *own = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];

	for (size_t i = 0; own && i < f->set->n; i++) {
		const struct ipaddr *a = &f->set->v[i];

		if (a->family == ifa->ifa_family && a->prefix == ifa->ifa_prefixlen &&
		    nla_len(own) == (int)len_of(a->family) &&
		    nla_memcmp(own, a->bytes, len_of(a->family)) == 0)
			f->have[i] = true;
	}
}

int addr_missing(struct nl_sock *sk, const struct link_info *l, const struct addr_set *s,
		 const struct ipaddr **missing, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	struct ifaddrmsg ifa = { .ifa_family = AF_UNSPEC };

	*missing = NULL;
	if (s->n == 0)
		return 0;
	nl_header(nl_add(&b, RTM_GETADDR, NLM_F_DUMP, str_printf("list addresses of %s", l->name)),
		  &ifa, sizeof ifa);

	scoped(str_drop) char *have = mem_alloc(s->n * sizeof(bool));
	struct found f = { .index = l->index, .set = s, .have = (bool *)have };
	if (nl_get(sk, &b, mark_found, &f, e) < 0 && e->code != EINTR)
		return -1;
	for (size_t i = 0; i < s->n && !*missing; i++)
		if (!f.have[i])
			*missing = &s->v[i];
	return 0;
}

static void read_flags(struct nlmsghdr *h, void *arg)
{
	const struct ifaddrmsg *ifa = nlmsg_data(h);
	struct nlattr *flags = nlmsg_find_attr(h, sizeof *ifa, IFA_FLAGS);

	*(uint32_t *)arg = flags ? nla_get_u32(flags) : ifa->ifa_flags;
}

static int get_flags(struct nl_sock *sk, const struct link_info *l, const struct ipaddr *a,
		     uint32_t *flags, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	char text[INET_TEXT];
	struct ifaddrmsg ifa = { .ifa_family = AF_INET6, .ifa_index = (uint32_t)l->index };
	struct nl_msg *m =
		nl_add(&b, RTM_GETADDR, 0,
		       str_printf("find address %s on %s", ipaddr_format_prefix(a, text), l->name));

	nl_header(m, &ifa, sizeof ifa);
	nl_put(m, IFA_ADDRESS, a->bytes, len_of(AF_INET6));
	return nl_get(sk, &b, read_flags, flags, e);
}

static int await_one(struct nl_sock *sk, const struct link_info *l, const struct ipaddr *a,
		     int *left_ms, struct err *e)
{
	enum { NAP_MS = 20 };
	const struct timespec nap = { .tv_nsec = NAP_MS * 1000000L };
	char text[INET_TEXT];
	uint32_t flags = 0;

	for (; *left_ms > 0; *left_ms -= NAP_MS) {
		if (get_flags(sk, l, a, &flags, e) < 0)
			return -1;
		if (flags & IFA_F_DADFAILED)
			return err_set(e, EADDRINUSE,
				       "add address %s to %s: another host on the link has it",
				       ipaddr_format_prefix(a, text), l->name);
		if (!(flags & IFA_F_TENTATIVE))
			return 0;
		nanosleep(&nap, NULL);
	}
	return err_set(e, ETIMEDOUT, "add address %s to %s: wait for duplicate address detection",
		       ipaddr_format_prefix(a, text), l->name);
}

int addr_await_dad(struct nl_sock *sk, const struct link_info *l, const struct addr_set *s,
		   struct err *e)
{
	/* Up to 1 s of random delay and 1 s of listening (RFC 4862, 5.4.2), for all at a time. */
	int left_ms = 3000;

	for (size_t i = 0; s->dad && i < s->n; i++)
		if (s->v[i].family == AF_INET6 && await_one(sk, l, &s->v[i], &left_ms, e) < 0)
			return -1;
	return 0;
}
