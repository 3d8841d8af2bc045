/* SPDX-License-Identifier: Apache-2.0 */
/* What nfrun says about itself, and how it takes what it does not understand. No VNF is started
 * here. */
#include "tests/support/support.h"

#include <string.h>

static const char *const verbs[] = { "start",  "stop",  "restart", "list",   "status",
				     "logs",   "exec",  "stats",   "update", "state",
				     "delete", "check", "help",    "metrics" };

Test(usage, every_verb_has_help)
{
	scoped_run struct run all = run_nfrun("--help");

	cr_assert_eq(all.status, 0);
	cr_assert_str_empty(all.err);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		scoped_run struct run asked = run_nfrun(verbs[i], "--help");
		scoped_run struct run helped = run_nfrun("help", verbs[i]);
		scoped_str char *first = str_printf("usage: nfrun %s", verbs[i]);
		scoped_str char *line = str_printf("\n  %s ", verbs[i]);

		cr_expect_eq(asked.status, 0, "%s", verbs[i]);
		cr_expect_eq(strncmp(asked.out, first, strlen(first)), 0, "%s: %s", verbs[i],
			     asked.out);
		cr_expect_str_eq(asked.out, helped.out);
		cr_expect(strstr(asked.out, "--root DIR") != NULL, "%s", verbs[i]);
		cr_expect(strstr(all.out, line) != NULL, "%s is not in: %s", verbs[i], all.out);
	}
}

Test(usage, help_fits_a_screen_of_100_columns)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		scoped_run struct run r = run_nfrun(verbs[i], "--help");

		for (char *line = strtok(r.out, "\n"); line; line = strtok(NULL, "\n"))
			cr_expect_leq(strlen(line), 100, "%s: %s", verbs[i], line);
	}
}

Test(usage, version)
{
	scoped_run struct run r = run_nfrun("--version");

	cr_assert_eq(r.status, 0);
	cr_assert_str_eq(r.out, "nfrun version " NFRUN_VERSION "\nspec: 1.3.0\n");
}

