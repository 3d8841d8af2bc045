/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/controllers.h"
#include "cgroups/cpuset.h"
#include "cgroups/group.h"
#include "cgroups/host.h"
#include "cgroups/limits.h"
#include "cgroups/tree.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

bool part_has(const struct part *p, const char *controller)
{
	return !p->v2 && words_have(p->controllers, controller);
}

struct part *part_v2(struct cgroup *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->parts[i].v2)
			return &c->parts[i];
	return NULL;
}

struct part *part_of(struct cgroup *c, const char *controller)
{
	for (size_t i = 0; i < c->n; i++)
		if (part_has(&c->parts[i], controller))
			return &c->parts[i];
	return part_v2(c);
}

bool part_is_lazy(const struct part *p)
{
	return !p->v2 && strcmp(p->controllers, "cpuset") == 0;
}

bool part_exists(const struct part *p)
{
	return access(p->dir, F_OK) == 0;
}

char *part_leaf(const struct cgroup *c, const struct part *p)
{
	for (size_t i = 0; i < c->n; i++)
		if (!p->v2 || part_has(&c->parts[i], "cpu"))
			return str_dup(p->dir);
	return str_printf("%s/app", p->dir);
}

char *dir_above(const char *dir)
{
	const char *slash = strrchr(dir, '/');

	return slash && slash > dir ? str_printf("%.*s", (int)(slash - dir), dir) : str_dup("/");
}

/* --- which directories --- */

static struct cgroup *group_new(void)
{
	struct cgroup *c = mem_alloc(sizeof *c);

	c->clone_fd = -1;
	return c;
}

static int group_add(struct cgroup *c, const struct part *part, struct err *e)
{
	if (c->n == PARTS_MAX)
		return err_set(e, E2BIG, "group %s is in more than %d hierarchies", part->dir,
			       PARTS_MAX);
	c->parts[c->n] = *part;
	c->parts[c->n++].entry = -1;
	return 0;
}

/* v2: below what the mount shows as its root, which in a container is the container's; below the
 * caller's group where that is all a delegation lets us write. NULL: neither. */
static char *base_v2(const struct cgroup_host *h)
{
	for (size_t i = 0; i < h->n; i++) {
		if (!h->v[i].v2)
			continue;
		if (access(h->v[i].mount, W_OK) == 0)
			return str_dup(h->v[i].mount);

		scoped_str char *own = hierarchy_own_dir(&h->v[i]);
		if (access(own, W_OK) == 0)
			return str_take(&own);
	}
	return NULL;
}

static int plan_v1(struct cgroup *c, const struct hierarchy *h, const char *name, struct err *e)
{
	scoped_str char *base = hierarchy_own_dir(h);
	struct part part = {
		.controllers = str_dup(h->controllers),
		.dir = str_printf("%s/nfrun/%s", base, name),
	};

	return group_add(c, &part, e);
}

/* On a hybrid host the v2 part has no limits to hold; it kills and counts CPU time in one go, keeps
 * the processes apart from the service or session that called, and costs no more than the
 * cpuacct hierarchy that it replaces. */
static int plan_parts(struct cgroup *c, const struct cgroup_host *h, const char *name,
		      struct err *e)
{
	scoped_str char *v2 = base_v2(h);

	for (size_t i = 0; i < h->n; i++) {
		bool spare = v2 && strcmp(h->v[i].controllers, "cpuacct") == 0;

		if (!h->v[i].v2 && !spare && plan_v1(c, &h->v[i], name, e) < 0)
			return -1;
	}
	if (v2) {
		struct part part = {
			.controllers = str_dup(""),
			.dir = str_printf("%s/nfrun/%s", strcmp(v2, "/") ? v2 : "", name),
			.v2 = true,
		};

		return group_add(c, &part, e);
	}
	if (c->n == 0)
		return err_set(e, 0,
			       "no control groups to be had: mount cgroup2 on /sys/fs/cgroup, "
			       "writable");
	return 0;
}

int cgroup_plan(const struct cgroup_host *h, const char *name, struct cgroup **out, struct err *e)
{
	struct cgroup *c = group_new();

	if (plan_parts(c, h, name, e) < 0) {
		cgroup_free(c);
		return -1;
	}
	*out = c;
	return 0;
}

