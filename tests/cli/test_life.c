/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs end to end. */
#include "tests/cli/cli.h"

#include <signal.h>

#define SERVE "trap 'exit 7' TERM; echo out; echo err >&2; while :; do sleep 0.1; done"
#define PORT                                                                                       \
	", \"interfaces\": [{ \"name\": \"eth0\", \"bridge\": \"br0\", \"ipv4\": [\"10.0.1.1/24\"] }]"

HostTest(life, from_start_to_delete)
{
	scoped_str char *file = shell_vnf("fw", SERVE, PORT);
	scoped_run struct run start = run_nfrun("start", file);

	cr_assert_eq(start.status, 0, "%s", start.err);
	cr_assert_str_eq(start.out, "fw\n");

	scoped_run struct run list = run_nfrun("list");
	cr_expect(has(list.out, "fw    running"), "%s", list.out);
	cr_expect(has(list.out, "eth0 10.0.1.1/24"), "%s", list.out);
	cr_expect(!has(list.out, " \n"), "blanks at the end of a line: %s", list.out);

	scoped_run struct run status = run_nfrun("status", "fw");
	cr_expect_eq(strncmp(status.out, "fw: running since 20", 20), 0, "%s", status.out);
	cr_expect(has(status.out, "are the host's"), "%s", status.out);
	cr_expect(has(status.out, "br0"), "%s", status.out);
	expect_says("status", "fw", ".interfaces[0].up", "true");
	expect_says("status", "fw", ".userns.size", "65536");
	expect_says("status", "fw", ".supervisor.alive", "true");
	expect_says("status", "fw", ".processes > 0", "true");
	expect_says("list", "", ".[].name", "fw");

	scoped_str char *pid = ask("status", "fw", ".pid");
	must_run_nfrun("stop", "fw");
	cr_expect_eq(kill(atoi(pid), 0), -1, "pid %s is still there", pid);
	expect_says("status", "fw", ".status", "stopped");
	expect_says("status", "fw", ".last_end.exit_code", "7");
	expect_says("status", "fw", ".pid", "0");
	must_run_nfrun("stop", "fw"); /* again: fine */

	scoped_run struct run again = run_nfrun("start", "fw");
	cr_expect_str_eq(again.out, "fw\n", "%s", again.err);
	expect_says("status", "fw", ".status", "running");
	must_run_nfrun("delete", "--force", "fw");
	scoped_run struct run none = run_nfrun("list", "--quiet");
	cr_expect_str_empty(none.out);
}

HostTest(life, logs_keep_the_streams_apart)
{
	scoped_str char *file = shell_vnf(
		"talk", "echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three; exec sleep 100",
		"");

	must_run_nfrun("start", file);
	cr_assert(wait_until(({
				     scoped_run struct run r = run_nfrun("logs", "talk");
				     has(r.out, "three");
			     }),
			     5000));

	scoped_run struct run all = run_nfrun("logs", "talk");
	cr_expect_str_eq(all.out, "one\nthree\n");
	cr_expect_str_eq(all.err, "two\n");
	scoped_run struct run tail = run_nfrun("logs", "--tail", "1", "talk");
	cr_expect_str_eq(tail.out, "three\n");
	cr_expect_str_empty(tail.err);
	scoped_run struct run times = run_nfrun("logs", "-t", "-n", "1", "talk");
	cr_expect_eq(strncmp(times.out, "20", 2), 0, "%s", times.out);
	cr_expect(has(times.out, "Z three\n"), "%s", times.out);
	scoped_run struct run future = run_nfrun("logs", "--since", "2100-01-01T00:00:00Z", "talk");
	cr_expect_str_empty(future.out);
	must_run_nfrun("delete", "-f", "talk");
}

HostTest(life, following_a_log_ends_with_the_vnf)
{
	scoped_str char *file =
		shell_vnf("brief", "echo a; sleep 0.5; echo b; sleep 0.5; echo c", "");

	must_run_nfrun("start", file);
	scoped_run struct run r = run_nfrun("logs", "--follow", "brief");
	cr_expect_eq(r.status, 0, "%s", r.err);
	cr_expect_str_eq(r.out, "a\nb\nc\n");
	must_run_nfrun("delete", "brief");
}

HostTest(life, a_name_that_runs_is_left_alone)
{
	scoped_str char *file = shell_vnf("one", SERVE, PORT);

	must_run_nfrun("start", file);
	scoped_str char *pid = ask("status", "one", ".pid");
	scoped_run struct run by_file = run_nfrun("start", file);
	scoped_run struct run by_name = run_nfrun("start", "one");
	scoped_run struct run gone = run_nfrun("delete", "one");

	cr_expect_eq(by_file.status, 1);
	cr_expect(has(by_file.err, "nfrun: start: one: "), "%s", by_file.err);
	cr_expect(has(by_file.err, "already running"), "%s", by_file.err);
	scoped_str char *broken =
		descriptor("one", "\"process\": { \"args\": [\"/bin/true\"] }, \"mtu\": 1");
	scoped_run struct run bad = run_nfrun("start", broken);
	cr_expect_eq(bad.status, 1);
	cr_expect(has(bad.err, "/mtu: unknown key"), "%s", bad.err);
	cr_expect_eq(by_name.status, 1);
	cr_expect(has(by_name.err, "running already"), "%s", by_name.err);
	cr_expect_eq(gone.status, 1);
	cr_expect(has(gone.err, "--force"), "%s", gone.err);
	expect_says("status", "one", ".pid", pid);
	must_run_nfrun("delete", "-f", "one");
}

