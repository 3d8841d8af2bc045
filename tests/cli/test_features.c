/* SPDX-License-Identifier: Apache-2.0 */
/* features; and what checkpoint and restore say where CRIU cannot work (tests/vm has where it can).
 */
#include "cgroups/cgroup.h"
#include "tests/cli/cli.h"

#include <string.h>

static void expect_feature(const char *filter, const char *want)
{
	scoped_run struct run r = run_nfrun("features");
	const struct run_how how = { .input = r.out };
	scoped_run struct run jq =
		run_program((const char *const[]){ "jq", "-r", filter, NULL }, &how);

	cr_assert_eq(r.status, 0, "%s", r.err);
	cr_assert_eq(jq.status, 0, "%s", jq.err);
	cr_expect_eq(strncmp(jq.out, want, strlen(want)), 0, "%s: %s", filter, jq.out);
}

Test(features, the_document_tells_what_there_is)
{
	expect_feature(".ociVersionMin + \" \" + .ociVersionMax", "1.0.0 1.3.0");
	expect_feature(
		".linux | keys | join(\" \")",
		"apparmor capabilities cgroup intelRdt memoryPolicy mountExtensions namespaces "
		"netDevices seccomp selinux");
	expect_feature("[.linux.cgroup | .v1, .v2, .rdma, .systemd, .systemdUser] | tostring",
		       cgroup_systemd_is_built() ? "[true,true,true,true,false]"
						 : "[true,true,true,false,false]");
	expect_feature(".linux.netDevices.enabled", "true");
	expect_feature(".linux.mountExtensions.idmap.enabled", "true");
	expect_feature(
		".annotations[\"org.opencontainers.runc.checkpoint.enabled\"] | test(\"true|false\")",
		"true");
	expect_feature(".potentiallyUnsafeConfigAnnotations | index(\"io.nfrun.\") != null",
		       "true");
}

Test(features, it_needs_neither_root_nor_a_state_directory)
{
	scoped_run struct run r =
		run_cmd("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "-u",
			"NFRUN_ROOT", nfrun_path(), "features");

	cr_expect_eq(r.status, 0, "%s", r.err);
	cr_expect(strstr(r.out, "ociVersionMax"), "%s", r.out);
}

HostTest(checkpoint, runcs_options_are_taken)
{
	scoped_run struct run c = run_nfrun(
		"checkpoint", "--image-path", "/tmp/i", "--work-path", "/tmp/w", "--parent-path",
		"../p", "--leave-running", "--tcp-established", "--tcp-skip-in-flight",
		"--ext-unix-sk", "--shell-job", "--link-remap", "--page-server", "1.2.3.4:5",
		"--file-locks", "--pre-dump", "--manage-cgroups-mode", "soft", "--empty-ns",
		"network", "--auto-dedup", "ghost");
	scoped_run struct run r =
		run_nfrun("restore", "-detach", "-image-path=/nowhere", "--work-path", "/tmp/w",
			  "-tcp-established", "--ext-unix-sk", "--shell-job", "--file-locks",
			  "-no-subreaper", "--no-pivot", "--empty-ns", "network", "--auto-dedup",
			  "--lsm-profile", "apparmor:x", "--lsm-mount-context", "c", "-b",
			  "/nowhere", "-pid-file", "/nowhere/pid", "ghost");

	cr_expect_eq(c.status, 1, "%s", c.err);
	cr_expect_eq(r.status, 1, "%s", r.err);
	cr_expect(strstr(r.err, "/nowhere/config.json") || strstr(r.err, "no CRIU"), "%s", r.err);
	cr_expect(strstr(c.err, "container does not exist") || strstr(c.err, "no CRIU"), "%s",
		  c.err);
}

HostTest(checkpoint, one_dash_still_takes_letters_and_refuses_the_unknown)
{
	scoped_run struct run letters = run_nfrun("restore", "-db", "/nowhere", "ghost");
	scoped_run struct run unknown = run_nfrun("restore", "-no-such", "ghost");
	scoped_run struct run mode =
		run_nfrun("checkpoint", "--manage-cgroups-mode", "hard", "ghost");

	cr_expect_eq(letters.status, 1, "%s", letters.err);
	cr_expect_eq(unknown.status, 2, "%s", unknown.err);
	cr_expect_eq(mode.status, 2, "%s", mode.err);
	cr_expect(strstr(mode.err, "must be 'soft'"), "%s", mode.err);
}

Test(checkpoint, help_promises_what_there_is)
{
	scoped_run struct run f = run_nfrun("features");
	scoped_run struct run verbs = run_nfrun("--help"), help = run_nfrun("checkpoint", "--help");
	bool built = strstr(f.out, "\"org.opencontainers.runc.checkpoint.enabled\": \"true\"");

	cr_expect_eq(strstr(verbs.out, "checkpoint") != NULL, built, "%s", verbs.out);
	cr_expect_eq(strstr(help.out, "This build cannot") != NULL, !built, "%s", help.out);
}

/* What it is like where systemd is process 1, tests/vm/systemd has. */
Test(features, a_vnf_is_not_started_by_the_systemd_driver)
{
	static const char *const ways[] = { "--systemd-cgroup", "--cgroup-manager=systemd" };

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		scoped_run struct run r = run_nfrun(ways[i], "start", "none");

		cr_expect_eq(r.status, 1);
		cr_expect_not_null(strstr(r.err, "the systemd driver is for OCI containers"), "%s",
				   r.err);
	}
}
