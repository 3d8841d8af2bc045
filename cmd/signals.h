/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_SIGNALS_H
#define NFRUN_CMD_SIGNALS_H

#include "runtime/base/err.h"

/* From here on SIGINT and SIGTERM, and with HANGUP SIGHUP, do nothing but make the descriptor that
 * is returned readable; the caller closes it. Children inherit that they are blocked. */
int signals_take(bool hangup, struct err *e);

#endif
