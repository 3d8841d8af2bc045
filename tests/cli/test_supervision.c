/* SPDX-License-Identifier: Apache-2.0 */
/* Restart policies, the foreground, and supervisors that are killed. */
#include "tests/cli/cli.h"

#include <signal.h>
#include <sys/wait.h>

/* How many lines "run" the log has. */
static int runs_of(const char *name)
{
	scoped_run struct run r = run_nfrun("logs", name);
	int n = 0;

	for (const char *p = r.out; (p = strstr(p, "run\n")); p++)
		n++;
	return n;
}

HostTest(supervision, on_failure_tries_as_often_as_it_says)
{
	scoped_str char *file = shell_vnf(
		"poor", "echo run; exit 3",
		", \"restart\": { \"policy\": \"on-failure\", \"max_retries\": 2, \"backoff\": \"100ms\" }");

	must_run_nfrun("start", file);
	cr_assert(wait_until(says("status", "poor", ".status", "stopped"), 10000));
	cr_expect_eq(runs_of("poor"), 3, "%d runs", runs_of("poor"));
	expect_says("status", "poor", ".restarts", "2");
	expect_says("status", "poor", ".last_end.exit_code", "3");
	must_run_nfrun("delete", "poor");
}

HostTest(supervision, on_failure_lets_success_be)
{
	scoped_str char *file =
		shell_vnf("done", "echo run; sleep 0.2",
			  ", \"restart\": { \"policy\": \"on-failure\", \"backoff\": \"100ms\" }");

	must_run_nfrun("start", file);
	cr_assert(wait_until(says("status", "done", ".status", "stopped"), 10000));
	cr_expect_eq(runs_of("done"), 1);
	expect_says("status", "done", ".last_end.exit_code", "0");
	must_run_nfrun("delete", "done");
}

HostTest(supervision, always_goes_on_until_it_is_stopped)
{
	scoped_str char *file =
		shell_vnf("again", "echo run; sleep 0.1",
			  ", \"restart\": { \"policy\": \"always\", \"backoff\": \"100ms\" }");

	must_run_nfrun("start", file);
	cr_assert(wait_until(runs_of("again") >= 3, 20000), "%d runs", runs_of("again"));
	must_run_nfrun("stop", "again");

	int runs = runs_of("again");
	sleep_ms(500);
	cr_expect_eq(runs_of("again"), runs, "it was started again after stop");
	expect_says("status", "again", ".status", "stopped");
	must_run_nfrun("delete", "again");
}

HostTest(supervision, the_pause_doubles)
{
	scoped_str char *file = shell_vnf(
		"slow", "echo run; exit 1",
		", \"restart\": { \"policy\": \"on-failure\", \"max_retries\": 2, \"backoff\": \"300ms\" }");
	int64_t began = now_ms();

	must_run_nfrun("start", file);
	cr_assert(wait_until(says("status", "slow", ".restarts", "2"), 10000));
	cr_expect_geq(now_ms() - began, 900, "two restarts after %lld ms",
		      (long long)(now_ms() - began));
	must_run_nfrun("delete", "-f", "slow");
}

HostTest(supervision, foreground_shows_its_output_and_exits_as_it_does)
{
	scoped_str char *file = shell_vnf("fg", "echo out; echo err >&2; exit 9", "");
	scoped_run struct run r = run_nfrun("start", "--foreground", file);

	cr_expect_eq(r.status, 9, "%s", r.err);
	cr_expect_str_eq(r.out, "out\n");
	cr_expect_str_eq(r.err, "err\n");
	expect_says("status", "fg", ".status", "stopped");

	/* Again, and only this run is shown. */
	scoped_run struct run again = run_nfrun("start", "--foreground", "fg");
	cr_expect_eq(again.status, 9, "%s", again.err);
	cr_expect_str_eq(again.out, "out\n");
	must_run_nfrun("delete", "fg");
}

/* Signals one or two, then waits: prints how it ended. */
static const char signal_it[] = "o=$(mktemp)\n"
				"\"$0\" start --foreground \"$1\" >$o & p=$!\n"
				"until grep -qs up $o; do sleep 0.05; done\n"
				"for s in $2; do kill -s $s $p; sleep 0.5; done\n"
				"wait $p; echo $?; rm $o\n";

HostTest(supervision, a_signal_in_the_foreground_stops_it)
{
	static const char *const signals[] = { "INT", "TERM", "HUP" };
	scoped_str char *file =
		shell_vnf("fg", "trap 'exit 4' TERM; echo up; while :; do sleep 0.1; done", "");

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		scoped_run struct run r =
			run_cmd("sh", "-c", signal_it, nfrun_path(), file, signals[i]);

		cr_expect_str_eq(r.out, "4\n", "SIG%s: %s%s", signals[i], r.out, r.err);
		expect_says("status", "fg", ".status", "stopped");
	}
	must_run_nfrun("delete", "fg");
}

