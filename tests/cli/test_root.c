/* SPDX-License-Identifier: Apache-2.0 */
/* A state root that holds something else: one mistyped --root away, so nothing of it may go. */
#include "tests/cli/cli.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool there(const char *path)
{
	return access(path, F_OK) == 0;
}

HostTest(root, what_is_no_containers_is_left_alone_by_every_verb)
{
	static const char *const verbs[][3] = {
		{ "list" },
		{ "status", "precious" },
		{ "logs", "precious" },
		{ "stop", "precious" },
		{ "restart", "precious" },
		{ "delete", "precious" },
		{ "delete", "--force", "precious" },
		{ "exec", "precious", "true" },
	};
	scoped_str char *dir = str_printf("%s/precious/deep", host_root());
	scoped_str char *file = str_printf("%s/file", dir);
	scoped_str char *log = str_printf("%s/logs/log", host_root());
	scoped_str char *empty = str_printf("%s/empty", host_root());

	make_dirs(dir);
	make_dirs(log); /* a directory of the name that a file of ours has */
	make_dirs(empty);
	write_text(file, "data");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		scoped_run struct run r = run_nfrun(verbs[i][0], verbs[i][1], verbs[i][2]);

		cr_assert(there(file) && there(log) && there(empty), "%s: %s", verbs[i][0], r.err);
		cr_expect(r.status != 0 || i == 0, "%s: %d", verbs[i][0], r.status);
	}
	must_run("rm", "-r", dir, log, empty);
	scoped_str char *parent = str_printf("%s/precious", host_root());
	scoped_str char *logs = str_printf("%s/logs", host_root());
	must_run("rmdir", parent, logs);
}

HostTest(root, no_container_is_made_in_a_directory_of_others)
{
	scoped_str char *dir = str_printf("%s/precious", host_root());
	scoped_str char *file = str_printf("%s/file", dir);
	scoped_str char *vnf = shell_vnf("precious", "sleep 1000", "");

	make_dirs(dir);
	write_text(file, "data");
	scoped_run struct run r = run_nfrun("start", vnf);
	cr_expect_eq(r.status, 1);
	cr_expect(strstr(r.err, "is no container's"), "%s", r.err);
	cr_expect(there(file));
	must_run("rm", "-r", dir);
}

/* What a maker that was killed early has left is ours to remove. */
HostTest(root, a_directory_without_a_record_goes_when_it_is_a_containers)
{
	scoped_str char *dir = str_printf("%s/half", host_root());
	scoped_str char *out = str_printf("%s/out", dir);
	scoped_str char *log = str_printf("%s/log", dir);

	make_dirs(dir);
	cr_assert_eq(mkfifo(out, 0600), 0);
	write_text(log, "%s", "x");
	must_run_nfrun("list");
	cr_expect(!there(dir));
	make_dirs(dir);
	must_run_nfrun("delete", "half");
	cr_expect(!there(dir), "an empty one goes when it is named");
}

HostTest(root, who_looks_does_not_wait_for_a_maker)
{
	scoped_str char *dir = str_printf("%s/young", host_root());
	scoped_str char *out = str_printf("%s/out", dir);
	int64_t began = now_ms();

	make_dirs(dir);
	cr_assert_eq(mkfifo(out, 0600), 0);
	scoped_fd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(flock(fd, LOCK_EX), 0); /* as its maker does; no record yet */
	must_run_nfrun("list");
	scoped_run struct run r = run_nfrun("status", "young");
	cr_expect_str_eq(r.err, "nfrun: status: young: container does not exist\n");
	cr_expect_lt(now_ms() - began, 10000, "it waited for the lock");
	cr_expect(there(dir), "the maker's directory was taken away");
	must_run("rm", "-r", dir);
}

HostTest(root, a_name_reaches_nothing_outside)
{
	scoped_str char *root = str_printf("%s/inner", host_root());
	scoped_str char *outside = str_printf("%s/outside", host_root());

	make_dirs(root);
	make_dirs(outside);
	scoped_run struct run r = run_nfrun("--root", root, "delete", "--force", "../outside");
	cr_expect_eq(r.status, 1);
	scoped_run struct run plain = run_nfrun("--root", root, "delete", "../outside");
	cr_expect_eq(plain.status, 1);
	cr_expect(there(outside));
	must_run("rmdir", outside, root);
}

HostTest(root, one_name_in_two_roots_has_two_ranges_of_ids)
{
	static const char query[] = "\"$0\" --root \"$1\" status a --format json | jq .userns.base";
	scoped_str char *second = str_printf("%s/.second", host_root());
	scoped_str char *vnf = shell_vnf("a", "sleep 1000", "");

	must_run_nfrun("start", vnf);
	must_run_nfrun("--root", second, "start", vnf);
	scoped_run struct run one = run_cmd("sh", "-c", query, nfrun_path(), host_root());
	scoped_run struct run two = run_cmd("sh", "-c", query, nfrun_path(), second);
	cr_expect_gt(strtol(one.out, NULL, 10), 0, "%s", one.err);
	cr_expect_gt(strtol(two.out, NULL, 10), 0, "%s", two.err);
	cr_expect_str_neq(one.out, two.out);
	must_run_nfrun("--root", second, "delete", "--force", "a");
	must_run_nfrun("delete", "--force", "a");
	must_run("rm", "-r", second);
}
