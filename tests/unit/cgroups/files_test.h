/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_FILES_TEST_H
#define NFRUN_TESTS_FILES_TEST_H

/* A directory of plain files that stands for a group. */

#include "cgroups/limits.h"
#include "tests/support/support.h"

#include <string.h>

static char dir[] = "/tmp/nfrun-limits-XXXXXX";

static inline void dir_make(void)
{
	cr_assert_not_null(mkdtemp(dir));
}

static inline void dir_remove(void)
{
	must_run("rm", "-rf", dir);
}

static inline void file(const char *name, const char *text)
{
	scoped_str char *path = str_printf("%s/%s", dir, name);

	write_text(path, "%s", text);
}

static inline void assert_file(const char *name, const char *want)
{
	scoped_str char *path = str_printf("%s/%s", dir, name), *text = read_text(path);

	cr_assert_str_eq(text, want, "%s: '%s', not '%s'", name, text, want);
}

static inline struct cgroup_limits none(void)
{
	struct cgroup_limits l;

	cgroup_limits_init(&l);
	return l;
}

#endif
