/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

enum { READ_MAX = 16 << 20 };

int fs_open_at(int dir, const char *path, int flags, mode_t mode, struct err *e)
{
	int fd = openat(dir, path, flags | O_CLOEXEC, mode);

	return fd < 0 ? err_set(e, errno, "open %s", path) : fd;
}

/* PATH names a descriptor of this process: which. -1: none. */
static int own_descriptor(const char *path)
{
	static const char *const streams[] = { "/dev/stdin", "/dev/stdout", "/dev/stderr" };
	static const char *const dirs[] = { "/dev/fd/", "/proc/self/fd/" };
	for (size_t i = 0; i < ARRAY_LEN(streams); i++)
		if (strcmp(path, streams[i]) == 0)
			return (int)i;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		const char *digits = path + strlen(dirs[i]);

		if (strncmp(path, dirs[i], strlen(dirs[i])) == 0 && *digits &&
		    strspn(digits, "0123456789") == strlen(digits) && strlen(digits) < 10)
			return (int)strtol(digits, NULL, 10);
	}
	return -1;
}

int fs_open_given(const char *path, int flags, mode_t mode, struct err *e)
{
	int fd = open(path, flags | O_CLOEXEC, mode);
	int own = fd < 0 && errno == ENXIO ? own_descriptor(path) : -1;

	if (own >= 0)
		fd = fcntl(own, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? err_set(e, errno, "open %s", path) : fd;
}

int fs_read_fd(int fd, const char *name, char **text, size_t *len, struct err *e)
{
	scoped_str char *buf = NULL;
	size_t used = 0, size = 0;

	for (;;) {
		if (size - used < 2)
			buf = mem_grow(buf, size = size ? size * 2 : 4096, 1);

		ssize_t n = read(fd, buf + used, size - used - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, errno, "read %s", name);
		if (n == 0)
			break;
		used += (size_t)n;
		if (used > READ_MAX)
			return err_set(e, EFBIG, "read %s: over 16 MiB", name);
	}
	buf[used] = '\0';
	*text = str_take(&buf);
	if (len)
		*len = used;
	return 0;
}

int fs_read_at(int dir, const char *path, char **text, size_t *len, struct err *e)
{
	scoped_fd int fd = fs_open_at(dir, path, O_RDONLY, 0, e);

	return fd < 0 ? -1 : fs_read_fd(fd, path, text, len, e);
}

int fs_read_given(const char *path, char **text, size_t *len, struct err *e)
{
	scoped_fd int fd = fs_open_given(path, O_RDONLY, 0, e);

	return fd < 0 ? -1 : fs_read_fd(fd, path, text, len, e);
}

int fs_write_at(int dir, const char *path, const char *value, struct err *e)
{
	size_t len = strlen(value);
	scoped_fd int fd = fs_open_at(dir, path, O_WRONLY, 0, e);

	if (fd < 0)
		return -1;

	ssize_t n = write(fd, value, len);
	if (n < 0)
		return err_set(e, errno, "write '%s' to %s", value, path);
	if ((size_t)n != len)
		return err_set(e, EIO, "write '%s' to %s: only %zd bytes taken", value, path, n);
	return 0;
}

static int write_all(int fd, const char *path, const char *text, size_t len, struct err *e)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, errno, "write %s", path);
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

int fs_replace_at(int dir, const char *path, const char *text, size_t len, mode_t mode,
		  struct err *e)
{
	scoped_str char *temp = str_printf("%s.new", path);
	scoped_fd int fd =
		fs_open_at(dir, temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode, e);

	if (fd < 0 || write_all(fd, temp, text, len, e) < 0)
		return -1;
	if (renameat(dir, temp, dir, path) < 0)
		return err_set(e, errno, "rename %s to %s", temp, path);
	return 0;
}

