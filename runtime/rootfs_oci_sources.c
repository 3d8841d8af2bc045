/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/hugepages.h"
#include "runtime/rootfs_oci_parts.h"
#include "runtime/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

static int set_attr(int mount, bool recursive, struct mount_attr *attr)
{
	unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

	/* the kernel wants all of this field cleared by whoever sets a part of it */
	if ((attr->attr_set | attr->attr_clr) & MOUNT_ATTR__ATIME)
		attr->attr_clr |= MOUNT_ATTR__ATIME;
	if (!attr->attr_set && !attr->attr_clr && !attr->propagation)
		return 0;
	return mount_setattr(mount, "", flags, attr, sizeof *attr) < 0 ? errno : 0;
}

int bundle_propagate(int mount, unsigned long propagation, struct err *e)
{
	struct mount_attr attr = { .propagation = propagation & ~(unsigned long)MS_REC };
	int code = set_attr(mount, propagation & MS_REC, &attr);

	return code ? err_set(e, code, "change propagation") : 0;
}

int bundle_remount(const struct spec_mount *m, int at, struct err *e)
{
	struct mount_attr all = { .attr_set = m->rec_set, .attr_clr = m->rec_clear };
	struct mount_attr top = { .attr_set = m->attrs, .attr_clr = m->attrs_clear };
	struct statx st;

	if (statx(at, "", AT_EMPTY_PATH, 0, &st) < 0)
		return err_set(e, errno, "look at %s", m->target);
	if (!(st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return err_set(e, 0, "nothing is mounted there");
	if (m->data.n > 0 && mount_reconfigure(at, &m->data, e) < 0)
		return -1;

	int code = set_attr(at, true, &all);
	if (code == 0)
		code = set_attr(at, false, &top);
	if (code)
		return err_set(e, code, "change the mount");
	return m->propagation ? bundle_propagate(at, m->propagation, e) : 0;
}

/* Of what the mounts below a recursive bind are when only the top one's propagation is told:
 * followers of the host, unless the root's propagation says otherwise. */
static unsigned long rest_propagation(const struct spec *s)
{
	unsigned long root = s->root_propagation & ~(unsigned long)MS_REC;

	if (root == MS_SHARED)
		return 0; /* what they are on the host */
	return root == MS_PRIVATE || root == MS_UNBINDABLE ? MS_PRIVATE : MS_SLAVE;
}

/* A copy of the host's mount is its peer: what one mounts, the other sees. */
static unsigned long own_propagation(const struct spec *s, const struct spec_mount *m)
{
	unsigned long root = s->root_propagation & ~(unsigned long)MS_REC;

	if (m->propagation)
		return m->propagation;
	if (root == MS_SHARED)
		return 0;
	return (root == MS_SLAVE ? MS_SLAVE : MS_PRIVATE) | MS_REC;
}

/* Who is root in a user namespace only must not mount on the host: a peer of his is made of a
 * follower, as the kernel does it when it copies a mount namespace. */
static int cut_peers(const struct spec *s, int mount, unsigned long wanted, struct err *e)
{
	if (!spec_has_ns(s, CLONE_NEWUSER) || (wanted && !(wanted & MS_SHARED)))
		return 0;
	return bundle_propagate(mount, MS_SLAVE | MS_REC, e);
}

static int say_refused(const struct spec_mount *m, int code, bool idmap, struct err *e)
{
	char fs[FS_NAME];

	if (!idmap || (code != EINVAL && code != EPERM))
		return err_set(e, code, "change the mount of %s", m->source);
	return err_set(
		e, 0,
		"idmap %s: it lies on %s, which cannot be idmapped (or is so already): move it "
		"to ext4, xfs, btrfs or tmpfs, or leave the mapping out",
		m->source, file_system_of(m->source, fs));
}

/* One call for the whole tree where something is asked of it, one for the top. */
static int change(const struct spec *s, const struct spec_mount *m, int mount, int userns,
		  struct err *e)
{
	unsigned long propagation = own_propagation(s, m);
	bool whole = m->recursive && (propagation & MS_REC);
	struct mount_attr all = { .attr_set = m->rec_set, .attr_clr = m->rec_clear };
	struct mount_attr top = { .attr_set = m->attrs, .attr_clr = m->attrs_clear };
	struct mount_attr *idmapped = m->idmapped == SPEC_IDMAP_RECURSIVE ? &all : &top;

	if (m->recursive && m->propagation && !whole)
		all.propagation = rest_propagation(s);
	(whole ? &all : &top)->propagation = propagation & ~(unsigned long)MS_REC;
	if (userns >= 0) {
		idmapped->attr_set |= MOUNT_ATTR_IDMAP;
		idmapped->userns_fd = (unsigned)userns;
	}
	if (cut_peers(s, mount, propagation, e) < 0)
		return -1;

	int code = set_attr(mount, true, &all);
	if (code == 0)
		code = set_attr(mount, false, &top);
	return code ? say_refused(m, code, userns >= 0, e) : 0;
}

/* Not the descriptor of the caller: of the namespace whose maps the mount gets, or -1. */
static int idmap_of(const struct spec_mount *m, int userns_fd, int *out, struct err *e)
{
	if (m->idmapped == SPEC_IDMAP_NO)
		return 0;
	if (m->uid_maps.n > 0 || m->gid_maps.n > 0)
		*out = bundle_userns_for(&m->uid_maps, &m->gid_maps, e);
	else if (userns_fd >= 0)
		*out = fcntl(userns_fd, F_DUPFD_CLOEXEC, 0);
	else
		return err_set(
			e, 0,
			"an idmapped mount without uidMappings and gidMappings takes those of "
			"the container, which has no user namespace");
	return *out < 0 ? -1 : 0;
}

int bundle_bind_open(const struct spec *s, const struct spec_mount *m, int userns_fd, struct err *e)
{
	unsigned flags =
		(m->recursive ? AT_RECURSIVE : 0) | (m->no_follow ? AT_SYMLINK_NOFOLLOW : 0);
	scoped_fd int fd =
		open_tree(AT_FDCWD, m->source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
	scoped_fd int userns = -1;

	if (fd < 0)
		return err_set(e, errno, "bind %s", m->source);
	if (idmap_of(m, userns_fd, &userns, e) < 0 || change(s, m, fd, userns, e) < 0)
		return -1;
	return fd_take(&fd);
}

/* "slave" is to see what the host mounts later, which only a clone of the host's mount can;
 * "shared" is a peer group of its own: config-linux.md, "Rootfs Mount Propagation". */
int bundle_root_open(const struct spec *s, struct err *e)
{
	scoped_fd int fd = mount_clone(AT_FDCWD, s->root.path, true, e);
	unsigned long as = s->root_propagation & MS_SLAVE ? MS_SLAVE : MS_PRIVATE;

	return fd < 0 || bundle_propagate(fd, as | MS_REC, e) < 0 ? -1 : fd_take(&fd);
}

static int dev_open(const struct spec *s, const struct spec_mount *m, struct err *e)
{
	uint64_t attrs = m->attrs & ~(uint64_t)(MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY);
	scoped_strs struct strs data = { 0 };
	uint32_t uid = 0, gid = 0;

	strs_copy(&data, &m->data);
	strs_addf(&data, "source=%s", m->source ? m->source : m->type);
	scoped_fd int dev = mount_new("tmpfs", &data, attrs, e);
	(void)(bundle_map_id(&s->uid_maps, 0, &uid) && bundle_map_id(&s->gid_maps, 0, &gid));

	if (dev < 0 || bundle_devices_make_mapped(s, dev, e) < 0)
		return -1;
	if (fchownat(dev, "", uid, gid, AT_EMPTY_PATH) < 0)
		return err_set(e, errno, "change owner of /dev");
	return fd_take(&dev);
}

static int hugepages_source(const struct spec *s, const struct spec_mount *m, struct err *e)
{
	scoped_strs struct strs data = { 0 };
	uint32_t uid = 0, gid = 0;

	strs_copy(&data, &m->data);
	strs_addf(&data, "source=%s", m->source ? m->source : m->type);
	(void)(bundle_map_id(&s->uid_maps, 0, &uid) && bundle_map_id(&s->gid_maps, 0, &gid));
	return hugepages_open(&data, m->attrs, uid, gid, e);
}

static int source_of(const struct spec *s, const struct spec_mount *m, int userns_fd,
		     struct rootfs_sources *out, struct err *e)
{
	if (bundle_is(m, "bind"))
		return source_add_fd(out, bundle_bind_open(s, m, userns_fd, e), e);
	if (bundle_is_parents_dev(s, m))
		return source_add_fd(out, dev_open(s, m, e), e);
	if (bundle_is_parents_hugepages(s, m))
		return source_add_fd(out, hugepages_source(s, m, e), e);
	return 0;
}

int rootfs_oci_sources_open(const struct spec *s, int userns_fd, struct rootfs_sources *out,
			    struct err *e)
{
	out->n = 0;
	if (!spec_has_ns(s, CLONE_NEWNS))
		return 0;
	if ((s->namespaces & CLONE_NEWNS) && source_add_fd(out, bundle_root_open(s, e), e) < 0) {
		rootfs_sources_drop(out);
		return err_wrap(e, "rootfs");
	}
	for (size_t i = 0; i < s->n_mounts && out->n < ROOTFS_SOURCES_MAX; i++) {
		if (source_of(s, &s->mounts[i], userns_fd, out, e) == 0)
			continue;
		rootfs_sources_drop(out);
		return err_wrap(e, "mount on %s", s->mounts[i].target);
	}
	return 0;
}
