/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/group.h"
#include "cgroups/host.h"
#include "cgroups/late.h"
#include "cgroups/limits.h"
#include "cgroups/packet.h"
#include "cgroups/systemd.h"
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

bool group_is_hybrid(const struct cgroup *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (!c->parts[i].v2 && controllers_are_core(c->parts[i].controllers))
			return true;
	return false;
}

static const char *const eager[] = { "cpu",     "cpuacct", "memory", "pids",
				     "devices", "freezer", SYSTEMD };

bool part_is_lazy(const struct cgroup *c, const struct part *p)
{
	for (size_t i = 0; i < ARRAY_LEN(eager); i++)
		if (part_has(p, eager[i]))
			return false;
	return !p->v2 && !(c->exact && part_has(p, "blkio"));
}

bool part_exists(const struct part *p)
{
	return access(p->dir, F_OK) == 0;
}

bool group_exists(const struct cgroup *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (part_exists(&c->parts[i]))
			return true;
	return false;
}

char *part_leaf(const struct cgroup *c, const struct part *p)
{
	return !p->v2 || c->exact ? str_dup(p->dir) : str_printf("%s/app", p->dir);
}

char *dir_above(const char *dir)
{
	const char *slash = strrchr(dir, '/');

	return slash && slash > dir ? str_printf("%.*s", (int)(slash - dir), dir) : str_dup("/");
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
	scope_free(c->scope);
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

static int refuse_frozen_nest(struct cgroup *c, struct err *e)
{
	const struct part *p = part_v2(c);
	scoped_str char *nest = p ? dir_above(p->dir) : NULL, *text = NULL;
	scoped_str char *events = p ? str_printf("%s/cgroup.events", nest) : NULL;
	struct err missing = { 0 };

	if (!p || fs_read_at(AT_FDCWD, events, &text, NULL, &missing) < 0 ||
	    !strstr(text, "frozen 1"))
		return 0;
	c->refused = true;
	return err_set(
		e, EBUSY,
		"group %s is frozen: write 0 to its cgroup.freeze, or to that of a group above it",
		nest);
}

/* A process that enters a frozen group would never get as far as to say what is wrong. */
static int refuse_frozen(struct cgroup *c, struct err *e)
{
	bool frozen = false;

	if (!c->exact) /* then it is made anew */
		return refuse_frozen_nest(c, e);
	if (cgroup_is_frozen(c, &frozen, e) < 0)
		return -1;
	if (!frozen)
		return 0;
	c->refused = true;
	return err_set(e, EBUSY, "group %s is frozen", c->parts[0].dir);
}

int cgroup_create(struct cgroup *c, const struct cgroup_limits *l, struct err *e)
{
	c->refused = false; /* an earlier try may have been */
	if (refuse_held(c, e) < 0 || refuse_frozen(c, e) < 0 || cgroup_packet_leave(c, e) < 0)
		return -1;
	fd_drop(&c->clone_fd); /* of a leftover */
	if (c->scope && scope_start(c, l, e) < 0)
		return -1;
	for (size_t i = 0; i < c->n; i++) {
		struct part *p = &c->parts[i];

		if (late_is_due(c, p, l) && tree_make(c, p, l, e) < 0)
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

int cgroup_clone_fd_of(struct cgroup *c, pid_t pid, struct err *e)
{
	const struct part *p = part_v2(c);
	scoped_str char *dir = p ? tree_find(p->dir, pid) : NULL;

	if (!dir)
		return err_set(e, 0, "process %d is not below this group", pid);
	fd_drop(&c->clone_fd);
	c->clone_fd = fs_open_at(AT_FDCWD, dir, O_PATH | O_DIRECTORY, 0, e);
	return c->clone_fd;
}

int cgroup_open_entries(struct cgroup *c, bool with_v2, struct err *e)
{
	for (size_t i = 0; i < c->n; i++) {
		struct part *p = &c->parts[i];

		fd_drop(&p->entry);
		if ((p->v2 && !with_v2) || (part_is_lazy(c, p) && !part_exists(p)))
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
