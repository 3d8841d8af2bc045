/* SPDX-License-Identifier: Apache-2.0 */
/* Which directories a group consists of: planned, and as the record keeps them. */
#include "cgroups/group.h"
#include "cgroups/host.h"
#include "cgroups/systemd.h"

#include <errno.h>
#include <string.h>

/* Beside its directories the record says what kind of group it is. */
static const char mark_exact[] = "exact", mark_none[] = "none", mark_systemd[] = "systemd=";

static struct cgroup *group_new(void)
{
	struct cgroup *c = mem_alloc(sizeof *c);

	c->clone_fd = -1;
	return c;
}

/* Takes what PART owns. */
static int group_add(struct cgroup *c, struct part part, struct err *e)
{
	if (c->n == PARTS_MAX) {
		err_set(e, E2BIG, "group %s is in more than %d hierarchies", part.dir, PARTS_MAX);
		free(part.controllers);
		free(part.dir);
		return -1;
	}
	part.entry = -1;
	c->parts[c->n++] = part;
	return 0;
}

/* Hands C to the caller, or frees it when RC says that it came to nothing. */
static int group_finish(struct cgroup *c, int rc, struct cgroup **out)
{
	if (rc < 0)
		cgroup_free(c);
	else
		*out = c;
	return rc;
}

static int err_no_groups(struct err *e)
{
	return err_set(e, 0,
		       "no control groups to be had: mount cgroup2 on /sys/fs/cgroup, writable");
}

static char *join(const char *dir, const char *below)
{
	return str_printf("%s/%s", strcmp(dir, "/") ? dir : "", below);
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

/* --- nfrun/NAME --- */

static int plan_v1(struct cgroup *c, const struct hierarchy *h, const char *name, struct err *e)
{
	scoped_str char *base = hierarchy_own_dir(h);

	return group_add(c,
			 (struct part){
				 .controllers = str_dup(h->controllers),
				 .dir = str_printf("%s/nfrun/%s", base, name),
			 },
			 e);
}

/* Those with controllers that every VNF has, and those that one may have a limit in. */
static bool holds_vnfs(const struct hierarchy *h)
{
	static const char *const more[] = { "blkio", "devices", "hugetlb", "rdma" };

	for (size_t i = 0; i < ARRAY_LEN(more); i++)
		if (words_have(h->controllers, more[i]))
			return true;
	return controllers_are_core(h->controllers);
}

/* On a hybrid host the v2 part has no limits to hold; it kills and counts CPU time in one go, keeps
 * the processes apart from the service or session that called, and costs no more than the
 * cpuacct hierarchy that it replaces. */
static int plan_parts(struct cgroup *c, const struct cgroup_host *h, const char *name,
		      struct err *e)
{
	scoped_str char *v2 = base_v2(h);

	for (size_t i = 0; i < h->n; i++) {
		const struct hierarchy *it = &h->v[i];

		if (it->v2 || !holds_vnfs(it) || (v2 && strcmp(it->controllers, "cpuacct") == 0))
			continue;
		if (plan_v1(c, it, name, e) < 0)
			return -1;
	}
	if (v2) {
		scoped_str char *nfrun = join(v2, "nfrun");
		struct part part = {
			.controllers = str_dup(""),
			.dir = join(nfrun, name),
			.v2 = true,
		};

		return group_add(c, part, e);
	}
	return c->n == 0 ? err_no_groups(e) : 0;
}

int cgroup_plan(const struct cgroup_host *h, const char *name, struct cgroup **out, struct err *e)
{
	struct cgroup *c = group_new();

	return group_finish(c, plan_parts(c, h, name, e), out);
}

/* --- an OCI caller's path --- */

static bool climbs(const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(dir, "../", 3) == 0 || strcmp(dir, "..") == 0 || strstr(dir, "/../") ||
	       (len >= 3 && strcmp(dir + len - 3, "/..") == 0);
}

/* "a/b" of "/a//./b/"; the caller frees. */
static char *path_clean(const char *path)
{
	scoped_str char *copy = str_dup(path), *clean = str_dup("");
	char *rest = copy, *name;

	while ((name = strsep(&rest, "/"))) {
		if (!*name || strcmp(name, ".") == 0)
			continue;

		char *longer = str_printf("%s%s%s", clean, *clean ? "/" : "", name);
		str_drop(&clean);
		clean = longer;
	}
	return str_take(&clean);
}

static char *path_check(const char *path, struct err *e)
{
	scoped_str char *clean = path_clean(path);

	if (climbs(path))
		err_set(e, EINVAL, "cgroups path '%s': '..' is not allowed in it", path);
	else if (strchr(path, '\n'))
		err_set(e, EINVAL, "cgroups path '%s': a newline is not allowed in it", path);
	else if (!*clean)
		err_set(e, EINVAL, "cgroups path '%s' names no group below the root", path);
	else
		return str_take(&clean);
	return NULL;
}

static bool has_v2(const struct cgroup_host *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->v[i].v2)
			return true;
	return false;
}

