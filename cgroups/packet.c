/* SPDX-License-Identifier: Apache-2.0 */
/* The leaf of kernel threads: who is in it, getting in and out. */
#include "cgroups/packet.h"
#include "cgroups/cpuset.h"
#include "runtime/base/fs.h"
#include "runtime/base/kthread.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char name[] = "/packet";

bool packet_is_leaf(const char *dir)
{
	const char *slash = strrchr(dir, '/');

	return slash && strcmp(slash, name) == 0;
}

char *packet_leaf(const char *dir)
{
	return str_printf("%s%s", dir, name);
}

/* --- who is there --- */

/* The kernel threads in LEAF itself; v1 and v2 list them alike, as each is a process of its own. */
static int threads_in(const char *leaf, struct pids *out, struct err *e)
{
	scoped_str char *file = str_printf("%s/cgroup.procs", leaf), *text = NULL;
	struct err failed = { 0 };
	size_t kept = 0;

	if (fs_read_at(AT_FDCWD, file, &text, NULL, &failed) == 0)
		pids_parse(out, text);
	else if (failed.code != ENOENT && failed.code != ENODEV && failed.code != EOPNOTSUPP)
		return err_set(e, failed.code, "%s", failed.text);
	for (size_t i = 0; i < out->n; i++)
		if (is_kernel_thread(out->v[i]))
			out->v[kept++] = out->v[i];
	out->n = kept;
	return 0;
}

bool packet_is_held(const char *dir)
{
	scoped_str char *leaf = packet_leaf(dir);
	scoped(pids_drop) struct pids there = { 0 };
	struct err ignored = { 0 }; /* then nobody to be seen */

	return threads_in(leaf, &there, &ignored) == 0 && there.n > 0;
}

/* What bills, weighs or binds. The other v1 hierarchies hold memory, processes and devices, of
 * which a kernel thread has none, or stop processes, which it does not. */
static bool concerns_threads(const struct part *p)
{
	return (p->v2 || part_has(p, "cpu") || part_has(p, "cpuacct") || part_has(p, "cpuset")) &&
	       part_exists(p);
}

/* --- getting in and out --- */

/* By a single number and at once, a kernel thread being single. */
static int move(pid_t tid, const char *dir, bool v2, struct err *e)
{
	scoped_str char *file = str_printf("%s/%s", dir, v2 ? "cgroup.procs" : "tasks");
	char text[24];

	(void)snprintf(text, sizeof text, "%d", tid);
	return fs_write_at(AT_FDCWD, file, text, e);
}

static bool is_v2(const char *dir)
{
	scoped_str char *tasks = str_printf("%s/tasks", dir);

	return access(tasks, F_OK) != 0;
}

/* To where the kernel makes its threads. A throttled one is let go on by it: its runtime is the
 * root's then. */
int packet_evict(const char *dir, struct err *e)
{
	scoped_str char *leaf = packet_leaf(dir);
	scoped(pids_drop) struct pids there = { 0 };
	struct err failed = { 0 };

	if (access(leaf, F_OK) < 0)
		return 0;
	if (threads_in(leaf, &there, e) < 0)
		return -1;
	if (there.n == 0)
		return 0;

	scoped_str char *top = tree_top(dir);
	bool v2 = is_v2(dir);
	for (size_t i = 0; i < there.n; i++) {
		if (move(there.v[i], top, v2, &failed) == 0 || failed.code == ESRCH)
			continue;
		*e = failed;
		return err_wrap(e, "kernel thread %d out of %s", there.v[i], leaf);
	}
	return 0;
}

static bool part_holds(const struct part *p, pid_t tid)
{
	scoped_str char *leaf = packet_leaf(p->dir);
	scoped(pids_drop) struct pids there = { 0 };
	struct err ignored = { 0 };

	if (threads_in(leaf, &there, &ignored) < 0)
		return false;
	for (size_t i = 0; i < there.n; i++)
		if (there.v[i] == tid)
			return true;
	return false;
}

/* cpuset on v1 takes nobody before it has CPUs and memory nodes. */
static int make_leaf(const struct part *p, const char *leaf, struct err *e)
{
	if (mkdir(leaf, 0755) < 0 && errno != EEXIST)
		return err_set(e, errno, "make group %s", leaf);
	return part_has(p, "cpuset") ? cpuset_inherit(leaf, e) : 0;
}

/* A thread that the kernel has just made cannot be moved (EINVAL) before it has run for the first
 * time, which takes a while on a CPU that is busy. */
