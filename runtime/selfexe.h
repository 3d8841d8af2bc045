/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_SELFEXE_H
#define NFRUN_RUNTIME_SELFEXE_H

/* Without a user namespace, root inside a container that may ptrace can reach the executable of a
 * process of ours through /proc/PID/exe, and write to the host's nfrun (CVE-2019-5736). So such a
 * process runs from a sealed copy in memory, memfd_create(2). A VNF with a user namespace cannot,
 * as its range of ids is nobody's; the maps of an OCI container may have in them who owns the file.
 */

#include "runtime/base/err.h"

#include <stdbool.h>

bool selfexe_is_sealed(void);

/* Become a sealed copy of this program with ARGV; descriptors without CLOEXEC stay. Returns only to
 * report a failure. */
int selfexe_exec(char *const argv[], struct err *e);

/* The same with the command line that this process was started with, unless it is sealed already
 * (0). For verbs that have not done or printed anything yet. */
int selfexe_again(struct err *e);

#endif
