/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/limits.h"
#include "cgroups/controllers.h"
#include "cgroups/cpuset.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

const char *limit_text(uint64_t value, const char *max, char *out)
{
	if (is_limited(value))
		(void)snprintf(out, 24, "%" PRIu64, value);
	else
		(void)snprintf(out, 24, "%s", max);
	return out;
}

/* --- settings --- */

void settings_add(struct settings *s, const char *dir, const char *file, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort(); /* as str_printf does */
	s->v = mem_grow(s->v, s->n + 1, sizeof *s->v);
	s->v[s->n++] = (struct setting){ str_printf("%s/%s", dir, file), text, NULL };
}

void settings_drop(struct settings *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].path);
		free(s->v[i].text);
		free(s->v[i].old);
	}
	free(s->v);
	*s = (struct settings){ 0 };
}

static void put_back(const struct settings *s, size_t n, struct err *e)
{
	while (n-- > 0) {
		struct err failed = { 0 };

		if (fs_write_at(AT_FDCWD, s->v[n].path, s->v[n].old, &failed) < 0)
			err_wrap(e, "%s could not be put back (%s)", s->v[n].path,
				 strerror(failed.code)); /* NOLINT(concurrency-mt-unsafe) */
	}
}

static int explain(const struct setting *s, struct err *e)
{
	const char *file = strrchr(s->path, '/') + 1;
	scoped_str char *dir = dir_above(s->path);

	if (e->code == ENOENT && access(dir, F_OK) == 0)
		return err_set(e, ENOENT, "this kernel has no %s, which would hold that limit",
			       s->path);
	/* v1 only: v2 kills where it cannot reclaim. */
	if (e->code == EBUSY && strncmp(file, "memory.", 7) == 0)
		return err_set(e, EBUSY,
			       "set %s to %s: more than that is in use and cannot be reclaimed",
			       s->path, s->text);
	return -1;
}

int settings_write(struct settings *s, bool undo, struct err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		struct setting *it = &s->v[i];

		if ((!undo || fs_read_at(AT_FDCWD, it->path, &it->old, NULL, e) == 0) &&
		    fs_write_at(AT_FDCWD, it->path, it->text, e) == 0)
			continue;
		explain(it, e);
		if (undo)
			put_back(s, i, e);
		return -1;
	}
	return 0;
}

/* --- v2 --- */

/* "QUOTA PERIOD"; what L does not say stays as it is. */
static int v2_cpu_max(struct settings *s, const char *dir, const struct cgroup_limits *l,
		      struct err *e)
{
	scoped_str char *path = str_printf("%s/cpu.max", dir), *now = NULL;
	char quota[24];

	if (l->cpu_quota_us == CGROUP_UNSET && fs_read_at(AT_FDCWD, path, &now, NULL, e) < 0)
		return -1;
	if (now)
		(void)snprintf(quota, sizeof quota, "%.*s", (int)strcspn(now, " \n"), now);
	else
		limit_text(l->cpu_quota_us, "max", quota);
	if (is_limited(l->cpu_period_us))
		settings_add(s, dir, "cpu.max", "%s %" PRIu64, quota, l->cpu_period_us);
	else
		settings_add(s, dir, "cpu.max", "%s", quota); /* the period stays */
	return 0;
}

static int v2_memory_max(struct settings *s, const char *dir, const struct cgroup_limits *l,
			 struct err *e)
{
	scoped_str char *swap = str_printf("%s/memory.swap.max", dir);
	bool countable = access(swap, F_OK) == 0;
	char text[24];

	if (!countable && is_limited(l->memory_swap_max) &&
	    (l->memory_swap_max > 0 || host_has_swap()))
		return err_set(e, 0,
			       "memory.swap.max: this kernel does not count swap by group "
			       "(no %s; boot with swapaccount=1)",
			       swap);
	if (countable && l->memory_swap_max != CGROUP_UNSET)
		settings_add(s, dir, "memory.swap.max", "%s",
			     limit_text(l->memory_swap_max, "max", text));
	if (l->memory_max != CGROUP_UNSET)
		settings_add(s, dir, "memory.max", "%s", limit_text(l->memory_max, "max", text));
	return 0;
}

