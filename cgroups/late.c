/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/late.h"
#include "cgroups/controllers.h"
#include "cgroups/limits.h"
#include "cgroups/packet.h"
#include "cgroups/tree.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* The lazy controllers, by their v2 names. */
static const char *const lazy[] = { "cpuset", "hugetlb", "net_cls", "net_prio",
				    "rdma",   "io",      "devices" };

static bool is_needed(const struct part *p, const struct cgroup_limits *l)
{
	for (size_t i = 0; i < ARRAY_LEN(lazy); i++)
		if (part_has(p, controller_v1(lazy[i])) && limits_need(l, lazy[i]))
			return true;
	return false;
}

bool late_is_due(const struct cgroup *c, const struct part *p, const struct cgroup_limits *l)
{
	scoped_str char *above = dir_above(p->dir);
	scoped_str char *mark = str_printf("%s/release_agent", above); /* in a v1 root alone */

	if (!part_is_lazy(c, p) || is_needed(p, l))
		return true;
	return c->exact && access(above, F_OK) == 0 && access(mark, F_OK) != 0;
}

static int move_all(const struct pids *who, const char *dir, struct err *e)
{
	scoped_str char *procs = str_printf("%s/cgroup.procs", dir);

	for (size_t i = 0; i < who->n; i++) {
		char pid[24];

		(void)snprintf(pid, sizeof pid, "%d", who->v[i]);
		if (fs_write_at(AT_FDCWD, procs, pid, e) < 0 && e->code != ESRCH)
			return -1;
	}
	return 0;
}

/* A process that forks while we move it leaves a child behind: look again until all are over. */
static int join_late(struct cgroup *c, const struct part *p, struct err *e)
{
	enum { ROUNDS = 32 };

	for (int i = 0; i < ROUNDS; i++) {
		scoped(pids_drop) struct pids all = { 0 }, there = { 0 };

		if (cgroup_pids(c, &all.v, &all.n, e) < 0 || tree_pids(p->dir, &there, e) < 0)
			return -1;
		if (all.n == there.n)
			return 0;
		if (move_all(&all, p->dir, e) < 0)
			return -1;
	}
	return err_set(e, EAGAIN, "move the group's processes to %s: it forks faster than that",
		       p->dir);
}

/* Its processes go back to where they came from: nfrun's own groups lie two levels below that. */
static void leave(const struct cgroup *c, const struct part *p, struct err *e)
{
	scoped_str char *above = dir_above(p->dir), *top = dir_above(above);
	scoped(pids_drop) struct pids there = { 0 };
	struct err failed = { 0 };

	if (tree_pids(p->dir, &there, &failed) == 0 &&
	    move_all(&there, c->exact ? above : top, &failed) == 0 &&
	    tree_remove(p->dir, &failed) == 0)
		return;
	err_wrap(e, "%s could not be removed (%s)", p->dir, failed.text);
}

void late_undo(struct cgroup *c, const struct late *late, struct err *e)
{
	for (size_t i = 0; i < c->n; i++)
		if (late->made[i])
			leave(c, &c->parts[i], e);
}

static int make_part(struct cgroup *c, size_t i, const struct cgroup_limits *l, struct late *late,
		     struct err *e)
{
	const struct part *p = &c->parts[i];

	if (p->v2) {
		scoped_str char *above = dir_above(p->dir);

		return controllers_enable(c, above, l, e);
	}
	if (!part_is_lazy(c, p) || !is_needed(p, l) || part_exists(p))
		return 0;
	late->made[i] = true;
	if (tree_make(c, p, l, e) < 0 || join_late(c, p, e) < 0)
		return -1;
	return packet_follow(c, p, e);
}

int late_make(struct cgroup *c, const struct cgroup_limits *l, struct late *late, struct err *e)
{
	for (size_t i = 0; i < c->n; i++) {
		if (make_part(c, i, l, late, e) == 0)
			continue;
		late_undo(c, late, e);
		return -1;
	}
	return 0;
}
