/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_ROOTFS_OCI_PARTS_H
#define NFRUN_RUNTIME_ROOTFS_OCI_PARTS_H

/* Between the files that build an OCI container's root. */

#include "runtime/mounts.h"
#include "runtime/rootfs_oci.h"

#include <stdbool.h>

/* --- what the spec says --- */

/* A mount to be made, of that type. */
bool bundle_is(const struct spec_mount *m, const char *type);
/* Is the path TARGET, however it is written, WANT, which is written plainly? */
bool bundle_path_is(const char *target, const char *want);
/* The host bind mounts its /dev: nothing is made in there. */
bool bundle_has_own_dev(const struct spec *s);
/* The parent makes this tmpfs, for /dev in a user namespace: see devices.h. */
bool bundle_is_parents_dev(const struct spec *s, const struct spec_mount *m);
/* The parent makes this hugetlbfs, which a user namespace may not: see hugepages.h. */
bool bundle_is_parents_hugepages(const struct spec *s, const struct spec_mount *m);
/* Which id outside INSIDE is; false: none. */
bool bundle_map_id(const struct spec_idmaps *maps, uint32_t inside, uint32_t *outside);

/* --- sources --- */

/* The source of a bind mount, detached, with all that the mount asks for. */
int bundle_bind_open(const struct spec *s, const struct spec_mount *m, int userns_fd,
		     struct err *e);
/* The root directory and what is mounted in it. */
int bundle_root_open(const struct spec *s, struct err *e);
/* PROPAGATION as mount_setattr(2) takes it. Nothing to do: 0. */
int bundle_propagate(int mount, unsigned long propagation, struct err *e);
/* A user namespace with nobody in it and these maps. */
int bundle_userns_for(const struct spec_idmaps *uids, const struct spec_idmaps *gids,
		      struct err *e);

/* --- inside --- */

/* What M is mounted on: an O_PATH descriptor, made where it is missing as a directory (IS_DIR) or a
 * file. Never outside ROOT, and not in a /proc. */
int bundle_target_open(int root, const struct spec_mount *m, bool is_dir, struct err *e);
/* Is it written as a path below /proc, and not one of the few on which a mount may be? */
bool bundle_target_is_in_proc(const char *target);
/* May M, whose source is FD or -1, be mounted on AT? */
int bundle_target_allowed(const struct spec_mount *m, int source, int at, struct err *e);

/* "remount": change what is mounted at AT. */
int bundle_remount(const struct spec_mount *m, int at, struct err *e);

/* A new file system, detached, which goes on AT. */
int bundle_fs_open(const struct spec *s, const struct spec_mount *m, int at, struct err *e);
/* fsconfig(2) takes no more than this of an option's value; mount(2) takes a page of them all. */
enum { FSCONFIG_VALUE_MAX = 255 };
bool bundle_fs_is_long(const struct spec_mount *m);
/* Mount M on AT by mount(2). */
int bundle_fs_mount(const struct spec *s, const struct spec_mount *m, int at, struct err *e);

/* Mount M, a tmpfs in place, with the host's cgroup hierarchies in it; cgroup v1 and hybrid. */
int bundle_cgroups_fill(const struct spec *s, const struct spec_mount *m, int tmpfs, struct err *e);
bool bundle_cgroups_are_unified(void);

/* All nodes and links, in a /dev that is in place. */
int bundle_devices_make(const struct spec *s, int root, struct err *e);
/* Those of the nodes below /dev that can be made: DEV is that directory, for a container whose ids
 * are mapped. No node at all is fine, where CAP_MKNOD is missing. */
int bundle_devices_make_mapped(const struct spec *s, int dev, struct err *e);

/* Copy what is in the directory FROM to the directory TO. */
int bundle_copy_up(int from, int to, struct err *e);

/* Cover what of the host's proc and sysfs would stay reachable without pivot_root. */
int bundle_hide_host(int root, struct err *e);

#endif
