/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int check_dir(const char *what, const char *path, struct stat *st, struct err *e)
{
	if (stat(path, st) < 0)
		return err_set(e, errno, "%s %s", what, path);
	return S_ISDIR(st->st_mode) ? 0 : err_set(e, ENOTDIR, "%s %s", what, path);
}

static int is_empty(const char *path, bool *empty, struct err *e)
{
	scoped_dir DIR *d = opendir(path);
	const struct dirent *entry;

	if (!d)
		return err_set(e, errno, "list %s", path);
	*empty = true;
	while ((entry = readdir(d)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    strcmp(entry->d_name, "lost+found") != 0)
			*empty = false;
	return 0;
}

int rootfs_upper_owner(const struct spec *s, uint32_t *base, struct err *e)
{
	const char *upper = s->root.upper;
	bool empty = false;
	struct stat st;

	*base = 0;
	if (s->root.kind != SPEC_ROOT_OVERLAY || !upper)
		return 0;
	if (check_dir("upper layer", upper, &st, e) < 0 || is_empty(upper, &empty, e) < 0)
		return -1;
	if (has_userns(s) && st.st_uid == 0 && !empty)
		return err_set(
			e, EPERM,
			"upper layer %s belongs to id 0 and is not empty, so it is not one of a container "
			"with a user namespace: give an empty directory",
			upper);
	if (!has_userns(s) && st.st_uid != 0)
		return err_set(
			e, EPERM,
			"upper layer %s belongs to id %u, but without a user namespace the container's "
			"root is id 0: give another directory",
			upper, st.st_uid);
	*base = st.st_uid;
	return 0;
}

/* Which id range it gets may not be known yet: then it follows the owner. */
static int check_upper(const struct spec *s, struct err *e)
{
	uint32_t base = 0;

	if (rootfs_upper_owner(s, &base, e) < 0)
		return -1;
	if (base == 0 || s->id_size == 0 || base == s->id_base)
		return 0;
	return err_set(
		e, EPERM,
		"upper layer %s belongs to id %u, but the container's ids start at %u: leave \"ids\" "
		"out, or give another directory",
		s->root.upper, base, s->id_base);
}

static int check_root(const struct spec *s, struct err *e)
{
	struct stat st, host;

	if (s->root.kind == SPEC_ROOT_HOST_VIEW)
		return check_dir("host's", "/usr", &st, e);
	if (check_dir("rootfs", s->root.path, &st, e) < 0)
		return -1;
	if (stat("/", &host) == 0 && st.st_dev == host.st_dev && st.st_ino == host.st_ino)
		return err_set(
			e, 0,
			"rootfs %s is the host's root: leave \"rootfs\" out for the host view",
			s->root.path);
	return s->root.kind == SPEC_ROOT_OVERLAY ? check_upper(s, e) : 0;
}

static int check_mount(const struct spec_mount *m, struct err *e)
{
	struct stat st;

	if (m->target[strspn(m->target, "/")] == '\0')
		return err_set(e, 0, "mount on /: that is the root's place");
	if (*m->access) /* limits_here() says more */
		return 0;
	if (mount_kind_of(m) == MOUNT_KIND_BIND && !m->optional && stat(m->source, &st) < 0)
		return err_set(e, errno, "mount on %s: source %s", m->target, m->source);
	return 0;
}

int rootfs_check(const struct spec *s, struct err *e)
{
	/* without one, pivot_root(2) would be the host's */
	if (!(s->namespaces & CLONE_NEWNS))
		return err_set(e, 0, "a container has to have a mount namespace of its own");
	if (check_root(s, e) < 0)
		return -1;
	for (size_t i = 0; i < s->n_mounts; i++)
		if (check_mount(&s->mounts[i], e) < 0)
			return -1;
	return 0;
}
