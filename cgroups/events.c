/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/freeze.h"
#include "cgroups/tree.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <time.h>

enum { CHUNK = 128, NAP_MIN_US = 200, NAP_MAX_US = 20000 };

int cgroup_pids(struct cgroup *c, pid_t **pids, size_t *n, struct err *e)
{
	scoped(pids_drop) struct pids all = { 0 };

	for (size_t i = 0; i < c->n; i++) {
		scoped_str char *leaf = part_leaf(c, &c->parts[i]);

		if (tree_pids(leaf, &all, e) < 0)
			return -1;
	}
	pids_sort(&all);
	*pids = all.v;
	*n = all.n;
	all = (struct pids){ 0 };
	return 0;
}

static bool pids_have(const struct pids *p, pid_t pid)
{
	return p->n && bsearch(&pid, p->v, p->n, sizeof *p->v, pids_compare);
}

/* A pid read from a file may be another process by now. But a pidfd opened before the second look
 * is either the process that this look shows, or of one that has ended and takes no signal. */
static int signal_chunk(struct cgroup *c, const pid_t *pids, size_t n, int sig, struct err *e)
{
	scoped(pids_drop) struct pids now = { 0 };
	int fds[CHUNK];

	for (size_t i = 0; i < n; i++)
		fds[i] = pidfd_open(pids[i], 0);

	int rc = cgroup_pids(c, &now.v, &now.n, e);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0 && fds[i] >= 0 && pids_have(&now, pids[i]))
			(void)pidfd_send_signal(fds[i], sig, NULL, 0); /* looked at again */
		fd_drop(&fds[i]);
	}
	return rc;
}

static int signal_each(struct cgroup *c, const struct pids *p, int sig, struct err *e)
{
	for (size_t at = 0; at < p->n; at += CHUNK) {
		size_t n = p->n - at < CHUNK ? p->n - at : CHUNK;

		if (signal_chunk(c, p->v + at, n, sig, e) < 0)
			return -1;
	}
	return 0;
}

/* All at once, children of a fork in progress included (cgroup v2, cgroup.kill; Linux 5.14). */
static bool kill_at_once(const struct cgroup *c, const struct part *p)
{
	scoped_str char *leaf = part_leaf(c, p), *file = str_printf("%s/cgroup.kill", leaf);
	struct err ignored = { 0 }; /* then one by one */

	return fs_write_at(AT_FDCWD, file, "1", &ignored) == 0;
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int err_timeout(const struct cgroup *c, const struct pids *left, int timeout_ms,
		       struct err *e)
{
	char list[128];

	return err_set(e, ETIMEDOUT, "kill group %s: not gone after %d ms: %s", c->parts[0].dir,
		       timeout_ms, pids_format(left, list, sizeof list));
}

int cgroup_kill(struct cgroup *c, int timeout_ms, struct err *e)
{
	int64_t end = now_us() + (int64_t)timeout_ms * 1000;
	const struct part *v2 = part_v2(c);

	if (c->refused)
		return 0;

	/* With v2 the first round of signals is spared: usually there is no second one. */
	bool told = v2 && kill_at_once(c, v2);
	for (long nap = NAP_MIN_US;; nap = nap < NAP_MAX_US ? nap * 2 : nap) {
		scoped(pids_drop) struct pids left = { 0 };

		if (cgroup_pids(c, &left.v, &left.n, e) < 0)
			return -1;
		if (left.n == 0)
			return 0;
		if (now_us() >= end)
			return err_timeout(c, &left, timeout_ms, e);
		if ((!told || nap > NAP_MIN_US) && signal_each(c, &left, SIGKILL, e) < 0)
			return -1;
		freeze_let_die(c);
		(void)nanosleep(&(struct timespec){ .tv_nsec = nap * 1000 }, NULL);
	}
}

/* The pids that are in P and not in SEEN, which takes them in. */
static struct pids pids_new(const struct pids *p, struct pids *seen)
{
	struct pids new = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		if (pids_have(seen, p->v[i]))
			continue;
		new.v = mem_grow(new.v, new.n + 1, sizeof *new.v);
		new.v[new.n++] = p->v[i];
	}
	seen->v = mem_grow(seen->v, seen->n + new.n, sizeof *seen->v);
	for (size_t i = 0; i < new.n; i++)
		seen->v[seen->n++] = new.v[i];
	pids_sort(seen);
	return new;
}

/* Each process once: who was forked meanwhile by one that was still to be told is found by looking
 * again. */
static int signal_all(struct cgroup *c, int sig, struct err *e)
{
	enum { ROUNDS = 64 };
	scoped(pids_drop) struct pids seen = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		scoped(pids_drop) struct pids now = { 0 }, new = { 0 };

		if (cgroup_pids(c, &now.v, &now.n, e) < 0)
			return -1;
		new = pids_new(&now, &seen);
		if (new.n == 0)
			return 0;
		if (signal_each(c, &new, sig, e) < 0)
			return -1;
	}
	return err_set(e, EAGAIN, "signal group %s: it forks faster than that", c->parts[0].dir);
}

int cgroup_signal(struct cgroup *c, int sig, struct err *e)
{
	const struct part *v2 = part_v2(c);

	if (c->n == 0)
		return err_set(e, 0,
			       "signal all processes: which they are is not known, the cgroup "
			       "manager is disabled");
	if ((sig != SIGKILL || !v2 || !kill_at_once(c, v2)) && signal_all(c, sig, e) < 0)
		return -1;
	if (sig == SIGKILL)
		freeze_let_die(c);
	return 0;
}
