/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PROCFS_H
#define NFRUN_RUNTIME_PROCFS_H

/* Files of /proc to write to where a container's mounts are: its image or its processes may have
 * put something else there, and a label or a setting would go nowhere, or to a file of their choice
 * (CVE-2025-52881). */

#include "runtime/base/err.h"

/* O_PATH: the root of a proc file system, which /proc has to be. */
int procfs_open(struct err *e);

/* PATH below it ("thread-self/attr/exec"), on the same mount, no part of it covered or a link out
 * of it. E->code as open(2) has it; 0: covered. */
int procfs_open_file(int proc, const char *path, int flags, struct err *e);

/* In one write(2). */
int procfs_write(int proc, const char *path, const char *value, struct err *e);

#endif
