/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_CONSOLE_SOCKET_H
#define NFRUN_RUNTIME_CONSOLE_SOCKET_H

/* --console-socket and --pidfd-socket: a caller listens at a path and is sent one descriptor, with
 * SCM_RIGHTS, in one message. runc's docs/terminals.md, "Detached New Terminal". */

#include "runtime/base/err.h"

/* Connected; the caller owns it. Before anything is made, so that a wrong path costs nothing. */
int console_socket_open(const char *path, struct err *e);
int console_socket_send(int sock, int fd, struct err *e); /* FD stays the caller's */

#endif
