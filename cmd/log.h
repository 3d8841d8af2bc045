/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_LOG_H
#define NFRUN_CMD_LOG_H

/* --log: where a program that calls us reads what went wrong. podman reads the whole file as one
 * JSON object, containerd's shim a stream of them whose last with level "error" counts: so there is
 * one, the error, and nothing else. */

#include "cmd/command.h"

int log_open(const struct globals *g, struct err *e); /* so that a wrong path is told at once */
void log_error(const struct globals *g, const struct err *e);

#endif
