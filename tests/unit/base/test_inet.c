/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/inet.h"
#include "runtime/base/scope.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>

static const struct {
	const char *text;
	int family, found; /* found: what the result's family is; 0: refused */
} plain[] = {
	{ "10.0.0.1", 0, AF_INET },
	{ "10.0.0.1", AF_INET, AF_INET },
	{ "10.0.0.1", AF_INET6, 0 },
	{ "fd00::1", 0, AF_INET6 },
	{ "fd00::1", AF_INET, 0 },
	{ "::ffff:10.0.0.1", 0, AF_INET6 },
	{ "", 0, 0 },
	{ "10.0.0", 0, 0 },
	{ "10.0.0.256", 0, 0 },
	{ "10.0.0.1 ", 0, 0 },
	{ "10.0.0.1/24", 0, 0 },
	{ "fe80::1%eth0", 0, 0 },
	{ "fd00:::1", 0, 0 },
};

Test(inet, parse_takes_exactly_one_address)
{
	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		struct ipaddr a = { 0 };
		char text[INET_TEXT];
		bool ok = ipaddr_parse(plain[i].text, plain[i].family, &a);

		cr_expect_eq(ok, plain[i].found != 0, "'%s'", plain[i].text);
		cr_expect_eq(a.family, plain[i].found, "'%s'", plain[i].text);
		if (ok)
			cr_expect_str_eq(ipaddr_format(&a, text), plain[i].text);
		if (ok)
			cr_expect_eq(a.prefix, a.family == AF_INET ? 32 : 128);
	}
}

Test(inet, parse_prefix_takes_an_address_and_its_length)
{
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
		{ "10.0.0.1/24", true },
		{ "10.0.0.1/0", true },
		{ "10.0.0.1/32", true },
		{ "fd00::1/128", true },
		{ "::/0", true },
		{ "10.0.0.1/33", false },
		{ "fd00::1/129", false },
		{ "10.0.0.1", false },
		{ "10.0.0.1/", false },
		{ "10.0.0.1/08", false },
		{ "10.0.0.1/+8", false },
		{ "10.0.0.1/8 ", false },
		{ "10.0.0.1/1/2", false },
		{ "10.0.0.1/1000", false },
		{ "/24", false },
		{ "00000000000000000000000000000000000000000000000000000/1", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ipaddr a = { 0 };
		char text[INET_TEXT];

		cr_expect_eq(ipaddr_parse_prefix(cases[i].text, 0, &a), cases[i].ok, "'%s'",
			     cases[i].text);
		if (cases[i].ok)
			cr_expect_str_eq(ipaddr_format_prefix(&a, text), cases[i].text);
		else
			cr_expect_eq(a.family, 0, "'%s' touched OUT", cases[i].text);
	}
}

static struct ipaddr addr(const char *text)
{
	struct ipaddr a;

	cr_assert(strchr(text, '/') ? ipaddr_parse_prefix(text, 0, &a) : ipaddr_parse(text, 0, &a),
		  "%s", text);
	return a;
}

Test(inet, predicates)
{
	static const struct {
		const char *text;
		bool network, broadcast, link_local, multicast;
	} cases[] = {
		{ "10.0.0.0/24", true, false, false, false },
		{ "10.0.0.255/24", false, true, false, false },
		{ "10.0.0.128/25", true, false, false, false },
		{ "10.0.1.255/23", false, true, false, false },
		{ "10.0.0.255/23", false, false, false, false },
		{ "10.0.0.0/31", false, false, false, false },
		{ "10.0.0.1/31", false, false, false, false },
		{ "10.0.0.0/32", false, false, false, false },
		{ "0.0.0.0/0", true, false, false, false },
		{ "fd00::/64", true, false, false, false },
		{ "fd00::/127", false, false, false, false },
		{ "fd00::ffff:ffff:ffff:ffff/64", false, false, false, false },
		{ "169.254.1.1/16", false, false, true, false },
		{ "fe80::1/64", false, false, true, false },
		{ "febf::1/64", false, false, true, false },
		{ "fec0::1/64", false, false, false, false },
		{ "224.0.0.5/32", false, false, false, true },
		{ "239.255.255.250/32", false, false, false, true },
		{ "240.0.0.1/32", false, false, false, false },
		{ "ff02::1/128", false, false, false, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ipaddr a = addr(cases[i].text);

		cr_expect_eq(ipaddr_is_network(&a), cases[i].network, "%s", cases[i].text);
		cr_expect_eq(ipaddr_is_broadcast(&a), cases[i].broadcast, "%s", cases[i].text);
		cr_expect_eq(ipaddr_is_link_local(&a), cases[i].link_local, "%s", cases[i].text);
		cr_expect_eq(ipaddr_is_multicast(&a), cases[i].multicast, "%s", cases[i].text);
	}
}

Test(inet, subnets)
{
	static const struct {
		const char *a, *subnet;
		bool in;
	} cases[] = {
		{ "10.0.1.7", "10.0.1.1/24", true },   { "10.0.2.7", "10.0.1.1/24", false },
		{ "10.0.1.7", "0.0.0.0/0", true },     { "10.0.1.7", "10.0.1.7/32", true },
		{ "10.0.1.6", "10.0.1.7/31", true },   { "10.0.1.5", "10.0.1.7/31", false },
		{ "fd00:1::9", "fd00:1::1/64", true }, { "fd00:2::9", "fd00:1::1/64", false },
		{ "10.0.1.7", "::/0", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ipaddr a = addr(cases[i].a), subnet = addr(cases[i].subnet);

		cr_expect_eq(ipaddr_in_subnet(&a, &subnet), cases[i].in, "%s in %s", cases[i].a,
			     cases[i].subnet);
	}
}

Test(inet, same_ignores_the_prefix)
{
	struct ipaddr a = addr("10.0.0.1/24"), b = addr("10.0.0.1/8"), c = addr("10.0.0.2/24");
	struct ipaddr six = addr("fd00::1"), none = { 0 };

	cr_expect(ipaddr_same(&a, &b));
	cr_expect_not(ipaddr_same(&a, &c));
	cr_expect_not(ipaddr_same(&a, &six));
	cr_expect_not(ipaddr_same(&a, &none));
	cr_expect(ipaddr_same(&none, &none));
	cr_expect_not(ipaddr_in_subnet(&none, &none));
	cr_expect_not(ipaddr_is_network(&none));
}

Test(inet, macs)
{
	static const struct {
		const char *text, *out; /* NULL: refused */
	} cases[] = {
		{ "02:00:00:00:00:01", "02:00:00:00:00:01" },
		{ "02:AB:cd:EF:00:fF", "02:ab:cd:ef:00:ff" },
		{ "02-00-00-00-00-01", NULL },
		{ "02:00:00:00:00", NULL },
		{ "02:00:00:00:00:01:02", NULL },
		{ "02:00:00:00:00:0g", NULL },
		{ "0200:00:00:00:001", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t mac[MAC_LEN] = { 0 };
		char text[MAC_TEXT];
		bool ok = mac_parse(cases[i].text, mac);

		cr_expect_eq(ok, cases[i].out != NULL, "'%s'", cases[i].text);
		if (ok)
			cr_expect_str_eq(mac_format(mac, text), cases[i].out);
	}
}
