/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_CONSOLE_H
#define NFRUN_RUNTIME_CONSOLE_H

/* A pseudo terminal for a process in a container, and the relay between it and the user's terminal.
 */

#include "runtime/base/err.h"

#include <signal.h>
#include <stdint.h>

/* Inside the container: open its own /dev/ptmx; the caller owns the master. */
int console_open(int *master, struct err *e);
/* In the process itself, a session leader without a terminal: make the slave its controlling
 * terminal and stdin, stdout, stderr. Its size is that of the terminal that stdin was, if any. */
int console_attach(int master, struct err *e);

/* The size that the configuration wants, before console_attach would copy that of stdin; 0, 0:
 * none.
 */
int console_size(int master, uint32_t rows, uint32_t columns, struct err *e);

/* The signals that console_relay takes. Who starts the process blocks them first, so that none ends
 * the caller alone. */
void console_signals(sigset_t *set);

/* Until PIDFD, a child, ends: reap all other children, and pass SIGINT, SIGTERM, SIGHUP, SIGQUIT,
 * SIGUSR1 and SIGUSR2 on to it. With a MASTER (else -1), relay between it and this process's stdin
 * and stdout too, until the output is drained: raw mode (restored in every case), window size
 * passed on, the end of stdin as ^D. */
int console_relay(int master, int pidfd, struct err *e);

#endif
