/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/scope.h"
#include "runtime/rootfs_oci_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

/* File systems of the kernel's own, which others share: "ro" is of the mount alone. FALLBACK: what
 * of the host's is bound where the kernel refuses a new one, as the container's user namespace does
 * not own what it shows. */
struct kind {
	const char *type, *fallback;
	int unless;    /* nor where such a namespace is asked for: it would show another one */
	bool labelled; /* takes SELinux's "context" */
	int (*adapt)(const struct spec *s, int at, struct strs *data, struct err *e);
};

bool bundle_cgroups_are_unified(void)
{
	struct statfs fs;

	return statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* A tmpfs is like the directory that it covers, unless it is told. */
static int adapt_tmpfs(const struct spec *s, int at, struct strs *data, struct err *e)
{
	struct stat st;

	(void)s;
	for (size_t i = 0; i < data->n; i++)
		if (strncmp(data->v[i], "mode=", 5) == 0)
			return 0;
	if (fstat(at, &st) < 0)
		return err_set(e, errno, "look at the directory below");
	strs_addf(data, "mode=%o", st.st_mode & 07777);
	return 0;
}

/* Group 5 is tty, in everybody's template of a config.json; where the user namespace has no such
 * group, the terminals stay with the group of whoever opens them. */
static int adapt_devpts(const struct spec *s, int at, struct strs *data, struct err *e)
{
	struct strs kept = { 0 };
	uint32_t outside;

	(void)at;
	(void)e;
	if (!(s->namespaces & CLONE_NEWUSER) || s->gid_maps.n == 0 ||
	    bundle_map_id(&s->gid_maps, 5, &outside))
		return 0;
	for (size_t i = 0; i < data->n; i++)
		if (strcmp(data->v[i], "gid=5") != 0)
			strs_add(&kept, data->v[i]);
	strs_free(data);
	*data = kept;
	return 0;
}

static const struct kind kinds[] = {
	{ "proc", "/proc", CLONE_NEWPID, false, NULL },
	{ "sysfs", "/sys", 0, false, NULL },
	{ "mqueue", "/dev/mqueue", CLONE_NEWIPC, true, NULL },
	{ "cgroup2", "/sys/fs/cgroup", CLONE_NEWCGROUP, false, NULL },
	{ "tmpfs", NULL, 0, true, adapt_tmpfs },
	{ "devpts", NULL, 0, true, adapt_devpts },
};

static const struct kind *kind_of(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].type, type) == 0)
			return &kinds[i];
	return NULL;
}

/* "cgroup" is what config.json calls either version. */
static const char *type_of(const struct spec_mount *m)
{
	return bundle_is(m, "cgroup") ? "cgroup2" : m->type;
}

/* The source is a name for the mount table alone, with these. */
static int options(const struct spec *s, const struct spec_mount *m, int at, struct strs *data,
		   struct err *e)
{
	const struct kind *kind = kind_of(type_of(m));

	strs_copy(data, &m->data);
	if (m->source && *m->source)
		strs_addf(data, "source=%s", m->source);
	if (!kind && (m->attrs & MOUNT_ATTR_RDONLY))
		strs_add(data, "ro"); /* the file system too: its device may be read-only */
	if (s->mount_label && (!kind || kind->labelled))
		strs_addf(data, "context=%s", s->mount_label);
	return kind && kind->adapt ? kind->adapt(s, at, data, e) : 0;
}

bool bundle_fs_is_long(const struct spec_mount *m)
{
	for (size_t i = 0; i < m->data.n; i++)
		if (strcspn(m->data.v[i], "=") + 1 + FSCONFIG_VALUE_MAX < strlen(m->data.v[i]))
			return true;
	return false;
}

static unsigned long classic_flags(uint64_t attrs)
{
	static const struct {
		uint64_t attr;
		unsigned long flag;
	} flags[] = {
		{ MOUNT_ATTR_RDONLY, MS_RDONLY },
		{ MOUNT_ATTR_NOSUID, MS_NOSUID },
		{ MOUNT_ATTR_NODEV, MS_NODEV },
		{ MOUNT_ATTR_NOEXEC, MS_NOEXEC },
		{ MOUNT_ATTR_NOATIME, MS_NOATIME },
		{ MOUNT_ATTR_STRICTATIME, MS_STRICTATIME },
		{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
		{ MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW },
	};
	unsigned long result = 0;

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (attrs & flags[i].attr)
			result |= flags[i].flag;
	return result;
}

/* "." is AT whatever happens to its path meanwhile. */
int bundle_fs_mount(const struct spec *s, const struct spec_mount *m, int at, struct err *e)
{
	scoped_str char *text = str_dup("");
	int code = 0;

	for (size_t i = 0; i < m->data.n; i++) {
		char *longer = str_printf("%s%s%s", text, *text ? "," : "", m->data.v[i]);
		str_drop(&text);
		text = longer;
	}
	if (s->mount_label) {
		char *labelled = str_printf("%s,context=\"%s\"", text, s->mount_label);
		str_drop(&text);
		text = labelled;
	}
	if (fchdir(at) < 0)
		return err_set(e, errno, "change directory to it");
	if (mount(m->source ? m->source : m->type, ".", m->type, classic_flags(m->attrs), text) < 0)
		code = errno;
	if (chdir("/") < 0)
		return err_set(e, errno, "change directory to /");
	return code ? err_set(e, code, "mount with options of %zu bytes", strlen(text)) : 0;
}

static int bind_instead(const struct spec_mount *m, const char *path, struct err *e)
{
	struct mount_change how = { m->attrs, -1, true };
	scoped_fd int fd = mount_clone(AT_FDCWD, path, true, e);

	if (fd < 0)
		return -1;

	int code = mount_change(fd, &how);
	return code ? err_set(e, code, "change the mount of %s", path) : fd_take(&fd);
}

/* EBUSY is what cgroup2 says outside its namespace. */
static bool may_fall_back(const struct spec *s, const struct kind *kind, const struct err *e)
{
	return kind && kind->fallback && (e->code == EPERM || e->code == EBUSY) &&
	       spec_has_ns(s, CLONE_NEWUSER) && !(kind->unless && spec_has_ns(s, kind->unless));
}

int bundle_fs_open(const struct spec *s, const struct spec_mount *m, int at, struct err *e)
{
	const struct kind *kind = kind_of(type_of(m));
	uint64_t late = bundle_is(m, "tmpfs") ? MOUNT_ATTR_RDONLY : 0;
	scoped_strs struct strs data = { 0 };
	scoped_fd int fd = -1;

	if (options(s, m, at, &data, e) < 0)
		return -1;
	fd = mount_new(type_of(m), &data, m->attrs & ~late, e);
	if (fd < 0 && may_fall_back(s, kind, e)) {
		struct err why = { 0 };

		fd = bind_instead(m, kind->fallback, &why);
		if (fd >= 0)
			*e = (struct err){ 0 };
	}
	if (fd < 0 && e->code == EPERM && spec_has_ns(s, CLONE_NEWUSER))
		err_wrap(
			e,
			"the container's user namespace has to own what it shows, and no mount may "
			"cover parts of the host's");
	return fd_take(&fd);
}
