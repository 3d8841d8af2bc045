/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_SELFEXE_H
#define NFRUN_RUNTIME_SELFEXE_H

/* Without a user namespace, root inside a container that may ptrace can reach the executable of a
 * process of ours through /proc/PID/exe, and write to the host's nfrun (CVE-2019-5736). So such a
 * process runs from where nobody can write to it. That is a read-only mount; or, where somebody
 * inside may lift that flag (mount_setattr(2) asks for CAP_SYS_ADMIN in the caller's user
 * namespace, and takes detached mounts from everyone who has it: Linux 5.12), a sealed copy in
 * memory, memfd_create(2). Root in a VNF with a user namespace cannot write to it, as its range of
 * ids is nobody's; the maps of an OCI container may have in them who owns the file. */

#include "runtime/base/err.h"

#include <stdbool.h>

bool selfexe_is_sealed(void);

/* Become a sealed copy of this program with ARGV; descriptors without CLOEXEC stay. Returns only to
 * report a failure. */
int selfexe_exec(char *const argv[], struct err *e);

/* Be out of reach (0), or become so with the command line that this process was started with.
 * MAY_MOUNT: somebody inside has CAP_SYS_ADMIN, or a user namespace to have it in. For verbs that
 * have not done or printed anything yet. */
int selfexe_again(bool may_mount, struct err *e);

#endif