HostTest(supervision, a_second_signal_kills_it)
{
	scoped_str char *file =
		shell_vnf("deaf", "trap '' TERM; echo up; while :; do sleep 0.1; done", "");
	int64_t began = now_ms();
	scoped_run struct run r = run_cmd("sh", "-c", signal_it, nfrun_path(), file, "INT INT");

	cr_expect_str_eq(r.out, "137\n", "%s%s", r.out, r.err);
	cr_expect_lt(now_ms() - began, 8000, "it waited for the time-out");
	expect_says("status", "deaf", ".status", "stopped");
	must_run_nfrun("delete", "deaf");
}

HostTest(supervision, a_killed_supervisor_takes_nothing_down)
{
	scoped_str char *file = shell_vnf(
		"steady", "trap 'exit 6' TERM; while :; do echo tick; sleep 0.1; done",
		", \"interfaces\": [{ \"name\": \"eth0\", \"bridge\": \"br0\", \"ipv4\": [\"10.0.1.1/24\"] }]");

	must_run_nfrun("start", file);
	scoped_str char *pid = ask("status", "steady", ".pid");
	scoped_str char *supervisor = ask("status", "steady", ".supervisor.pid");

	cr_assert_eq(kill(atoi(supervisor), SIGKILL), 0);
	cr_assert_eq(waitpid(atoi(supervisor), NULL, 0),
		     atoi(supervisor)); /* orphans are ours here */
	scoped_run struct run list = run_nfrun("list");
	cr_expect_eq(list.status, 0);
	cr_expect(has(list.err, "nfrun: warning: steady: its supervisor had been killed"), "%s",
		  list.err);
	cr_expect(has(list.out, "running"), "%s", list.out);

	expect_says("status", "steady", ".pid", pid);
	expect_says("status", "steady", ".supervisor.alive", "true");
	scoped_str char *next = ask("status", "steady", ".supervisor.pid");
	cr_expect_str_neq(next, supervisor);
	scoped_run struct run since = run_nfrun("logs", "--since", "1s", "steady");
	cr_expect(has(since.out, "tick"), "nothing is logged any more");
	must_run_nfrun("stop", "steady");
	expect_says("status", "steady", ".last_end.exit_code", "6");
	must_run_nfrun("delete", "steady");
}

HostTest(supervision, a_killed_pid_1_is_a_killed_vnf)
{
	scoped_str char *file = shell_vnf("shot", "exec sleep 50", "");

	must_run_nfrun("start", file);
	scoped_str char *pid = ask("status", "shot", ".pid");
	cr_assert_eq(kill(atoi(pid), SIGKILL), 0);
	cr_assert(wait_until(says("status", "shot", ".status", "stopped"), 10000));
	expect_says("status", "shot", "[.last_end.signal, .last_end.unknown]",
		    "[\"SIGKILL\",false]");
	must_run_nfrun("delete", "shot");
}

HostTest(supervision, another_supervisor_restarts_it_as_it_was)
{
	scoped_str char *file = shell_vnf(
		"heir", "trap 'exit 6' TERM; while :; do sleep 0.1; done",
		", \"interfaces\": [{ \"name\": \"eth0\", \"bridge\": \"br0\", \"ipv4\": [\"10.0.1.1/24\"] }],"
		"\"restart\": { \"policy\": \"always\", \"backoff\": \"100ms\" }");
	static const char same[] = "[.userns, .interfaces[0].mac, .interfaces[0].addresses]";

	must_run_nfrun("start", file);
	scoped_str char *before = ask("status", "heir", same);
	scoped_str char *supervisor = ask("status", "heir", ".supervisor.pid");

	cr_assert_eq(kill(atoi(supervisor), SIGKILL), 0);
	cr_assert_eq(waitpid(atoi(supervisor), NULL, 0), atoi(supervisor));
	scoped_str char *pid = ask("status", "heir", ".pid"); /* this starts the heir */
	cr_assert_eq(kill(atoi(pid), SIGTERM), 0);
	cr_assert(wait_until(says("status", "heir", "[.status, .restarts]", "[\"running\",1]"),
			     10000));
	expect_says("status", "heir", same, before);
	expect_says("status", "heir", ".last_end.exit_code", "6");
	expect_says("status", "heir", ".warnings", "[]");
	must_run_nfrun("delete", "-f", "heir");
}

HostTest(supervision, the_foreground_outlives_a_killed_supervisor)
{
	scoped_str char *file = shell_vnf("on", "echo up; sleep 1.5; echo late; exit 8", "");
	static const char script[] =
		"o=$(mktemp)\n"
		"\"$0\" start --foreground \"$1\" >$o & p=$!\n"
		"until grep -qs up $o; do sleep 0.05; done\n"
		"kill -KILL $(\"$0\" status on --format json | jq .supervisor.pid)\n"
		"wait $p; echo $?; cat $o; rm $o\n";
	scoped_run struct run r = run_cmd("sh", "-c", script, nfrun_path(), file);

	cr_expect_str_eq(r.out, "8\nup\nlate\n", "%s%s", r.out, r.err);
	cr_expect(has(r.err, "its supervisor had been killed"), "%s", r.err);
	must_run_nfrun("delete", "on");
}
