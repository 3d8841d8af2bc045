/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/rootfs.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/devices.h"
#include "runtime/rootfs_parts.h"
#include "runtime/users.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

int source_take(struct entering *r, struct err *e)
{
	if (r->taken >= r->in->n)
		return err_set(e, 0, "fewer mount sources than the description asks for");
	return fd_take(&r->in->fds[r->taken++]);
}

/* What is mounted here must not show on the host. */
static int step_private(struct entering *r, struct err *e)
{
	struct statfs fs;

	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_set(e, errno, "make mounts private");
	r->old_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (r->old_root < 0)
		return err_set(e, errno, "open /");
	r->unified = statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
	return 0;
}

static int dir_enter(struct entering *r, struct err *e)
{
	r->root = source_take(r, e);
	return r->root < 0 ? -1 : mount_attach_at(r->root, AT_FDCWD, "/", e);
}

static int (*const enter_kind[])(struct entering *, struct err *) = {
	[SPEC_ROOT_DIR] = dir_enter,
	[SPEC_ROOT_OVERLAY] = overlay_enter,
	[SPEC_ROOT_HOST_VIEW] = hostview_enter,
};

static int step_root(struct entering *r, struct err *e)
{
	return enter_kind[r->spec->root.kind](r, e);
}

static int take_devices(struct entering *r, struct err *e)
{
	scoped_fd int dev = source_take(r, e);

	if (dev < 0 || devices_complete(dev, e) < 0)
		return -1;
	return fd_take(&dev);
}

static int new_file_system(const struct spec_mount *m, struct err *e)
{
	int fd = mount_new(m->type, &m->data, m->attrs, e);

	if (fd < 0 && e->code == EPERM && (!strcmp(m->type, "proc") || !strcmp(m->type, "sysfs")))
		err_wrap(
			e,
			"parts of the host's own %s are covered by mounts (nfrun in a container?), so the "
			"kernel refuses a new one in a user namespace",
			m->type);
	return fd;
}

static int detached_mount(struct entering *r, const struct spec_mount *m, struct err *e)
{
	switch (mount_kind_of(m)) {
	case MOUNT_KIND_BIND:
	case MOUNT_KIND_HUGEPAGES:
		return source_take(r, e);
	case MOUNT_KIND_DEVICES:
		return take_devices(r, e);
	case MOUNT_KIND_CGROUP:
		return mount_new("cgroup2", NULL, m->attrs, e);
	case MOUNT_KIND_NEW:
		break;
	}
	return new_file_system(m, e);
}

/* All mounts are made before the host's tree goes: the kernel lets a user namespace have a new proc
 * or sysfs only while it sees whole ones already. And they are attached after it is gone: until
 * then it lies on top of the new root, where a ".." in a link of the image would find it. */
static int step_make_mounts(struct entering *r, struct err *e)
{
	for (size_t i = 0; i < r->spec->n_mounts; i++) {
		const struct spec_mount *m = &r->spec->mounts[i];

		/* v1 hierarchies cannot be mounted from a user namespace: sysfs's empty directory
		 * stays */
		if (mount_kind_of(m) == MOUNT_KIND_CGROUP && !r->unified)
			continue;
		r->mounts[i] = detached_mount(r, m, e);
		if (r->mounts[i] < 0 && !m->optional)
			return err_wrap(e, "%s on %s", m->type, m->target);
	}
	return 0;
}

/* pivot_root(2), NOTES: with "." twice the old root ends up on top of the new one. */
int leave_host(int new_root, struct err *e)
{
	struct statx above, root;

	if (fchdir(new_root) < 0)
		return err_set(e, errno, "change directory to the new root");
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return err_set(e, errno, "pivot_root%s",
			       errno == EINVAL ? " (is the host's root its initramfs?)" : "");
	/* the whole stack in one go: single mounts of the host are locked in a user namespace */
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return err_set(e, errno, "detach");
	/* ".." of the root is what lies on top of it: nothing may */
	if (statx(AT_FDCWD, "/..", 0, STATX_MNT_ID, &above) < 0 ||
	    statx(new_root, "", AT_EMPTY_PATH, STATX_MNT_ID, &root) < 0)
		return err_set(e, errno, "look at the new root");
	return above.stx_mnt_id == root.stx_mnt_id
		       ? 0
		       : err_set(e, 0, "a mount is left on top of the new root");
}

