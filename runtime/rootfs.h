/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_ROOTFS_H
#define NFRUN_RUNTIME_ROOTFS_H

/* The container's root, built in two halves: the parent, privileged on the host, opens what comes
 * from the host as detached (idmapped) mounts; the child, alone in its new mount namespace and,
 * with a user namespace, root only in that, assembles them and pivots. */

#include "runtime/base/err.h"
#include "runtime/spec/spec.h"

#include <stddef.h>

enum { ROOTFS_SOURCES_MAX = 200 }; /* one SCM_RIGHTS message takes 253 */

struct rootfs_sources {
	int fds[ROOTFS_SOURCES_MAX]; /* open_tree(2) descriptors, in the order rootfs_enter takes
					them */
	size_t n;
};

/* Refuse, before anything is made, what cannot work: a missing directory, the host's own root, a
 * source of a bind mount that is not there, an upper layer that belongs to other ids (id_size 0:
 * they are not known yet). Whether a file system can be idmapped is seen by trying, in
 * rootfs_sources_open. */
int rootfs_check(const struct spec *s, struct err *e);

/* An upper layer remembers the id range that it was first used with: *BASE is its first host id. 0:
 * none (no upper layer, or root's: a fresh one, or one without a user namespace). The directory of
 * root.upper has to be there; at first use it is empty and root's, then becomes the mapped root's,
 * 0700, and gets `upper` and `work`, as overlayfs wants them on one file system. EPERM: it belongs
 * to ids that this spec cannot have. */
int rootfs_upper_owner(const struct spec *s, uint32_t *base, struct err *e);

/* The parent's half. USERNS_FD: the container's user namespace with its ids mapped, or -1 for none.
 * The caller drops OUT, which is empty after an error.
 *
 * The root directory and the lower layer are idmapped; a file system that cannot be is an error
 * that names it and the remedies. Mounts below a root directory do not come along. The host view's
 * /usr and bind mounts are idmapped where that works; else the host's files show as nobody's. A
 * bind mount, or a root directory, that is idmapped and writable lets the container's root act as
 * the host's within it, set-user-id programs included: keep it out of the reach of the host's
 * users. For a container with CAP_SYS_ADMIN, which might lift the flag, read-only binds stay plain.
 * Device nodes work on no idmapped directory. */
int rootfs_sources_open(const struct spec *s, int userns_fd, struct rootfs_sources *out,
			struct err *e);
void rootfs_sources_drop(struct rootfs_sources *r); /* closes what is left */

/* The child's half: root, pivot_root, /proc, /sys, /dev, mounts, dirs, files, in this order; takes
 * what is in IN. Afterwards the host's tree is gone from this mount namespace and the working
 * directory is "/". The caller has uid 0 of its user namespace and all capabilities in it.
 *
 * A tmpfs at /dev becomes the small /dev. "cgroup" is cgroup2 where the host has nothing else, and
 * passed over on other hosts. Missing mount points are made in the root. Files of
 * the description are written to a root of the container's own (host view, overlay on tmpfs), and
 * bound over any other, which they do not change. */
int rootfs_enter(const struct spec *s, struct rootfs_sources *in, struct err *e);

/* After sysctls, which need /proc/sys writable, and before anything of the container's runs: make
 * the read-only and masked paths so. Paths that are not there are passed over. */
int rootfs_seal(const struct spec *s, struct err *e);

#endif
