/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/devices.h"
#include "runtime/base/scope.h"
#include "runtime/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const struct {
	const char *name;
	unsigned major, minor;
} nodes[] = {
	{ "null", 1, 3 },   { "zero", 1, 5 },    { "full", 1, 7 },
	{ "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },       { "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

static const char *const mount_points[] = { "pts", "shm", "mqueue" };

/* chmod(2) on top of mknod(2): the umask is the caller's, and for all its threads. */
static int make_node(int dev, size_t i, uid_t owner, struct err *e)
{
	if (mknodat(dev, nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)) <
	    0)
		return err_set(e, errno, "make device node %s%s", nodes[i].name,
			       errno == EPERM ? " (it takes CAP_MKNOD)" : "");
	if (fchmodat(dev, nodes[i].name, 0666, 0) < 0)
		return err_set(e, errno, "change mode of device node %s", nodes[i].name);
	if (owner != 0 && fchownat(dev, nodes[i].name, owner, owner, 0) < 0)
		return err_set(e, errno, "change owner of device node %s", nodes[i].name);
	return 0;
}

int devices_open(const struct strs *data, uint64_t attrs, uid_t owner, struct err *e)
{
	scoped_fd int dev = mount_new("tmpfs", data, attrs & ~(uint64_t)MOUNT_ATTR_NODEV, e);

	if (dev < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
		if (make_node(dev, i, owner, e) < 0)
			return -1;
	if (owner != 0 && fchownat(dev, "", owner, owner, AT_EMPTY_PATH) < 0)
		return err_set(e, errno, "change owner of /dev");
	return fd_take(&dev);
}

int devices_complete(int dev, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		if (symlinkat(links[i].target, dev, links[i].name) < 0)
			return err_set(e, errno, "make link %s", links[i].name);
	for (size_t i = 0; i < ARRAY_LEN(mount_points); i++)
		if (mkdirat(dev, mount_points[i], 0755) < 0)
			return err_set(e, errno, "make directory %s", mount_points[i]);
	return 0;
}

/* --- which of them may be used --- */

static void allow(struct cgroup_limits *l, const struct limits_device *rule)
{
	l->devices = mem_grow(l->devices, l->n_devices + 1, sizeof *l->devices);
	l->devices[l->n_devices++] = *rule;
}

static void allow_common(struct cgroup_limits *l)
{
	static const struct limits_device rules[] = {
		{ false, 'a', -1, -1, "rwm" },
		{ true, 'c', 5, 2, "rw" }, /* ptmx, and what it gives out */
		{ true, 'c', 136, -1, "rw" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		allow(l, &rules[i]);
	for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
		allow(l,
		      &(struct limits_device){ true, 'c', nodes[i].major, nodes[i].minor, "rw" });
}

static int allow_device(struct cgroup_limits *l, const struct spec_mount *m, struct err *e)
{
	struct limits_device rule = { .allow = true };
	struct stat st;

	if (stat(m->source, &st) < 0)
		return err_set(e, 0,
			       "%s: %s: load the driver that makes it, or take it out of the list",
			       m->source, strerror(errno));
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(e, 0,
			       "%s is neither a character nor a block device: files and "
			       "directories go to /mounts",
			       m->source);
	rule.type = S_ISCHR(st.st_mode) ? 'c' : 'b';
	rule.major = major(st.st_rdev);
	rule.minor = minor(st.st_rdev);
	memcpy(rule.access, m->access, sizeof rule.access);
	allow(l, &rule);
	return 0;
}

int devices_allow(struct spec *s, struct err *e)
{
	size_t place = 0;

	s->resources.n_devices = 0;
	allow_common(&s->resources);
	for (size_t i = 0; i < s->n_mounts; i++) {
		if (!*s->mounts[i].access)
			continue;
		if (allow_device(&s->resources, &s->mounts[i], e) < 0)
			return err_wrap(e, "/devices/%zu", place);
		place++;
	}
	return 0;
}
