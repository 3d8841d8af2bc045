/* SPDX-License-Identifier: Apache-2.0 */
/* Working with a VNF that runs: exec, stats, update; its limits. */
#include "tests/cli/cli.h"

#define SLEEP "exec sleep 100"

HostTest(work, exec_runs_inside_and_passes_its_exit_code_on)
{
	scoped_str char *file = shell_vnf("box", SLEEP, ", \"hostname\": \"inside\"");

	must_run_nfrun("start", file);
	scoped_run struct run name =
		run_nfrun("exec", "box", "--", "cat", "/proc/sys/kernel/hostname");
	cr_expect_eq(name.status, 0, "%s", name.err);
	cr_expect_str_eq(name.out, "inside\n");
	scoped_run struct run code = run_nfrun("exec", "box", "sh", "-c", "echo oops >&2; exit 42");
	cr_expect_eq(code.status, 42, "%s", code.err);
	cr_expect_str_eq(code.err, "oops\n");
	scoped_run struct run killed = run_nfrun("exec", "box", "--", "sh", "-c", "kill -KILL $$");
	cr_expect_eq(killed.status, 137, "%s", killed.err);
	scoped_run struct run none = run_nfrun("exec", "box", "--", "no-such-program");
	cr_expect_eq(none.status, 127, "%s", none.err);
	scoped_run struct run env = run_nfrun("exec", "-e", "A=1", "--env", "B=2 3", "--cwd",
					      "/usr", "box", "--", "sh", "-c", "echo $A-$B-$PWD");
	cr_expect_str_eq(env.out, "1-2 3-/usr\n", "%s", env.err);
	scoped_run struct run user =
		run_nfrun("exec", "--user", "33:34", "box", "--", "sh", "-c", "id -u; id -g");
	cr_expect_str_eq(user.out, "33\n34\n", "%s", user.err);
	const struct run_how how = { .input = "through\n" };
	scoped_run struct run piped = run_nfrun_with(&how, "exec", "box", "--", "cat");
	cr_expect_str_eq(piped.out, "through\n", "%s", piped.err);
	must_run_nfrun("stop", "box");
	scoped_run struct run stopped = run_nfrun("exec", "box", "--", "true");
	cr_expect_eq(stopped.status, 1);
	cr_expect_str_eq(stopped.err, "nfrun: exec: box: container not running\n");
	must_run_nfrun("delete", "box");
}

HostTest(work, exec_has_a_terminal_where_there_is_one)
{
	scoped_str char *file = shell_vnf("tty", SLEEP, "");

	must_run_nfrun("start", file);
	/* script(1) gives it a terminal; without one there is none inside either. */
	scoped_str char *line = str_printf("%s exec tty -- sh -c 'tty; exit 3'", nfrun_path());
	scoped_run struct run with = run_cmd("script", "-qec", line, "/dev/null");
	cr_expect_eq(with.status, 3, "%s%s", with.out, with.err);
	cr_expect(has(with.out, "/dev/pts/"), "%s", with.out);
	scoped_run struct run without = run_nfrun("exec", "tty", "--", "tty");
	cr_expect(has(without.out, "not a tty"), "%s%s", without.out, without.err);
	must_run_nfrun("delete", "-f", "tty");
}

HostTest(work, exec_works_without_a_user_namespace_too)
{
	scoped_str char *file = shell_vnf("bare", SLEEP, ", \"userns\": false");

	must_run_nfrun("start", file);
	scoped_run struct run r =
		run_nfrun("exec", "bare", "sh", "-c", "cat /proc/self/uid_map; exit 4");
	cr_expect_eq(r.status, 4, "%s", r.err);
	cr_expect(has(r.out, "4294967295"), "%s", r.out);
	must_run_nfrun("delete", "-f", "bare");
}

HostTest(work, stats_on_a_terminal_are_live_until_a_signal)
{
	scoped_str char *file = shell_vnf("live", SLEEP, "");

	must_run_nfrun("start", file);
	scoped_str char *line = str_printf(
		"timeout -s INT 1.5 %s stats --interval 200ms live; echo exit $?", nfrun_path());
	scoped_run struct run r = run_cmd("script", "-qec", line, "/dev/null");
	scoped_str char *once_line = str_printf("%s stats --once", nfrun_path());
	int tables = 0;

	for (const char *p = r.out; (p = strstr(p, "\033[H")); p++)
		tables++;
	cr_expect_geq(tables, 3, "%d tables: %s", tables, r.out);
	cr_expect(has(r.out, "exit 124"), "%s",
		  r.out); /* timeout's own: it had to send the signal */
	scoped_run struct run once = run_cmd("script", "-qec", once_line, "/dev/null");
	cr_expect(!has(once.out, "\033[H"), "%s", once.out);
	must_run_nfrun("delete", "-f", "live");
}

