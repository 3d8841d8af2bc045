/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_HTTP_H
#define NFRUN_CMD_HTTP_H

/* A small HTTP server: libmicrohttpd, loaded when it is needed, without threads. */

#include "runtime/base/err.h"

struct http_answer {
	unsigned status; /* 200 */
	const char *type;
	char *body; /* malloc'd; the server frees it */
};
/* What is at PATH; only GET and HEAD come here. */
typedef void http_handler(const char *path, struct http_answer *out, void *arg);

struct http;
/* Answer who connects to LISTENER, a listening socket, which becomes the server's. */
int http_open(int listener, http_handler *handler, void *arg, struct http **out, struct err *e);
/* To be readable, or so many ms, -1: any, to go by before http_run. */
int http_fd(const struct http *h);
int http_timeout_ms(const struct http *h);
int http_run(struct http *h, struct err *e);
void http_close(struct http *h); /* NULL is fine */

#endif
