/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/hash.h"

#include <string.h>

/* http://www.isthe.com/chongo/tech/comp/fnv/ */
static const uint64_t offset_basis = 0xcbf29ce484222325, prime = 0x100000001b3;

uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;
	uint64_t h = seed ? seed : offset_basis;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * prime;
	return h;
}

uint64_t hash_text(uint64_t seed, const char *text)
{
	return hash_bytes(seed, text, strlen(text) + 1);
}
