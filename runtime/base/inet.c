/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/inet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static unsigned bits_of(int family)
{
	return family == AF_INET ? 32 : 128;
}

bool ipaddr_parse(const char *text, int family, struct ipaddr *out)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (int i = 0; i < 2; i++) {
		struct ipaddr a = { .family = families[i],
				    .prefix = (uint8_t)bits_of(families[i]) };

		if (family != 0 && family != families[i])
			continue;
		if (inet_pton(families[i], text, a.bytes) != 1)
			continue;
		*out = a;
		return true;
	}
	return false;
}

/* 1 to 3 digits, no sign and no leading zero, which strtoul would let pass. */
static bool prefix_parse(const char *text, unsigned max, uint8_t *out)
{
	size_t len = strlen(text);
	unsigned n = 0;

	if (len == 0 || len > 3 || (len > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		n = n * 10 + (unsigned)(text[i] - '0');
	}
	if (n > max)
		return false;
	*out = (uint8_t)n;
	return true;
}

bool ipaddr_parse_prefix(const char *text, int family, struct ipaddr *out)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN];
	struct ipaddr a;

	if (!slash || (size_t)(slash - text) >= sizeof address)
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (!ipaddr_parse(address, family, &a))
		return false;
	if (!prefix_parse(slash + 1, bits_of(a.family), &a.prefix))
		return false;
	*out = a;
	return true;
}

const char *ipaddr_format(const struct ipaddr *a, char *out)
{
	if (a->family == 0 || !inet_ntop(a->family, a->bytes, out, INET_TEXT))
		snprintf(out, INET_TEXT, "none");
	return out;
}

const char *ipaddr_format_prefix(const struct ipaddr *a, char *out)
{
	size_t len = strlen(ipaddr_format(a, out));

	if (a->family != 0)
		snprintf(out + len, INET_TEXT - len, "/%u", a->prefix);
	return out;
}

/* Whether the bits FROM up to, not including, TO are all VALUE. */
static bool bits_are(const struct ipaddr *a, unsigned from, unsigned to, unsigned value)
{
	for (unsigned i = from; i < to; i++)
		if (((unsigned)a->bytes[i / 8] >> (7 - i % 8) & 1U) != value)
			return false;
	return true;
}

static bool bits_same(const struct ipaddr *a, const struct ipaddr *b, unsigned n)
{
	unsigned whole = n / 8, rest = n % 8;
	unsigned mask = 0xffU & (0xffU << (8 - rest));

	if (memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return rest == 0 || ((a->bytes[whole] ^ b->bytes[whole]) & mask) == 0;
}

bool ipaddr_same(const struct ipaddr *a, const struct ipaddr *b)
{
	return a->family == b->family && (a->family == 0 || bits_same(a, b, bits_of(a->family)));
}

bool ipaddr_in_subnet(const struct ipaddr *a, const struct ipaddr *subnet)
{
	return a->family != 0 && a->family == subnet->family &&
	       bits_same(a, subnet, subnet->prefix);
}

bool ipaddr_is_network(const struct ipaddr *a)
{
	unsigned bits = bits_of(a->family);

	/* RFC 3021 (/31) and RFC 6164 (/127): both addresses of a point-to-point subnet are hosts.
	 */
	return a->family != 0 && a->prefix < bits - 1 && bits_are(a, a->prefix, bits, 0);
}

bool ipaddr_is_broadcast(const struct ipaddr *a)
{
	return a->family == AF_INET && a->prefix < 31 && bits_are(a, a->prefix, 32, 1);
}

bool ipaddr_is_link_local(const struct ipaddr *a)
{
	if (a->family == AF_INET)
		return a->bytes[0] == 169 && a->bytes[1] == 254;
	return a->family == AF_INET6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

bool ipaddr_is_multicast(const struct ipaddr *a)
{
	if (a->family == AF_INET)
		return (a->bytes[0] & 0xf0) == 0xe0;
	return a->family == AF_INET6 && a->bytes[0] == 0xff;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool mac_parse(const char *text, uint8_t out[MAC_LEN])
{
	uint8_t mac[MAC_LEN];

	if (strlen(text) != MAC_TEXT - 1)
		return false;
	for (size_t i = 0; i < MAC_LEN; i++) {
		int high = hex_digit(text[i * 3]), low = hex_digit(text[i * 3 + 1]);

		if (high < 0 || low < 0 || text[i * 3 + 2] != (i + 1 < MAC_LEN ? ':' : '\0'))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(out, mac, sizeof mac);
	return true;
}

const char *mac_format(const uint8_t mac[MAC_LEN], char *out)
{
	snprintf(out, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
	return out;
}
