/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_INET_H
#define NFRUN_BASE_INET_H

/* Addresses as values: what descriptions hold and netns/ puts into the kernel. */

#include <stdbool.h>
#include <stdint.h>

enum { MAC_LEN = 6, INET_TEXT = 64, MAC_TEXT = 18 };

struct ipaddr {
	int family;        /* AF_INET, AF_INET6; 0: none */
	uint8_t bytes[16]; /* network byte order; the first 4 for AF_INET */
	uint8_t prefix;    /* 0..32 or 0..128; the full length where the text had none */
};

/* FAMILY is AF_INET, AF_INET6 or 0 for either. Both return false on anything that is not exactly
 * one address ("10.0.0.1"), or one with a prefix ("10.0.0.1/24"; "10.0.0.1" alone is not). */
bool ipaddr_parse(const char *text, int family, struct ipaddr *out);
bool ipaddr_parse_prefix(const char *text, int family, struct ipaddr *out);

/* OUT has INET_TEXT bytes; returns OUT. With a prefix: "10.0.0.1/24". */
const char *ipaddr_format(const struct ipaddr *a, char *out);
const char *ipaddr_format_prefix(const struct ipaddr *a, char *out);

bool ipaddr_same(const struct ipaddr *a, const struct ipaddr *b); /* the prefix aside */
bool ipaddr_in_subnet(const struct ipaddr *a, const struct ipaddr *subnet);
bool ipaddr_is_network(const struct ipaddr *a); /* host bits zero, subnet larger than /31 or /127 */
bool ipaddr_is_broadcast(const struct ipaddr *a);  /* AF_INET, host bits one, larger than /31 */
bool ipaddr_is_link_local(const struct ipaddr *a); /* fe80::/10, 169.254.0.0/16 */
bool ipaddr_is_multicast(const struct ipaddr *a);

/* "02:00:00:00:00:01", either case; OUT of format has MAC_TEXT bytes. */
bool mac_parse(const char *text, uint8_t out[MAC_LEN]);
const char *mac_format(const uint8_t mac[MAC_LEN], char *out);

#endif
