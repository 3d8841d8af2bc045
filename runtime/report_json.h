/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_REPORT_JSON_H
#define NFRUN_RUNTIME_REPORT_JSON_H

/* What the documents of report.h have in common. Inside report_*_json.c only. */

#include "runtime/report.h"

#include <jansson.h>

static inline json_t *number_or_null(uint64_t n)
{
	return n == CGROUP_UNSET ? json_null() : json_integer((json_int_t)n);
}

static inline json_t *text_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

static inline json_t *real_or_null(double x)
{
	return x < 0 ? json_null() : json_real(x);
}

/* Takes DOC over. */
char *report_print(json_t *doc);

/* "rx" and "tx" of an interface; S may be NULL. */
json_t *report_received_json(const struct port_stats *s);
json_t *report_sent_json(const struct port_stats *s);

/* Every limit of a group, as read back: what there is none of is null, or not in a list. */
json_t *report_limits_json(const struct cgroup_limits *l);

#endif
