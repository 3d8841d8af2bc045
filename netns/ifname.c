/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/port.h"
#include "runtime/base/hash.h"

#include <ctype.h>
#include <stdio.h>

enum { READABLE = 8 };

/* "edge-fw.3fa9c2": the owner's first 8 characters for people, then 6 hex digits that tell it
 * apart. 15 characters are all that IFNAMSIZ leaves. The kernel takes no '/', ':' or white space in
 * a name and reads a '%' as a pattern. */
void ifname_host(char out[IFNAMSIZ], const char *owner, const char *name, unsigned attempt)
{
	uint64_t h = hash_bytes(hash_text(hash_text(0, owner), name), &attempt, sizeof attempt);
	char readable[READABLE + 1] = "";

	for (int i = 0; i < READABLE && owner[i]; i++) {
		unsigned char c = (unsigned char)owner[i];

		readable[i] = isascii(c) && (isalnum(c) || c == '.' || c == '-') ? owner[i] : '_';
	}
	snprintf(out, IFNAMSIZ, "%s.%06x", readable, (unsigned)(h >> 40));
}
