/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_ROOTFS_H
#define NFRUN_RUNTIME_ROOTFS_H

/* The container's root, built in two halves: the parent, privileged on the host, opens what comes
 * from the host as detached (idmapped) mounts; the child, alone in its new mount namespace and, with
 * a user namespace, root only in that, assembles them and pivots. */

#include "runtime/base/err.h"
#include "runtime/spec/spec.h"

#include <stddef.h>

enum { ROOTFS_SOURCES_MAX = 200 }; /* one SCM_RIGHTS message takes 253 */

struct rootfs_sources {
	int fds[ROOTFS_SOURCES_MAX]; /* open_tree(2) descriptors, in the order rootfs_enter takes them */
	size_t n;
};

/* Refuse, before anything is made, what cannot work: a missing directory, a source of a bind mount that
 * is not there, a file system that cannot be idmapped (its name and the remedies in the error), an upper
 * owned by neither root nor the mapped root. */
int rootfs_check(const struct spec *s, struct err *e);

/* The first host id that the files of a persistent upper layer belong to; 0: there is none, or it is new. */
int rootfs_upper_owner(const struct spec *s, uint32_t *base, struct err *e);

/* The parent's half. USERNS_FD: the container's user namespace, or -1 for none. */
int rootfs_sources_open(const struct spec *s, int userns_fd, struct rootfs_sources *out, struct err *e);
void rootfs_sources_drop(struct rootfs_sources *r); /* closes what is left */

/* The child's half: root, /proc, /sys, /dev, mounts, files, dirs, masked and read-only paths, pivot_root.
 * Afterwards the host's tree is gone from this mount namespace. The caller has uid 0 of its user
 * namespace and all capabilities in it. */
int rootfs_enter(const struct spec *s, struct rootfs_sources *in, struct err *e);

/* After setup steps that need /proc/sys writable: make the read-only and masked paths so. */
int rootfs_seal(const struct spec *s, struct err *e);

#endif
