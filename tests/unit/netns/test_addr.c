/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/addr.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <linux/if_addr.h>
#include <string.h>

Test(addr, link_local_of_a_mac)
{
	static const struct {
		uint8_t mac[MAC_LEN];
		const char *want;
	} rows[] = {
		{ { 0x02, 0, 0, 0, 0, 1 }, "fe80::ff:fe00:1/64" },
		{ { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55 }, "fe80::211:22ff:fe33:4455/64" },
		{ { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff }, "fe80::fcff:ffff:feff:ffff/64" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[INET_TEXT];
		struct ipaddr a = addr_link_local(rows[i].mac);

		cr_assert_str_eq(ipaddr_format_prefix(&a, text), rows[i].want);
	}
}

/* The requests for one address: how many, and the first one's broadcast and flags. */
static size_t requests_for(const char *text, bool dad, char *broadcast, unsigned *flags)
{
	scoped_batch struct nl_batch b = { 0 };
	const struct link_info l = { .name = "eth0", .index = 7, .mac = { 2 } };
	struct ipaddr a;

	cr_assert(ipaddr_parse_prefix(text, 0, &a), "%s", text);
	const struct addr_set set = { .v = &a, .n = 1, .dad = dad };
	addr_add(&b, &l, &set, 0);

	struct nlmsghdr *h = nlmsg_hdr(b.v[0].msg);
	const struct ifaddrmsg *ifa = nlmsg_data(h);
	struct nlattr *brd = nlmsg_find_attr(h, sizeof *ifa, IFA_BROADCAST);
	cr_assert_eq(ifa->ifa_index, 7);
	*flags = ifa->ifa_flags;
	broadcast[0] = '\0';
	if (brd)
		inet_ntop(AF_INET, nla_data(brd), broadcast, INET_TEXT);
	return b.n;
}

Test(addr, requests)
{
	static const struct {
		const char *addr;
		size_t n;
		const char *broadcast;
		unsigned flags;
		bool dad;
	} rows[] = {
		{ "10.0.0.1/24", 1, "10.0.0.255", 0, false },
		{ "10.0.0.1/30", 1, "10.0.0.3", 0, true },
		{ "10.0.0.1/0", 1, "255.255.255.255", 0, false },
		{ "10.0.0.1/31", 1, "", 0, false },
		{ "10.0.0.1/32", 1, "", 0, false },
		{ "fd00::1/64", 2, "", IFA_F_NODAD, false }, /* and the link-local one */
		{ "fd00::1/64", 2, "", 0, true },
		{ "fe80::1/64", 1, "", IFA_F_NODAD, false }, /* is one */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char broadcast[INET_TEXT];
		unsigned flags;
		size_t n = requests_for(rows[i].addr, rows[i].dad, broadcast, &flags);

		cr_assert_eq(n, rows[i].n, "%s: %zu", rows[i].addr, n);
		cr_assert_str_eq(broadcast, rows[i].broadcast, "%s", rows[i].addr);
		cr_assert_eq(flags, rows[i].flags, "%s: %u", rows[i].addr, flags);
	}
}