static bool climbs(const char *dir)
{
	size_t len = strlen(dir);

	return strstr(dir, "/../") || (len >= 3 && strcmp(dir + len - 3, "/..") == 0);
}

static int add_path(struct cgroup *c, const char *path, struct err *e)
{
	const char *dir = strchr(path, '=');

	if (!dir || dir[1] != '/' || climbs(dir))
		return err_set(e, EINVAL, "group '%s' is not CONTROLLERS=/DIRECTORY", path);

	struct part part = {
		.controllers = str_printf("%.*s", (int)(dir - path), path),
		.dir = str_dup(dir + 1),
		.v2 = dir == path,
	};
	return group_add(c, &part, e);
}

int cgroup_from_paths(const struct strs *paths, struct cgroup **out, struct err *e)
{
	struct cgroup *c = group_new();

	for (size_t i = 0; i < paths->n; i++) {
		if (add_path(c, paths->v[i], e) < 0) {
			cgroup_free(c);
			return -1;
		}
	}
	*out = c;
	return 0;
}

void cgroup_paths(const struct cgroup *c, struct strs *out)
{
	for (size_t i = 0; i < c->n; i++)
		strs_addf(out, "%s=%s", c->parts[i].controllers, c->parts[i].dir);
}

void cgroup_free(struct cgroup *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		free(c->parts[i].controllers);
		free(c->parts[i].dir);
		fd_drop(&c->parts[i].entry);
	}
	fd_drop(&c->clone_fd);
	free(c);
}

/* --- making it --- */

/* Before anything is made, so that nothing of somebody else's group is touched on the way back. */
static int refuse_held(struct cgroup *c, struct err *e)
{
	scoped(pids_drop) struct pids held = { 0 };
	char list[128];

	if (cgroup_pids(c, &held.v, &held.n, e) < 0)
		return -1;
	if (held.n == 0)
		return 0;
	c->refused = true;
	return err_set(e, EBUSY, "group %s already holds processes: %s", c->parts[0].dir,
		       pids_format(&held, list, sizeof list));
}

int cgroup_create(struct cgroup *c, const struct cgroup_limits *l, struct err *e)
{
	if (refuse_held(c, e) < 0)
		return -1;
	for (size_t i = 0; i < c->n; i++) {
		struct part *p = &c->parts[i];

		if (part_is_lazy(p) && !l->cpus)
			continue;
		if (tree_make(c, p, l, e) < 0)
			return -1;
	}
	return limits_apply(c, l, false, e);
}

/* --- getting in --- */

int cgroup_clone_fd(struct cgroup *c, struct err *e)
{
	const struct part *p = part_v2(c);

	if (!p)
		return err_set(e, 0, "this group has no cgroup v2 part");
	if (c->clone_fd < 0) {
		scoped_str char *leaf = part_leaf(c, p);

		c->clone_fd = fs_open_at(AT_FDCWD, leaf, O_PATH | O_DIRECTORY, 0, e);
	}
	return c->clone_fd;
}

int cgroup_open_entries(struct cgroup *c, bool with_v2, struct err *e)
{
	for (size_t i = 0; i < c->n; i++) {
		struct part *p = &c->parts[i];

		fd_drop(&p->entry);
		if ((p->v2 && !with_v2) || (part_is_lazy(p) && !part_exists(p)))
			continue;

		scoped_str char *leaf = part_leaf(c, p);
		scoped_str char *file = str_printf("%s/%s", leaf, p->v2 ? "cgroup.procs" : "tasks");
		p->entry = fs_open_at(AT_FDCWD, file, O_WRONLY, 0, e);
		if (p->entry < 0)
			return -1;
	}
	return 0;
}

int cgroup_enter(struct cgroup *c, struct err *e)
{
	for (size_t i = 0; i < c->n; i++) {
		struct part *p = &c->parts[i];

		if (p->entry < 0)
			continue;
		if (write(p->entry, "0", 1) < 0)
			return err_set(e, errno, "enter group %s", p->dir);
		fd_drop(&p->entry);
	}
	return 0;
}
