/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_BUNDLE_H
#define NFRUN_TESTS_BUNDLE_H

/* Bundles for OCI containers, one a test. */

#include "tests/cli/cli.h"

#include <sys/mount.h>

/* The bundle lies on a tmpfs in the test's own mount namespace. */
static inline char *bundle_make(void)
{
	char *bundle = str_dup("/mnt");

	cr_assert_eq(mount("bundle", bundle, "tmpfs", 0, NULL), 0);
	return bundle;
}

static inline void bundle_drop(char **bundle)
{
	cr_expect_eq(umount2(*bundle, MNT_DETACH), 0);
	free(*bundle);
}
#define scoped_bundle __attribute__((cleanup(bundle_drop)))

/* The container has what nfrun has as stdout and stderr: a file. What nfrun said; malloc'd. */
static inline char *run_detached(const char *bundle, const char *name, int *status)
{
	scoped_run struct run r = run_cmd(
		"sh", "-c", "exec \"$0\" run --detach --bundle \"$1\" \"$2\" >\"$1/err\" 2>&1",
		nfrun_path(), bundle, name);
	scoped_str char *err = str_printf("%s/err", bundle);

	*status = r.status;
	return read_text(err);
}

static inline void must_run_detached(const char *bundle, const char *name)
{
	int status;
	scoped_str char *err = run_detached(bundle, name, &status);

	cr_assert_eq(status, 0, "%s", err);
}

/* A root of its own, on the bundle's tmpfs. */
static inline void make_rootfs(const char *bundle)
{
	scoped_run struct run r =
		run_cmd("bash", "-c",
			"set -e; cd $0; mkdir -p root/{bin,proc,sys,dev,etc,run,tmp} up\n"
			"cp $(command -v busybox) root/bin/\n"
			"for a in sh sleep ip cat; do ln -s busybox root/bin/$a; done",
			bundle);

	cr_assert_eq(r.status, 0, "%s", r.err);
}

/* A bundle with the new-bundle document, changed by the jq FILTER. */
static inline char *bundle_with(const char *filter)
{
	char *bundle = bundle_make();
	scoped_str char *program = str_printf(
		".process.terminal = false | .process.args = [\"/bin/sleep\", \"1000\"] | %s",
		filter);
	scoped_run struct run r =
		run_cmd("bash", "-c",
			"set -e; cd $0; \"$1\" spec; jq \"$2\" config.json >c; mv c config.json\n"
			"mv root rootfs 2>/dev/null || true",
			bundle, nfrun_path(), program);

	cr_assert_eq(r.status, 0, "%s", r.err);
	make_rootfs(bundle);
	must_run("mv", "/mnt/root", "/mnt/rootfs");
	return bundle;
}

#endif
