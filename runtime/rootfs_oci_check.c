/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/scope.h"
#include "runtime/rootfs_oci_parts.h"

#include <errno.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statfs.h>

/* Not in the kernel's words, which callers take for a missing command. */
static int say_missing(const char *what, const char *path, int code, struct err *e)
{
	return code == ENOENT ? err_tell(e, code, "%s %s does not exist", what, path)
			      : err_set(e, code, "%s %s", what, path);
}

static int check_root(const struct spec *s, struct err *e)
{
	struct stat st, host;

	if (stat(s->root.path, &st) < 0)
		return say_missing("root.path", s->root.path, errno, e);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ENOTDIR, "root.path %s", s->root.path);
	if (stat("/", &host) == 0 && st.st_dev == host.st_dev && st.st_ino == host.st_ino)
		return err_set(e, 0, "root.path %s is the host's root", s->root.path);
	return 0;
}

static int check_mount(const struct spec *s, const struct spec_mount *m, struct err *e)
{
	struct stat st;

	if (!m->remount && bundle_target_is_in_proc(m->target))
		return err_set(e, 0, "nothing is mounted inside /proc");
	if (!bundle_is(m, "bind"))
		return m->idmapped == SPEC_IDMAP_NO
			       ? 0
			       : err_set(e, 0, "only bind mounts can be idmapped");
	if (!m->source)
		return err_set(e, 0, "a bind mount without a source");
	if ((m->no_follow ? lstat(m->source, &st) : stat(m->source, &st)) < 0)
		return say_missing("source", m->source, errno, e);
	if (m->idmapped != SPEC_IDMAP_NO && m->uid_maps.n == 0 && m->gid_maps.n == 0 &&
	    !spec_has_ns(s, CLONE_NEWUSER))
		return err_set(
			e, 0,
			"an idmapped mount without uidMappings and gidMappings takes those of "
			"the container, which has no user namespace");
	return 0;
}

static bool has_selinux(void)
{
	struct statfs fs;

	return statfs("/sys/fs/selinux", &fs) == 0 && fs.f_type == SELINUX_MAGIC;
}

/* What follows would be done to the host. */
static int check_without_namespace(const struct spec *s, struct err *e)
{
	static const char remedy[] =
		"the container has no mount namespace, so %s would be the host's: add one of type "
		"\"mount\" to linux.namespaces";

	if (s->n_mounts > 0)
		return err_set(e, 0, remedy, "mounts");
	if (s->masked_paths.n > 0 || s->readonly_paths.n > 0)
		return err_set(e, 0, remedy, "maskedPaths and readonlyPaths");
	if (s->root.readonly)
		return err_set(e, 0, remedy, "a read-only root");
	if (s->root_propagation)
		return err_set(e, 0, remedy, "rootfsPropagation");
	return 0;
}

int rootfs_oci_check(const struct spec *s, struct err *e)
{
	if (check_root(s, e) < 0)
		return -1;
	if (!spec_has_ns(s, CLONE_NEWNS) && check_without_namespace(s, e) < 0)
		return -1;
	if (s->mount_label && *s->mount_label && !has_selinux())
		return err_set(e, 0, "linux.mountLabel '%s': SELinux is not enabled on this host",
			       s->mount_label);
	for (size_t i = 0; i < s->n_mounts; i++)
		if (check_mount(s, &s->mounts[i], e) < 0)
			return err_wrap(e, "mount on %s", s->mounts[i].target);
	return 0;
}
