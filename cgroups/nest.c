/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/nest.h"
#include "cgroups/limits.h"
#include "cgroups/tree.h"
#include "runtime/base/fs.h"
#include "runtime/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>

static const char exclusive[] = "cpuset.cpus.exclusive";

/* What the nest has of its groups' in one file. */
struct share {
	const char *file;
	size_t asked;   /* the member of struct cgroup_limits that asks for it */
	uint64_t fresh; /* what a new group has */
	uint64_t most;
	bool sum;  /* else the most of any */
	bool lazy; /* looked at only when it is asked for, or there */
	bool hundredths;
};

#define ASKED(name) offsetof(struct cgroup_limits, name)

/* clang-format off */
static const struct share shares[] = {
	{ "cpu.weight",     ASKED(cpu_weight), 100,  10000,           .sum = true },
	{ "cpu.shares",     ASKED(cpu_weight), 1024, 262144,          .sum = true }, /* v1 */
	{ "memory.min",     ASKED(memory_min), 0,    CGROUP_NO_LIMIT, .sum = true, .lazy = true },
	{ "memory.low",     ASKED(memory_low), 0,    CGROUP_NO_LIMIT, .sum = true, .lazy = true },
	{ "cpu.uclamp.min", ASKED(uclamp_min), 0,    10000,           .lazy = true, .hundredths = true },
};
/* clang-format on */

bool is_nest(const char *dir)
{
	const char *slash = strrchr(dir, '/');

	return slash && strcmp(slash, "/nfrun") == 0;
}

/* --- the lock --- */

/* The one directory that every nfrun on this host takes: that which bills CPU time. */
static char *locked_dir(struct cgroup *c)
{
	const struct part *p = c->exact ? NULL : part_of(c, "cpu");
	scoped_str char *nest = p ? dir_above(p->dir) : NULL;

	return nest && is_nest(nest) ? str_take(&nest) : NULL;
}

static bool is_still(int fd, const char *dir)
{
	struct stat held, now;

	return fstat(fd, &held) == 0 && stat(dir, &now) == 0 && held.st_ino == now.st_ino;
}

/* Nobody holds it for longer than a few files take to write, unless he was stopped in the middle:
 * that stops no other. */
static bool lock_patiently(int fd)
{
	enum { TRIES = 10000, PAUSE_US = 200 };

	for (int i = 0; i < TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		(void)nanosleep(&(struct timespec){ .tv_nsec = PAUSE_US * 1000L }, NULL);
	}
	return false;
}

/* Whoever removes the last group may have taken the nest away, and another have made it anew. */
int nest_lock(struct cgroup *c)
{
	scoped_str char *nest = locked_dir(c);

	while (nest) {
		scoped_fd int fd = open(nest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || !lock_patiently(fd))
			break;
		if (is_still(fd, nest))
			return fd_take(&fd);
	}
	return -1;
}

/* --- whose it is --- */

static char *read_text(const char *dir, const char *file)
{
	scoped_str char *path = str_printf("%s/%s", dir, file), *text = NULL;
	struct err missing = { 0 };

	if (fs_read_at(AT_FDCWD, path, &text, NULL, &missing) < 0)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return str_take(&text);
}

/* The mark has the last text that was written, and the one before: written ahead of the file, it is
 * right on both sides of a crash. */
static char *mark_name(const char *file)
{
	return str_printf("user.nfrun.%s", file);
}

static bool is_ours(const char *nest, const char *file, const char *now, const char *fresh)
{
	scoped_str char *name = mark_name(file);
	char mark[256], *rest = mark, *line;
	ssize_t n = getxattr(nest, name, mark, sizeof mark - 1);

	if (strcmp(now, fresh) == 0)
		return true;
	mark[n > 0 ? n : 0] = '\0';
	while ((line = strsep(&rest, "\n")))
		if (strcmp(line, now) == 0)
			return true;
	return false;
}

static bool put_mark(const char *nest, const char *file, const char *now, const char *next)
{
	scoped_str char *name = mark_name(file), *mark = str_printf("%s\n%s", now, next);

	return setxattr(nest, name, mark, strlen(mark), 0) == 0;
}

static void put(const char *nest, const char *file, const char *now, const char *next)
{
	scoped_str char *path = str_printf("%s/%s", nest, file);
	struct err refused = { 0 }; /* then it is not ours to change */

	if (put_mark(nest, file, now, next))
		(void)fs_write_at(AT_FDCWD, path, *next ? next : "\n", &refused);
}

/* --- numbers --- */

/* "max", "100", "20.00"; CGROUP_UNSET: no such file. */
static uint64_t read_value(const char *dir, const struct share *it)
{
	scoped_str char *text = read_text(dir, it->file);
	char *end;

	if (!text || !*text)
		return CGROUP_UNSET;
	if (strcmp(text, "max") == 0)
		return it->hundredths ? it->most : CGROUP_NO_LIMIT;

	uint64_t value = strtoull(text, &end, 10);
	if (!it->hundredths)
		return value;
	value *= 100;
	return *end == '.' ? value + strtoull(end + 1, NULL, 10) : value;
}

