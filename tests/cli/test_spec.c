/* SPDX-License-Identifier: Apache-2.0 */
/* nfrun spec: the document of a new bundle. */
#include "tests/cli/cli.h"

#include <sys/mount.h>
#include <sys/stat.h>

/* On a tmpfs of the test's own mount namespace. */
static void bundle_begin(void)
{
	cr_assert_eq(mount("bundle", "/mnt", "tmpfs", 0, NULL), 0);
}

static void bundle_end(void)
{
	cr_expect_eq(umount2("/mnt", MNT_DETACH), 0);
}

HostTest(spec, writes_a_document_and_never_over_one)
{
	bundle_begin();
	must_run_nfrun("spec", "--bundle", "/mnt");
	scoped_str char *text = read_text("/mnt/config.json");
	cr_expect(has(text, "\"ociVersion\": \"1.3.0\""), "%s", text);
	write_text("/mnt/config.json", "mine");
	scoped_run struct run again = run_nfrun("spec", "-b", "/mnt");
	cr_expect_eq(again.status, 1);
	cr_expect_str_eq(again.err,
			 "nfrun: spec: /mnt/config.json is there already: remove it first\n");
	scoped_str char *kept = read_text("/mnt/config.json");
	cr_expect_str_eq(kept, "mine");
	scoped_run struct run none = run_nfrun("spec", "-b", "/mnt/none");
	cr_expect_eq(none.status, 1);
	cr_expect(has(none.err, "/mnt/none/config.json: No such file or directory"), "%s",
		  none.err);
	bundle_end();
}

HostTest(spec, writes_where_it_is_called_without_a_bundle)
{
	bundle_begin();
	scoped_run struct run r =
		run_cmd("sh", "-c", "cd /mnt && \"$0\" spec && test -s config.json", nfrun_path());
	cr_expect_eq(r.status, 0, "%s", r.err);
	cr_expect_str_empty(r.out);
	bundle_end();
}

HostTest(spec, the_new_bundle_runs)
{
	bundle_begin();
	scoped_run struct run r =
		run_cmd("bash", "-c",
			"set -e; cd /mnt; mkdir -p rootfs/{bin,proc,sys,dev}; \"$0\" spec\n"
			"cp $(command -v busybox) rootfs/bin; ln -s busybox rootfs/bin/sh\n"
			/* a terminal outside for the one inside; sh is left by its end of file */
			"echo 'echo host $(busybox hostname) pid $$; exit 7' |\n"
			"	script -qec \"$0 run first\" /dev/null",
			nfrun_path());
	cr_expect_eq(r.status, 7, "%s%s", r.out, r.err);
	cr_expect(has(r.out, "host nfrun pid 1"), "%s", r.out);
	bundle_end();
}

HostTest(spec, the_document_without_root_maps_the_caller)
{
	bundle_begin();
	must_run("chmod", "1777", "/mnt");
	scoped_run struct run r =
		run_cmd("setpriv", "--reuid=1234", "--regid=1235", "--clear-groups", nfrun_path(),
			"spec", "--rootless", "-b", "/mnt");
	cr_assert_eq(r.status, 0, "%s", r.err);
	scoped_run struct run ids = run_cmd(
		"jq", "-c", ".linux | [.uidMappings[], .gidMappings[]] | map(.hostID, .size)",
		"/mnt/config.json");
	cr_expect_str_eq(ids.out, "[1234,1,1235,1]\n", "%s", ids.err);
	bundle_end();
}

HostTest(spec, a_descriptor_is_printed_or_written_to_a_bundle)
{
	bundle_begin();
	scoped_str char *file = shell_vnf("a", "exit 0", "");
	scoped_run struct run printed = run_nfrun("spec", "--vnf", file);
	cr_assert_eq(printed.status, 0, "%s", printed.err);
	must_run_nfrun("spec", "--vnf", file, "--bundle", "/mnt");
	scoped_str char *written = read_text("/mnt/config.json");
	cr_expect_eq(strncmp(printed.out, written, strlen(written)), 0);

	scoped_run struct run both = run_nfrun("spec", "--vnf", file, "--rootless");
	cr_expect_eq(both.status, 2, "%s", both.err);
	scoped_str char *bad = descriptor("a", "\"mtu\": 1, \"setup\": [[\"x\"]]");
	scoped_run struct run wrong = run_nfrun("spec", "--vnf", bad);
	cr_expect_eq(wrong.status, 1);
	cr_expect(has(wrong.err, "/mtu: unknown key"), "%s", wrong.err);
	cr_expect_str_empty(wrong.out);
	bundle_end();
}
