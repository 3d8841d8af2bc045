/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_CLAIMS_H
#define NFRUN_RUNTIME_CLAIMS_H

/* What only one container of a state root may have at a time: an id range, a mark, an address on a
 * link. A claim is a symbolic link ROOT/.claims/KIND/KEY whose target is the owner's name: made or
 * refused in one system call, and void when the owner's state directory is gone. */

#include "runtime/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct strs;

/* Take KIND/KEY for OWNER and note it in TAKEN as "KIND/KEY"; again by the same owner is fine.
 * E->code EEXIST: *HOLDER (unless NULL) is who has it; the caller frees. */
struct claim {
	const char *kind, *key, *owner;
};
int claim_take(int root, const struct claim *c, struct strs *taken, char **holder, struct err *e);

/* The first free of COUNT slots from FIRST on, tried round from FIRST + HINT % COUNT: KIND/<slot>.
 */
struct claim_range {
	const char *kind, *owner;
	uint32_t hint, first, count;
};
int claim_slot(int root, const struct claim_range *r, struct strs *taken, uint32_t *slot,
	       struct err *e);

/* Give back those of TAKEN whose kind is KIND (NULL: all); they leave the list. What somebody else
 * has by now is left alone. */
int claims_release(int root, const char *owner, const char *kind, struct strs *taken,
		   struct err *e);

/* The same for an owner that died before it could say what it took: looks through all claims. */
int claims_sweep(const char *root_path, int root, const char *owner, struct err *e);

#endif
