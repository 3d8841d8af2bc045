/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/freeze.h"
#include "cgroups/packet.h"
#include "cgroups/stats.h"
#include "cgroups/tree.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>

enum { NAP_MS = 1, THAW_AFTER = 25 };

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static const char *word(bool on)
{
	return on ? "freeze" : "thaw";
}

/* --- v2 --- */

static int v2_frozen(const char *dir, bool *out, struct err *e)
{
	scoped_str char *file = str_printf("%s/cgroup.events", dir), *text = NULL;
	uint64_t value = 0;

	if (fs_read_at(AT_FDCWD, file, &text, NULL, e) < 0)
		return -1;
	if (!stats_find(text, "frozen", &value))
		return err_set(e, ENOTSUP, "%s does not tell 'frozen' (Linux 5.2)", file);
	*out = value == 1;
	return 0;
}

static bool is_empty(const char *dir, const char *file)
{
	scoped_str char *path = str_printf("%s/%s", dir, file), *text = NULL;
	struct err ignored = { 0 }; /* then it is not */

	return fs_read_at(AT_FDCWD, path, &text, NULL, &ignored) == 0 && *text == '\0';
}

/* Of the leaf with the kernel threads the kernel does not tell: processes in it, which a container
 * may have put there, are taken for running. */
static int frozen_below(const char *dir, bool *out, struct err *e)
{
	scoped(pids_drop) struct pids running = { 0 };

	if (!packet_is_leaf(dir))
		return v2_frozen(dir, out, e);
	if (tree_pids(dir, &running, e) < 0)
		return -1;
	*out = running.n == 0;
	return 0;
}

/* The kernel's word for a group that has processes is about these alone; for one that has none, a
 * container having moved them all into groups below, about all of those. A kernel thread in the
 * leaf keeps that at 0 for ever: then we look at the others, those that are frozen and those that
 * are not. */
static int v2_frozen_beside(const char *dir, bool *out, struct err *e)
{
	scoped_strs struct strs below = { 0 };
	scoped_str char *file = str_printf("%s/cgroup.freeze", dir), *text = NULL;

	if (v2_frozen(dir, out, e) < 0)
		return -1;
	if (*out || !packet_is_held(dir) || !is_empty(dir, "cgroup.procs"))
		return 0;
	if (fs_read_at(AT_FDCWD, file, &text, NULL, e) < 0 || tree_children(dir, &below, e) < 0)
		return -1;
	*out = *text == '1';
	for (size_t i = 0; i < below.n && *out; i++)
		if (frozen_below(below.v[i], out, e) < 0)
			return -1;
	return 0;
}

/* The file's changes wake a poll for POLLPRI (cgroup v2, "Populated Notification"). */
static int v2_await(const char *dir, bool on, int64_t end, struct err *e)
{
	scoped_str char *file = str_printf("%s/cgroup.events", dir);
	scoped_fd int fd = fs_open_at(AT_FDCWD, file, O_RDONLY, 0, e);
	bool frozen = !on;

	if (fd < 0)
		return -1;
	for (;;) {
		char seen[256];
		int64_t left = end - now_ms();

		/* reading arms the poll; what counts is read after it */
		if (pread(fd, seen, sizeof seen, 0) < 0)
			return err_set(e, errno, "read %s", file);
		if (v2_frozen_beside(dir, &frozen, e) < 0)
			return -1;
		if (frozen == on)
			return 0;
		if (left <= 0)
			return err_set(e, ETIMEDOUT, "%s group %s", word(on), dir);
		if (packet_is_held(dir) && left > NAP_MS)
			left = NAP_MS; /* nothing will wake us */
		(void)poll(&(struct pollfd){ .fd = fd, .events = POLLPRI }, 1, (int)left);
	}
}

static int v2_set(const char *dir, bool on, struct err *e)
{
	scoped_str char *file = str_printf("%s/cgroup.freeze", dir);

	return fs_write_at(AT_FDCWD, file, on ? "1" : "0", e);
}

static int v2_freeze(const char *dir, bool on, int timeout_ms, struct err *e)
{
	struct err ignored = { 0 }; /* the failure before it counts */
	int rc = v2_set(dir, on, e);

	if (rc == 0)
		rc = v2_await(dir, on, now_ms() + timeout_ms, e);
	if (rc < 0 && on)
		(void)v2_set(dir, false, &ignored);
	return rc;
}