/* --- the table --- */

/* A limit by its v2 name. NULL as translator: FIRST as a number into the file of that name. */
struct limit {
	const char *name, *controller;
	size_t first, second; /* the fields it comes from */
	int (*v2)(struct settings *, const char *dir, const struct cgroup_limits *, struct err *);
	int (*v1)(struct settings *, const char *dir, const struct cgroup_limits *, struct err *);
};

#define FIELD(name) offsetof(struct cgroup_limits, name)

/* clang-format off */
static const struct limit limits[] = {
	{ "cpu.max",     "cpu",    FIELD(cpu_quota_us), FIELD(cpu_period_us),   v2_cpu_max,    v1_cpu_max },
	{ "cpu.weight",  "cpu",    FIELD(cpu_weight),   FIELD(cpu_weight),      NULL,          v1_cpu_weight },
	{ "memory.high", "memory", FIELD(memory_high),  FIELD(memory_high),     NULL,          v1_memory_high },
	{ "memory.max",  "memory", FIELD(memory_max),   FIELD(memory_swap_max), v2_memory_max, v1_memory_max },
	{ "pids.max",    "pids",   FIELD(pids_max),     FIELD(pids_max),        NULL,          NULL },
};
/* clang-format on */

static uint64_t value_at(const struct cgroup_limits *l, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)l + offset, sizeof value);
	return value;
}

static bool is_given(const struct limit *it, const struct cgroup_limits *l)
{
	return value_at(l, it->first) != CGROUP_UNSET || value_at(l, it->second) != CGROUP_UNSET;
}

static bool is_limiting(const struct limit *it, const struct cgroup_limits *l)
{
	return is_limited(value_at(l, it->first)) || is_limited(value_at(l, it->second));
}

bool limits_need(const struct cgroup_limits *l, const char *controller)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (strcmp(limits[i].controller, controller) == 0 && is_limiting(&limits[i], l))
			return true;
	return false;
}

/* --- applying it --- */

static int add_limit(struct cgroup *c, const struct limit *it, const struct cgroup_limits *l,
		     struct settings *s, struct err *e)
{
	const struct part *p = part_of(c, it->controller);
	char text[24];

	if (!p)
		return is_limiting(it, l) ? err_set(e, 0,
						    "%s: controller %s is mounted nowhere "
						    "(/proc/self/mountinfo)",
						    it->name, it->controller)
					  : 0;
	if (p->v2 && controllers_require(p->dir, it->controller, e) < 0)
		return is_limiting(it, l) ? err_wrap(e, "%s", it->name) : 0;
	if (p->v2 ? it->v2 != NULL : it->v1 != NULL)
		return (p->v2 ? it->v2 : it->v1)(s, p->dir, l, e);
	settings_add(s, p->dir, it->name, "%s", limit_text(value_at(l, it->first), "max", text));
	return 0;
}

int limits_apply(struct cgroup *c, const struct cgroup_limits *l, bool undo, struct err *e)
{
	scoped(settings_drop) struct settings s = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (is_given(&limits[i], l) && add_limit(c, &limits[i], l, &s, e) < 0)
			return -1;
	if (l->cpus && cpuset_add(c, l->cpus, &s, e) < 0)
		return -1;
	return settings_write(&s, undo, e);
}

int cgroup_update(struct cgroup *c, const struct cgroup_limits *l, struct err *e)
{
	bool joined = false;

	if (l->cpus && cpuset_prepare(c, l, &joined, e) < 0)
		return -1;
	if (limits_apply(c, l, true, e) == 0)
		return 0;
	if (joined)
		cpuset_leave(c, e);
	return -1;
}
