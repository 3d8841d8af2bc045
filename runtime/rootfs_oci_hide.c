/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/rootfs_oci_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* The kernel lets a user namespace mount a proc or sysfs of its own only while it sees a whole one
 * already. After chroot(2) the host's would still count, so that a container could mount one
 * without its masks. They are taken away, or, where that is not allowed, covered. */

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static int hide(const char *path, struct err *e)
{
	if (umount2(path, MNT_DETACH) == 0 || errno == ENOENT)
		return 0;
	if (errno != EINVAL && errno != EPERM)
		return err_set(e, errno, "take %s away", path);

	scoped_fd int cover = mount_new("tmpfs", NULL, MOUNT_ATTR_RDONLY, e);
	return cover < 0 ? -1 : mount_attach_at(cover, AT_FDCWD, path, e);
}

/* LINE is cut up. NULL: not one to be hidden. */
static const char *whole_view(char *line)
{
	char *dash = strstr(line, " - "), *save = NULL;

	if (!dash || (strncmp(dash + 3, "proc ", 5) != 0 && strncmp(dash + 3, "sysfs ", 6) != 0))
		return NULL;

	const char *field = strtok_r(line, " ", &save);
	for (int i = 0; field && i < 3; i++)
		field = strtok_r(NULL, " ", &save);
	return field && strcmp(field, "/") == 0 ? strtok_r(NULL, " ", &save) : NULL;
}

int bundle_hide_host(int root, struct err *e)
{
	scoped_str char *mountinfo = NULL;
	char link[40], own[4096], *save = NULL;

	snprintf(link, sizeof link, "/proc/self/fd/%d", root);
	ssize_t n = readlink(link, own, sizeof own - 1);
	if (n < 0)
		return err_set(e, errno, "find the root's path");
	own[n] = '\0';
	if (fs_read_at(AT_FDCWD, "/proc/self/mountinfo", &mountinfo, NULL, e) < 0)
		return -1;
	for (char *line = strtok_r(mountinfo, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *path = whole_view(line);

		if (path && !is_below(path, own) && hide(path, e) < 0)
			return -1;
	}
	return 0;
}
