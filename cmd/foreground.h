/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_FOREGROUND_H
#define NFRUN_CMD_FOREGROUND_H

#include "cmd/command.h"

#include <time.h>

/* Stay with a VNF that has been started: show its output from SINCE on until it has ended for good.
 * SIGINT, SIGTERM or SIGHUP stop it, a second one kills it. Returns its exit status: its exit code,
 * or 128 and the signal. */
int foreground(const struct invocation *in, const char *name, struct timespec since, struct err *e);

#endif
