/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_ATTACH_PARTS_H
#define NFRUN_RUNTIME_ATTACH_PARTS_H

/* Between the files of attach. */

#include "runtime/base/err.h"

#include <sys/types.h>

/* The namespaces of PID (CLONE_NEW*) that are not ours already: one's own user namespace cannot be
 * entered again, and the others need no privilege that a caller may lack. PID may have ended and
 * its number be another's: the caller looks again afterwards. */
int attach_namespaces(pid_t pid, int *wanted, struct err *e);

#endif