/* Absolute paths begin at the mount in every hierarchy, as the specification wants; relative ones
 * where nfrun's own groups are: v1 below the caller's group, v2 below the root that is ours. A
 * hierarchy that we may not write to is left out, and systemd's own where it has cgroup2. NULL:
 * so it is. */
static char *base_at(const struct cgroup_host *h, const struct hierarchy *it, bool absolute)
{
	if (strcmp(it->controllers, SYSTEMD) == 0 && has_v2(h))
		return NULL;

	scoped_str char *base = absolute ? str_dup(it->mount)
				: it->v2 ? base_v2(h)
					 : hierarchy_own_dir(it);

	return base && access(base, W_OK) == 0 ? str_take(&base) : NULL;
}

int cgroup_plan_at(const struct cgroup_host *h, const char *path, struct cgroup **out,
		   struct err *e)
{
	scoped_str char *clean = path_check(path, e);
	struct cgroup *c = group_new();
	int rc = clean ? 0 : -1;

	c->exact = true;
	for (size_t i = 0; i < h->n && rc == 0; i++) {
		scoped_str char *base = base_at(h, &h->v[i], *path == '/');

		if (base)
			rc = group_add(c,
				       (struct part){
					       .controllers = str_dup(h->v[i].controllers),
					       .dir = join(base, clean),
					       .v2 = h->v[i].v2,
				       },
				       e);
	}
	if (rc == 0 && c->n == 0)
		rc = err_no_groups(e);
	return group_finish(c, rc, out);
}

int cgroup_plan_none(struct cgroup **out)
{
	*out = group_new();
	return 0;
}

bool cgroup_is_none(const struct cgroup *c)
{
	return c->n == 0;
}

/* --- exec's group below it --- */

int cgroup_subgroup(const struct cgroup *c, const char *path, struct cgroup **out, struct err *e)
{
	scoped_str char *clean = path_check(path, e);
	struct cgroup *sub = group_new();
	int rc = clean ? 0 : -1;

	sub->exact = true;
	for (size_t i = 0; i < c->n && rc == 0; i++) {
		const struct part *p = &c->parts[i];
		scoped_str char *leaf = part_leaf(c, p);
		struct part below = { .v2 = p->v2 };

		if (part_is_lazy(c, p) && !part_exists(p))
			continue;
		below.controllers = str_dup(p->controllers);
		below.dir = join(leaf, clean);
		if (!part_exists(&below))
			rc = err_set(e, errno, "enter group %s", below.dir);
		if (group_add(sub, below, e) < 0)
			rc = -1;
	}
	if (rc == 0 && sub->n == 0)
		rc = err_set(e, 0, "enter group %s: the cgroup manager is disabled", path);
	return group_finish(sub, rc, out);
}

/* --- as the record keeps it --- */

static int add_unit(struct cgroup *c, const char *unit, struct err *e)
{
	if (!*unit || strchr(unit, '/') || c->scope)
		return err_set(e, EINVAL, "group 'systemd=%s' is not one unit", unit);
	c->scope = mem_alloc(sizeof *c->scope);
	c->scope->unit = str_dup(unit);
	return 0;
}

static int add_path(struct cgroup *c, const char *path, struct err *e)
{
	const char *dir = strstr(path, "=/");

	if (strcmp(path, mark_exact) == 0) {
		c->exact = true;
		return 0;
	}
	if (strcmp(path, mark_none) == 0)
		return 0;
	if (strncmp(path, mark_systemd, sizeof mark_systemd - 1) == 0)
		return add_unit(c, path + sizeof mark_systemd - 1, e);
	if (!dir || climbs(dir))
		return err_set(e, EINVAL, "group '%s' is not CONTROLLERS=/DIRECTORY", path);
	return group_add(c,
			 (struct part){
				 .controllers = str_printf("%.*s", (int)(dir - path), path),
				 .dir = str_dup(dir + 1),
				 .v2 = dir == path,
			 },
			 e);
}

int cgroup_from_paths(const struct strs *paths, struct cgroup **out, struct err *e)
{
	struct cgroup *c = group_new();
	int rc = 0;

	for (size_t i = 0; i < paths->n && rc == 0; i++)
		rc = add_path(c, paths->v[i], e);
	return group_finish(c, rc, out);
}

void cgroup_paths(const struct cgroup *c, struct strs *out)
{
	if (c->n == 0)
		strs_add(out, mark_none);
	else if (c->exact)
		strs_add(out, mark_exact);
	if (c->scope)
		strs_addf(out, "%s%s", mark_systemd, c->scope->unit);
	for (size_t i = 0; i < c->n; i++)
		strs_addf(out, "%s=%s", c->parts[i].controllers, c->parts[i].dir);
}
