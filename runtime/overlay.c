/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/rootfs_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* An overlay mounted in a user namespace by its own root. The lower layer is idmapped; the upper
 * one is plain and belongs to the mapped root, for overlayfs takes no idmapped upper, and on one
 * owned by anybody else it goes read-only without a word. */

static const char lower_name[] = "lower", kept_name[] = "kept", probe_name[] = ".nfrun-probe";

/* --- the parent's half --- */

/* NAME below UPPER, the container's root's, with MODE. One that is the host root's yet was left by
 * a start that did not get far. */
static int make_layer(int upper, const char *name, mode_t mode, uid_t owner, struct err *e)
{
	struct stat st;

	if (mkdirat(upper, name, 0700) < 0 && errno != EEXIST)
		return err_set(e, errno, "make directory %s", name);
	if (fstatat(upper, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, errno, "look at %s", name);
	if (st.st_uid == owner && owner != 0)
		return 0;
	if (fchmodat(upper, name, mode, 0) < 0 || fchownat(upper, name, owner, owner, 0) < 0)
		return err_set(e, errno, "change owner of %s", name);
	return 0;
}

/* The directory's owner remembers the id range. 0700: in it, programs of the container's root may
 * have the set-user-id bit. The merged root shows the mode of `upper`, so that is the lower root's.
 */
static int prepare_upper(const struct spec *s, struct err *e)
{
	uid_t owner = host_root_id(s);
	scoped_fd int upper = fs_open_at(AT_FDCWD, s->root.upper, O_RDONLY | O_DIRECTORY, 0, e);
	struct stat lower;

	if (upper < 0)
		return -1;
	if (stat(s->root.path, &lower) < 0)
		return err_set(e, errno, "look at %s", s->root.path);
	if (fchown(upper, owner, owner) < 0 || fchmod(upper, 0700) < 0)
		return err_set(e, errno, "change owner of %s", s->root.upper);
	if (make_layer(upper, "upper", lower.st_mode & 07777, owner, e) < 0 ||
	    make_layer(upper, "work", 0700, owner, e) < 0)
		return err_wrap(e, "%s", s->root.upper);
	return 0;
}

int overlay_sources(struct source_opening *o, struct err *e)
{
	const struct spec_root *root = &o->spec->root;
	struct source lower = { root->path, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, false,
				IDMAP_REQUIRED };
	struct source upper = { root->upper, MOUNT_ATTR_NODEV, false, IDMAP_NEVER };

	if (source_add(o, &lower, e) < 0)
		return -1;
	if (!root->upper)
		return 0;
	return prepare_upper(o->spec, e) < 0 ? -1 : source_add(o, &upper, e);
}

/* --- the child's half --- */

static int make_upper(int stage, int lower, struct err *e)
{
	struct stat st;

	if (fstat(lower, &st) < 0)
		return err_set(e, errno, "look at the lower layer");
	if (mkdirat(stage, "upper", st.st_mode & 07777) < 0 || mkdirat(stage, "work", 0700) < 0)
		return err_set(e, errno, "make the upper layer");
	if ((st.st_uid || st.st_gid) && fchownat(stage, "upper", st.st_uid, st.st_gid, 0) < 0)
		return err_set(e, errno, "change owner of the upper layer");
	return 0;
}

/* Both layers below a tmpfs, attached above the host's /dev: overlayfs finds them by path, and a
 * detached idmapped lower layer is refused by some kernels (6.12). They go with the host's tree.
 * Not above
 * "/": umount2(2) would then find them in the place of that tree. */
static int attach_layers(struct entering *r, int stage, struct err *e)
{
	scoped_fd int lower = source_take(r, e);
	scoped_fd int kept = lower >= 0 && r->spec->root.upper ? source_take(r, e) : -1;
	const char *second = r->spec->root.upper ? kept_name : NULL;

	if (lower < 0 || (second && kept < 0))
		return -1;
	if (mkdirat(stage, lower_name, 0700) < 0 || (second && mkdirat(stage, second, 0700) < 0))
		return err_set(e, errno, "make mount points of the layers");
	if (!second && make_upper(stage, lower, e) < 0)
		return -1;
	if (mount_attach_at(stage, AT_FDCWD, "/dev", e) < 0 ||
	    mount_attach_at(lower, stage, lower_name, e) < 0)
		return -1;
	return second ? mount_attach_at(kept, stage, second, e) : 0;
}

/* Some reasons make overlayfs read-only without an error: say it now, not when the first write
 * fails in the container. */
static int prove_writable(int root, const char *upper, struct err *e)
{
	const char *where = upper ? upper : "a tmpfs";
	scoped_fd int fd = openat(root, probe_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0 && unlinkat(root, probe_name, 0) == 0)
		return 0;
	return err_set(
		e, errno,
		"the overlay cannot be written: its upper layer, %s, has to be on a writable "
		"file system with extended attributes (ext4, xfs, btrfs, tmpfs), with free "
		"space, and not an overlay itself",
		where);
}

int overlay_enter(struct entering *r, struct err *e)
{
	bool kept = r->spec->root.upper;
	scoped_fd int stage = mount_new("tmpfs", NULL, MOUNT_ATTR_NODEV, e);
	scoped_strs struct strs data = { 0 };

	if (stage < 0 || attach_layers(r, stage, e) < 0)
		return -1;
	if (fchdir(stage) < 0)
		return err_set(e, errno, "change directory to the layers");
	/* relative paths: /proc/mounts inside shows nothing of the host's */
	strs_addf(&data, "lowerdir=%s", lower_name);
	strs_addf(&data, "upperdir=%s", kept ? "kept/upper" : "upper");
	strs_addf(&data, "workdir=%s", kept ? "kept/work" : "work");
	if (has_userns(r->spec))
		strs_add(&data, "userxattr"); /* trusted.* takes the initial user namespace */
	r->root = mount_new("overlay", &data, MOUNT_ATTR_NODEV, e);
	if (r->root < 0)
		return err_wrap(
			e, "lower layer %s, upper layer %s (it takes ext4, xfs, btrfs or tmpfs)",
			r->spec->root.path, kept ? r->spec->root.upper : "on tmpfs");
	if (prove_writable(r->root, r->spec->root.upper, e) < 0)
		return -1;
	return mount_attach_at(r->root, AT_FDCWD, "/", e);
}
