/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_ERR_H
#define NFRUN_BASE_ERR_H

#include <stdbool.h>

/* What went wrong, told from the outside in. A plain value: it can live on the
 * stack, be copied, and be sent through a socket in one datagram. */
struct err {
	int code;        /* errno value; 0 when no errno applies */
	bool whole;      /* TEXT says it all; CODE is for callers alone */
	char text[1000]; /* "network: attach eth1 to br-lan"; no trailing cause */
};

/* Both return -1, so a failing function reads "return err_set(...)". */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same for a text that needs no cause behind it: "container not running", not "...: No such
 * process". */
int err_tell(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* What is to be printed behind the text: ": File exists", or two empty strings. */
const char *err_colon(const struct err *e);
const char *err_cause(const struct err *e);

/* Put a context before the text: "context: text". */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* So that whoever reads one file alone, as compilers and analyzers do, sees that they do. */
static inline int err_is_set(void)
{
	return -1;
}
#define err_set(...)  (err_set(__VA_ARGS__), err_is_set())
#define err_tell(...) (err_tell(__VA_ARGS__), err_is_set())
#define err_wrap(...) (err_wrap(__VA_ARGS__), err_is_set())

#endif