int fs_mkdirs_at(int dir, const char *path, mode_t mode, struct err *e)
{
	scoped_str char *part = str_dup(path);

	for (char *slash = part + 1; *slash; slash++) {
		if (*slash != '/')
			continue;
		*slash = '\0';
		if (mkdirat(dir, part, mode) < 0 && errno != EEXIST)
			return err_set(e, errno, "make directory %s", part);
		*slash = '/';
	}
	if (mkdirat(dir, part, mode) < 0 && errno != EEXIST)
		return err_set(e, errno, "make directory %s", part);
	return 0;
}

static int remove_children(int fd, const char *path, struct err *e)
{
	scoped_dir DIR *d = fdopendir(fd);
	const struct dirent *entry;

	if (!d) {
		int code = errno;

		close(fd);
		return err_set(e, code, "list %s", path);
	}
	while ((entry = readdir(d))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fs_remove_tree_at(dirfd(d), entry->d_name, e) < 0)
			return err_wrap(e, "%s", path);
	}
	return 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tree */
int fs_remove_tree_at(int dir, const char *path, struct err *e)
{
	if (unlinkat(dir, path, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM && errno != ENOTEMPTY)
		return err_set(e, errno, "remove %s", path);

	int fd = fs_open_at(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, e);
	if (fd < 0 || remove_children(fd, path, e) < 0)
		return -1;
	if (unlinkat(dir, path, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_set(e, errno, "remove %s", path);
	return 0;
}

int fs_open_in_root(int root, const char *path, int flags, mode_t mode, struct err *e)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.mode = flags & (O_CREAT | O_TMPFILE) ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd = sys_openat2(root, path, &how);

	return fd < 0 ? err_set(e, errno, "open %s", path) : fd;
}

/* The symbolic link PREFIX, a name in PARENT, leads to nothing: make that. What RESOLVE_IN_ROOT
 * does with it is done here as well, and a circle it has refused. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the chain of links */
static int make_destination(int root, int parent, const char *prefix, mode_t mode, struct err *e)
{
	const char *name = strrchr(prefix, '/');
	char text[PATH_MAX];
	ssize_t n = readlinkat(parent, name ? name + 1 : prefix, text, sizeof text - 1);

	if (n <= 0)
		return err_set(e, ENOENT, "open %s", prefix);
	text[n] = '\0';
	scoped_str char *path =
		*text == '/' ? str_dup(text)
			     : str_printf("%.*s/%s", name ? (int)(name - prefix) : 0, prefix, text);
	return fs_mkdirs_in_root(root, path, mode, e);
}

/* One step of mkdir -p: the directory PREFIX, made below its parent when it is missing. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as a chain of links */
static int enter_or_make(int root, int parent, const char *prefix, mode_t mode, struct err *e)
{
	const char *name = strrchr(prefix, '/');
	struct err missing = { 0 };
	int fd = fs_open_in_root(root, prefix, O_PATH | O_DIRECTORY, 0, &missing);

	if (fd >= 0 || missing.code != ENOENT) {
		if (fd < 0)
			*e = missing;
		return fd;
	}
	name = name ? name + 1 : prefix;
	if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
		return err_set(e, errno, "make directory %s", prefix);
	fd = fs_open_in_root(root, prefix, O_PATH | O_DIRECTORY, 0, e);
	return fd < 0 && e->code == ENOENT ? make_destination(root, parent, prefix, mode, e) : fd;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as a chain of links */
int fs_mkdirs_in_root(int root, const char *path, mode_t mode, struct err *e)
{
	scoped_str char *prefix = str_dup(path);
	scoped_fd int at = fs_open_in_root(root, "/", O_PATH | O_DIRECTORY, 0, e);

	if (at < 0)
		return -1;
	for (char *end = prefix; *end;) {
		end += strspn(end, "/");
		end += strcspn(end, "/");

		char kept = *end;
		*end = '\0';
		int next = enter_or_make(root, at, prefix, mode, e);
		*end = kept;
		if (next < 0)
			return -1;
		fd_drop(&at);
		at = next;
	}
	return fd_take(&at);
}
