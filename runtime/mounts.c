/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/mounts.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* What the kernel says of a failed step: one message a read(2), "e overlay: ...". Only the errors
 * are of interest ("w" and "i" are the others). */
static int say_why(int fs, int code, const char *type, const char *what, struct err *e)
{
	char log[256];
	ssize_t n;

	err_set(e, code, "%s %s", what, type);
	while ((n = read(fs, log, sizeof log - 1)) > 0) {
		log[n] = '\0';
		log[strcspn(log, "\n")] = '\0';
		if (strncmp(log, "e ", 2) == 0)
			return err_set(e, code, "%s %s: the kernel says '%s'", what, type, log + 2);
	}
	return -1;
}

static int set_option(int fs, const char *option, struct err *e)
{
	const char *value = strchr(option, '=');
	scoped_str char *key = str_printf("%.*s", (int)strcspn(option, "="), option);
	int r = value ? fsconfig(fs, FSCONFIG_SET_STRING, key, value + 1, 0)
		      : fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0);

	return r < 0 ? say_why(fs, errno, option, "set option", e) : 0;
}

int mount_new(const char *type, const struct strs *data, uint64_t attrs, struct err *e)
{
	scoped_fd int fs = fsopen(type, FSOPEN_CLOEXEC);

	if (fs < 0 && errno == ENODEV)
		return err_set(e, 0, "the kernel has no file system %s", type);
	if (fs < 0)
		return err_set(e, errno, "open file system %s", type);
	for (size_t i = 0; data && i < data->n; i++)
		if (set_option(fs, data->v[i], e) < 0)
			return err_wrap(e, "%s", type);
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return say_why(fs, errno, type, "create", e);

	int fd = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attrs);
	return fd < 0 ? say_why(fs, errno, type, "mount", e) : fd;
}

int mount_reconfigure(int at, const struct strs *data, struct err *e)
{
	scoped_fd int fs = fspick(at, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);

	if (fs < 0)
		return err_set(e, errno, "open the file system");
	for (size_t i = 0; i < data->n; i++)
		if (set_option(fs, data->v[i], e) < 0)
			return -1;
	if (fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return say_why(fs, errno, "file system", "reconfigure", e);
	return 0;
}

int mount_clone(int dir, const char *path, bool recursive, struct err *e)
{
	unsigned flags = OPEN_TREE_CLONE | (recursive ? AT_RECURSIVE : 0);
	int fd = open_tree(dir, path, flags | AT_EMPTY_PATH | OPEN_TREE_CLOEXEC);

	return fd < 0 ? err_set(e, errno, "bind %s", path) : fd;
}

int mount_change(int mount, const struct mount_change *how)
{
	struct mount_attr attr = { .attr_set = how->set, .propagation = MS_PRIVATE };
	unsigned flags = AT_EMPTY_PATH | (how->recursive ? AT_RECURSIVE : 0);

	/* the kernel wants all of this field cleared by whoever sets a part of it */
	if (how->set & MOUNT_ATTR__ATIME)
		attr.attr_clr = MOUNT_ATTR__ATIME;
	if (how->userns_fd >= 0) {
		attr.attr_set |= MOUNT_ATTR_IDMAP;
		attr.userns_fd = (unsigned)how->userns_fd;
	}
	return mount_setattr(mount, "", flags, &attr, sizeof attr) < 0 ? errno : 0;
}

int mount_attach_at(int mount, int dir, const char *path, struct err *e)
{
	unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (*path ? 0 : MOVE_MOUNT_T_EMPTY_PATH);

	if (move_mount(mount, "", dir, path, flags) < 0)
		return err_set(e, errno, "attach mount");
	return 0;
}

/* The directories above PATH, as a string of its own. */
static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return str_printf("%.*s", slash && slash != path ? (int)(slash - path) : 1, path);
}

/* Where the symbolic link PATH points, as a path inside ROOT; NULL when it is none. One link
 * is followed: a chain of dangling ones is not worth a loop. */
static char *link_destination(int root, const char *path)
{
	struct err ignored = { 0 };
	scoped_fd int fd = fs_open_in_root(root, path, O_PATH | O_NOFOLLOW, 0, &ignored);
	char text[PATH_MAX];
	ssize_t n = fd < 0 ? -1 : readlinkat(fd, "", text, sizeof text - 1);

	if (n <= 0)
		return NULL;
	text[n] = '\0';
	if (*text == '/')
		return str_dup(text);

	scoped_str char *parent = parent_of(path);
	return str_printf("%s/%s", parent, text);
}

static int create_file(int root, const char *path, struct err *e)
{
	return fs_open_in_root(root, path, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY, 0644, e);
}

int mount_make_file(int root, const char *path, struct err *e)
{
	int fd = fs_open_in_root(root, path, O_PATH, 0, e);
	struct stat st;

	if (fd < 0 && e->code == ENOENT)
		fd = create_file(root, path, e);
	if (fd < 0 && e->code == ENOENT) {
		scoped_str char *link = link_destination(root, path);
		scoped_str char *parent = parent_of(link ? link : path);
		scoped_fd int dir = fs_mkdirs_in_root(root, parent, 0755, e);

		fd = dir < 0 ? -1 : create_file(root, path, e);
	}

	scoped_fd int made = fd;
	if (made < 0)
		return -1;
	if (fstat(made, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, 0, "%s is not a regular file in the root", path);
	return fd_take(&made);
}

static bool is_dir(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

static int make_target(int mount, int root, const char *target, struct err *e)
{
	return is_dir(mount) ? fs_mkdirs_in_root(root, target, 0755, e)
			     : mount_make_file(root, target, e);
}

int mount_attach(int mount, int root, const char *target, struct err *e)
{
	scoped_fd int at = fs_open_in_root(root, target, O_PATH, 0, e);

	if (at < 0 && e->code == ENOENT)
		at = make_target(mount, root, target, e);
	if (at < 0 && e->code == EROFS)
		return err_set(e, 0, "%s is not in the root, which is read-only: make it there",
			       target);
	if (at < 0)
		return -1;
	if (mount_attach_at(mount, at, "", e) == 0)
		return 0;
	if (is_dir(mount) != is_dir(at)) /* which the kernel calls EINVAL */
		return err_set(e, 0, "%s is a %s, and what is mounted there is not", target,
			       is_dir(at) ? "directory" : "file");
	return err_wrap(e, "%s", target);
}
