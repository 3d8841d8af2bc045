/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_DAEMON_H
#define NFRUN_RUNTIME_DAEMON_H

/* What our processes that stay have in common. */

#include "runtime/base/err.h"

#include <stddef.h>

/* The calling process goes away from its caller: a session of its own, the caller's terminal,
 * descriptors but KEEP, and directory left; TITLE shows in ps. Every signal is blocked and comes by
 * *SIGNALS, a signalfd that does not block; the caller closes it. */
int daemon_detach(const char *title, const int *keep, size_t n_keep, int *signals, struct err *e);

#endif
