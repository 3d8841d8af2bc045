/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_DOCUMENT_H
#define NFRUN_SPEC_DOCUMENT_H

/* A JSON text to the tree that tables read. Internal to runtime/spec. */

#include "runtime/base/strs.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The caller's reference, or NULL and a line in PROBLEMS: "NAME:12:7: ...". Keys may be there only
 * once. */
json_t *document_parse(const char *json, size_t n, const char *name, struct strs *problems);

/* The same for what programs in Go write: null is the same as not there, and integers go up to
 * UINT64_MAX. json_t stops at INT64_MAX; those above are texts that only document_u64 takes for
 * numbers. */
json_t *document_parse_oci(const char *json, size_t n, const char *name, struct strs *problems);

/* What document_parse_oci made, as text again, compact, to be parsed to the same; the caller frees.
 */
char *document_text_oci(const json_t *doc);

/* Whether V is an integer of 0..UINT64_MAX; if so it is *OUT. */
bool document_u64(const json_t *v, uint64_t *out);
/* Whether V is an integer above INT64_MAX. */
bool document_is_huge(const json_t *v);

#endif