static int step_leave_host(struct entering *r, struct err *e)
{
	fd_drop(&r->old_root);
	return leave_host(r->root, e);
}

static int step_attach_mounts(struct entering *r, struct err *e)
{
	for (size_t i = 0; i < r->spec->n_mounts; i++) {
		const struct spec_mount *m = &r->spec->mounts[i];

		if (r->mounts[i] < 0)
			continue;
		if (mount_attach(r->mounts[i], r->root, m->target, e) < 0 && !m->optional)
			return err_wrap(e, "%s", m->type);
		fd_drop(&r->mounts[i]);
	}
	return 0;
}

/* What is right already is left alone: it may lie on a read-only mount. */
static int set_owner_and_mode(int dir, const struct user *owner, mode_t mode, struct err *e)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return err_set(e, errno, "look at it");
	if ((st.st_uid != owner->uid || st.st_gid != owner->gid) &&
	    fchown(dir, owner->uid, owner->gid) < 0)
		return err_set(e, errno, "change owner to %u:%u", owner->uid, owner->gid);
	if ((st.st_mode & 07777) != mode && fchmod(dir, mode) < 0)
		return err_set(e, errno, "change mode to %#o", mode);
	return 0;
}

static int make_dir(int root, const struct spec_dir *d, struct err *e)
{
	struct user owner __attribute__((cleanup(user_drop))) = { 0 };
	scoped_fd int made = fs_mkdirs_in_root(root, d->path, 0755, e);

	if (made < 0 || users_find(root, d->owner, &owner, e) < 0)
		return -1;

	scoped_fd int dir = fs_open_in_root(root, d->path, O_RDONLY | O_DIRECTORY, 0, e);
	return dir < 0 ? -1 : set_owner_and_mode(dir, &owner, d->mode, e);
}

static int step_dirs(struct entering *r, struct err *e)
{
	for (size_t i = 0; i < r->spec->n_dirs; i++)
		if (make_dir(r->root, &r->spec->dirs[i], e) < 0)
			return err_wrap(e, "directory %s", r->spec->dirs[i].path);
	return 0;
}

/* Last, as mount points have to be made before; a plain directory was read-only from its first day.
 */
static int step_readonly(struct entering *r, struct err *e)
{
	struct mount_change how = { MOUNT_ATTR_RDONLY, -1, false };

	if (!r->spec->root.readonly || r->spec->root.kind == SPEC_ROOT_DIR)
		return 0;

	int code = mount_change(r->root, &how);
	return code ? err_set(e, code, "change mount") : 0;
}

static const struct {
	const char *name;
	int (*run)(struct entering *, struct err *);
} steps[] = {
	{ "private mounts", step_private },
	{ "rootfs", step_root },
	{ "mount", step_make_mounts },
	{ "files", files_prepare },
	{ "leave the host's tree", step_leave_host },
	{ "mount", step_attach_mounts },
	{ "dirs", step_dirs },
	{ "files", files_put },
	{ "read-only root", step_readonly },
};

static int *no_fds(size_t n)
{
	int *fds = mem_alloc(n * sizeof *fds);

	for (size_t i = 0; i < n; i++)
		fds[i] = -1;
	return fds;
}

static void fds_free(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fd_drop(&fds[i]);
	free(fds);
}

int rootfs_enter(const struct spec *s, struct rootfs_sources *in, struct err *e)
{
	struct entering r = { .spec = s,
			      .in = in,
			      .root = -1,
			      .old_root = -1,
			      .mounts = no_fds(s->n_mounts),
			      .files = no_fds(s->n_files) };
	mode_t umask_before = umask(0); /* modes are meant as they are written */
	int result = 0;

	for (size_t i = 0; i < ARRAY_LEN(steps) && result == 0; i++)
		if (steps[i].run(&r, e) < 0)
			result = err_wrap(e, "%s", steps[i].name);
	umask(umask_before);
	fd_drop(&r.root);
	fd_drop(&r.old_root);
	fds_free(r.mounts, s->n_mounts);
	fds_free(r.files, s->n_files);
	rootfs_sources_drop(in);
	return result;
}
