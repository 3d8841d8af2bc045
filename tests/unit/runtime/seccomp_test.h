/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_SECCOMP_TEST_H
#define NFRUN_TESTS_SECCOMP_TEST_H

/* Filters, made with a cache below a directory of their own. */

#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/seccomp.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define BIT(cap) ((caps_mask)1 << (cap))

static struct err e;
static char dir[] = "/tmp/nfrun-seccomp-XXXXXX";
static char cache[64];

static inline void seccomp_setup(void)
{
	cr_assert_not_null(mkdtemp(dir));
	snprintf(cache, sizeof cache, "%s/state/.cache", dir);
	make_dirs(dir);
}

static inline void seccomp_teardown(void)
{
	(void)fs_remove_tree_at(AT_FDCWD, dir, &e);
}

static inline struct seccomp_program prepare(const char *policy, caps_mask caps)
{
	struct seccomp_program p = { 0 };

	cr_assert_eq(seccomp_prepare(policy, caps, cache, &p, &e), 0, "%s", e.text);
	return p;
}

#endif
