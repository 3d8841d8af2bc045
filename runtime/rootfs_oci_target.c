/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/rootfs_oci_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

/* What may cover a file of /proc: those that lxcfs emulates, and two that checkpointing and FIPS
 * setups need. Anything else in there would let an image say which process has which label. */
static const char *const proc_files[] = {
	"/proc/cpuinfo",
	"/proc/diskstats",
	"/proc/meminfo",
	"/proc/stat",
	"/proc/swaps",
	"/proc/uptime",
	"/proc/loadavg",
	"/proc/slabinfo",
	"/proc/net/dev",
	"/proc/sys/kernel/ns_last_pid",
	"/proc/sys/crypto/fips_enabled",
};

static bool is_on_proc(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* /proc itself is for a proc alone: what reads and writes there afterwards, this program included,
 * trusts it to be one. SOURCE -1: a new file system. */
static int check_proc(const struct spec_mount *m, int source, struct err *e)
{
	if (source < 0 ? bundle_is(m, "proc") : is_on_proc(source))
		return 0;
	return err_set(e, 0, "%s is for proc, or a bind mount of one", m->target);
}

bool bundle_target_is_in_proc(const char *target)
{
	target += strspn(target, "/");
	if (strncmp(target, "proc/", 5) != 0 || target[5 + strspn(target + 5, "/")] == '\0')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(proc_files); i++)
		if (bundle_path_is(target, proc_files[i]))
			return false;
	return true;
}

/* Looked at is where the path led, as the image may have put links in its way. */
int bundle_target_allowed(const struct spec_mount *m, int source, int at, struct err *e)
{
	if (bundle_path_is(m->target, "/proc"))
		return check_proc(m, source, e);
	if (!is_on_proc(at))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(proc_files); i++)
		if (bundle_path_is(m->target, proc_files[i]))
			return 0;
	return err_set(e, 0, "%s lies inside /proc, where nothing is mounted", m->target);
}

/* Of these the container's processes, and this program, expect that they are where they are said to
 * be. */
static bool is_strict(const struct spec_mount *m)
{
	return bundle_is(m, "proc") || bundle_is(m, "sysfs");
}

static int check_strict(int at, const struct spec_mount *m, struct err *e)
{
	struct stat st;

	if (fstat(at, &st) < 0)
		return err_set(e, errno, "look at %s", m->target);
	return S_ISDIR(st.st_mode)
		       ? 0
		       : err_set(e, 0,
				 "%s is no directory in the root, a link perhaps: %s is "
				 "mounted on nothing else",
				 m->target, m->type);
}

static int make_target(int root, const struct spec_mount *m, bool is_dir, struct err *e)
{
	int at = is_dir ? fs_mkdirs_in_root(root, m->target, 0755, e)
			: mount_make_file(root, m->target, e);

	if (at < 0 && e->code == EROFS)
		return err_set(e, 0, "%s is not in the root, which is read-only there: make it",
			       m->target);
	return at;
}

int bundle_target_open(int root, const struct spec_mount *m, bool is_dir, struct err *e)
{
	int flags = O_PATH | (is_strict(m) || m->no_follow ? O_NOFOLLOW : 0);
	scoped_fd int at = fs_open_in_root(root, m->target, flags, 0, e);

	if (at < 0 && e->code == ENOENT)
		at = make_target(root, m, is_dir, e);
	if (at < 0 || (is_strict(m) && check_strict(at, m, e) < 0))
		return -1;
	return fd_take(&at);
}
