/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/rootfs_oci_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* config-linux.md, "Default Devices". */
static const struct spec_device defaults[] = {
	{ .path = "/dev/null", .type = 'c', .major = 1, .minor = 3 },
	{ .path = "/dev/zero", .type = 'c', .major = 1, .minor = 5 },
	{ .path = "/dev/full", .type = 'c', .major = 1, .minor = 7 },
	{ .path = "/dev/random", .type = 'c', .major = 1, .minor = 8 },
	{ .path = "/dev/urandom", .type = 'c', .major = 1, .minor = 9 },
	{ .path = "/dev/tty", .type = 'c', .major = 5, .minor = 0 },
};

/* runtime-linux.md, "Dev symbolic links". */
static const struct {
	const char *name, *target, *only_with;
} links[] = {
	{ "fd", "/proc/self/fd", NULL },          { "stdin", "/proc/self/fd/0", NULL },
	{ "stdout", "/proc/self/fd/1", NULL },    { "stderr", "/proc/self/fd/2", NULL },
	{ "core", "/proc/kcore", "/proc/kcore" },
};

struct node {
	const struct spec_device *device;
	bool is_default; /* whatever the image has in its place is left there */
};

static mode_t type_bits(char type)
{
	return type == 'b' ? S_IFBLK : type == 'p' ? S_IFIFO : S_IFCHR;
}

static bool is_device(const struct stat *st, const struct spec_device *d)
{
	return (st->st_mode & S_IFMT) == type_bits(d->type) &&
	       (d->type == 'p' || st->st_rdev == makedev((unsigned)d->major, (unsigned)d->minor));
}

/* The call is made for each device of the container: those asked for first, then what is left of
 * the default ones. */
