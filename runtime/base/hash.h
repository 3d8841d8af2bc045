/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_HASH_H
#define NFRUN_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bits: for names and cache keys, not for security. SEED 0 starts a new hash; a former
 * result goes on with it. */
uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t n);
uint64_t hash_text(uint64_t seed,
		   const char *text); /* its NUL included, so that "ab","c" != "a","bc" */

#endif
