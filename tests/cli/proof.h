/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_PROOF_H
#define NFRUN_TESTS_PROOF_H

/* For the tests that prove the limits of VNFs, natively on a hybrid host and, run by tests/vm, on
 * cgroup v2 alone. None needs a quiet machine: they compare what was measured in the same seconds,
 * and a bound that noise alone can break is given three tries. */

#include "runtime/vnf.h"
#include "tests/cli/cli.h"

#include <math.h>

enum { TRIES = 3 };

#define BURN "while :; do :; done"

/* --- a VNF's groups --- */

/* The directory that holds CONTROLLER (by its v2 name) for a VNF; malloc'd. */
static inline char *group_dir(const char *name, const char *controller)
{
	const char *v1 = strcmp(controller, "io") == 0 ? "blkio" : controller;
	scoped(vnf_view_drop) struct vnf_view v = { 0 };
	scoped_str char *v2 = NULL;
	struct err e = { 0 };

	cr_assert_eq(vnf_look(host_root(), name, &v, &e), 0, "%s: %s", name, e.text);
	for (size_t i = 0; i < v.rec.cgroup.n; i++) {
		const char *part = v.rec.cgroup.v[i], *dir = strchr(part, '=') + 1;
		scoped_str char *list = str_printf(",%.*s,", (int)(dir - part - 1), part);
		scoped_str char *word = str_printf(",%s,", v1);

		if (strstr(list, word))
			return str_dup(dir);
		if (dir == part + 1)
			v2 = str_dup(dir);
	}
	cr_assert(v2, "%s has no group for %s", name, controller);
	return str_take(&v2);
}

/* Whether CONTROLLER is on cgroup v1 here. */
static inline bool is_v1(const char *name, const char *controller)
{
	scoped_str char *dir = group_dir(name, controller), *v2 = group_dir(name, "");

	return strcmp(dir, v2) != 0;
}

/* What a file of the group says; malloc'd. */
static inline char *group_text(const char *name, const char *controller, const char *file)
{
	scoped_str char *dir = group_dir(name, controller);
	scoped_str char *path = str_printf("%s/%s", dir, file);

	return read_text(path);
}

/* CPU time used, in us. The cgroup2 hierarchy tells it also where it has no cpu controller. */
static inline uint64_t cpu_usage_us(const char *name)
{
	scoped_str char *text = group_text(name, "", "cpu.stat");

	cr_assert_eq(strncmp(text, "usage_usec ", 11), 0, "%s", text);
	return strtoull(text + 11, NULL, 10);
}

/* All VNFs together weigh as much as TIMES (1 to 100) processes of the host, where that is in the
 * root group: beside a busy build a VNF may well get less than its cap. Not in these tests. But
 * nfrun is such a process, too, so that it starves beside VNFs that burn all CPUs: once only, then.
 */
static inline void outweigh_the_host(const char *name, int times)
{
	scoped_str char *dir = group_dir(name, "cpu");
	bool v1 = is_v1(name, "cpu");

	*strrchr(dir, '/') = '\0'; /* nfrun/, above the VNF's own */
	scoped_str char *file = str_printf("%s/%s", dir, v1 ? "cpu.shares" : "cpu.weight");
	write_text(file, "%d", times * (v1 ? 1024 : 100));
}

/* --- VNFs --- */

/* A VNF that runs SCRIPT with those resources: "\"pids\": 20". */
static inline void start_capped(const char *name, const char *script, const char *resources)
{
	scoped_str char *more = str_printf(", \"resources\": { %s }", resources);
	scoped_str char *file = shell_vnf(name, script, more);

	must_run_nfrun("start", file);
}

static inline void delete_vnf(const char *name)
{
	must_run_nfrun("delete", "--force", name);
}

/* The VNF's process, not PID 1. */
static inline pid_t process_of(const char *name)
{
	scoped_str char *init = ask("status", name, ".pid");
	scoped_str char *path = str_printf("/proc/%s/task/%s/children", init, init);
	scoped_str char *children = read_text(path);
	pid_t pid = (pid_t)strtol(children, NULL, 10);

	cr_assert_gt(pid, 0, "%s has no process", name);
	return pid;
}

#endif