static bool next_node(const struct spec *s, size_t *i, struct node *out)
{
	for (; *i < s->n_devices + ARRAY_LEN(defaults); ++*i) {
		bool given = false;

		if (*i < s->n_devices) {
			*out = (struct node){ &s->devices[*i], false };
			++*i;
			return true;
		}
		*out = (struct node){ &defaults[*i - s->n_devices], true };
		for (size_t k = 0; k < s->n_devices && !given; k++)
			given = bundle_path_is(s->devices[k].path, out->device->path);
		if (given)
			continue;
		++*i;
		return true;
	}
	return false;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

struct owner {
	uid_t uid;
	gid_t gid;
};

/* chmod(2) on top of mknod(2): the umask is the caller's, and for all its threads. */
static int make_node(int dir, const struct spec_device *d, const struct owner *owner)
{
	mode_t mode = d->has_mode ? d->mode & 07777 : 0666;
	const char *name = name_of(d->path);
	dev_t dev = d->type == 'p' ? 0 : makedev((unsigned)d->major, (unsigned)d->minor);

	if (mknodat(dir, name, type_bits(d->type) | mode, dev) < 0 ||
	    fchmodat(dir, name, mode, 0) < 0)
		return errno;
	if ((owner->uid != 0 || owner->gid != 0) &&
	    fchownat(dir, name, owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	return 0;
}

/* The directory that D is in, made where it is missing. Most are in DEV, which is /dev. */
static int dir_of(int root, int dev, const struct spec_device *d, struct err *e)
{
	scoped_str char *parent = str_printf("%.*s", (int)(name_of(d->path) - d->path), d->path);

	return bundle_path_is(parent, "/dev") ? fcntl(dev, F_DUPFD_CLOEXEC, 0)
					      : fs_mkdirs_in_root(root, parent, 0755, e);
}

/* Where no node can be made, the host's own is bound: it has the host's owner and mode. */
static int bind_node(int root, const struct spec_device *d, struct err *e)
{
	scoped_fd int fd = mount_clone(AT_FDCWD, d->path, false, e);
	struct stat st;

	if (fd < 0)
		return err_wrap(e, "no node can be made here, so the host's is taken");
	if (fstat(fd, &st) < 0 || !is_device(&st, d))
		return err_set(e, 0,
			       "no node can be made here, and what the host has at this path is "
			       "another");
	return mount_attach(fd, root, d->path, e);
}

enum present { NOTHING, PLACE_FOR_ONE, DEVICE };

/* An empty file is what an earlier container has left in the image, to bind on. */
static int look(int dir, const struct node *n, enum present *out, struct err *e)
{
	struct stat st;

	*out = DEVICE;
	if (fstatat(dir, name_of(n->device->path), &st, AT_SYMLINK_NOFOLLOW) < 0)
		*out = NOTHING;
	else if (S_ISREG(st.st_mode) && st.st_size == 0)
		*out = PLACE_FOR_ONE;
	else if (!n->is_default && !is_device(&st, n->device))
		return err_set(e, 0, "something else is there already");
	return 0;
}

struct place {
	const struct spec *spec;
	int root, dev; /* DEV is /dev in ROOT */
};

static int supply(const struct place *p, const struct node *n, struct err *e)
{
	const struct spec_device *d = n->device;
	struct owner owner = { d->uid, d->gid };
	scoped_fd int dir = dir_of(p->root, p->dev, d, e);
	enum present present = NOTHING;

	if (dir < 0)
		return -1;

	int code = make_node(dir, d, &owner);
	if (code != EEXIST && code != EPERM)
		return code ? err_set(e, code, "make device node") : 0;
	if (look(dir, n, &present, e) < 0)
		return -1;
	if (present == DEVICE)
		return 0;
	return spec_has_ns(p->spec, CLONE_NEWNS) ? bind_node(p->root, d, e)
						 : err_set(e, code, "make device node");
}

static int make_links(int dev, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		if (links[i].only_with && access(links[i].only_with, F_OK) < 0)
			continue;
		if (symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST)
			return err_set(e, errno, "make link /dev/%s", links[i].name);
	}
	/* whatever an image has there, terminals are those of the container's devpts */
	if (symlinkat("pts/ptmx", dev, "ptmx") == 0)
		return 0;
	if (errno != EEXIST || unlinkat(dev, "ptmx", 0) < 0 ||
	    symlinkat("pts/ptmx", dev, "ptmx") < 0)
		return err_set(e, errno, "make link /dev/ptmx");
	return 0;
}

int bundle_devices_make(const struct spec *s, int root, struct err *e)
{
	scoped_fd int dev = fs_mkdirs_in_root(root, "/dev", 0755, e);
	struct node n;

	if (dev < 0)
		return -1;
	struct place p = { s, root, dev };
	for (size_t i = 0; next_node(s, &i, &n);)
		if (supply(&p, &n, e) < 0)
			return err_wrap(e, "%s", n.device->path);
	if (s->process
		    .terminal) { /* to be covered by the terminal, when all is read-only perhaps */
		scoped_fd int console = mount_make_file(root, "/dev/console", e);
		if (console < 0)
			return -1;
	}
	return make_links(dev, e);
}

/* What has an owner that the namespace does not know, is left to be bound, and shows as nobody's.
 */
static int supply_mapped(const struct spec *s, int dev, const struct spec_device *d, struct err *e)
{
	scoped_str char *parent = str_printf("%.*s", (int)(name_of(d->path) - d->path), d->path);
	struct owner owner;

	if (!bundle_path_is(parent, "/dev") || !bundle_map_id(&s->uid_maps, d->uid, &owner.uid) ||
	    !bundle_map_id(&s->gid_maps, d->gid, &owner.gid))
		return 0;

	int code = make_node(dev, d, &owner);
	return code == 0 || code == EPERM || code == EEXIST ? 0
							    : err_set(e, code, "make device node");
}

int bundle_devices_make_mapped(const struct spec *s, int dev, struct err *e)
{
	struct node n;

	for (size_t i = 0; next_node(s, &i, &n);)
		if (supply_mapped(s, dev, n.device, e) < 0)
			return err_wrap(e, "%s", n.device->path);
	return 0;
}
