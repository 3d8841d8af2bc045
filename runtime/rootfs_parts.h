/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_ROOTFS_PARTS_H
#define NFRUN_RUNTIME_ROOTFS_PARTS_H

/* Between the files that build a root: rootfs*.c, overlay.c, hostview.c. Each kind of root has a
 * parent's half, which appends sources, and a child's half, which takes them in the same order. */

#include "runtime/mounts.h"
#include "runtime/rootfs.h"

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

static inline bool has_userns(const struct spec *s)
{
	return s->namespaces & CLONE_NEWUSER;
}

/* The host's id of the container's root. */
static inline uid_t host_root_id(const struct spec *s)
{
	return has_userns(s) ? s->id_base : 0;
}

enum mount_kind {
	MOUNT_KIND_BIND,      /* the parent opens it */
	MOUNT_KIND_DEVICES,   /* a tmpfs at /dev: the parent makes it, with nodes */
	MOUNT_KIND_HUGEPAGES, /* the parent makes it: see hugepages.h */
	MOUNT_KIND_CGROUP,    /* cgroup2 where the host has nothing else, else none */
	MOUNT_KIND_NEW,       /* the child makes it */
};
enum mount_kind mount_kind_of(const struct spec_mount *m);

/* --- the parent's halves --- */

struct source_opening {
	const struct spec *spec;
	int userns_fd;
	struct rootfs_sources *out;
};

/* Append a copy of PATH, changed as ATTRS say, idmapped when there is a user namespace. */
struct source {
	const char *path;
	uint64_t attrs;
	bool recursive;
	enum { IDMAP_NEVER, IDMAP_IF_POSSIBLE, IDMAP_REQUIRED } idmap;
};
int source_add(struct source_opening *o, const struct source *what, struct err *e);
int source_add_fd(struct rootfs_sources *out, int fd, struct err *e); /* takes FD; -1 fails */

/* The type of the file system that PATH lies on, as the mount table names it: "virtiofs",
 * "overlay". OUT has FS_NAME bytes. */
enum { FS_NAME = 32 };
const char *file_system_of(const char *path, char *out);

int overlay_sources(struct source_opening *o, struct err *e);
int hostview_sources(struct source_opening *o, struct err *e);

/* --- the child's halves --- */

struct entering {
	const struct spec *spec;
	struct rootfs_sources *in;
	size_t taken;
	int root;     /* the new root, attached on top of the old one, later alone */
	int old_root; /* O_PATH; -1 once the host's tree is gone */
	bool unified; /* the host's cgroups are v2 only */
	int *mounts;  /* detached, one for each of spec->mounts; -1: done, or passed over */
	int *files;   /* the same for spec->files; -1: not bound, or done */
};
int source_take(struct entering *r, struct err *e); /* the caller owns it */

/* Make r->root and attach it above "/". The host's files are still there by their paths. */
int overlay_enter(struct entering *r, struct err *e);
int hostview_enter(struct entering *r, struct err *e);

/* pivot_root(2) to ROOT, a mount; what was there before is gone afterwards. */
int leave_host(int root, struct err *e);

/* Put spec->files over what the root has: before the host's tree goes, and after the mounts. */
int files_prepare(struct entering *r, struct err *e);
int files_put(struct entering *r, struct err *e);

#endif
