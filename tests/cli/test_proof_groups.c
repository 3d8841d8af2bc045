/* SPDX-License-Identifier: Apache-2.0 */
/* Groups come and go: none is left behind, and what is left by others or taken away by hand never
 * stands in the way of a VNF. */
#include "tests/cli/bundle.h"
#include "tests/cli/proof.h"
#include "tests/support/census.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define CAPS                                                                                       \
	"\"cpu\": { \"limit\": 0.5, \"weight\": 200, \"cpus\": \"1\" }, "                          \
	"\"memory\": { \"limit\": \"50M\" }, \"pids\": 10"

/* --- many cycles --- */

/* How many groups the kernel holds for each controller, those that are removed and not freed yet
 * too: the third column of /proc/cgroups. */
enum { CONTROLLERS = 32, OTHERS = 60 };

static size_t kernel_groups(long counts[CONTROLLERS])
{
	scoped_file FILE *f = fopen("/proc/cgroups", "re");
	char line[128];
	size_t n = 0;

	cr_assert(f);
	while (n < CONTROLLERS && fgets(line, sizeof line, f))
		n += *line != '#' && sscanf(line, "%*s %*d %ld", &counts[n]) == 1;
	return n;
}

/* A container's init that nobody has waited for is still of its group: this process is its
 * subreaper. The machine's other work has its own groups come and go: some more are none of ours.
 */
static bool kernel_has_let_go(const long before[CONTROLLERS], size_t n)
{
	long now[CONTROLLERS];

	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
	cr_assert_eq(kernel_groups(now), n);
	for (size_t i = 0; i < n; i++)
		if (now[i] > before[i] + OTHERS)
			return false;
	return true;
}

enum { AT_ONCE = 8, ROUNDS = 25 };

HostTestWithin(600, proof_groups, two_hundred_vnfs_leave_no_group_behind)
{
	const char *start[AT_ONCE + 3] = { nfrun_path(), "start" };
	const char *delete[AT_ONCE + 4] = { nfrun_path(), "delete", "--force" };
	scoped_strs struct strs files = { 0 }, groups = { 0 };
	long before[CONTROLLERS];
	size_t n = kernel_groups(before);

	for (size_t i = 0; i < AT_ONCE; i++) {
		scoped_str char *name = str_printf("v%zu", i);
		scoped_str char *file =
			shell_vnf(name, "exec sleep 1000", ", \"resources\": { " CAPS " }");

		strs_add(&files, file);
		strs_add(&files, name);
	}
	for (size_t i = 0; i < AT_ONCE; i++) {
		start[2 + i] = files.v[2 * i];
		delete[3 + i] = files.v[2 * i + 1];
	}
	for (int round = 0; round < ROUNDS; round++) {
		run_must(start);
		run_must(delete);
	}
	census_groups(&groups);
	cr_expect_eq(groups.n, 0, "%zu left, %s first", groups.n, groups.n ? groups.v[0] : "");
	cr_expect(wait_until(kernel_has_let_go(before, n), 20000), "the kernel still holds them");
}

HostTestWithin(600, proof_groups, two_hundred_containers_leave_no_group_behind)
{
	static const char script[] =
		"set -e; cd $1; for i in $(seq 200); do\n"
		"\"$0\" create --bundle . cycle-$PPID-$i </dev/null >out 2>&1 || { cat out; exit 1; }\n"
		"[ $((i % 4)) != 0 ] || \"$0\" start cycle-$PPID-$i\n"
		"\"$0\" delete --force cycle-$PPID-$i\n"
		"done; find /sys/fs/cgroup -type d -name \"cycle-$PPID-*\"";
	scoped_bundle char *bundle = bundle_with(
		".linux.resources |= (.pids.limit = 10 | .memory.limit = 50000000 |"
		" .cpu = {quota: 50000, period: 100000, cpus: \"1\"}) | .process.args = [\"/bin/sleep\", \"1000\"]");
	static const struct run_how how = { .timeout_ms = 590000 };
	long before[CONTROLLERS];
	size_t n = kernel_groups(before);
	scoped_run struct run r = run_program(
		(const char *const[]){ "bash", "-c", script, nfrun_path(), bundle, NULL }, &how);

	cr_assert_eq(r.status, 0, "%s%s", r.out, r.err);
	cr_expect_str_empty(r.out, "%s", r.out);
	cr_expect(wait_until(kernel_has_let_go(before, n), 20000), "the kernel still holds them");
}

/* --- by hand --- */

/* The directories of a VNF's groups; some of the record's are made when a limit needs them. */
static void group_dirs(const char *name, struct strs *out)
{
	scoped(vnf_view_drop) struct vnf_view v = { 0 };
	struct err e = { 0 };

	cr_assert_eq(vnf_look(host_root(), name, &v, &e), 0, "%s", e.text);
	for (size_t i = 0; i < v.rec.cgroup.n; i++) {
		const char *dir = strchr(v.rec.cgroup.v[i], '=') + 1;

		if (access(dir, F_OK) == 0)
			strs_add(out, dir);
	}
	cr_assert_gt(out->n, 0);
}

