/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/rootfs_oci.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/rootfs_oci_parts.h"
#include "runtime/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

struct building {
	struct rootfs_oci *r;
	struct rootfs_sources *in;
	size_t taken;
};

void rootfs_oci_drop(struct rootfs_oci *r)
{
	fd_drop(&r->root);
	for (size_t i = 0; i < r->n_late; i++)
		fd_drop(&r->late[i]);
	free(r->late);
	*r = ROOTFS_OCI_NONE;
}

/* -1 with no error: the parent's list is at its end, and was full. */
static int next_source(struct building *b)
{
	return b->taken < b->in->n ? fd_take(&b->in->fds[b->taken++]) : -1;
}

static bool is_dir(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

static void keep_for_seal(struct rootfs_oci *r, const struct spec_mount *m, int mount)
{
	if (!(m->attrs & MOUNT_ATTR_RDONLY))
		return;
	r->late = mem_grow(r->late, r->n_late + 1, sizeof *r->late);
	r->late[r->n_late++] = fcntl(mount, F_DUPFD_CLOEXEC, 0);
}

/* Attach MOUNT, of which AT may be the root itself: then it is the root from now on. */
static int attach(struct rootfs_oci *r, const struct spec_mount *m, int mount, int at,
		  struct err *e)
{
	if (mount_attach_at(mount, at, "", e) < 0) {
		if (is_dir(mount) != is_dir(at)) /* which the kernel calls EINVAL */
			return err_set(e, 0, "%s is a %s, and what is mounted there is not",
				       m->target, is_dir(at) ? "directory" : "file");
		return -1;
	}
	if (!bundle_path_is(m->target, "/"))
		return 0;

	int top = fcntl(mount, F_DUPFD_CLOEXEC, 0);
	if (top < 0)
		return err_set(e, errno, "keep the root");
	fd_drop(&r->root);
	r->root = top;
	return 0;
}

static int mount_bind(struct building *b, const struct spec_mount *m, struct err *e)
{
	struct rootfs_oci *r = b->r;
	scoped_fd int fd = next_source(b);

	if (fd < 0)
		fd = bundle_bind_open(r->spec, m, -1, e);
	if (fd < 0)
		return -1;

	scoped_fd int at = bundle_target_open(r->root, m, is_dir(fd), e);
	if (at < 0 || bundle_target_allowed(m, fd, at, e) < 0)
		return -1;
	return attach(r, m, fd, at, e);
}

static int mount_fs(struct building *b, const struct spec_mount *m, struct err *e)
{
	struct rootfs_oci *r = b->r;
	scoped_fd int at = bundle_target_open(r->root, m, true, e);
	scoped_fd int fd = -1;

	if (at < 0 || bundle_target_allowed(m, -1, at, e) < 0)
		return -1;
	if (bundle_fs_is_long(m))
		return bundle_fs_mount(r->spec, m, at, e);
	if (bundle_is_parents_dev(r->spec, m) || bundle_is_parents_hugepages(r->spec, m))
		fd = next_source(b);
	if (fd < 0)
		fd = bundle_fs_open(r->spec, m, at, e);
	if (fd < 0 || (m->copy_up && bundle_copy_up(at, fd, e) < 0))
		return -1;
	if (m->propagation & ~(unsigned long)(MS_PRIVATE | MS_SLAVE | MS_REC) &&
	    bundle_propagate(fd, m->propagation, e) < 0)
		return -1;
	if (attach(r, m, fd, at, e) < 0)
		return -1;
	if (bundle_is(m, "tmpfs"))
		keep_for_seal(r, m, fd);
	return 0;
}

/* A tmpfs with a directory for each hierarchy. */
static int mount_cgroups(struct building *b, const struct spec_mount *m, struct err *e)
{
	struct rootfs_oci *r = b->r;
	char *mode[] = { "mode=755", NULL };
	struct spec_mount top = { .type = "tmpfs",
				  .source = "tmpfs",
				  .target = m->target,
				  .attrs = (m->attrs & MOUNT_ATTR_RDONLY) | MOUNT_ATTR_NOSUID |
					   MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
				  .propagation = m->propagation,
				  .data = { mode, 1 } };

	if (mount_fs(b, &top, e) < 0)
		return -1;

	scoped_fd int tmpfs = fs_open_in_root(r->root, m->target, O_PATH | O_DIRECTORY, 0, e);
	return tmpfs < 0 ? -1 : bundle_cgroups_fill(r->spec, m, tmpfs, e);
}

static int change_mount(struct building *b, const struct spec_mount *m, struct err *e)
{
	scoped_fd int at = fs_open_in_root(b->r->root, m->target, O_PATH, 0, e);

	return at < 0 ? -1 : bundle_remount(m, at, e);
}

static int mount_one(struct building *b, const struct spec_mount *m, struct err *e)
{
	if (m->remount)
		return change_mount(b, m, e);
	if (bundle_is(m, "bind"))
		return mount_bind(b, m, e);
	if (bundle_is(m, "cgroup") && !bundle_cgroups_are_unified())
		return mount_cgroups(b, m, e);
	return mount_fs(b, m, e);
}

/* On its own path, so that hooks find the container's mounts below it. A path that the user
 * namespace's root cannot reach hooks cannot use either: then "/" does, where nothing has to be
 * passed through. In a namespace that is joined the path is that namespace's, and what is mounted
 * elsewhere in it is left as it is. */
static int place_root(struct building *b, struct err *e)
{
	struct rootfs_oci *r = b->r;
	const struct spec *s = r->spec;

	if ((s->namespaces & CLONE_NEWNS) &&
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_set(e, errno, "make mounts private");
	r->root = s->namespaces & CLONE_NEWNS ? next_source(b) : bundle_root_open(s, e);
	if (r->root < 0)
		return err_wrap(e, "no root");
	if (mount_attach_at(r->root, AT_FDCWD, s->root.path, e) == 0)
		return 0;
	return e->code == EACCES ? mount_attach_at(r->root, AT_FDCWD, "/", e) : -1;
}

static int open_root(struct rootfs_oci *r, struct err *e)
{
	r->root = fs_open_at(AT_FDCWD, r->spec->root.path, O_PATH | O_DIRECTORY, 0, e);
	return r->root < 0 ? -1 : 0;
}

static int build(struct building *b, struct err *e)
{
	const struct spec *s = b->r->spec;

	if (!spec_has_ns(s, CLONE_NEWNS))
		return open_root(b->r, e) < 0 ? -1 : bundle_devices_make(s, b->r->root, e);
	if (place_root(b, e) < 0)
		return err_wrap(e, "rootfs %s", s->root.path);
	for (size_t i = 0; i < s->n_mounts; i++)
		if (mount_one(b, &s->mounts[i], e) < 0)
			return err_wrap(e, "mount %s on %s",
					s->mounts[i].remount ? "again" : s->mounts[i].type,
					s->mounts[i].target);
	return bundle_has_own_dev(s) ? 0 : bundle_devices_make(s, b->r->root, e);
}

int rootfs_oci_enter(struct rootfs_oci *r, const struct spec *s, struct rootfs_sources *in,
		     struct err *e)
{
	struct building b = { r, in, 0 };
	mode_t umask_before = umask(0); /* modes are meant as they are written */

	r->spec = s;
	int result = build(&b, e);
	umask(umask_before);
	rootfs_sources_drop(in);
	return result;
}

static int move_root(int root, struct err *e)
{
	if (bundle_hide_host(root, e) < 0)
		return -1;
	if (fchdir(root) < 0)
		return err_set(e, errno, "change directory to the new root");
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return err_set(e, errno, "move the root");
	return chroot(".") < 0 ? err_set(e, errno, "chroot") : 0;
}

static int change_root(int root, struct err *e)
{
	if (fchdir(root) < 0 || chroot(".") < 0)
		return err_set(e, errno, "chroot");
	return 0;
}

int rootfs_oci_pivot(struct rootfs_oci *r, bool no_pivot, struct err *e)
{
	scoped_fd int root = fd_take(&r->root);
	int result;

	/* in a namespace that others made, "/" stays theirs */
	if (!(r->spec->namespaces & CLONE_NEWNS))
		result = change_root(root, e);
	else
		result = no_pivot ? move_root(root, e) : leave_host(root, e);
	if (result < 0)
		return -1;
	return chdir("/") < 0 ? err_set(e, errno, "change directory to /") : 0;
}

static int make_readonly(int mount, struct err *e)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	if (mount_setattr(mount, mount < 0 ? "/" : "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
		return err_set(e, errno, "make read-only");
	return 0;
}

int rootfs_oci_seal(struct rootfs_oci *r, struct err *e)
{
	unsigned long propagation = r->spec->root_propagation;

	for (size_t i = 0; i < r->n_late; i++)
		if (make_readonly(r->late[i], e) < 0)
			return err_wrap(e, "a tmpfs");
	if (r->spec->root.readonly && make_readonly(AT_FDCWD, e) < 0)
		return err_wrap(e, "root");
	if (rootfs_seal(r->spec, e) < 0)
		return -1;
	/* it is private already, and what of the mounts is not was asked for */
	if (!propagation || (propagation & MS_PRIVATE))
		return 0;
	if (mount("none", "/", NULL, propagation, NULL) < 0)
		return err_set(e, errno, "change the root's propagation");
	return 0;
}

int rootfs_oci_console(int slave, struct err *e)
{
	scoped_fd int tty = mount_clone(slave, "", false, e);
	scoped_fd int root = fs_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, e);

	if (tty < 0 || root < 0 || mount_attach(tty, root, "/dev/console", e) < 0)
		return err_wrap(e, "/dev/console");
	return 0;
}