static char *write_value(uint64_t value, const struct share *it)
{
	char text[24];

	return it->hundredths ? str_printf("%" PRIu64 ".%02" PRIu64, value / 100, value % 100)
			      : str_dup(limit_text(value, "max", text));
}

static uint64_t reckon(const struct strs *groups, const struct share *it)
{
	uint64_t all = CGROUP_UNSET;

	for (size_t i = 0; i < groups->n; i++) {
		uint64_t one = read_value(groups->v[i], it);

		if (!is_set(one))
			continue;
		if (!is_set(all))
			all = one;
		else if (!it->sum)
			all = one > all ? one : all;
		else
			all = one > it->most - all ? it->most : all + one;
	}
	return is_set(all) && all > it->most ? it->most : all;
}

static bool is_asked(const struct share *it, const struct cgroup_limits *l)
{
	uint64_t value = CGROUP_UNSET;

	if (l)
		memcpy(&value, (const char *)l + it->asked, sizeof value);
	return is_set(value);
}

static void settle_share(const char *nest, const struct strs *groups, const struct share *it,
			 const struct cgroup_limits *l)
{
	scoped_str char *now = read_text(nest, it->file);
	scoped_str char *fresh = write_value(it->fresh, it);

	if (!now || (it->lazy && strcmp(now, fresh) == 0 && !is_asked(it, l)))
		return;

	uint64_t all = reckon(groups, it);
	scoped_str char *next = is_set(all) ? write_value(all, it) : NULL;
	if (next && strcmp(next, now) != 0 && is_ours(nest, it->file, now, fresh))
		put(nest, it->file, now, next);
}

/* --- CPUs --- */

static void cpulist_join(struct cpulist *to, const struct cpulist *more)
{
	for (size_t i = 0; i < ARRAY_LEN(to->bits); i++)
		to->bits[i] |= more->bits[i];
}

/* What the groups in the nest have been given, and CPUS (NULL: nothing more). The caller frees. */
static char *reckon_cpus(const struct strs *groups, const char *cpus)
{
	struct cpulist all = { 0 }, one;

	for (size_t i = 0; i < groups->n; i++) {
		scoped_str char *text = read_text(groups->v[i], exclusive);

		if (text && cpulist_parse(text, &one))
			cpulist_join(&all, &one);
	}
	if (cpus && cpulist_parse(cpus, &one))
		cpulist_join(&all, &one);
	return cpulist_count(&all) > 0 ? cpulist_format(&all) : str_dup("");
}

static void settle_cpus(const char *nest, const struct strs *groups)
{
	scoped_str char *now = read_text(nest, exclusive);

	if (!now || !*now)
		return;

	scoped_str char *next = reckon_cpus(groups, NULL);
	if (strcmp(now, next) != 0 && is_ours(nest, exclusive, now, ""))
		put(nest, exclusive, now, next);
}

bool nest_has_own_cpus(const char *nest)
{
	scoped_str char *now = read_text(nest, exclusive);

	return now && is_ours(nest, exclusive, now, "");
}

void nest_add_cpus(struct settings *s, const char *nest, const char *cpus, setting_check *why)
{
	scoped_strs struct strs groups = { 0 };
	scoped_str char *now = read_text(nest, exclusive);
	struct err ignored = { 0 }; /* then CPUS alone, which the kernel refuses if it is not all */

	(void)tree_children(nest, &groups, &ignored);
	scoped_str char *next = reckon_cpus(&groups, cpus);
	if (now && strcmp(now, next) == 0)
		return;
	(void)put_mark(nest, exclusive, now ? now : "", next);
	settings_add(s, nest, exclusive, "%s", next);
	s->v[s->n - 1].why = why;
	s->v[s->n - 1].once = true; /* nest_settle knows better by then */
}

/* --- all of it --- */

void nest_settle(const struct cgroup *c, const struct cgroup_limits *l)
{
	for (size_t i = 0; i < c->n && !c->exact; i++) {
		const struct part *p = &c->parts[i];
		scoped_str char *nest = dir_above(p->dir);
		scoped_strs struct strs groups = { 0 };
		struct err ignored = { 0 }; /* then nothing is known about them */

		if ((!p->v2 && !part_has(p, "cpu")) || !is_nest(nest) ||
		    tree_children(nest, &groups, &ignored) < 0 || groups.n == 0)
			continue;
		for (size_t k = 0; k < ARRAY_LEN(shares); k++)
			settle_share(nest, &groups, &shares[k], l);
		settle_cpus(nest, &groups);
	}
}
