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

/* A file named NAME on the tmpfs STORE, attached over TARGET: a shared lower layer or a directory
 * of the host is not changed by what one container is called. */
static int bind_text(int store, const char *name, int target, const char *text, struct err *e)
{
	scoped_fd int fd = fs_open_at(store, name, O_WRONLY | O_CREAT | O_EXCL, 0644, e);
	scoped_fd int tree = -1;

	if (fd < 0 || write_text(fd, text, e) < 0)
		return -1;
	tree = mount_clone(store, name, false, e);
	return tree < 0 ? -1 : mount_attach_at(tree, target, "", e);
}

static int put_file(struct entering *r, size_t i, int *store, struct err *e)
{
	const struct spec_file *f = &r->spec->files[i];
	scoped_fd int target = mount_make_file(r->root, f->path, e);
	char name[24];

	if (target < 0 && e->code == EROFS)
		return err_set(
			e, 0, "it is not in the root, which is read-only: make an empty one there");
	if (target < 0)
		return -1;
	if (is_private(&r->spec->root) && on_same_mount(r->root, target))
		return write_direct(r->root, f, e);
	if (*store < 0)
		*store = mount_new("tmpfs", NULL, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID, e);
	snprintf(name, sizeof name, "%zu", i);
	return *store < 0 ? -1 : bind_text(*store, name, target, f->text, e);
}

int step_files(struct entering *r, struct err *e)
{
	struct err ignored = { 0 };
	scoped_fd int store = -1;
	int result = 0;

	for (size_t i = 0; i < r->spec->n_files && result == 0; i++)
		if (put_file(r, i, &store, e) < 0)
			result = err_wrap(e, "file %s", r->spec->files[i].path);
	/* Closing a mount that is nowhere costs an RCU grace period, up to milliseconds: so it goes
	 * with the host's tree, which pays for one anyway. Where that fails, no more than time is
	 * lost. */
	if (store >= 0)
		(void)mount_attach_at(store, r->old_root, "proc", &ignored);
	return result;
}
