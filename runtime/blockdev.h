/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_BLOCKDEV_H
#define NFRUN_RUNTIME_BLOCKDEV_H

/* Which disk a path means. The kernel's io files take whole disks alone, by number, and what has
 * which number may be another thing after the next boot: so it is looked up at each start. */

#include "runtime/base/err.h"
#include "runtime/base/limits.h"

/* PATH is a block device (a partition's disk is meant), or anything on a file system that lies on
 * one. */
int blockdev_find(const char *path, uint64_t *major, uint64_t *minor, struct err *e);

/* Fill in the numbers of all devices of L that are given by path. Two paths for one disk, which
 * could ask for two things, are an error. */
int blockdev_resolve(struct cgroup_limits *l, struct err *e);

#endif