/* --- v1 (freezer-subsystem.txt) --- */

static int v1_set(const char *dir, bool on, struct err *e)
{
	scoped_str char *file = str_printf("%s/freezer.state", dir);

	return fs_write_at(AT_FDCWD, file, on ? "FROZEN" : "THAWED", e);
}

/* Reading is what turns FREEZING into FROZEN. */
static int v1_state(const char *dir, char **out, struct err *e)
{
	scoped_str char *file = str_printf("%s/freezer.state", dir);

	if (fs_read_at(AT_FDCWD, file, out, NULL, e) < 0)
		return -1;
	(*out)[strcspn(*out, "\n")] = '\0';
	return 0;
}

/* FREEZING can last: a process may have been forked, or moved in, past the walk that freezes them.
 * Writing again walks again, and a short thaw lets go on what a frozen one keeps from freezing
 * (vfork), as runc found. */
static int v1_await(const char *dir, bool on, int64_t end, struct err *e)
{
	const char *want = on ? "FROZEN" : "THAWED";

	for (int i = 1;; i++) {
		scoped_str char *state = NULL;

		if ((i % THAW_AFTER == 0 && on && v1_set(dir, false, e) < 0) ||
		    v1_set(dir, on, e) < 0 || v1_state(dir, &state, e) < 0)
			return -1;
		if (strcmp(state, want) == 0)
			return 0;
		if (now_ms() >= end)
			return err_set(e, ETIMEDOUT, "%s group %s, which is %s", word(on), dir,
				       state);
		(void)poll(NULL, 0, NAP_MS);
	}
}

static int v1_freeze(const char *dir, bool on, int timeout_ms, struct err *e)
{
	struct err ignored = { 0 };
	int rc = v1_await(dir, on, now_ms() + timeout_ms, e);

	if (rc < 0 && on)
		(void)v1_set(dir, false, &ignored);
	return rc;
}

/* --- either --- */

static const struct part *freezer(struct cgroup *c, struct err *e)
{
	const struct part *p = part_of(c, "freezer");

	if (!p && c->n == 0)
		err_set(e, 0, "freeze: the cgroup manager is disabled");
	else if (!p)
		err_set(e, 0,
			"freeze: neither cgroup2 nor the v1 controller freezer holds this group "
			"(/proc/self/mountinfo)");
	return p;
}

int cgroup_freeze(struct cgroup *c, bool on, int timeout_ms, struct err *e)
{
	const struct part *p = freezer(c, e);
	scoped_str char *leaf = p ? part_leaf(c, p) : NULL;

	if (!p)
		return -1;
	return p->v2 ? v2_freeze(leaf, on, timeout_ms, e) : v1_freeze(leaf, on, timeout_ms, e);
}

int cgroup_is_frozen(struct cgroup *c, bool *out, struct err *e)
{
	const struct part *p = part_of(c, "freezer");
	scoped_str char *leaf = p ? part_leaf(c, p) : NULL, *state = NULL;
	struct err failed = { 0 };
	int rc = 0;

	*out = false;
	if (!p)
		return 0; /* whom nothing can freeze */
	if (p->v2)
		rc = v2_frozen_beside(leaf, out, &failed);
	else if ((rc = v1_state(leaf, &state, &failed)) == 0)
		*out = strcmp(state, "FROZEN") == 0;
	if (rc == 0 || failed.code == ENOENT || failed.code == ENODEV || failed.code == ENOTSUP)
		return 0; /* gone, or a kernel that cannot */
	*e = failed;
	return -1;
}

static void thaw_tree(const char *dir)
{
	scoped_strs struct strs below = { 0 };
	struct err ignored = { 0 }; /* gone: then nothing in it waits to die */

	(void)v1_set(dir, false, &ignored);
	if (tree_children(dir, &below, &ignored) < 0)
		return;
	for (size_t i = 0; i < below.n; i++)
		thaw_tree(below.v[i]);
}

void freeze_let_die(struct cgroup *c)
{
	const struct part *p = part_of(c, "freezer");

	if (p && !p->v2)
		thaw_tree(p->dir);
}