static int move_new(pid_t tid, const char *leaf, bool v2, struct err *e)
{
	enum { TRIES = 500, PAUSE_MS = 2 };

	for (int i = 0;; i++) {
		struct err failed = { 0 };

		if (move(tid, leaf, v2, &failed) == 0)
			return 0;
		if (failed.code != EINVAL || i == TRIES) {
			*e = failed;
			return -1;
		}
		nanosleep(&(struct timespec){ 0, PAUSE_MS * 1000000L }, NULL);
	}
}

static int enter_part(const struct part *p, pid_t tid, struct err *e)
{
	scoped_str char *leaf = packet_leaf(p->dir);

	if (part_holds(p, tid)) /* moving costs a grace period also when it is for nothing */
		return 0;
	if (make_leaf(p, leaf, e) < 0)
		return -1;
	if (move_new(tid, leaf, p->v2, e) == 0)
		return 0;
	if (e->code == EINVAL)
		return err_wrap(e, "kernel thread %d is bound to its CPU, or to the root group",
				tid);
	return err_wrap(e, "kernel thread %d", tid);
}

static void leave_part(const struct part *p, pid_t tid)
{
	scoped_str char *top = tree_top(p->dir);
	struct err ignored = { 0 }; /* the failure before it counts */

	(void)move(tid, top, p->v2, &ignored);
}

int cgroup_packet_enter(struct cgroup *c, pid_t tid, struct err *e)
{
	if (c->n == 0)
		return err_set(e, 0, "bill kernel thread %d: the cgroup manager is disabled", tid);
	/* A number may be another's by now: no process of the host gets in by mistake. */
	if (!is_kernel_thread(tid))
		return err_set(e, ESRCH, "kernel thread %d", tid);
	for (size_t i = 0; i < c->n; i++) {
		if (!concerns_threads(&c->parts[i]) || enter_part(&c->parts[i], tid, e) == 0)
			continue;
		while (i-- > 0)
			if (concerns_threads(&c->parts[i]))
				leave_part(&c->parts[i], tid);
		return -1;
	}
	return 0;
}

bool cgroup_packet_has(struct cgroup *c, pid_t tid)
{
	bool held = false;

	for (size_t i = 0; i < c->n; i++) {
		if (!concerns_threads(&c->parts[i]))
			continue;
		if (!part_holds(&c->parts[i], tid))
			return false;
		held = true;
	}
	return held;
}

int cgroup_packet_threads(struct cgroup *c, pid_t **tids, size_t *n, struct err *e)
{
	scoped(pids_drop) struct pids all = { 0 };

	for (size_t i = 0; i < c->n; i++) {
		scoped_str char *leaf = packet_leaf(c->parts[i].dir);

		if (threads_in(leaf, &all, e) < 0)
			return -1;
	}
	pids_sort(&all);
	*tids = all.v;
	*n = all.n;
	all = (struct pids){ 0 };
	return 0;
}

/* v1 binds in the cpuset hierarchy alone: in the others the thread is billed and weighed on. */
int cgroup_packet_let_go(struct cgroup *c, pid_t tid, struct err *e)
{
	const struct part *p = part_of(c, "cpuset");

	if (!p || !part_holds(p, tid))
		return 0;

	scoped_str char *top = tree_top(p->dir);
	return move(tid, top, p->v2, e);
}

int packet_follow(struct cgroup *c, const struct part *p, struct err *e)
{
	scoped(pids_drop) struct pids there = { 0 };

	for (size_t i = 0; i < c->n && there.n == 0 && concerns_threads(p); i++) {
		scoped_str char *leaf = packet_leaf(c->parts[i].dir);

		if (&c->parts[i] != p && threads_in(leaf, &there, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < there.n; i++)
		if (enter_part(p, there.v[i], e) < 0 && e->code != ESRCH)
			return -1;
	return 0;
}

/* With the leaf gone the processes need no cpu controller of their own; where the container has
 * handed it on, it stays. */
static void hand_on_no_more(const struct cgroup *c, const struct part *p)
{
	scoped_str char *control = str_printf("%s/cgroup.subtree_control", p->dir);
	struct err ignored = { 0 };

	if (p->v2 && !c->exact)
		(void)fs_write_at(AT_FDCWD, control, "-cpu", &ignored);
}

/* A leaf that holds a container's own processes or groups is the container's. */
int cgroup_packet_leave(struct cgroup *c, struct err *e)
{
	for (size_t i = 0; i < c->n; i++) {
		scoped_str char *leaf = packet_leaf(c->parts[i].dir);

		if (access(leaf, F_OK) < 0)
			continue;
		if (packet_evict(c->parts[i].dir, e) < 0)
			return -1;
		if (rmdir(leaf) < 0 && errno != ENOENT && errno != EBUSY)
			return err_set(e, errno, "remove group %s", leaf);
		hand_on_no_more(c, &c->parts[i]);
	}
	return 0;
}
