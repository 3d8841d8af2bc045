/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_FD_SOCKET_H
#define NFRUN_RUNTIME_FD_SOCKET_H

/* --console-socket, --pidfd-socket, listenerPath: a caller listens at a path and is sent a
 * descriptor, with SCM_RIGHTS, in one message. runc's docs/terminals.md, "Detached New Terminal".
 */

#include "runtime/base/err.h"

/* An AF_UNIX stream socket at PATH in this mount namespace, connected; the caller owns it. Before
 * anything is made, so that a wrong path costs nothing. */
int fd_socket_connect(const char *path, struct err *e);
int fd_socket_send(int sock, int fd, struct err *e); /* FD stays the caller's */

#endif