HostTest(life, restart_is_a_new_process_under_the_same_address)
{
	scoped_str char *file = shell_vnf("re", SERVE, PORT);

	must_run_nfrun("start", file);
	scoped_str char *pid = ask("status", "re", ".pid");
	scoped_str char *mac = ask("status", "re", ".interfaces[0].mac");
	scoped_str char *base = ask("status", "re", ".userns.base");

	must_run_nfrun("restart", "re");
	scoped_str char *new_pid = ask("status", "re", ".pid");
	cr_expect_str_neq(pid, new_pid);
	expect_says("status", "re", ".interfaces[0].mac", mac);
	expect_says("status", "re", ".userns.base", base);
	expect_says("status", "re", ".interfaces[0].addresses[0]", "10.0.1.1/24");
	must_run_nfrun("delete", "-f", "re");
}

HostTest(life, stop_asks_waits_and_kills)
{
	scoped_str char *file = shell_vnf(
		"deaf", "trap '' TERM; trap 'exit 5' USR1; echo up; while :; do sleep 0.1; done",
		"");

	must_run_nfrun("start", file);
	cr_assert(wait_until(({
				     scoped_run struct run r = run_nfrun("logs", "deaf");
				     has(r.out, "up");
			     }),
			     5000));
	must_run_nfrun("stop", "--signal", "USR1", "deaf");
	expect_says("status", "deaf", ".last_end.exit_code", "5");
	must_run_nfrun("start", "deaf");
	cr_assert(wait_until(({
				     scoped_run struct run r = run_nfrun("logs", "deaf");
				     has(r.out, "up\nup");
			     }),
			     5000),
		  "it is not deaf before it has said so");
	must_run_nfrun("stop", "--timeout", "200ms", "deaf");
	expect_says("status", "deaf", ".last_end.signal", "SIGKILL");
	must_run_nfrun("start", "deaf");
	must_run_nfrun("stop", "--kill", "deaf");
	expect_says("status", "deaf", ".last_end.signal", "SIGKILL");

	scoped_run struct run text = run_nfrun("status", "deaf");
	cr_expect(has(text.out, "killed by SIGKILL"), "%s", text.out);
	must_run_nfrun("delete", "deaf");
}

HostTest(life, state_is_what_oci_asks_for)
{
	scoped_str char *file =
		shell_vnf("oci", SERVE, ", \"annotations\": { \"org.nfrun.x\": \"y\" }");

	must_run_nfrun("start", file);
	expect_says("state", "oci", ".ociVersion", "1.3.0");
	expect_says("state", "oci", ".status", "running");
	expect_says("state", "oci", ".pid > 1", "true");
	expect_says("state", "oci", ".annotations[\"org.nfrun.x\"]", "y");
	must_run_nfrun("stop", "oci");
	expect_says("state", "oci", ".status", "stopped");
	expect_says("state", "oci", ".pid", "0");
	must_run_nfrun("delete", "oci");
}

HostTest(life, no_user_namespace_is_warned_of)
{
	scoped_str char *file = shell_vnf("bare", SERVE, ", \"userns\": false");
	scoped_run struct run start = run_nfrun("start", file);

	cr_assert_eq(start.status, 0, "%s", start.err);
	cr_expect(has(start.err, "nfrun: warning: bare: no user namespace"), "%s", start.err);
	scoped_run struct run status = run_nfrun("status", "bare");
	cr_expect(has(status.out, "root in this VNF is root of the host"), "%s", status.out);
	expect_says("status", "bare", ".userns", "null");
	must_run_nfrun("delete", "-f", "bare");
}

HostTest(life, an_interrupted_start_leaves_nothing)
{
	scoped_str char *file = descriptor(
		"slow",
		"\"setup\": [[\"/bin/sleep\", \"60\"]], \"process\": { \"args\": [\"/bin/true\"] }" PORT);
	int64_t began = now_ms();
	scoped_run struct run r = run_cmd("timeout", "-s", "INT", "1", nfrun_path(), "start", file);

	cr_expect_eq(r.status, 124, "%s", r.err);
	cr_expect(wait_until(({
				     scoped_run struct run list = run_nfrun("list", "-q");
				     !has(list.out, "slow");
			     }),
			     5000),
		  "it is still there");
	cr_expect_lt(now_ms() - began, 10000);
}