/* Somebody moves all of a VNF's processes to where nfrun/ lies and removes its group there. */
static void take_away(const char *dir)
{
	static const char script[] =
		"set -e; cd $0; [ -d app ] && leaf=app || leaf=.\n"
		"while read -r p; do echo $p >../../cgroup.procs; done <$leaf/cgroup.procs\n"
		"[ $leaf = . ] || rmdir app; cd ..; rmdir $0";
	scoped_run struct run r = { 0 };

	/* for as long as one of them is just forking */
	for (int i = 0; i < 50 && (i == 0 || r.status != 0); i++) {
		run_drop(&r);
		r = run_cmd("bash", "-c", script, dir);
	}
	cr_assert_eq(r.status, 0, "%s", r.err);
}

HostTest(proof_groups, a_group_that_is_taken_away_stops_neither_delete_nor_start)
{
	scoped_str char *file =
		shell_vnf("gone", "exec sleep 1000", ", \"resources\": { " CAPS " }");
	scoped_strs struct strs dirs = { 0 };

	must_run_nfrun("start", file);
	group_dirs("gone", &dirs);
	for (size_t i = 0; i < dirs.n; i++) {
		take_away(dirs.v[i]);
		must_run_nfrun("status", "gone");
		must_run_nfrun("list");
		if (i % 2)
			must_run_nfrun("restart", "gone");
		else
			must_run_nfrun("delete", "--force", "gone");
		if (i % 2 == 0)
			must_run_nfrun("start", file);
		expect_says("status", "gone", ".status", "running");
		expect_says("status", "gone", ".limits.pids", "10");
		cr_assert_eq(access(dirs.v[i], F_OK), 0, "%s is not made again", dirs.v[i]);
	}
	delete_vnf("gone");
}

HostTest(proof_groups, groups_below_a_vnfs_go_with_it)
{
	static const char script[] =
		"set -e; for d; do cd $d; [ ! -d app ] || cd app; mkdir -p one/two; "
		"for g in . one one/two; do for f in cpus mems; do\n"
		"[ ! -e $g/cpuset.$f ] || [ $g = . ] || cat $g/../cpuset.$f >$g/cpuset.$f 2>/dev/null || true\n"
		"done; done; read -r p <cgroup.procs; echo $p >one/two/cgroup.procs; done";
	scoped_strs struct strs dirs = { 0 };

	for (int round = 0; round < 2; round++) {
		start_capped("deep", "exec sleep 1000", CAPS);
		strs_free(&dirs);
		group_dirs("deep", &dirs);
		for (size_t i = 0; i < dirs.n; i++)
			must_run("bash", "-c", script, "bash", dirs.v[i]);
		must_run_nfrun(round ? "restart" : "stop", "deep");
		delete_vnf("deep");
		for (size_t i = 0; i < dirs.n; i++)
			cr_expect_eq(access(dirs.v[i], F_OK), -1, "%s", dirs.v[i]);
	}
}

HostTest(proof_groups, empty_leftovers_are_taken_over)
{
	scoped_strs struct strs dirs = { 0 };

	start_capped("again", "sleep 1000", CAPS);
	group_dirs("again", &dirs);
	delete_vnf("again");
	for (size_t i = 0; i < dirs.n; i++)
		for (size_t k = 0; k < dirs.n; k++) { /* half of it: the first I of the groups */
			scoped_str char *deep = str_printf("%s/app/one", dirs.v[k]);

			if (k <= i)
				make_dirs(deep);
			if (k == dirs.n - 1) {
				start_capped("again", "sleep 1000", CAPS);
				expect_says("status", "again", ".limits.pids", "10");
				delete_vnf("again");
			}
		}
}

static pid_t sleeper_in(const char *dir)
{
	scoped_str char *procs = str_printf("%s/cgroup.procs", dir);
	pid_t pid = fork();

	if (pid == 0) {
		execlp("sleep", "sleep", "1000", (char *)NULL);
		_exit(1);
	}
	write_text(procs, "%d", pid);
	return pid;
}

/* What runs in it may be anybody's: it is named, not killed, and once it has gone all is well. */
HostTest(proof_groups, a_leftover_with_a_process_is_named_and_no_longer_in_the_way_than_that)
{
	scoped_str char *file = shell_vnf("held", "exec sleep 1000", "");
	scoped_strs struct strs dirs = { 0 };

	must_run_nfrun("start", file);
	group_dirs("held", &dirs);
	scoped_str char *app = str_printf("%s/app", dirs.v[0]);
	const char *leaf = access(app, F_OK) == 0 ? app : dirs.v[0];
	delete_vnf("held");
	make_dirs(leaf);
	pid_t pid = sleeper_in(leaf);
	scoped_str char *told = str_printf("already holds processes: %d", pid);

	scoped_run struct run r = run_nfrun("start", file);
	cr_expect_eq(r.status, 1);
	cr_expect(has(r.err, told), "%s", r.err);
	cr_expect_eq(kill(pid, 0), 0);
	scoped_run struct run list = run_nfrun("list", "--quiet");
	cr_expect_str_empty(list.out);

	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	must_run_nfrun("start", file);
	delete_vnf("held");
}
