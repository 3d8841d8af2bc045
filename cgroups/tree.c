/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/tree.h"
#include "cgroups/controllers.h"
#include "cgroups/cpuset.h"
#include "cgroups/limits.h"
#include "cgroups/nest.h"
#include "cgroups/packet.h"
#include "cgroups/stats.h"
#include "cgroups/systemd.h"
#include "runtime/base/fs.h"
#include "runtime/base/kthread.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { MAKE_TRIES = 16, REMOVE_MS = 2000 };

/* --- pids --- */

void pids_parse(struct pids *out, const char *text)
{
	char *end;

	for (long pid; (pid = strtol(text, &end, 10)), end != text; text = end) {
		if (pid == 0) /* in a pid namespace that we do not see */
			continue;
		out->v = mem_grow(out->v, out->n + 1, sizeof *out->v);
		out->v[out->n++] = (pid_t)pid;
	}
}

void pids_drop(struct pids *p)
{
	free(p->v);
	*p = (struct pids){ 0 };
}

int pids_compare(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void pids_sort(struct pids *p)
{
	size_t kept = 0;

	if (p->n == 0)
		return;
	qsort(p->v, p->n, sizeof *p->v, pids_compare);
	for (size_t i = 0; i < p->n; i++)
		if (kept == 0 || p->v[kept - 1] != p->v[i])
			p->v[kept++] = p->v[i];
	p->n = kept;
}

const char *pids_format(const struct pids *p, char *out, size_t size)
{
	enum { SHOWN = 8 };
	size_t at = 0;

	*out = '\0';
	for (size_t i = 0; i < p->n && i < SHOWN && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%d", i ? ", " : "", p->v[i]);
	if (p->n > SHOWN && at < size)
		(void)snprintf(out + at, size - at, " and %zu more", p->n - SHOWN);
	return out;
}

/* --- walking --- */

static bool is_child(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

/* kernfs keeps a directory's link count at 2 + children, which spares listing dozens of files in
 * the usual case that there are none. */
int tree_children(const char *dir, struct strs *out, struct err *e)
{
	const struct dirent *entry;
	struct stat st;

	if (stat(dir, &st) == 0 && st.st_nlink == 2)
		return 0;

	scoped_dir DIR *d = opendir(dir);
	if (!d)
		return errno == ENOENT ? 0 : err_set(e, errno, "list %s", dir);
	while ((entry = readdir(d)))
		if (is_child(entry))
			strs_addf(out, "%s/%s", dir, entry->d_name);
	return 0;
}

char *tree_top(const char *dir)
{
	scoped_str char *above = dir_above(dir);
	scoped_str char *procs = str_printf("%s/cgroup.procs", above);

	return access(procs, F_OK) == 0 ? tree_top(above) : str_dup(dir);
}

/* What comes after the first FROM of OUT was in the leaf DIR. */
static void drop_kernel_threads(struct pids *out, size_t from)
{
	size_t kept = from;

	for (size_t i = from; i < out->n; i++)
		if (!is_kernel_thread(out->v[i]))
			out->v[kept++] = out->v[i];
	out->n = kept;
}

int tree_pids(const char *dir, struct pids *out, struct err *e)
{
	scoped_strs struct strs below = { 0 };
	scoped_str char *file = str_printf("%s/cgroup.procs", dir);
	scoped_str char *text = NULL;
	struct err failed = { 0 };
	size_t before = out->n;

	/* EOPNOTSUPP: a threaded group, whose processes are listed above it (cgroups(7)). */
	if (fs_read_at(AT_FDCWD, file, &text, NULL, &failed) == 0)
		pids_parse(out, text);
	else if (failed.code == ENOENT || failed.code == ENODEV)
		return 0;
	else if (failed.code != EOPNOTSUPP)
		return err_set(e, failed.code, "%s", failed.text);
	if (packet_is_leaf(dir))
		drop_kernel_threads(out, before);

	if (tree_children(dir, &below, e) < 0)
		return -1;
	for (size_t i = 0; i < below.n; i++)
		if (tree_pids(below.v[i], out, e) < 0)
			return -1;
	return 0;
}

char *tree_find(const char *dir, pid_t pid)
{
	scoped_strs struct strs below = { 0 };
	scoped_str char *file = str_printf("%s/cgroup.procs", dir), *text = NULL;
	scoped(pids_drop) struct pids own = { 0 };
	struct err gone = { 0 };

	if (fs_read_at(AT_FDCWD, file, &text, NULL, &gone) == 0)
		pids_parse(&own, text);
	for (size_t i = 0; i < own.n; i++)
		if (own.v[i] == pid)
			return str_dup(dir);
	if (tree_children(dir, &below, &gone) < 0)
		return NULL;
	for (size_t i = 0; i < below.n; i++) {
		char *found = tree_find(below.v[i], pid);

		if (found)
			return found;
	}
	return NULL;
}

static int remove_tree(const char *dir, struct err *e)
{
	scoped_strs struct strs below = { 0 };

	if (tree_children(dir, &below, e) < 0)
		return -1;
	for (size_t i = 0; i < below.n; i++)
		if (remove_tree(below.v[i], e) < 0)
			return -1;
	if (rmdir(dir) < 0 && errno != ENOENT)
		return err_set(e, errno, "remove group %s", dir);
	return 0;
}

static int err_busy(const char *dir, struct err *e)
{
	scoped(pids_drop) struct pids held = { 0 };
	char list[128];

	if (tree_pids(dir, &held, e) < 0)
		return -1;
	pids_format(&held, list, sizeof list);
	return *list ? err_set(e, EBUSY, "group %s still holds processes: %s", dir, list)
		     : err_set(e, EBUSY, "remove group %s", dir);
}

/* rmdir is EBUSY for a moment after the last process is gone, until its exit has come as far as its
 * group membership; so try again, ever less often. */
static int remove_patiently(const char *dir, struct err *e)
{
	long waited_us = 0;

	for (long us = 100; packet_evict(dir, e) < 0 || remove_tree(dir, e) < 0;
	     us = us < 50000 ? us * 2 : us) {
		if (e->code != EBUSY)
			return -1;
		if (waited_us >= REMOVE_MS * 1000L)
			return err_busy(dir, e);
		(void)nanosleep(&(struct timespec){ .tv_nsec = us * 1000 }, NULL);
		waited_us += us;
	}
	return 0;
}

/* --- making --- */

static uint64_t number_in(const char *dir, const char *file, const char *key)
{
	scoped_str char *path = str_printf("%s/%s", dir, file), *text = NULL;
	struct err missing = { 0 };
	uint64_t value = CGROUP_UNSET;

	if (fs_read_at(AT_FDCWD, path, &text, NULL, &missing) == 0)
		(void)stats_find(text, key, &value);
	return value;
}

/* EAGAIN: a group above allows no more below it; say which. */
static int err_make(const char *dir, struct err *e)
{
	int code = errno;

	for (scoped_str char *above = dir_above(dir); code == EAGAIN && above[1];) {
		uint64_t most = number_in(above, "cgroup.max.descendants", NULL);
		uint64_t now = number_in(above, "cgroup.stat", "nr_descendants");
		char *higher = dir_above(above);

		if (is_set(most) && is_set(now) && now >= most) {
			err_set(e, code, "make group %s: %s/cgroup.max.descendants allows %" PRIu64,
				dir, above, most);
			free(higher);
			return -1;
		}
		str_drop(&above);
		above = higher;
	}
	return err_set(e, code, "make group %s", dir);
}

static int take_over(const char *dir, struct err *e)
{
	if (remove_patiently(dir, e) < 0)
		return -1;
	return mkdir(dir, 0755) < 0 ? err_make(dir, e) : 0;
}

/* Usually all but the last is there, so that is tried first. The recursion ends at "/" at the
 * latest.
 */
static int make_down_to(const char *dir, struct err *e)
{
	scoped_str char *above = dir_above(dir);

	if (mkdir(dir, 0755) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return err_make(dir, e);
	if (make_down_to(above, e) < 0)
		return -1;
	return mkdir(dir, 0755) < 0 && errno != EEXIST ? err_make(dir, e) : 0;
}

/* An exact group that is there already is joined as it is: somebody prepared it. */
static int make_dirs(const struct cgroup *c, const char *above, const char *dir, struct err *e)
{
	if (c->exact)
		return make_down_to(dir, e);
	if (mkdir(above, 0755) < 0 && errno != EEXIST)
		return err_make(above, e);
	if (mkdir(dir, 0755) == 0)
		return 0;
	return errno == EEXIST ? take_over(dir, e) : err_make(dir, e);
}

/* What is made below a threaded group takes no process (cgroups(7), "domain invalid"). A group
 * becomes that too when it holds processes while controllers such as pids are handed on in it, and
 * ceases to be when they leave. */
static int refuse_useless(const char *dir, struct err *e)
{
	scoped_str char *file = str_printf("%s/cgroup.type", dir), *type = NULL;
	scoped_str char *above = dir_above(dir), *text = NULL;
	scoped_str char *procs = str_printf("%s/cgroup.procs", above);
	scoped(pids_drop) struct pids there = { 0 };
	struct err missing = { 0 };
	char list[128];

	if (fs_read_at(AT_FDCWD, file, &type, NULL, &missing) < 0 ||
	    strncmp(type, "domain invalid", 14) != 0)
		return 0;
	if (fs_read_at(AT_FDCWD, procs, &text, NULL, &missing) == 0)
		pids_parse(&there, text);
	if (there.n > 0)
		return err_set(e, EBUSY,
			       "group %s can take no process: processes sit in the group above it "
			       "(%s); move them into a child of that",
			       dir, pids_format(&there, list, sizeof list));
	return err_set(e, 0,
		       "group %s can take no process: the group above, %s, is threaded "
		       "(cgroup.type), which cannot be undone: remove that, it is made anew",
		       dir, above);
}

/* With our group in it, nfrun/ stays; until then, whoever removes their last group may take it
 * away, also after it has been given its controllers. */
int tree_make(const struct cgroup *c, const struct part *p, const struct cgroup_limits *l,
	      struct err *e)
{
	scoped_str char *above = dir_above(p->dir), *leaf = part_leaf(c, p);
	int rc = -1;

	for (int i = 0; i < MAKE_TRIES && rc < 0; i++) {
		rc = make_dirs(c, above, p->dir, e);
		if (rc < 0 && e->code != ENOENT)
			break;
	}
	if (rc < 0 || (p->v2 && controllers_enable(c, above, l, e) < 0))
		return -1;
	if (part_has(p, "cpuset") && cpuset_inherit(p->dir, e) < 0)
		return -1;
	if (strcmp(leaf, p->dir) != 0 && mkdir(leaf, 0755) < 0)
		return err_make(leaf, e);
	return p->v2 ? refuse_useless(p->dir, e) : 0;
}

/* --- removing --- */

int tree_remove(const char *dir, struct err *e)
{
	scoped_str char *above = dir_above(dir);

	if (remove_patiently(dir, e) < 0)
		return -1;
	if (is_nest(above))
		(void)rmdir(above); /* in use by others, or gone: both fine */
	return 0;
}

int cgroup_remove(struct cgroup *c, struct err *e)
{
	if (c->scope && !c->refused && scope_stop(c, e) < 0)
		return -1;
	for (size_t i = 0; i < c->n && !c->refused; i++)
		if (tree_remove(c->parts[i].dir, e) < 0)
			return -1;

	scoped_fd int lock = nest_lock(c);
	if (lock >= 0)
		nest_settle(c, NULL);
	return 0;
}