HostTest(life, a_damaged_record_is_told_and_can_be_deleted)
{
	scoped_str char *file = shell_vnf("fine", SERVE, "");
	scoped_str char *dir = str_printf("%s/torn", host_root());
	scoped_str char *state = str_printf("%s/state.json", dir);

	must_run_nfrun("start", file);
	make_dirs(dir);
	write_text(state, "{ \"id\": \"to");
	scoped_run struct run list = run_nfrun("list");
	cr_expect_eq(list.status, 1);
	cr_expect(has(list.out, "fine"), "%s", list.out);
	cr_expect(has(list.err, "nfrun: list: torn: "), "%s", list.err);
	scoped_run struct run status = run_nfrun("status", "torn");
	cr_expect_eq(status.status, 1);
	cr_expect(has(status.err, "nfrun: status: torn: "), "%s", status.err);
	must_run_nfrun("delete", "--force", "torn");
	must_run_nfrun("delete", "--force", "fine");
}

/* Of a version with other rules, or half written over: the process is still there to be killed. */
HostTest(life, one_whose_record_has_no_descriptor_can_be_killed_and_deleted)
{
	scoped_str char *file = shell_vnf("odd", SERVE, PORT);
	scoped_str char *state = str_printf("%s/odd/state.json", host_root());

	for (int i = 0; i < 2; i++) {
		must_run_nfrun("start", file);
		must_run("sed", "-i",
			 i ? "s/\"descriptor\":\".*\",\"bundle\"/\"descriptor\":null,\"bundle\"/"
			   : "s/\"descriptor\":\"/&x/",
			 state);
		scoped_run struct run r = run_nfrun("stop", "odd");
		cr_expect_eq(r.status, 1, "%d: %s", r.status, r.err);
		must_run_nfrun("delete", "--force", "odd");
	}
}

HostTest(life, programs_find_the_keys_that_the_man_page_names)
{
	scoped_str char *file = shell_vnf("keys", SERVE, PORT);

	must_run_nfrun("start", file);
	expect_says(
		"status", "keys", "keys_unsorted|join(\" \")",
		"name status pid created started uptime restarts restart last_end oom_kills supervisor userns "
		"limits devices memory processes packet_cpu interfaces warnings state_dir");
	expect_says("status", "keys", ".packet_cpu|keys_unsorted|join(\" \")",
		    "mode limit guarantee cpus means why cpu_us billed_us dropped threads");
	expect_says("status", "keys", ".interfaces[0].packet_cpu|keys_unsorted|join(\" \")",
		    "mode limit guarantee cpus own_budget means why cpu_us dropped");
	expect_says(
		"status", "keys", ".limits|keys_unsorted|join(\" \")",
		"cpu cpu_weight cpu_burst_us memory memory_high memory_low memory_min swap pids io_weight "
		"cpu_idle cpus mems cpu_partition util_min util_max oom_group io hugetlb rdma exec_cpus "
		"unified");
	expect_says("status", "keys", ".interfaces[0]|keys_unsorted|join(\" \")",
		    "name bridge host_name mac mtu addresses up rx tx packet_cpu");
	expect_says(
		"stats", "keys", ".[0]|keys_unsorted|join(\" \")",
		"name interval cpu packet_cpu memory pids pressure io hugetlb rdma limits interfaces");
	expect_says("stats", "keys", ".[0].packet_cpu|keys_unsorted|join(\" \")",
		    "percent means cpu_us billed_us dropped unbilled_percent");
	expect_says("stats", "keys", ".[0].interfaces[0].packet_cpu|keys_unsorted|join(\" \")",
		    "mode means percent cpu_us dropped dropped_per_second");
	expect_says(
		"stats", "keys", ".[0].cpu|keys_unsorted|join(\" \")",
		"percent limit usage_us user_us system_us periods throttled throttled_us bursts burst_us");
	expect_says(
		"stats", "keys", ".[0].memory|keys_unsorted|join(\" \")",
		"current peak limit swap swap_peak oom oom_kills anon file kernel slab sock shmem file_dirty "
		"pgfault pgmajfault workingset_refault_anon workingset_refault_file events swap_events stat");
	expect_says("stats", "keys", ".[0].interfaces[0]|keys_unsorted|join(\" \")",
		    "name bridge up rx tx rx_queue tx_queue packet_cpu");
	expect_says("stats", "keys",
		    ".[0].interfaces[0]|[.rx_queue,.tx_queue]|map(.kind)|join(\" \")",
		    "noqueue noqueue");
	expect_says("stats", "keys", ".[0].interfaces[0].rx|keys_unsorted|join(\" \")",
		    "packets bytes dropped errors packets_per_second bytes_per_second");
	must_run_nfrun("delete", "-f", "keys");
}

HostTest(life, a_caller_without_standard_descriptors_changes_nothing)
{
	scoped_str char *file = shell_vnf("bare", SERVE, "");
	scoped_str char *command = str_printf("exec \"$0\" start %s <&- >&- 2>&-", file);

	must_run("/bin/sh", "-c", command, nfrun_path());
	expect_says("status", "bare", ".status", "running");
	scoped_run struct run fds = run_nfrun("exec", "bare", "--", "ls", "-l", "/proc/2/fd");
	cr_expect(has(fds.out, " 0 -> /dev/null"), "%s%s", fds.out, fds.err);
	cr_expect(!has(fds.out, " 3 -> "), "%s", fds.out);
	must_run_nfrun("delete", "--force", "bare");
}
