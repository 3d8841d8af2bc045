/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* Nobody else sees what is written to such a root. */
static bool is_private(const struct spec_root *root)
{
	return root->kind == SPEC_ROOT_HOST_VIEW ||
	       (root->kind == SPEC_ROOT_OVERLAY && !root->upper);
}

/* False also where a mount of the description covers FILE's place in the root. */
static bool on_same_mount(int root, int file)
{
	struct statx a, b;

	return statx(root, "", AT_EMPTY_PATH, STATX_MNT_ID, &a) == 0 &&
	       statx(file, "", AT_EMPTY_PATH, STATX_MNT_ID, &b) == 0 &&
	       a.stx_mnt_id == b.stx_mnt_id;
}

static int write_text(int fd, const char *text, struct err *e)
{
	size_t len = strlen(text);
	ssize_t n = write(fd, text, len);

	if (n < 0)
		return err_set(e, errno, "write");
	return (size_t)n == len ? 0 : err_set(e, ENOSPC, "write");
}

static int write_direct(int root, const struct spec_file *f, struct err *e)
{
	scoped_fd int fd =
		fs_open_in_root(root, f->path, O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY, 0, e);

	return fd < 0 ? -1 : write_text(fd, f->text, e);
}

/* A file of its own on the tmpfs STORE, detached, to be attached over what is there: a shared lower
 * layer or a directory of the host is not changed by what one container is called. */
static int make_bound(int store, size_t number, const char *text, struct err *e)
{
	char name[24];

	snprintf(name, sizeof name, "%zu", number);
	scoped_fd int fd = fs_open_at(store, name, O_WRONLY | O_CREAT | O_EXCL, 0644, e);
	if (fd < 0 || write_text(fd, text, e) < 0)
		return -1;
	return mount_clone(store, name, false, e);
}

/* The store is attached before files of it are cloned: detached mounts cannot be before Linux 6.15.
 */
static int new_store(int dir, const char *path, struct err *e)
{
	scoped_fd int store = mount_new("tmpfs", NULL, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID, e);

	return store < 0 || mount_attach_at(store, dir, path, e) < 0 ? -1 : fd_take(&store);
}

/* The store goes with the host's tree: detaching it by itself would cost another RCU grace period,
 * up to milliseconds. */
int files_prepare(struct entering *r, struct err *e)
{
	scoped_fd int store = -1;

	if (is_private(&r->spec->root) || r->spec->n_files == 0)
		return 0;
	store = new_store(r->old_root, "proc", e);
	for (size_t i = 0; store >= 0 && i < r->spec->n_files; i++) {
		r->files[i] = make_bound(store, i, r->spec->files[i].text, e);
		if (r->files[i] < 0)
			return err_wrap(e, "file %s", r->spec->files[i].path);
	}
	return store < 0 ? -1 : 0;
}

/* Not prepared is what a mount of the description covers in a private root. That is rare enough to
 * make a store for, on top of the root for a moment. */
static int take_bound(struct entering *r, size_t i, struct err *e)
{
	scoped_fd int store = -1;
	scoped_fd int bound = -1;

	if (r->files[i] >= 0)
		return fd_take(&r->files[i]);
	store = new_store(r->root, "", e);
	bound = store < 0 ? -1 : make_bound(store, i, r->spec->files[i].text, e);
	if (store >= 0 && (fchdir(store) < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0))
		return err_set(e, errno, "detach the store of files");
	return fd_take(&bound);
}

static int put_file(struct entering *r, size_t i, struct err *e)
{
	const struct spec_file *f = &r->spec->files[i];
	scoped_fd int target = mount_make_file(r->root, f->path, e);
	scoped_fd int bound = -1;

	if (target < 0 && e->code == EROFS)
		return err_set(
			e, 0, "it is not in the root, which is read-only: make an empty one there");
	if (target < 0)
		return -1;
	if (is_private(&r->spec->root) && on_same_mount(r->root, target))
		return write_direct(r->root, f, e);
	bound = take_bound(r, i, e);
	return bound < 0 ? -1 : mount_attach_at(bound, target, "", e);
}

int files_put(struct entering *r, struct err *e)
{
	for (size_t i = 0; i < r->spec->n_files; i++)
		if (put_file(r, i, e) < 0)
			return err_wrap(e, "file %s", r->spec->files[i].path);
	return 0;
}
