/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/scope.h"
#include "runtime/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* This process's root is the container's already, so plain paths stay inside, links included. */

/* One empty tmpfs serves all masked directories, its first use being the tmpfs itself: a detached
 * mount that is dropped costs the kernel a grace period. */
static int empty_dir(int *shared, struct err *e)
{
	if (*shared >= 0)
		return mount_clone(*shared, "", false, e);
	*shared = mount_new(
		"tmpfs", NULL,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, e);
	return *shared < 0 ? -1 : fcntl(*shared, F_DUPFD_CLOEXEC, 0);
}

/* What lies over a masked file. The root is an image's where /dev is not mounted: what it calls
 * null may be a link into /proc (CVE-2025-31133). */
static int null_device(struct err *e)
{
	scoped_fd int fd = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, errno, "look at /dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_set(e, 0, "/dev/null in the root is not the null device");
	return mount_clone(fd, "", false, e);
}

static int mask(const char *path, int *shared, struct err *e)
{
	scoped_fd int target = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (target < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (target < 0 || fstat(target, &st) < 0)
		return err_set(e, errno, "look at it");

	scoped_fd int cover = S_ISDIR(st.st_mode) ? empty_dir(shared, e) : null_device(e);
	return cover < 0 ? -1 : mount_attach_at(cover, target, "", e);
}

static int make_readonly(const char *path, struct err *e)
{
	scoped_fd int tree = mount_clone(AT_FDCWD, path, true, e);
	struct mount_change how = { MOUNT_ATTR_RDONLY, -1, true };

	if (tree < 0)
		return e->code == ENOENT || e->code == ENOTDIR ? 0 : -1;

	int code = mount_change(tree, &how);
	if (code != 0)
		return err_set(e, code, "change mount");
	return mount_attach_at(tree, AT_FDCWD, path, e);
}

int rootfs_seal(const struct spec *s, struct err *e)
{
	scoped_fd int shared = -1;

	for (size_t i = 0; i < s->readonly_paths.n; i++)
		if (make_readonly(s->readonly_paths.v[i], e) < 0)
			return err_wrap(e, "make %s read-only", s->readonly_paths.v[i]);
	for (size_t i = 0; i < s->masked_paths.n; i++)
		if (mask(s->masked_paths.v[i], &shared, e) < 0)
			return err_wrap(e, "mask %s", s->masked_paths.v[i]);
	return 0;
}
