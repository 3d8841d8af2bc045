/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/scope.h"
#include "runtime/hostview.h"
#include "runtime/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* The root of a container without one: a tmpfs with the host's /usr, read-only, and copies of what
 * is public and needed of its /etc. The child builds it with the rights of its own ids: what the
 * host lets only its root read cannot get in by way of a user namespace. */

/* Links into /usr where the host has merged it (as Debian), else directories of their own. */
static const char *const usr_links[] = { "bin", "sbin", "lib", "lib32", "lib64", "libx32" };

static const struct {
	const char *path;
	mode_t mode;
} skeleton[] = {
	{ "dev", 0755 },       { "etc", 0755 },          { "etc/ssl", 0755 },
	{ "proc", 0755 },      { "root", 0700 },         { "run", 0755 },
	{ "run/lock", 01777 }, { "sys", 0755 },          { "tmp", 01777 },
	{ "usr", 0755 },       { "var", 0755 },          { "var/cache", 0755 },
	{ "var/lib", 0755 },   { "var/lib/misc", 0755 }, { "var/log", 0755 },
	{ "var/spool", 0755 }, { "var/tmp", 01777 },
};

static const struct {
	const char *path, *target;
} links[] = {
	{ "var/run", "/run" },
	{ "var/lock", "/run/lock" },
	{ "etc/mtab", "../proc/self/mounts" },
};

/* Bound is what is large (a page of tmpfs costs more than a mount), copied what is small; a
 * symbolic link into /usr stays one. Not /etc/ssl as a whole: it has the host's private keys. */
static const struct {
	const char *path;
	enum { BIND_DIR, BIND_FILE, COPY } how;
} etc[] = {
	{ "etc/alternatives", BIND_DIR }, { "etc/iproute2", BIND_DIR },
	{ "etc/ld.so.conf.d", BIND_DIR }, { "etc/ssl/certs", BIND_DIR },
	{ "etc/ld.so.cache", BIND_FILE }, { "etc/services", BIND_FILE },
	{ "etc/ethertypes", COPY },       { "etc/host.conf", COPY },
	{ "etc/ld.so.conf", COPY },       { "etc/localtime", COPY },
	{ "etc/nsswitch.conf", COPY },    { "etc/os-release", COPY },
	{ "etc/protocols", COPY },        { "etc/ssl/openssl.cnf", BIND_FILE },
};

/* --- the parent's half --- */

