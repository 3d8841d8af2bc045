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

struct hierarchies {
	struct hierarchy *v;
	size_t n;
};

static void hierarchies_drop(struct hierarchies *all)
{
	for (size_t i = 0; i < all->n; i++) {
		str_drop(&all->v[i].controllers);
		str_drop(&all->v[i].group);
		str_drop(&all->v[i].mount);
		str_drop(&all->v[i].root);
	}
	free(all->v);
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

struct mount_line {
	const char *root, *at, *type, *options;
};

/* proc_pid_mountinfo(5): LINE is cut up. */
static bool parse_mount(char *line, struct mount_line *out)
{
	char *dash = strstr(line, " - cgroup"), *save = NULL;

	if (!dash)
		return false;
	*dash = '\0';
	out->type = strtok_r(dash + 3, " ", &save);
	(void)strtok_r(NULL, " ", &save); /* the source */
	out->options = strtok_r(NULL, " ", &save);

	const char *field = strtok_r(line, " ", &save);
	for (int i = 0; field && i < 3; i++)
		field = strtok_r(NULL, " ", &save);
	out->root = field;
	out->at = field ? strtok_r(NULL, " ", &save) : NULL;
	return out->at && out->options;
}

static bool is_of(const struct mount_line *m, const struct hierarchy *h)
{
	if (*h->controllers == '\0')
		return strcmp(m->type, "cgroup2") == 0;
	return strcmp(m->type, "cgroup") == 0 && shows(m->options, h->controllers);
}

/* The first mount of each counts. MOUNTINFO is cut up. */
static void find_mounts(char *mountinfo, struct hierarchies *all)
{
	struct mount_line m;
	char *save = NULL;

	for (char *line = strtok_r(mountinfo, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (!parse_mount(line, &m))
			continue;
		for (size_t i = 0; i < all->n; i++) {
			struct hierarchy *h = &all->v[i];

			if (h->mount || !is_of(&m, h))
				continue;
			h->mount = str_dup(m.at);
			h->root = str_dup(m.root);
		}
	}
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
	scoped_fd int fd = spec_has_ns(s, CLONE_NEWCGROUP) ? new_view(h, m->attrs, e)
							   : bound_view(h, m->attrs, e);

	if (fd < 0)
		return -1;
	if (mkdirat(tmpfs, name, 0755) < 0 && errno != EEXIST)
		return err_set(e, errno, "make directory %s", name);
	if (mount_attach_at(fd, tmpfs, name, e) < 0)
		return -1;
	return link_controllers(tmpfs, name, h->controllers, e);
}

/* A line of /proc/self/cgroup is "4:memory:/group". GROUPS is cut up. */
static void find_groups(char *groups, struct hierarchies *all)
{
	char *save = NULL;

	for (char *line = strtok_r(groups, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *controllers = strchr(line, ':');
		char *group = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!group)
			continue;
		*group = '\0';
		all->v = mem_grow(all->v, all->n + 1, sizeof *all->v);
		all->v[all->n++] = (struct hierarchy){ .controllers = str_dup(controllers + 1),
						       .group = str_dup(group + 1) };
	}
}

int bundle_cgroups_fill(const struct spec *s, const struct spec_mount *m, int tmpfs, struct err *e)
{
	struct hierarchies all scoped(hierarchies_drop) = { 0 };
	scoped_str char *mountinfo = NULL;
	scoped_str char *groups = NULL;

	if (fs_read_at(AT_FDCWD, "/proc/self/mountinfo", &mountinfo, NULL, e) < 0 ||
	    fs_read_at(AT_FDCWD, "/proc/self/cgroup", &groups, NULL, e) < 0)
		return -1;
	find_groups(groups, &all);
	find_mounts(mountinfo, &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct hierarchy *h = &all.v[i];

		if (h->mount && show(s, m, h, tmpfs, e) < 0)
			return err_wrap(e, "hierarchy %s", *h->controllers ? h->controllers : "v2");
	}
	return 0;
}
