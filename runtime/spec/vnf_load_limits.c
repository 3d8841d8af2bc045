/* SPDX-License-Identifier: Apache-2.0 */
/* How often, and how much of it is kept: restart, log. */
#include "runtime/spec/vnf.h"
#include "runtime/spec/vnf_tables.h"

static const char *const policies[] = { "no", "on-failure", "always", NULL }; /* enum vnf_restart */

#define MEMBER(m) offsetof(struct vnf, m)
static const struct field restart_fields[] = {
	{ .key = "policy", REQUIRED, MEMBER(restart), load_word, .words = policies },
	{ .key = "max_retries", OPTIONAL, MEMBER(max_retries), load_u32, 0, 1000000 },
	{ .key = "backoff", OPTIONAL, MEMBER(backoff), load_duration, 100, 3600000 },
};
const struct field_table restart_table = { .fields = restart_fields, ARRAY_LEN(restart_fields) };

/* A line in the log has up to 16 KiB. */
static const struct field log_fields[] = {
	{ .key = "max_size",
	  OPTIONAL,
	  MEMBER(log_max_size),
	  load_size,
	  64 << 10,
	  SIZE_MAX_ALLOWED },
	{ .key = "files", OPTIONAL, MEMBER(log_files), load_u32, 1, 100 },
};
#undef MEMBER
const struct field_table log_table = { .fields = log_fields, ARRAY_LEN(log_fields) };