static bool is_host_dir(const char *name)
{
	struct stat st;
	scoped_str char *path = str_printf("/%s", name);

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int add_host_dir(struct source_opening *o, const char *name, struct err *e)
{
	scoped_str char *path = str_printf("/%s", name);
	struct source usr = { path, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, true, IDMAP_IF_POSSIBLE };

	return source_add(o, &usr, e);
}

int hostview_sources(struct source_opening *o, struct err *e)
{
	if (add_host_dir(o, "usr", e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(usr_links); i++)
		if (is_host_dir(usr_links[i]) && add_host_dir(o, usr_links[i], e) < 0)
			return -1;
	return 0;
}

/* --- the child's half --- */

static int attach_source(struct entering *r, const char *name, struct err *e)
{
	scoped_fd int tree = source_take(r, e);

	if (tree < 0)
		return -1;
	if (mkdirat(r->root, name, 0755) < 0 && errno != EEXIST)
		return err_set(e, errno, "make /%s", name);
	return mount_attach_at(tree, r->root, name, e) < 0 ? err_wrap(e, "/%s", name) : 0;
}

static int put_usr(struct entering *r, struct err *e)
{
	char target[PATH_MAX];

	if (attach_source(r, "usr", e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(usr_links); i++) {
		ssize_t n = readlinkat(r->old_root, usr_links[i], target, sizeof target - 1);

		if (n > 0) {
			target[n] = '\0';
			if (symlinkat(target, r->root, usr_links[i]) < 0)
				return err_set(e, errno, "make link /%s", usr_links[i]);
		} else if (is_host_dir(usr_links[i]) && attach_source(r, usr_links[i], e) < 0) {
			return -1;
		}
	}
	return 0;
}

static int put_skeleton(int root, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(skeleton); i++)
		if (mkdirat(root, skeleton[i].path, skeleton[i].mode) < 0)
			return err_set(e, errno, "make /%s", skeleton[i].path);
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		if (symlinkat(links[i].target, root, links[i].path) < 0)
			return err_set(e, errno, "make link /%s", links[i].path);
	return 0;
}

/* A host without one of them, or that shows it to its root alone, does without it in here, too. */
static bool is_absent(int code)
{
	return code == ENOENT || code == ENOTDIR || code == EACCES;
}

static int make_file(int root, const char *path, struct err *e)
{
	int fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	return fd < 0 ? err_set(e, errno, "make /%s", path) : fd;
}

static int make_mount_point(int root, const char *path, bool is_dir, struct err *e)
{
	scoped_fd int file = -1;

	if (is_dir)
		return mkdirat(root, path, 0755) < 0 ? err_set(e, errno, "make /%s", path) : 0;
	file = make_file(root, path, e);
	return file < 0 ? -1 : 0;
}

static int bind_etc(const struct entering *r, const char *path, bool is_dir, struct err *e)
{
	struct mount_change how = { MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, -1, false };
	scoped_fd int tree = mount_clone(r->old_root, path, false, e);

	if (tree < 0)
		return is_absent(e->code) ? 0 : -1;
	if (make_mount_point(r->root, path, is_dir, e) < 0)
		return -1;

	int code = mount_change(tree, &how);
	if (code != 0)
		return err_set(e, code, "change mount of /%s", path);
	return mount_attach_at(tree, r->root, path, e) < 0 ? err_wrap(e, "/%s", path) : 0;
}

static int copy_bytes(int from, int to, const char *path, struct err *e)
{
	char buf[16 << 10];
	ssize_t n;

	do {
		n = read(from, buf, sizeof buf);
		if (n < 0)
			return err_set(e, errno, "read /%s", path);
		if (write(to, buf, (size_t)n) != n)
			return err_set(e, errno, "write /%s", path);
	} while (n == (ssize_t)sizeof buf); /* a regular file's short read is its end */
	return 0;
}

/* True when PATH is a link into /usr, which is there as well, and has been made. */
static bool copy_link(const struct entering *r, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(r->old_root, path, target, sizeof target - 1);

	if (n <= 0)
		return false;
	target[n] = '\0';
	return (strncmp(target, "/usr/", 5) == 0 || strncmp(target, "../usr/", 7) == 0) &&
	       symlinkat(target, r->root, path) == 0;
}

static int copy_etc(const struct entering *r, const char *path, struct err *e)
{
	scoped_fd int from = -1, to = -1;

	if (copy_link(r, path))
		return 0;
	from = openat(r->old_root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (from < 0)
		return is_absent(errno) ? 0 : err_set(e, errno, "open /%s", path);
	to = make_file(r->root, path, e);
	return to < 0 ? -1 : copy_bytes(from, to, path, e);
}

static int put_etc(const struct entering *r, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(etc); i++) {
		int done = etc[i].how == COPY ? copy_etc(r, etc[i].path, e)
					      : bind_etc(r, etc[i].path, etc[i].how == BIND_DIR, e);

		if (done < 0)
			return -1;
	}
	return hostview_users(r->old_root, r->root, e);
}

int hostview_enter(struct entering *r, struct err *e)
{
	scoped_strs struct strs data = { 0 };

	strs_add(&data, "mode=755");
	r->root = mount_new("tmpfs", &data, MOUNT_ATTR_NODEV, e);
	if (r->root < 0 || put_skeleton(r->root, e) < 0)
		return -1;
	if (mount_attach_at(r->root, AT_FDCWD, "/", e) < 0)
		return -1;
	return put_usr(r, e) < 0 || put_etc(r, e) < 0 ? err_wrap(e, "host view") : 0;
}
