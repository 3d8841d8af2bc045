/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_MOUNTS_H
#define NFRUN_RUNTIME_MOUNTS_H

/* Single mounts by the new mount API. All of them are made detached, as a descriptor that the
 * caller owns, and then attached; a detached mount is gone when its descriptor is closed. */

#include "runtime/base/err.h"
#include "runtime/base/strs.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A new file system of TYPE. DATA holds its options as "key=value" or "key" (NULL: none), ATTRS are
 * MOUNT_ATTR_*. The error ends with the kernel's own words where it has some. */
int mount_new(const char *type, const struct strs *data, uint64_t attrs, struct err *e);

/* Set options of the file system that is mounted at AT, of which AT is the root. */
int mount_reconfigure(int at, const struct strs *data, struct err *e);

/* A copy of what is mounted at PATH below DIR, as open_tree(2) makes it. */
int mount_clone(int dir, const char *path, bool recursive, struct err *e);

struct mount_change {
	uint64_t set;   /* MOUNT_ATTR_* */
	int userns_fd;  /* -1: no idmapping */
	bool recursive; /* all mounts below as well */
};
/* Change a detached mount and take it out of its peer group, so that nothing mounted on it shows
 * on the host. Returns 0 or an errno value, as callers know what to do about one. */
int mount_change(int mount, const struct mount_change *how);

/* Attach to the directory or file TARGET inside ROOT, symbolic links resolved there. What is
 * missing is made: directories (0755) and, where the mount's root is none, an empty file. */
int mount_attach(int mount, int root, const char *target, struct err *e);

/* Attach to what DIR refers to (PATH ""), or to PATH below it, which has to be there. */
int mount_attach_at(int mount, int dir, const char *path, struct err *e);

/* An O_PATH descriptor of the regular file PATH inside ROOT, made empty (0644) with its directories
 * where missing, a dangling symbolic link's destination included. */
int mount_make_file(int root, const char *path, struct err *e);

#endif
