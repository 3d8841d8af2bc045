/* SPDX-License-Identifier: Apache-2.0 */
/* config.json.example runs as it stands. */
#include "tests/cli/cli.h"

#include <sys/mount.h>

HostTest(example, of_a_bundle_runs_as_it_stands)
{
	cr_assert_eq(mount("bundle", "/mnt", "tmpfs", 0, NULL), 0);
	scoped_run struct run made =
		run_cmd("bash", "-c",
			"set -e; cd /mnt; mkdir -p rootfs/{bin,proc,sys,dev,run}\n"
			"cp $0/config.json.example config.json\n"
			"cp $(command -v busybox) rootfs/bin\n"
			"for a in sh ip sleep; do ln -s busybox rootfs/bin/$a; done\n",
			NFRUN_SOURCE_DIR);
	cr_assert_eq(made.status, 0, "%s", made.err);

	scoped_run struct run run =
		run_cmd("sh", "-c", "\"$0\" run --detach --bundle /mnt edge >/mnt/out 2>/mnt/err",
			nfrun_path());
	scoped_str char *err = read_text("/mnt/err");
	cr_assert_eq(run.status, 0, "%s", err);
	cr_expect_str_empty(err);
	cr_expect(wait_until(({
				     scoped_str char *out = read_text("/mnt/out");
				     has(out, "10.0.1.1/24") && has(out, "10.0.2.1/24") &&
					     has(out, "fd00:2::1/64") &&
					     has(out, "02:00:00:00:00:01");
			     }),
			     5000));
	must_run("ping", "-c1", "-W2", "10.0.2.1");
	expect_says("state", "edge", ".status", "running");
	must_run_nfrun("delete", "--force", "edge");
	cr_expect_eq(umount2("/mnt", MNT_DETACH), 0);
}
