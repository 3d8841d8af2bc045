/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_CLAIMS_H
#define NFRUN_RUNTIME_CLAIMS_H

/* What only one container of a state root may have at a time: an id range, a mark, an address on a link.
 * A claim is a symbolic link ROOT/.claims/KIND/KEY whose target is the owner's name: made or refused
 * in one system call, and void when the owner's state directory is gone. */

#include "runtime/base/err.h"

#include <stdint.h>

/* Take KIND/KEY for OWNER; again by the same owner is fine. E->code EEXIST: *HOLDER (unless NULL) is who
 * has it; the caller frees. */
int claim_take(int root, const char *kind, const char *key, const char *owner, char **holder,
               struct err *e);

/* The first free of COUNT slots, tried from HINT on: KIND/<slot>. Returns the slot, or -1. */
int64_t claim_slot(int root, const char *kind, const char *owner, uint32_t hint, uint32_t first,
                   uint32_t count, struct err *e);

/* Give back all that OWNER has. */
int claims_release(int root, const char *owner, struct err *e);

#endif
