/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_START_SOCKET_H
#define NFRUN_RUNTIME_START_SOCKET_H

/* ROOT/ID/start: between `create`, which has ended, and `start`, a created container's init waits
 * at this socket. A connection is the word to go on; what fails then comes back through it. */

#include "runtime/container.h"

int start_socket_listen(struct container *c, struct err *e); /* into c->listener */
/* Connected to init; the caller owns it. ECONNREFUSED: nobody waits there any more. */
int start_socket_connect(const struct container *c, struct err *e);

#endif
