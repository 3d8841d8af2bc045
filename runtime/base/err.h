/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_ERR_H
#define NFRUN_BASE_ERR_H

/* What went wrong, told from the outside in. A plain value: it can live on the
 * stack, be copied, and be sent through a socket in one datagram. */
struct err {
	int code;        /* errno value; 0 when no errno applies */
	char text[1000]; /* "network: attach eth1 to br-lan"; no trailing cause */
};

/* Both return -1, so a failing function reads "return err_set(...)". */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Put a context before the text: "context: text". */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* So that whoever reads one file alone, as compilers and analyzers do, sees that they do. */
static inline int err_is_set(void)
{
	return -1;
}
#define err_set(...)  (err_set(__VA_ARGS__), err_is_set())
#define err_wrap(...) (err_wrap(__VA_ARGS__), err_is_set())

#endif
