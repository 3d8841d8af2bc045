/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_GROUP_TEST_H
#define NFRUN_TESTS_GROUP_TEST_H

/* A group of the test's own, and processes in it. Holds on v2 and on hybrid hosts. */

#include "cgroups/group.h"
#include "cgroups/host.h"
#include "runtime/base/sys.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* CALL reports its error into "why". */
#define must(call)                                                                                 \
	do {                                                                                       \
		struct err why = { 0 };                                                            \
		if ((call) < 0)                                                                    \
			cr_assert_fail("%s: %s: %s", #call, why.text, strerror(why.code));         \
	} while (0)

#define must_fail(call, e)                                                                         \
	do {                                                                                       \
		(e) = (struct err){ 0 };                                                           \
		cr_assert_eq((call), -1, "%s should fail", #call);                                 \
	} while (0)

static struct cgroup *group; /* the one that the test made last, for group_clean */

static inline void group_clean(void)
{
	struct err e = { 0 };

	if (!group)
		return;
	(void)cgroup_kill(group, 5000, &e);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
	(void)cgroup_remove(group, &e);
	cgroup_free(group);
	group = NULL;
}

static inline bool host_is_hybrid(void)
{
	struct cgroup_host *h = NULL;

	must(cgroup_host_open(&h, &why));
	bool hybrid = cgroup_host_is_hybrid(h);
	cgroup_host_free(h);
	return hybrid;
}

static inline struct cgroup *group_plan(const char *name)
{
	scoped_str char *full = str_printf("test-%d-%s", getpid(), name);
	struct cgroup_host *h = NULL;

	need_root();
	must(cgroup_host_open(&h, &why));
	must(cgroup_plan(h, full, &group, &why));
	cgroup_host_free(h);
	return group;
}

/* The same for an OCI caller: "nfrun-test-PID/NAME" below the caller's own group. */
static inline struct cgroup *oci_plan(const char *name)
{
	scoped_str char *path = str_printf("nfrun-test-%d/%s", getpid(), name);
	struct cgroup_host *h = NULL;

	need_root();
	must(cgroup_host_open(&h, &why));
	must(cgroup_plan_at(h, path, &group, &why));
	cgroup_host_free(h);
	return group;
}

/* group_clean, and the directory that was made above it. */
static inline void oci_clean(void)
{
	for (size_t i = 0; group && i < group->n; i++) {
		scoped_str char *above = dir_above(group->parts[i].dir);
		struct err e = { 0 };

		(void)cgroup_kill(group, 5000, &e);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		(void)cgroup_remove(group, &e);
		(void)rmdir(above);
	}
	cgroup_free(group);
	group = NULL;
}

static inline struct cgroup *group_make(const char *name, const struct cgroup_limits *l)
{
	struct cgroup *c = group_plan(name);

	must(cgroup_create(c, l, &why));
	return c;
}

static inline struct cgroup_limits no_limits(void)
{
	struct cgroup_limits l;

	cgroup_limits_init(&l);
	return l;
}

/* Run MAIN in the group, with more clone FLAGS; its return value is the exit status. */
static inline pid_t group_spawn(struct cgroup *c, uint64_t flags, int (*run)(void))
{
	struct err e = { 0 };
	int fd = cgroup_clone_fd(c, &e);
	struct clone_args args = { .exit_signal = SIGCHLD, .flags = flags };

	cr_assert(fd >= 0 || e.code == 0, "%s", e.text);
	if (fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (unsigned int)fd;
	}
	must(cgroup_open_entries(c, false, &why));
	pid_t pid = sys_clone3(&args);
	cr_assert_neq(pid, -1, "clone3: %s", strerror(errno));
	if (pid == 0)
		_exit(cgroup_enter(c, &e) < 0 ? 99 : run());
	return pid;
}

static inline int wait_for(pid_t pid)
{
	int status = 0;

	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline __attribute__((noreturn)) int run_pause(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that times out leaves nobody behind */
	for (;;)
		pause();
}

/* What a process that does nothing uses may not have been charged yet. */
static inline int run_hold_memory(void)
{
	enum { HELD = 4 << 20, HOW = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE };

	if (mmap(NULL, HELD, PROT_READ | PROT_WRITE, HOW, -1, 0) == MAP_FAILED)
		return 1;
	return run_pause();
}

static inline uint64_t memory_used(struct cgroup *c)
{
	struct cgroup_stats s;

	must(cgroup_stats_read(c, &s, &why));
	uint64_t used = s.memory_current;
	cgroup_stats_drop(&s);
	return used;
}

/* Is PID in every part of the group that exists? /proc/PID/cgroup has a line for each hierarchy. */
static inline bool is_inside(struct cgroup *c, pid_t pid)
{
	scoped_str char *file = str_printf("/proc/%d/cgroup", pid), *own = read_text(file);
	const char *name = strstr(c->parts[0].dir, c->exact ? "/nfrun-test-" : "/nfrun/");
	size_t there = 0, seen = 0;

	for (size_t i = 0; i < c->n; i++)
		there += part_exists(&c->parts[i]);
	for (const char *at = own; (at = strstr(at, name)); at++)
		seen++;
	return there > 0 && seen == there;
}

static inline bool nothing_left(struct cgroup *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (part_exists(&c->parts[i]))
			return false;
	return true;
}

#endif
