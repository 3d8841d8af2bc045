/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_LISTEN_H
#define NFRUN_CMD_LISTEN_H

#include "runtime/base/err.h"

#include <netinet/in.h>

/* "127.0.0.1:9310", "[::1]:9310"; port 0: any that is free. */
int listen_parse(const char *text, struct sockaddr_storage *out, struct err *e);
/* A socket that listens there; the caller closes it. */
int listen_open(const struct sockaddr_storage *at, struct err *e);
/* The one that systemd passed (sd_listen_fds(3)); -1 with E->code 0: none. The caller closes it. */
int listen_passed(struct err *e);
/* Where it is, as listen_parse has it; OUT has LISTEN_TEXT bytes; returns OUT. */
enum { LISTEN_TEXT = 64 };
const char *listen_text(int fd, char *out);

#endif