Test(usage, what_is_not_understood_exits_2_and_says_why)
{
	static const struct {
		const char *args[6];
		const char *why;
	} cases[] = {
		{ { NULL }, "usage: nfrun [OPTIONS] VERB" },
		{ { "stpo", "x" }, "nfrun: unknown verb 'stpo'; did you mean 'stop'?" },
		{ { "frobnicate" }, "nfrun: unknown verb 'frobnicate'\n" },
		{ { "--rot", "/tmp", "list" },
		  "nfrun: unknown option '--rot'; did you mean '--root'?" },
		{ { "--toor", "/tmp", "list" }, "nfrun: unknown option '--toor'" },
		{ { "-x", "list" }, "nfrun: unknown option '-x'" },
		{ { "--root" }, "nfrun: option '--root' needs an argument: DIR" },
		{ { "--root", "", "list" }, "nfrun: --root: '': must not be empty" },
		{ { "list", "--formt", "json" },
		  "nfrun: list: unknown option '--formt'; did you mean '--format'?" },
		{ { "list", "--format", "xml" },
		  "nfrun: list: --format: 'xml': must be 'table' or 'json'" },
		{ { "list", "--quiet=1" }, "nfrun: list: option '--quiet' takes no argument" },
		{ { "list", "x" }, "nfrun: list: unexpected argument 'x'" },
		{ { "start" }, "nfrun: start: expected FILE|NAME..." },
		{ { "start", "-f", "a.json", "b.json" },
		  "nfrun: start: --foreground is for one VNF" },
		{ { "stop" }, "nfrun: stop: expected NAME..." },
		{ { "stop", "--timeout", "10", "x" },
		  "nfrun: stop: --timeout: '10': is not a duration" },
		{ { "stop", "-t" }, "nfrun: stop: option '-t' needs an argument" },
		{ { "stop", "-s", "WINK", "x" }, "nfrun: stop: --signal: 'WINK': is not a signal" },
		{ { "stop", "--kill", "-s", "TERM", "x" }, "nfrun: stop: --kill goes without" },
		{ { "status" }, "nfrun: status: expected NAME" },
		{ { "status", "a", "b" }, "nfrun: status: unexpected argument 'b'" },
		{ { "logs", "--tail", "-1", "x" },
		  "nfrun: logs: --tail: '-1': is not a number of lines" },
		{ { "logs", "--since", "soon", "x" },
		  "nfrun: logs: --since: 'soon': is not a time" },
		{ { "exec", "x" }, "nfrun: exec: expected a command behind x" },
		{ { "exec", "x", "--" }, "nfrun: exec: expected a command behind x" },
		{ { "exec", "x", "-it", "sh" }, "nfrun: exec: option '-it' behind the name" },
		{ { "exec", "-e", "NOVALUE", "x", "id" },
		  "nfrun: exec: --env: 'NOVALUE': is not KEY=VALUE" },
		{ { "stats", "--interval", "1ms" },
		  "nfrun: stats: --interval: must be from 100ms to 1h" },
		{ { "stats", "--format", "xml" },
		  "nfrun: stats: --format: 'xml': must be 'table', 'json' or 'prometheus'" },
		{ { "metrics", "x" }, "nfrun: metrics: unexpected argument 'x'" },
		{ { "metrics", "--listen", "9310" },
		  "nfrun: metrics: --listen: '9310': is not ADDRESS:PORT" },
		{ { "metrics", "--listen", "::1:9310" },
		  "nfrun: metrics: --listen: '::1:9310': is not ADDRESS:PORT" },
		{ { "metrics", "--listen", "127.0.0.1:65536" },
		  "nfrun: metrics: --listen: '127.0.0.1:65536': is not ADDRESS:PORT" },
		{ { "update", "x" }, "nfrun: update: no limit given to change" },
		{ { "update", "--cpus", "0", "x" },
		  "nfrun: update: --cpus: '0': is not a number of CPUs" },
		{ { "update", "--cpus", "1.", "x" },
		  "nfrun: update: --cpus: '1.': is not a number of CPUs" },
		{ { "update", "--cpus", "0.0001", "x" },
		  "nfrun: update: --cpus: '0.0001': is not" },
		{ { "update", "--cpu-weight", "0", "x" },
		  "nfrun: update: --cpu-weight: '0': is not a weight" },
		{ { "update", "--cpuset", "1-", "x" },
		  "nfrun: update: --cpuset: '1-': is not a CPU list" },
		{ { "update", "-m", "lots", "x" },
		  "nfrun: update: --memory: 'lots': is not a size" },
		{ { "update", "--cpu-idle", "2", "x" },
		  "nfrun: update: --cpu-idle: '2': is neither 0 nor 1" },
		{ { "update", "--force", "x" }, "nfrun: update: no limit given to change" },
		{ { "update", "--cpu-burst", "20m5", "x" },
		  "nfrun: update: --cpu-burst: '20m5': is not a time: say 20ms" },
		{ { "update", "--util-min", "20", "x" },
		  "nfrun: update: --util-min: '20': is not a percentage" },
		{ { "update", "--cpu-partition", "mine", "x" },
		  "nfrun: update: --cpu-partition: 'mine': must be member, root or isolated" },
		{ { "update", "--io", "disk:read_bps=1M", "x" },
		  "nfrun: update: --io: 'disk:read_bps=1M': is not PATH:KEY=VALUE,..." },
		{ { "update", "--io", "/d:rbps=1M", "x" },
		  "nfrun: update: --io: '/d:rbps=1M': 'rbps' is none of weight, read_bps" },
		{ { "update", "--io", "/d:read_iops=2,latency=20", "x" },
		  "nfrun: update: --io: '/d:read_iops=2,latency=20': latency=20: say 20ms, or max" },
		{ { "update", "--hugetlb", "3M=3M", "x" },
		  "nfrun: update: --hugetlb: '3M=3M': is not PAGESIZE=SIZE" },
		{ { "update", "--rdma", "mlx5_0:qps=1", "x" },
		  "nfrun: update: --rdma: 'mlx5_0:qps=1': 'qps' is neither handles nor objects" },
		{ { "update", "--unified", "cpu.max", "x" },
		  "nfrun: update: --unified: 'cpu.max': is not FILE=VALUE" },
		{ { "update", "--pids", "0", "x" },
		  "nfrun: update: --pids: '0': is not a number above 0" },
		{ { "check" }, "nfrun: check: expected FILE..." },
		{ { "help", "nothing" }, "nfrun: help: unknown verb 'nothing'" },
		{ { "completion", "fish" }, "nfrun: completion: there is none for 'fish'" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *argv[8] = { nfrun_path() };

		memcpy(argv + 1, cases[i].args, sizeof cases[i].args);
		scoped_run struct run r = run_program(argv, NULL);
		cr_expect_eq(r.status, 2, "case %zu: %d", i, r.status);
		cr_expect_eq(strncmp(r.err, cases[i].why, strlen(cases[i].why)), 0,
			     "case %zu: wanted %s got %s", i, cases[i].why, r.err);
		cr_expect(strstr(r.err, "usage: nfrun") != NULL, "case %zu: %s", i, r.err);
		cr_expect_str_empty(r.out, "case %zu", i);
	}
}

Test(usage, global_options_stand_before_or_behind_the_verb)
{
	need_root();
	scoped_run struct run before = run_nfrun("--root", "/run/nfrun-none", "list", "--quiet");
	scoped_run struct run behind = run_nfrun("list", "--root", "/run/nfrun-none", "-q");

	cr_assert_eq(before.status, 0, "%s", before.err);
	cr_assert_eq(behind.status, 0, "%s", behind.err);
	cr_assert_str_empty(before.out);
	cr_assert_str_empty(behind.out);
}

Test(usage, an_empty_root_lists_nothing)
{
	need_root();
	static const char *const env[] = { "NFRUN_ROOT=/run/nfrun-none", NULL };
	const struct run_how how = { .env = env };
	scoped_run struct run table = run_nfrun_with(&how, "list");
	scoped_run struct run json = run_nfrun_with(&how, "list", "--format=json");
	scoped_run struct run stats = run_nfrun_with(&how, "stats", "--format=json");

	cr_assert_eq(table.status, 0, "%s", table.err);
	cr_assert_str_eq(table.out, "ID  PID  STATUS  BUNDLE  CREATED  OWNER\n");
	cr_assert_str_eq(json.out, "[]\n");
	cr_assert_str_eq(stats.out, "[]\n");
	cr_assert_eq(access("/run/nfrun-none", F_OK), -1, "a look made the state root");
}

Test(usage, a_name_that_is_not_there_is_said_so)
{
	need_root();
	static const char *const takers[][3] = {
		{ "status", "ghost" }, { "stop", "ghost" },  { "logs", "ghost" },
		{ "delete", "ghost" }, { "state", "ghost" }, { "restart", "ghost" },
		{ "stats", "ghost" },  { "stop", ".." },     { "delete", "../run" },
	};

	for (size_t i = 0; i < ARRAY_LEN(takers); i++) {
		scoped_run struct run r =
			run_nfrun("--root", "/run/nfrun-none", takers[i][0], takers[i][1]);
		scoped_str char *want = str_printf("nfrun: %s: %s: container does not exist\n",
						   takers[i][0], takers[i][1]);

		cr_expect_eq(r.status, 1);
		cr_expect_str_eq(r.err, want);
	}
	cr_assert_eq(access("/run/nfrun-none", F_OK), -1, "a look made the state root");

	scoped_run struct run r = run_nfrun("--root", "/run/nfrun-none", "start", "ghost");
	cr_assert_eq(r.status, 1);
	cr_assert_str_eq(
		r.err,
		"nfrun: start: ghost: container does not exist; the path of a descriptor has a "
		"'/' in it or ends in .json\n");
}

Test(usage, who_is_not_root_is_told_so)
{
	need_root(); /* to become nobody */
	static const char *const needs[] = {
		"start x.json",  "stop x",   "list",  "logs x",  "exec x id",
		"update -p 9 x", "delete x", "stats", "metrics",
	};
	static const char *const needs_not[] = { "list --help", "help stop", "--version",
						 "completion bash" };
	static const char as_nobody[] =
		"exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$0\" $1";

	for (size_t i = 0; i < ARRAY_LEN(needs); i++) {
		scoped_run struct run r = run_cmd("sh", "-c", as_nobody, nfrun_path(), needs[i]);

		cr_expect_eq(r.status, 1, "%s: %s", needs[i], r.err);
		cr_expect(strstr(r.err, "must be run as root") != NULL, "%s: %s", needs[i], r.err);
	}
	for (size_t i = 0; i < ARRAY_LEN(needs_not); i++) {
		scoped_run struct run r =
			run_cmd("sh", "-c", as_nobody, nfrun_path(), needs_not[i]);

		cr_expect_eq(r.status, 0, "%s: %s", needs_not[i], r.err);
	}
}

Test(usage, a_full_disk_is_an_error)
{
	scoped_run struct run r =
		run_cmd("sh", "-c", "exec \"$0\" --help >/dev/full", nfrun_path());
	scoped_run struct run v =
		run_cmd("sh", "-c", "exec \"$0\" help list >/dev/full", nfrun_path());

	cr_assert_eq(v.status, 1);
	cr_assert(strstr(v.err, "No space left on device") != NULL, "%s", v.err);
	cr_assert_eq(r.status, 1);
}
