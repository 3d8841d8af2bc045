/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_ROOTFS_OCI_PARTS_H
#define NFRUN_RUNTIME_ROOTFS_OCI_PARTS_H

/* Between the files that build an OCI container's root. */

#include "runtime/mounts.h"
#include "runtime/rootfs_oci.h"

#include <stdbool.h>

/* --- what the spec says --- */

bool oci_has_namespace(const struct spec *s, uint64_t type); /* of its own, or joined */
bool oci_is_bind(const struct spec_mount *m);
/* Is the path TARGET, however it is written, WANT, which is written plainly? */
bool oci_path_is(const char *target, const char *want);
/* The host bind mounts its /dev: nothing is made in there. */
bool oci_has_own_dev(const struct spec *s);
/* The parent makes this tmpfs, for /dev in a user namespace: see devices.h. */
bool oci_is_parents_dev(const struct spec *s, const struct spec_mount *m);
/* Which id outside INSIDE is; false: none. */
bool oci_map_id(const struct spec_idmaps *maps, uint32_t inside, uint32_t *outside);

/* --- sources --- */

/* The source of a bind mount, detached, with all that the mount asks for. */
int oci_bind_open(const struct spec *s, const struct spec_mount *m, int userns_fd, struct err *e);
/* The root directory and what is mounted in it. */
int oci_root_open(const struct spec *s, struct err *e);
/* PROPAGATION as mount_setattr(2) takes it. Nothing to do: 0. */
int oci_propagate(int mount, unsigned long propagation, struct err *e);
/* A user namespace with nobody in it and these maps. */
int oci_userns_for(const struct spec_idmaps *uids, const struct spec_idmaps *gids, struct err *e);

/* --- inside --- */

/* What M is mounted on: an O_PATH descriptor, made where it is missing as a directory (IS_DIR) or a
 * file. Never outside ROOT, and not in a /proc. */
int oci_target_open(int root, const struct spec_mount *m, bool is_dir, struct err *e);
/* Is it written as a path below /proc, and not one of the few on which a mount may be? */
bool oci_target_is_in_proc(const char *target);
/* May M, whose source is FD or -1, be mounted on AT? */
int oci_target_allowed(const struct spec_mount *m, int source, int at, struct err *e);

/* A new file system, detached, which goes on AT. */
int oci_fs_open(const struct spec *s, const struct spec_mount *m, int at, struct err *e);
/* Mount M, a tmpfs in place, with the host's cgroup hierarchies in it; cgroup v1 and hybrid. */
int oci_cgroups_fill(const struct spec *s, const struct spec_mount *m, int tmpfs, struct err *e);
bool oci_cgroups_are_unified(void);

/* All nodes and links, in a /dev that is in place. */
int oci_devices_make(const struct spec *s, int root, struct err *e);
/* Those of the nodes below /dev that can be made: DEV is that directory, for a container whose ids
 * are mapped. No node at all is fine, where CAP_MKNOD is missing. */
int oci_devices_make_mapped(const struct spec *s, int dev, struct err *e);

/* Copy what is in the directory FROM to the directory TO. */
int oci_copy_up(int from, int to, struct err *e);

/* Cover what of the host's proc and sysfs would stay reachable without pivot_root. */
int oci_hide_host(int root, struct err *e);

#endif
