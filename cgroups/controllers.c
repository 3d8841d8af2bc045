/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/controllers.h"
#include "cgroups/host.h"
#include "cgroups/limits.h"
#include "cgroups/tree.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Those nfrun knows what for; "unified" may name others. */
static const struct {
	const char *name;
	enum { FOR_STATISTICS, FOR_OCI_STATISTICS, FOR_LIMITS } use;
} known[] = {
	{ "cpu", FOR_STATISTICS },    { "memory", FOR_STATISTICS }, { "pids", FOR_STATISTICS },
	{ "io", FOR_OCI_STATISTICS }, { "cpuset", FOR_LIMITS },     { "hugetlb", FOR_LIMITS },
	{ "rdma", FOR_LIMITS },
};

/* v1 has it: then v2 cannot (cgroup v2, "Mounting"). */
static bool is_on_v1(const struct cgroup *c, const char *controller)
{
	for (size_t i = 0; i < c->n; i++)
		if (part_has(&c->parts[i], controller_v1(controller)))
			return true;
	return false;
}

static int read_words(const char *dir, const char *file, char **out, struct err *e)
{
	scoped_str char *path = str_printf("%s/%s", dir, file);

	return fs_read_at(AT_FDCWD, path, out, NULL, e);
}

/* cgroup v2, "No Internal Process Constraint". */
static int err_internal(const char *dir, const char *controller, struct err *e)
{
	scoped_str char *text = NULL;
	scoped(pids_drop) struct pids there = { 0 };
	struct err gone = { 0 };
	char list[128];

	if (read_words(dir, "cgroup.procs", &text, &gone) == 0)
		pids_parse(&there, text);
	return err_set(e, EBUSY,
		       "controller %s is not enabled in %s/cgroup.subtree_control: processes sit "
		       "in that very group (%s); move them into a child of it",
		       controller, dir, pids_format(&there, list, sizeof list));
}

static int err_missing(const char *dir, const char *controller, const struct err *cause,
		       struct err *e)
{
	const char *help = "";

	if (cause->code == 0)
		return err_set(e, 0,
			       "controller %s is not enabled in %s/cgroup.subtree_control: "
			       "cgroup.controllers there does not offer it (not built into the "
			       "kernel, cgroup_disable=%s, on cgroup v1, or not passed on by the "
			       "group above)",
			       controller, dir, controller);
	if (cause->code == EBUSY)
		return err_internal(dir, controller, e);
	else if (cause->code == EACCES || cause->code == EPERM || cause->code == EROFS)
		help = ": it is not writable for us; have the group delegated";
	else if (cause->code == EOPNOTSUPP)
		help = ": that group is threaded (its cgroup.type), which only takes cpu, pids and "
		       "the like";
	return err_set(e, cause->code,
		       "controller %s is not enabled in %s/cgroup.subtree_control%s", controller,
		       dir, help);
}

/* --- which --- */

struct wanted {
	struct strs needed, all; /* ALL has the NEEDED too */
};

static void wanted_drop(struct wanted *w)
{
	strs_free(&w->needed);
	strs_free(&w->all);
}

static bool is_known(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return true;
	return false;
}

/* What the files of "unified" belong to, by their first word; these two are no controllers. What is
 * not the name of a file is for v2_unified to refuse. */
static void want_unified(struct wanted *w, const struct cgroup *c, const struct cgroup_limits *l)
{
	for (size_t i = 0; i < l->n_unified && !group_is_hybrid(c); i++) {
		const char *file = l->unified[i].file;
		scoped_str char *name = str_printf("%.*s", (int)strcspn(file, "."), file);

		if (!*name || strchr(name, '/') || is_known(name) || strcmp(name, "cgroup") == 0 ||
		    strcmp(name, "irq") == 0 || strs_has(&w->needed, name))
			continue;
		strs_add(&w->needed, name);
		strs_add(&w->all, name);
	}
}

static void want(struct wanted *w, const struct cgroup *c, const struct cgroup_limits *l)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		bool needed = limits_need(l, known[i].name);

		if (is_on_v1(c, known[i].name))
			continue;
		if (needed)
			strs_add(&w->needed, known[i].name);
		if (needed || known[i].use == FOR_STATISTICS ||
		    (known[i].use == FOR_OCI_STATISTICS && c->exact))
			strs_add(&w->all, known[i].name);
	}
	want_unified(w, c, l);
}

