/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/rootfs_oci_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* "tmpcopyup": the tmpfs starts with what the directory that it covers has. Names are looked up in
 * open directories, so that no link leads anywhere else. */

static int copy_tree(int from, int to, struct err *e);

static int copy_bytes(int in, int out, struct err *e)
{
	ssize_t n;

	do
		n = sendfile(out, in, NULL, 1 << 30);
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? err_set(e, errno, "copy") : 0;
}

/* File capabilities, above all. What a tmpfs cannot keep is left behind. */
static void copy_xattrs(int in, int out)
{
	char names[4096], value[4096];
	ssize_t len = flistxattr(in, names, sizeof names);

	for (const char *name = names; len > 0 && name < names + len; name += strlen(name) + 1) {
		ssize_t n = fgetxattr(in, name, value, sizeof value);

		if (n >= 0)
			(void)fsetxattr(out, name, value, (size_t)n, 0);
	}
}

/* Owner first: a change of it takes set-id bits and capabilities away. */
static int copy_meta(int in, int out, const struct stat *st, struct err *e)
{
	const struct timespec times[] = { st->st_atim, st->st_mtim };

	if (fchown(out, st->st_uid, st->st_gid) < 0)
		return err_set(e, errno, "change owner to %u:%u", st->st_uid, st->st_gid);
	if (fchmod(out, st->st_mode & 07777) < 0)
		return err_set(e, errno, "change mode");
	copy_xattrs(in, out);
	return futimens(out, times) < 0 ? err_set(e, errno, "change times") : 0;
}

static int copy_file(int from, int to, const char *name, const struct stat *st, struct err *e)
{
	scoped_fd int in = fs_open_at(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, e);
	scoped_fd int out =
		in < 0 ? -1 : fs_open_at(to, name, O_WRONLY | O_CREAT | O_EXCL, 0600, e);

	if (out < 0 || copy_bytes(in, out, e) < 0)
		return -1;
	return copy_meta(in, out, st, e);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tree */
static int copy_dir(int from, int to, const char *name, const struct stat *st, struct err *e)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
	scoped_fd int in = fs_open_at(from, name, flags, 0, e);
	scoped_fd int out = -1;

	if (in < 0)
		return -1;
	if (mkdirat(to, name, 0700) < 0)
		return err_set(e, errno, "make directory");
	out = fs_open_at(to, name, flags, 0, e);
	if (out < 0 || copy_tree(in, out, e) < 0)
		return -1;
	return copy_meta(in, out, st, e);
}

static int copy_link(int from, int to, const char *name, const struct stat *st, struct err *e)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(from, name, text, sizeof text - 1);

	if (n < 0)
		return err_set(e, errno, "read link");
	text[n] = '\0';
	if (symlinkat(text, to, name) < 0)
		return err_set(e, errno, "make link");
	return fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0
		       ? err_set(e, errno, "change owner of the link")
		       : 0;
}

/* Device nodes, FIFOs, sockets. A user namespace can make no device nodes; on its tmpfs they would
 * not work. */
static int copy_node(int to, const char *name, const struct stat *st, struct err *e)
{
	if (mknodat(to, name, st->st_mode, st->st_rdev) < 0)
		return errno == EPERM ? 0 : err_set(e, errno, "make node");
	if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, errno, "change owner");
	return fchmodat(to, name, st->st_mode & 07777, 0) < 0 ? err_set(e, errno, "change mode")
							      : 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tree */
static int copy_entry(int from, int to, const char *name, struct err *e)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, errno, "look at it");
	if (S_ISDIR(st.st_mode))
		return copy_dir(from, to, name, &st, e);
	if (S_ISREG(st.st_mode))
		return copy_file(from, to, name, &st, e);
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, name, &st, e);
	return copy_node(to, name, &st, e);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tree */
static int copy_tree(int from, int to, struct err *e)
{
	int list = fcntl(from, F_DUPFD_CLOEXEC, 0);
	scoped_dir DIR *d = list < 0 ? NULL : fdopendir(list);
	const struct dirent *entry;

	if (!d) {
		err_set(e, errno, "list");
		fd_drop(&list);
		return -1;
	}
	while ((entry = readdir(d))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (copy_entry(from, to, entry->d_name, e) < 0)
			return err_wrap(e, "%s", entry->d_name);
	}
	return 0;
}

int bundle_copy_up(int from, int to, struct err *e)
{
	scoped_fd int in = fs_open_at(from, ".", O_RDONLY | O_DIRECTORY, 0, e);
	struct stat st;

	if (in < 0 || copy_tree(in, to, e) < 0)
		return err_wrap(e, "copy up");
	/* the mode is what the options say */
	if (fstat(in, &st) < 0 || fchownat(to, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) < 0)
		return err_set(e, errno, "copy up: change owner");
	return 0;
}
