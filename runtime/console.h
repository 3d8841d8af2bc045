/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_CONSOLE_H
#define NFRUN_RUNTIME_CONSOLE_H

/* A pseudo terminal for a process in a container, and the relay between it and the user's terminal. */

#include "runtime/base/err.h"

/* Inside the container: open its own /dev/ptmx; the caller owns the master. */
int console_open(int *master, struct err *e);
/* In the process itself: make the slave its controlling terminal and stdin, stdout, stderr. */
int console_attach(int master, struct err *e);

/* Between MASTER and this process's stdin and stdout until PIDFD ends and the output is drained: raw mode
 * (restored in every case), window size passed on. */
int console_relay(int master, int pidfd, struct err *e);

#endif
