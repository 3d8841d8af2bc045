/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_CAPS_H
#define NFRUN_BASE_CAPS_H

/* Capabilities: all of libcap. */

#include "runtime/base/err.h"
#include "runtime/base/strs.h"

#include <stdbool.h>
#include <stdint.h>

/* One bit a capability, as in /proc/PID/status. */
typedef uint64_t caps_mask;

/* "NET_ADMIN" or "CAP_NET_ADMIN", any case, to its number; -1: this library knows none such. */
int caps_number(const char *name);
/* Number to "NET_ADMIN" into OUT of 32 bytes; returns OUT. */
const char *caps_name(int number, char *out);
/* All of NAMES, each known to caps_number. */
caps_mask caps_mask_of(const struct strs *names);

struct caps_sets {
	caps_mask bounding, effective, permitted, inheritable, ambient;
};

/* The calling thread keeps exactly these. Call caps_drop_bounding before the user id changes and
 * caps_set after it (with PR_SET_KEEPCAPS set by caps_drop_bounding). A capability that the caller
 * does not hold itself is left out silently, and so is an ambient one that is not permitted and
 * inheritable as well: caps_warnings tells. */
int caps_drop_bounding(caps_mask keep, struct err *e);
int caps_set(const struct caps_sets *sets, struct err *e);

/* A line each for what caps_set will leave out of SETS. ALL_HELD: it will be called in a user
 * namespace of the process's own, where every capability is held; else by one that has what the
 * calling thread has. */
void caps_warnings(const struct caps_sets *sets, bool all_held, struct strs *warnings);

/* "CAP_CHOWN, CAP_KILL"; the caller frees. */
char *caps_words(caps_mask mask);

/* What the calling thread may use now. */
int caps_effective(caps_mask *out, struct err *e);

#endif