HostTest(work, colour_is_for_terminals_and_never_against_no_color)
{
	static const char *const no_color[] = { "NO_COLOR=1", "TERM=xterm", NULL };
	static const char *const color[] = { "TERM=xterm", NULL };
	const struct run_how plain = { .env = no_color }, bright = { .env = color };
	scoped_str char *file = shell_vnf("hue", SLEEP, "");
	scoped_str char *line = str_printf("%s list", nfrun_path());

	must_run_nfrun("start", file);
	const char *const argv[] = { "script", "-qec", line, "/dev/null", NULL };
	scoped_run struct run with = run_program(argv, &bright);
	scoped_run struct run without = run_program(argv, &plain);
	scoped_run struct run piped = run_nfrun_with(&bright, "list");

	cr_expect(has(with.out, "\033[32mrunning"), "%s", with.out);
	cr_expect(!has(without.out, "\033"), "%s", without.out);
	cr_expect(!has(piped.out, "\033"), "%s", piped.out);
	must_run_nfrun("delete", "-f", "hue");
}

HostTest(work, stats_show_what_is_used)
{
	scoped_str char *file = shell_vnf(
		"busy", "while :; do :; done",
		", \"resources\": { \"cpu\": { \"limit\": 0.2 }, \"memory\": { \"limit\": \"64M\" }, \"pids\": 32 }, "
		"\"interfaces\": [{ \"name\": \"eth0\", \"bridge\": \"br0\", \"ipv4\": [\"10.0.1.1/24\"] }]");

	must_run_nfrun("start", file);
	scoped_run struct run table = run_nfrun("stats");
	cr_expect_eq(strncmp(table.out, "NAME", 4), 0, "%s", table.out);
	cr_expect(has(table.out, "busy"), "%s", table.out);
	cr_expect(has(table.out, "eth0"), "%s", table.out);
	cr_expect(!has(table.out, "\033"), "colour without a terminal: %s", table.out);
	expect_says("stats", "busy", ".[0].cpu.percent > 5 and .[0].cpu.percent < 35", "true");
	expect_says("stats", "busy", ".[0].cpu.limit", "0.2");
	expect_says("stats", "busy", ".[0].cpu.throttled > 0", "true");
	expect_says("stats", "busy", ".[0].memory.limit", "67108864");
	expect_says("stats", "busy", ".[0].memory.current > 0", "true");
	expect_says("stats", "busy", ".[0].pids.limit", "32");
	expect_says("stats", "busy", ".[0].pids.current > 0", "true");
	expect_says("stats", "busy", ".[0].interfaces[0].name", "eth0");
	expect_says("stats", "busy", ".[0].interfaces[0].tx.packets >= 0", "true");
	must_run_nfrun("delete", "-f", "busy");
}

HostTest(work, update_holds_at_once_and_after_a_restart)
{
	scoped_str char *file = shell_vnf(
		"grow", SLEEP,
		", \"resources\": { \"cpu\": { \"limit\": 0.5 }, \"memory\": { \"limit\": \"64M\" } }");

	must_run_nfrun("start", file);
	must_run_nfrun("update", "--cpus", "0.25", "--memory", "128M", "--pids", "50", "grow");
	for (int again = 0; again < 2; again++) {
		expect_says("status", "grow", ".limits.cpu", "0.25");
		expect_says("status", "grow", ".limits.memory", "134217728");
		expect_says("status", "grow", ".limits.pids", "50");
		must_run_nfrun("restart", "grow");
	}
	scoped_run struct run bad =
		run_nfrun("update", "--cpus", "0.75", "--cpuset", "900", "grow");
	cr_expect_eq(bad.status, 1, "%s", bad.err);
	cr_expect(has(bad.err, "nfrun: update: grow: "), "%s", bad.err);
	expect_says("status", "grow", ".limits.cpu", "0.25");
	must_run_nfrun("delete", "-f", "grow");
}

HostTest(work, an_oom_kill_is_told)
{
	scoped_str char *file =
		shell_vnf("hog", "exec tail /dev/zero",
			  ", \"resources\": { \"memory\": { \"limit\": \"24M\", \"swap\": 0 } }");

	must_run_nfrun("start", file);
	cr_assert(wait_until(says("status", "hog", ".status", "stopped"), 20000));
	expect_says("status", "hog", ".last_end.oom_kill", "true");
	expect_says("status", "hog", ".last_end.signal", "SIGKILL");
	scoped_run struct run r = run_nfrun("status", "hog");
	cr_expect(has(r.out, "killed by SIGKILL, out of memory"), "%s", r.out);
	must_run_nfrun("delete", "hog");
}
