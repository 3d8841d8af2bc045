/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_HUGEPAGES_H
#define NFRUN_RUNTIME_HUGEPAGES_H

#include "runtime/base/err.h"
#include "runtime/base/strs.h"

#include <stdint.h>
#include <sys/types.h>

/* A hugetlbfs, detached, whose root belongs to UID and GID of the host; the caller owns the
 * descriptor. The kernel makes none for a user namespace: the parent calls this outside, and what
 * is in it keeps its owners all the same. DATA and ATTRS: see mounts.h. */
int hugepages_open(const struct strs *data, uint64_t attrs, uid_t uid, gid_t gid, struct err *e);

#endif
