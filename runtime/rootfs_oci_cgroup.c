/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/rootfs_oci_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* cgroup v1, and hybrid hosts: each hierarchy is a mount of its own below one tmpfs. With a cgroup
 * namespace a new mount shows the container's group as its root; without one, the container's group
 * is bound from the host's mount. */

struct hierarchy {
	char *controllers; /* "cpu,cpuacct", "name=systemd"; "": v2 */
	char *group;       /* the container's */
	char *mount;       /* where the host has it; NULL: nowhere */
	char *root;        /* the group which that mount shows as its root */
};

static void hierarchy_drop(struct hierarchy *h)
{
	str_drop(&h->controllers);
	str_drop(&h->group);
	str_drop(&h->mount);
	str_drop(&h->root);
}

static bool has_word(const char *list, const char *word, size_t len)
{
	for (;; list += strcspn(list, ",") + 1) {
		size_t n = strcspn(list, ",");

		if (n == len && strncmp(list, word, len) == 0)
			return true;
		if (list[n] == '\0')
			return false;
	}
}

/* Are all CONTROLLERS among the options of a mount? */
static bool shows(const char *options, const char *controllers)
{
	for (const char *c = controllers;; c++) {
		size_t n = strcspn(c, ",");

		if (!has_word(options, c, n))
			return false;
		c += n;
		if (*c == '\0')
			return true;
	}
}

/* proc_pid_mountinfo(5): LINE is cut up. */
static void match_mount(char *line, struct hierarchy *h)
{
	char *dash = strstr(line, " - "), *save = NULL;
	const char *want = *h->controllers ? "cgroup" : "cgroup2";

	if (!dash)
		return;
	*dash = '\0';
	char *type = strtok_r(dash + 3, " ", &save);
	char *source = strtok_r(NULL, " ", &save);
	char *options = strtok_r(NULL, " ", &save);
	if (!source || !options || strcmp(type, want) != 0)
		return;
	if (*h->controllers && !shows(options, h->controllers))
		return;

	char *field = strtok_r(line, " ", &save);
	for (int i = 0; field && i < 3; i++)
		field = strtok_r(NULL, " ", &save);
	char *at = strtok_r(NULL, " ", &save);
	if (!field || !at)
		return;
	h->root = str_dup(field);
	h->mount = str_dup(at);
}

static void find_mount(const char *mountinfo, struct hierarchy *h)
{
	scoped_str char *text = str_dup(mountinfo);
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line && !h->mount;
	     line = strtok_r(NULL, "\n", &save))
		match_mount(line, h);
}

/* The container's group, as a directory of the host's mount. */
static char *group_dir(const struct hierarchy *h)
{
	size_t n = strcmp(h->root, "/") == 0 ? 0 : strlen(h->root);

	if (strncmp(h->group, h->root, n) != 0 || (h->group[n] != '/' && h->group[n] != '\0'))
		return str_dup(h->mount);
	return str_printf("%s%s", h->mount, h->group + n);
}

static int new_view(const struct hierarchy *h, uint64_t attrs, struct err *e)
{
	scoped_strs struct strs data = { 0 };
	const char *c = h->controllers;

	strs_add(&data, "source=cgroup");
	if (*c == '\0')
		return mount_new("cgroup2", &data, attrs, e);
	if (strncmp(c, "name=", 5) == 0)
		strs_add(&data, "none");
	for (; *c; c += *c == ',') {
		size_t n = strcspn(c, ",");

		strs_addf(&data, "%.*s", (int)n, c);
		c += n;
	}
	return mount_new("cgroup", &data, attrs, e);
}

static int bound_view(const struct hierarchy *h, uint64_t attrs, struct err *e)
{
	scoped_str char *path = group_dir(h);
	struct mount_change how = { attrs, -1, false };
	scoped_fd int fd = mount_clone(AT_FDCWD, path, false, e);

	if (fd < 0)
		return -1;

	int code = mount_change(fd, &how);
	return code ? err_set(e, code, "change the mount of %s", path) : fd_take(&fd);
}

/* "cpu" and "cpuacct" lead to "cpu,cpuacct". */
static int link_controllers(int tmpfs, const char *name, const char *controllers, struct err *e)
{
	if (!strchr(controllers, ','))
		return 0;
	for (const char *c = controllers; *c; c += *c == ',') {
		size_t n = strcspn(c, ",");
		scoped_str char *one = str_printf("%.*s", (int)n, c);

		if (strcmp(one, name) != 0 && symlinkat(name, tmpfs, one) < 0 && errno != EEXIST)
			return err_set(e, errno, "make link %s", one);
		c += n;
	}
	return 0;
}

static int show(const struct spec *s, const struct spec_mount *m, const struct hierarchy *h,
		int tmpfs, struct err *e)
{
	const char *name = strrchr(h->mount, '/') + 1;
	scoped_fd int fd = oci_has_namespace(s, CLONE_NEWCGROUP) ? new_view(h, m->attrs, e)
								 : bound_view(h, m->attrs, e);

	if (fd < 0)
		return -1;
	if (mkdirat(tmpfs, name, 0755) < 0 && errno != EEXIST)
		return err_set(e, errno, "make directory %s", name);
	if (mount_attach_at(fd, tmpfs, name, e) < 0)
		return -1;
	return link_controllers(tmpfs, name, h->controllers, e);
}

/* A line of /proc/self/cgroup is "4:memory:/group". */
static bool parse_group(char *line, struct hierarchy *h)
{
	char *controllers = strchr(line, ':');
	char *group = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!group)
		return false;
	*group = '\0';
	h->controllers = str_dup(controllers + 1);
	h->group = str_dup(group + 1);
	return true;
}

int oci_cgroups_fill(const struct spec *s, const struct spec_mount *m, int tmpfs, struct err *e)
{
	scoped_str char *mountinfo = NULL;
	scoped_str char *groups = NULL;
	char *save = NULL;

	if (fs_read_at(AT_FDCWD, "/proc/self/mountinfo", &mountinfo, NULL, e) < 0 ||
	    fs_read_at(AT_FDCWD, "/proc/self/cgroup", &groups, NULL, e) < 0)
		return -1;
	for (char *line = strtok_r(groups, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct hierarchy h scoped(hierarchy_drop) = { 0 };

		if (!parse_group(line, &h))
			continue;
		find_mount(mountinfo, &h);
		if (h.mount && show(s, m, &h, tmpfs, e) < 0)
			return err_wrap(e, "hierarchy %s", *h.controllers ? h.controllers : "v2");
	}
	return 0;
}
