/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/scope.h"
#include "runtime/devices.h"
#include "runtime/hugepages.h"
#include "runtime/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

void rootfs_sources_drop(struct rootfs_sources *r)
{
	for (size_t i = 0; i < r->n; i++)
		fd_drop(&r->fds[i]);
	r->n = 0;
}

int source_add_fd(struct rootfs_sources *out, int fd, struct err *e)
{
	scoped_fd int owned = fd;

	if (owned < 0)
		return -1;
	if (out->n == ROOTFS_SOURCES_MAX)
		return err_set(e, 0, "more than %d mounts from the host", ROOTFS_SOURCES_MAX);
	out->fds[out->n++] = fd_take(&owned);
	return 0;
}

const char *file_system_of(const char *path, char *out)
{
	scoped_file FILE *table = fopen("/proc/self/mountinfo", "re");
	scoped_str char *line = NULL;
	size_t size = 0;
	struct statx st;

	snprintf(out, FS_NAME, "a file system");
	if (!table || statx(AT_FDCWD, path, 0, STATX_MNT_ID, &st) < 0)
		return out;
	while (getline(&line, &size, table) > 0) {
		const char *type = strstr(line, " - ");

		if (type && strtoull(line, NULL, 10) == st.stx_mnt_id)
			sscanf(type, " - %31s", out);
	}
	return out;
}

static int say_not_idmappable(const char *path, int code, struct err *e)
{
	char fs[FS_NAME];

	if (code != EINVAL && code != EPERM)
		return err_set(e, code, "idmap %s", path);
	return err_set(
		e, 0,
		"%s lies on %s, which cannot be idmapped into a user namespace: move it to ext4, "
		"xfs, btrfs or tmpfs, or do without a user namespace (\"userns\": false)",
		path, file_system_of(path, fs));
}

/* A container with CAP_SYS_ADMIN in its user namespace may lift the read-only flag of a mount. On
 * an idmapped one its root would then be the host's. On a plain one it stays nobody. */
static bool may_idmap(const struct spec *s, uint64_t attrs)
{
	bool admin = s->process.caps.bounding & (1ULL << CAP_SYS_ADMIN);

	return !(admin && (attrs & MOUNT_ATTR_RDONLY));
}

int source_add(struct source_opening *o, const struct source *what, struct err *e)
{
	scoped_fd int fd = mount_clone(AT_FDCWD, what->path, what->recursive, e);
	struct mount_change how = { what->attrs, -1, what->recursive };
	struct stat st;
	int code = -1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "look at %s", what->path);
	if (what->idmap == IDMAP_REQUIRED ||
	    (what->idmap == IDMAP_IF_POSSIBLE && may_idmap(o->spec, what->attrs))) {
		how.userns_fd = o->userns_fd;
		/* idmapped, the host's device nodes would be the container's root's to open */
		if (S_ISDIR(st.st_mode))
			how.set |= MOUNT_ATTR_NODEV;
		code = mount_change(fd, &how);
	}
	if (code > 0 && what->idmap == IDMAP_REQUIRED && o->userns_fd >= 0)
		return say_not_idmappable(what->path, code, e);
	if (code != 0) {
		how = (struct mount_change){ what->attrs, -1, what->recursive };
		code = mount_change(fd, &how);
	}
	if (code != 0)
		return err_set(e, code, "change mount of %s", what->path);
	return source_add_fd(o->out, fd_take(&fd), e);
}

static int dir_sources(struct source_opening *o, struct err *e)
{
	uint64_t readonly = o->spec->root.readonly ? MOUNT_ATTR_RDONLY : 0;
	struct source root = { o->spec->root.path, readonly | MOUNT_ATTR_NODEV, false,
			       IDMAP_REQUIRED };

	return source_add(o, &root, e);
}

static int (*const root_sources[])(struct source_opening *, struct err *) = {
	[SPEC_ROOT_DIR] = dir_sources,
	[SPEC_ROOT_OVERLAY] = overlay_sources,
	[SPEC_ROOT_HOST_VIEW] = hostview_sources,
};

enum mount_kind mount_kind_of(const struct spec_mount *m)
{
	if (strcmp(m->type, "bind") == 0)
		return MOUNT_KIND_BIND;
	if (strcmp(m->type, "cgroup") == 0 || strcmp(m->type, "cgroup2") == 0)
		return MOUNT_KIND_CGROUP;
	if (strcmp(m->type, "tmpfs") == 0 && strcmp(m->target, "/dev") == 0)
		return MOUNT_KIND_DEVICES;
	if (strcmp(m->type, "hugetlbfs") == 0)
		return MOUNT_KIND_HUGEPAGES;
	return MOUNT_KIND_NEW;
}

static int bind_source(struct source_opening *o, const struct spec_mount *m, struct err *e)
{
	/* idmapped, what only the host's root may use would be the VNF's root's */
	struct source what = { m->source, m->attrs, m->recursive,
			       *m->access ? IDMAP_NEVER : IDMAP_IF_POSSIBLE };

	if (source_add(o, &what, e) == 0)
		return 0;
	/* The child counts on a descriptor for each: this one cannot be attached, which "optional"
	 * allows. */
	return m->optional ? source_add_fd(o->out, open("/", O_PATH | O_CLOEXEC), e) : -1;
}

static int mount_source(struct source_opening *o, const struct spec_mount *m, struct err *e)
{
	switch (mount_kind_of(m)) {
	case MOUNT_KIND_BIND:
		return bind_source(o, m, e);
	case MOUNT_KIND_DEVICES:
		return source_add_fd(o->out,
				     devices_open(&m->data, m->attrs, host_root_id(o->spec), e), e);
	case MOUNT_KIND_HUGEPAGES:
		return source_add_fd(o->out,
				     hugepages_open(&m->data, m->attrs, host_root_id(o->spec),
						    host_root_id(o->spec), e),
				     e);
	case MOUNT_KIND_CGROUP:
	case MOUNT_KIND_NEW:
		break;
	}
	return 0;
}

int rootfs_sources_open(const struct spec *s, int userns_fd, struct rootfs_sources *out,
			struct err *e)
{
	struct source_opening o = { s, userns_fd, out };

	out->n = 0;
	if (root_sources[s->root.kind](&o, e) < 0) {
		rootfs_sources_drop(out);
		return err_wrap(e, "rootfs");
	}
	for (size_t i = 0; i < s->n_mounts; i++) {
		if (mount_source(&o, &s->mounts[i], e) == 0)
			continue;
		rootfs_sources_drop(out);
		return err_wrap(e, "mount %s", s->mounts[i].target);
	}
	return 0;
}
