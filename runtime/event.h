/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_EVENT_H
#define NFRUN_RUNTIME_EVENT_H

/* What happens to VNFs and OCI containers, told as it happens: `nfrun events`. nfrun(1) describes
 * every type and member. */

#include "runtime/base/err.h"
#include "runtime/base/strs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum event_kind { EVENT_NUMBER, EVENT_TEXT, EVENT_BOOL, EVENT_NULL };
struct event_member {
	const char *key;
	enum event_kind kind;
	int64_t number; /* EVENT_BOOL: 0 or 1 */
	const char *text;
};

enum { EVENT_MEMBERS = 8 };
struct event { /* borrows its texts */
	struct timespec time;
	const char *type;
	const char *name; /* NULL: of nobody in particular */
	struct event_member data[EVENT_MEMBERS];
	size_t n_data;
};

/* One line of JSON with its newline; the caller frees. */
char *event_line(const struct event *ev);

struct event_how {
	const struct strs *names; /* empty: all of the root, and those that come */
	bool now;                 /* begin with an event for each that is there */
	int out;                  /* a descriptor; watched, so that its reader's end is noticed */
};

/* Write a line for each event to HOW->out until SIGTERM or SIGINT, the end of the reader, or, with
 * names, until all of those are deleted. The state root is made where there is none. A name that
 * there is not: E->code ENOENT. */
int events_follow(const char *root, const struct event_how *how, struct err *e);

/* Is NAME an OCI container? False also when there is none. */
bool events_is_oci(const char *root, const char *name);

#endif
