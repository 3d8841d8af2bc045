/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_STDIO_H
#define NFRUN_RUNTIME_STDIO_H

/* To whom stdin, stdout and stderr of a process in a container belong: programs open them anew by
 * their paths (/dev/stdout, /proc/self/fd/1). The caller is inside, and still root there. */

#include "runtime/base/err.h"
#include "runtime/spec/spec.h"

/* The terminal, which was made for P, becomes its user's. */
int stdio_own_terminal(const struct spec_process *p, struct err *e);

/* Pipes and sockets without a name become its user's. What has a name is the host's, /dev/null
 * first of all, and is left alone. */
int stdio_own_pipes(const struct spec_process *p, struct err *e);

#endif
