/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/controllers.h"
#include "cgroups/host.h"
#include "cgroups/limits.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const char *const wanted[] = { "cpu", "memory", "pids", "cpuset" };

static bool is_needed(const struct cgroup_limits *l, const char *controller)
{
	return strcmp(controller, "cpuset") == 0 ? l->cpus != NULL : limits_need(l, controller);
}

/* v1 has it: then v2 cannot (cgroup v2, "Mounting"). */
static bool is_on_v1(const struct cgroup *c, const char *controller)
{
	for (size_t i = 0; i < c->n; i++)
		if (part_has(&c->parts[i], controller))
			return true;
	return false;
}

static int read_words(const char *dir, const char *file, char **out, struct err *e)
{
	scoped_str char *path = str_printf("%s/%s", dir, file);

	return fs_read_at(AT_FDCWD, path, out, NULL, e);
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
		help = ": processes sit in that very group; move them into a child of it";
	else if (cause->code == EACCES || cause->code == EPERM || cause->code == EROFS)
		help = ": it is not writable for us; have the group delegated";
	return err_set(e, cause->code,
		       "controller %s is not enabled in %s/cgroup.subtree_control%s", controller,
		       dir, help);
}

/* "+cpu +memory": what is wanted (only what is NEEDED_ONLY for the limits) but not there yet. */
static char *additions(const struct cgroup *c, const struct cgroup_limits *l, const char *offered,
		       const char *enabled, bool needed_only)
{
	scoped_str char *text = str_dup("");

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		const char *name = wanted[i];
		bool needed = is_needed(l, name);

		if (is_on_v1(c, name) || words_have(enabled, name) || !words_have(offered, name))
			continue;
		if (!needed && (needed_only || strcmp(name, "cpuset") == 0))
			continue;

		char *longer = str_printf("%s%s+%s", text, *text ? " " : "", name);
		str_drop(&text);
		text = longer;
	}
	return str_take(&text);
}

/* The first controller that L needs from v2 and that is not in LIST; NULL: none. */
static const char *first_missing(const struct cgroup *c, const struct cgroup_limits *l,
				 const char *list, const char *more)
{
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (is_needed(l, wanted[i]) && !is_on_v1(c, wanted[i]) &&
		    !words_have(list, wanted[i]) && !words_have(more, wanted[i]))
			return wanted[i];
	return NULL;
}

/* The kernel takes all of a write or nothing; so what only the statistics want is left out when the
 * whole is refused. */
static int enable_in(const struct cgroup *c, const char *dir, const struct cgroup_limits *l,
		     struct err *e)
{
	scoped_str char *offered = NULL, *enabled = NULL;
	scoped_str char *file = str_printf("%s/cgroup.subtree_control", dir);
	struct err cause = { 0 };

	if (read_words(dir, "cgroup.controllers", &offered, e) < 0 ||
	    read_words(dir, "cgroup.subtree_control", &enabled, e) < 0)
		return -1;

	const char *missing = first_missing(c, l, offered, enabled);
	if (missing)
		return err_missing(dir, missing, &cause, e);

	scoped_str char *all = additions(c, l, offered, enabled, false);
	scoped_str char *needed = additions(c, l, offered, enabled, true);
	if (!*all || fs_write_at(AT_FDCWD, file, all, &cause) == 0)
		return 0;
	if (!*needed || fs_write_at(AT_FDCWD, file, needed, &cause) == 0)
		return 0;
	return err_missing(dir, first_missing(c, l, enabled, ""), &cause, e);
}

static bool all_on_v1(const struct cgroup *c)
{
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (!is_on_v1(c, wanted[i]))
			return false;
	return true;
}

int controllers_enable(const struct cgroup *c, const char *above, const struct cgroup_limits *l,
		       struct err *e)
{
	scoped_str char *top = dir_above(above);

	if (all_on_v1(c))
		return 0;
	return enable_in(c, top, l, e) < 0 ? -1 : enable_in(c, above, l, e);
}

int controllers_require(const char *dir, const char *controller, struct err *e)
{
	scoped_str char *enabled = NULL, *above = dir_above(dir);
	struct err none = { 0 };

	if (read_words(dir, "cgroup.controllers", &enabled, e) < 0)
		return -1;
	return words_have(enabled, controller) ? 0 : err_missing(above, controller, &none, e);
}