/* --- enabling --- */

/* "+cpu +memory": what of NAMES is offered but not enabled yet. */
static char *additions(const struct strs *names, const char *offered, const char *enabled)
{
	scoped_str char *text = str_dup("");

	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->v[i];

		if (words_have(enabled, name) || !words_have(offered, name))
			continue;

		char *longer = str_printf("%s%s+%s", text, *text ? " " : "", name);
		str_drop(&text);
		text = longer;
	}
	return str_take(&text);
}

/* The first of NAMES that is in neither list; NULL: none. */
static const char *first_missing(const struct strs *names, const char *list, const char *more)
{
	for (size_t i = 0; i < names->n; i++)
		if (!words_have(list, names->v[i]) && !words_have(more, names->v[i]))
			return names->v[i];
	return NULL;
}

/* One by one, after all at once was refused: what only the statistics want may fail. */
static int enable_each(const char *dir, const char *file, const struct wanted *w,
		       const char *offered, const char *enabled, struct err *e)
{
	for (size_t i = 0; i < w->all.n; i++) {
		const char *name = w->all.v[i];
		scoped_str char *one = str_printf("+%s", name);
		struct err cause = { 0 };

		if (words_have(enabled, name) || !words_have(offered, name))
			continue;
		if (fs_write_at(AT_FDCWD, file, one, &cause) < 0 && strs_has(&w->needed, name))
			return err_missing(dir, name, &cause, e);
	}
	return 0;
}

/* Processes sit in DIR. Not one by one then: cpu and pids alone would be enabled, and would make
 * DIR a threaded domain, in whose children no process may be (cgroup v2, "Threads"). */
static int refuse_beside_processes(const char *dir, const struct wanted *w, const char *enabled,
				   const struct err *cause, struct err *e)
{
	const char *name = first_missing(&w->needed, enabled, "");

	return name ? err_missing(dir, name, cause, e) : 0;
}

/* The kernel takes all of a write or nothing. */
static int enable_in(const char *dir, const struct wanted *w, const char *enabled, struct err *e)
{
	scoped_str char *offered = NULL;
	scoped_str char *file = str_printf("%s/cgroup.subtree_control", dir);
	struct err refused = { 0 }, none = { 0 };

	if (read_words(dir, "cgroup.controllers", &offered, e) < 0)
		return -1;

	const char *missing = first_missing(&w->needed, offered, enabled);
	if (missing)
		return err_missing(dir, missing, &none, e);

	scoped_str char *all = additions(&w->all, offered, enabled);
	if (!*all || fs_write_at(AT_FDCWD, file, all, &refused) == 0)
		return 0;
	if (refused.code == EBUSY)
		return refuse_beside_processes(dir, w, enabled, &refused, e);
	return enable_each(dir, file, w, offered, enabled, e);
}

/* The recursion ends above the mount, where there are no groups, or at the first group that hands
 * down all that is wanted. */
static int enable_down_to(const char *dir, const struct wanted *w, struct err *e)
{
	scoped_str char *enabled = NULL, *above = dir_above(dir);
	struct err failed = { 0 };

	if (read_words(dir, "cgroup.subtree_control", &enabled, &failed) < 0)
		return failed.code == ENOENT ? 0 : err_set(e, failed.code, "%s", failed.text);
	if (!first_missing(&w->all, enabled, ""))
		return 0;
	return enable_down_to(above, w, e) < 0 ? -1 : enable_in(dir, w, enabled, e);
}

int controllers_enable(const struct cgroup *c, const char *dir, const struct cgroup_limits *l,
		       struct err *e)
{
	scoped(wanted_drop) struct wanted w = { 0 };

	want(&w, c, l);
	return w.all.n == 0 ? 0 : enable_down_to(dir, &w, e);
}

bool controllers_have(const char *dir, const char *controller)
{
	scoped_str char *enabled = NULL;
	struct err ignored = { 0 }; /* then none */

	return read_words(dir, "cgroup.controllers", &enabled, &ignored) == 0 &&
	       words_have(enabled, controller);
}

int controllers_require(const char *dir, const char *controller, struct err *e)
{
	scoped_str char *enabled = NULL, *above = dir_above(dir);
	struct err none = { 0 };

	if (read_words(dir, "cgroup.controllers", &enabled, e) < 0)
		return -1;
	return words_have(enabled, controller) ? 0 : err_missing(above, controller, &none, e);
}
