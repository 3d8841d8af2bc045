/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_NEST_TEST_H
#define NFRUN_TESTS_NEST_TEST_H

/* Two groups in a nest of the test's own, nfrun-test-PID/nfrun: those of the host's VNFs are in
 * the other. */

#include "tests/priv/cgroups/group_test.h"

#include <sys/stat.h>

static struct cgroup *groups[2];
static struct strs tops; /* nfrun-test-PID in each hierarchy */

static inline void add_part(const struct hierarchy *h, const char *name, struct strs *paths)
{
	scoped_str char *own = h->v2 ? str_dup(h->mount) : hierarchy_own_dir(h);
	scoped_str char *top = str_printf("%s/nfrun-test-%d", own, getpid());

	if (!h->v2 && !words_have(h->controllers, "cpu") && !words_have(h->controllers, "memory") &&
	    !words_have(h->controllers, "pids"))
		return;
	if (mkdir(top, 0755) == 0)
		strs_add(&tops, top);
	strs_addf(paths, "%s=%s/nfrun/%s", h->controllers, top, name);
}

/* A group as cgroup_plan makes it, but in our own nest. */
static inline struct cgroup *nest_plan(size_t i)
{
	scoped_strs struct strs paths = { 0 };
	struct cgroup_host *h = NULL;

	need_root();
	must(cgroup_host_open(&h, &why));
	for (size_t k = 0; k < h->n; k++)
		add_part(&h->v[k], i == 0 ? "a" : "b", &paths);
	cgroup_host_free(h);
	must(cgroup_from_paths(&paths, &groups[i], &why));
	return groups[i];
}

static inline struct cgroup *nest_make(size_t i, const struct cgroup_limits *l)
{
	struct cgroup *c = nest_plan(i);

	must(cgroup_create(c, l, &why));
	return c;
}

static inline void nest_end(void)
{
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		group = groups[i];
		group_clean();
	}
	for (size_t i = 0; i < tops.n; i++) {
		scoped_str char *nest = str_printf("%s/nfrun", tops.v[i]);

		(void)rmdir(nest);
		(void)rmdir(tops.v[i]);
	}
	strs_free(&tops);
}

#endif
