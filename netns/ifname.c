/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/port.h"
#include "runtime/base/hash.h"

#include <stdio.h>

/* "edge-fw0.3fa9c2": the owner's first 8 characters cut for people, then 6 hex digits that tell it
 * apart. 15 characters are all that IFNAMSIZ leaves. */
void ifname_host(char out[IFNAMSIZ], const char *owner, const char *name, unsigned attempt)
{
	uint64_t h = hash_bytes(hash_text(hash_text(0, owner), name), &attempt, sizeof attempt);

	snprintf(out, IFNAMSIZ, "%.8s.%06x", owner, (unsigned)(h >> 40));
}
