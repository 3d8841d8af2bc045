/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_NEST_FILES_TEST_H
#define NFRUN_TESTS_NEST_FILES_TEST_H

/* A top, a nest nfrun/ and a group in it, of plain files. */

#include "tests/unit/cgroups/files_test.h"

static const char group_dir[] = "nfrun/x";

/* Of the group; the top's and the nest's have their path. */
static inline void own(const char *name, const char *text)
{
	scoped_str char *path = str_printf("%s/%s", group_dir, name);

	file(path, text);
}

static inline void assert_own(const char *name, const char *want)
{
	scoped_str char *path = str_printf("%s/%s", group_dir, name);

	assert_file(path, want);
}

/* That group, with these v1 controllers ("": v2). */
static inline int apply(const char *controllers, const struct cgroup_limits *l, struct err *e)
{
	scoped_strs struct strs paths = { 0 };
	struct cgroup *c = NULL;

	*e = (struct err){ 0 };
	strs_addf(&paths, "%s=%s/%s", controllers, dir, group_dir);
	cr_assert_eq(cgroup_from_paths(&paths, &c, e), 0, "%s", e->text);
	int rc = limits_apply(c, l, true, e);
	cgroup_free(c);
	return rc;
}

static inline void must_apply(const char *controllers, const struct cgroup_limits *l)
{
	struct err e;

	cr_assert_eq(apply(controllers, l, &e), 0, "%s: %s", e.text, strerror(e.code));
}

static inline void must_refuse(const char *controllers, const struct cgroup_limits *l,
			       const char *told)
{
	struct err e;

	cr_assert_eq(apply(controllers, l, &e), -1, "should fail: %s", told);
	cr_assert(strstr(e.text, told), "%s", e.text);
}

static inline void make(const char *controllers)
{
	scoped_str char *path = str_printf("%s/%s", dir, group_dir);

	make_dirs(path);
	own("cgroup.controllers", controllers);
}

#endif
