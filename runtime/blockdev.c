/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/blockdev.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Of the mount that PATH lies on: its file system's type and what is mounted, as
 * /proc/self/mountinfo has them. OUT has 256 bytes each. */
enum { WORD = 256 };

static bool mount_of(const char *path, char *type, char *source)
{
	scoped_file FILE *table = fopen("/proc/self/mountinfo", "re");
	scoped_str char *line = NULL;
	size_t size = 0;
	struct statx st;

	if (!table || statx(AT_FDCWD, path, 0, STATX_MNT_ID, &st) < 0)
		return false;
	while (getline(&line, &size, table) > 0) {
		const char *rest = strstr(line, " - ");

		if (rest && strtoull(line, NULL, 10) == st.stx_mnt_id)
			return sscanf(rest, " - %255s %255s", type, source) == 2;
	}
	return false;
}

static int say_no_device(const char *path, const char *type, struct err *e)
{
	return err_set(e, 0,
		       "%s lies on %s, which has no block device of its own: name the disk's "
		       "device, or a path on it",
		       path, type);
}

/* btrfs has device numbers of its own for its files, but mounts a device. */
static int device_below(const char *path, dev_t *out, struct err *e)
{
	char type[WORD] = "a file system that is in no mount table", source[WORD] = "";
	struct stat st;

	if (!mount_of(path, type, source) || source[0] != '/' || stat(source, &st) < 0 ||
	    !S_ISBLK(st.st_mode))
		return say_no_device(path, type, e);
	*out = st.st_rdev;
	return 0;
}

static int device_of(const char *path, dev_t *out, struct err *e)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_set(e, errno, "%s", path);
	*out = S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev;
	if (S_ISCHR(st.st_mode))
		return err_set(e, ENOTBLK, "%s", path);
	return major(*out) == 0 ? device_below(path, out, e) : 0;
}

/* A partition's directory in sysfs is one of its disk's. */
static int whole_disk(const char *path, dev_t device, dev_t *out, struct err *e)
{
	scoped_str char *dir = str_printf("/sys/dev/block/%u:%u", major(device), minor(device));
	scoped_str char *partition = str_printf("%s/partition", dir);
	scoped_str char *parent = str_printf("%s/../dev", dir), *text = NULL;
	unsigned long numbers[2] = { 0 };
	struct err failed = { 0 };
	char *colon = NULL;

	*out = device;
	if (access(dir, F_OK) < 0)
		return err_set(e, errno, "%s: block device %s", path, dir);
	if (access(partition, F_OK) < 0)
		return 0;
	if (fs_read_at(AT_FDCWD, parent, &text, NULL, &failed) == 0)
		numbers[0] = strtoul(text, &colon, 10);
	if (!colon || *colon != ':')
		return err_set(e, failed.code, "%s: find the disk of partition %u:%u", path,
			       major(device), minor(device));
	numbers[1] = strtoul(colon + 1, NULL, 10);
	*out = makedev((unsigned)numbers[0], (unsigned)numbers[1]);
	return 0;
}

int blockdev_find(const char *path, uint64_t *major_number, uint64_t *minor_number, struct err *e)
{
	dev_t device = 0, disk = 0;

	if (device_of(path, &device, e) < 0 || whole_disk(path, device, &disk, e) < 0)
		return -1;
	*major_number = major(disk);
	*minor_number = minor(disk);
	return 0;
}

/* What is not there any more has no limit that could be lifted. */
static bool is_lifted(const struct cgroup_limits *l, size_t place)
{
	for (size_t kind = 0; kind < IO_KINDS; kind++)
		for (size_t i = 0; i < l->io[kind].n; i++)
			if (l->io[kind].v[i].major == CGROUP_UNSET &&
			    l->io[kind].v[i].minor == place && l->io[kind].v[i].value != 0)
				return false;
	return true;
}

static int look_up(const struct cgroup_limits *l, size_t place, struct err *e)
{
	struct limits_disk *disk = &l->disks[place];
	struct err why = { 0 };

	if (blockdev_find(disk->path, &disk->major, &disk->minor, &why) < 0) {
		if (is_lifted(l, place) && (why.code == ENOENT || why.code == ENXIO))
			return 0;
		*e = why;
		return -1;
	}
	for (size_t i = 0; i < place; i++)
		if (l->disks[i].major == disk->major && l->disks[i].minor == disk->minor)
			return err_set(e, 0,
				       "%s and %s are the same disk, %" PRIu64 ":%" PRIu64
				       ": say its limits in one place",
				       disk->path, l->disks[i].path, disk->major, disk->minor);
	return 0;
}

/* Disks that are gone are left out. */
static void fill_in(const struct cgroup_limits *l, struct limits_io_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct limits_io it = list->v[i];

		if (it.major == CGROUP_UNSET) {
			const struct limits_disk *disk = &l->disks[it.minor];

			it.major = disk->major;
			it.minor = disk->minor;
		}
		if (it.major != CGROUP_UNSET)
			list->v[kept++] = it;
	}
	list->n = kept;
}

int blockdev_resolve(struct cgroup_limits *l, struct err *e)
{
	for (size_t place = 0; place < l->n_disks; place++)
		if (look_up(l, place, e) < 0)
			return err_wrap(e, "/resources/io/devices/%zu/path", place);
	for (size_t kind = 0; kind < IO_KINDS; kind++)
		fill_in(l, &l->io[kind]);
	return 0;
}
