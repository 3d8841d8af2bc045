/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_ROOTFS_OCI_H
#define NFRUN_RUNTIME_ROOTFS_OCI_H

/* The root of a container that a config.json describes: runtime-spec config.md, "Mounts", and
 * config-linux.md. Built like the VNF face's (rootfs.h) in two halves, and left in three steps, as
 * hooks run between them. Only for specs with root.kind SPEC_ROOT_DIR. */

#include "runtime/base/err.h"
#include "runtime/rootfs.h"
#include "runtime/spec/spec.h"

#include <stdbool.h>
#include <stddef.h>

/* What the child keeps between its steps. Start with ROOTFS_OCI_NONE. */
struct rootfs_oci {
	const struct spec *spec; /* the caller's */
	int root;                /* the new root while the host's tree is there; -1 afterwards */
	int *late;               /* mounts that turn read-only at the seal */
	size_t n_late;
};

#define ROOTFS_OCI_NONE ((struct rootfs_oci){ .root = -1 })
void rootfs_oci_drop(struct rootfs_oci *r); /* closes what it holds; the mounts stay */

/* Refuse, before anything is made, what cannot work: a missing root directory or bind source, a
 * mount inside /proc, a mount label without SELinux, what needs a mount namespace without one.
 */
int rootfs_oci_check(const struct spec *s, struct err *e);

/* The parent's half, privileged on the host: the root, the sources of the bind mounts (idmapped
 * where asked), and with a user namespace a /dev with its nodes. USERNS_FD: the container's user
 * namespace with its ids mapped, or -1 for none. The caller drops OUT, which is empty after an
 * error. Sources beyond ROOTFS_SOURCES_MAX are left to the child, which can open all that its root
 * can reach. */
int rootfs_oci_sources_open(const struct spec *s, int userns_fd, struct rootfs_sources *out,
			    struct err *e);

/* The child's first step, in its namespaces (the cgroup namespace included) and as root of its user
 * namespace: no mount spreads to or from the host any more, the root lies mounted on its own path,
 * and in it everything that the spec mounts, in its order, and the devices. The host's tree is
 * still at "/". Takes what is in IN. Without a mount namespace of its own only the devices are
 * made. */
int rootfs_oci_enter(struct rootfs_oci *r, const struct spec *s, struct rootfs_sources *in,
		     struct err *e);

/* The second: "/" is the container's root, and so is the working directory. NO_PIVOT: by moving the
 * mount and chroot(2), for hosts whose root is an initramfs; the host's tree then stays in the
 * mount namespace, out of reach of who has no CAP_SYS_CHROOT. */
int rootfs_oci_pivot(struct rootfs_oci *r, bool no_pivot, struct err *e);

/* The third, after the sysctls: what is to be read-only or masked becomes so, and the root gets its
 * propagation. */
int rootfs_oci_seal(struct rootfs_oci *r, struct err *e);

/* After the pivot: the terminal SLAVE, which lies on a devpts of the container, shows as
 * /dev/console. */
int rootfs_oci_console(int slave, struct err *e);

#endif
