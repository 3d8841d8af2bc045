/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PIDFD_EXIT_H
#define NFRUN_RUNTIME_PIDFD_EXIT_H

/* How a process ended that is nobody's child here: Linux 6.15, PIDFD_GET_INFO. */

enum { PIDFD_EXIT_UNKNOWN = -1, PIDFD_EXIT_NOT_YET = -2 };

/* As wait(2) has it. NOT_YET: its parent has still to wait for it; UNKNOWN: this kernel does not
 * tell. */
int pidfd_exit_status(int pidfd);

#endif
