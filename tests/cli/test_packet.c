/* SPDX-License-Identifier: Apache-2.0 */
/* packet_cpu end to end: where the kernel's threads run, what holds them, and that all of it goes.
 */
#include "tests/cli/packet.h"

#include <signal.h>
#include <sys/wait.h>

#define SLEEP "exec sleep 100"
#define NET                                                                                        \
	", \"capabilities\": [\"NET_ADMIN\"], \"links\": [{ \"bridge\": \"br0\", \"ipv4\": "       \
	"[\"10.7.0.1/24\"] }], \"interfaces\": [{ \"name\": \"eth0\", \"bridge\": \"br0\", "       \
	"\"ipv4\": [\"10.7.0.2/24\"] %s }%s], \"packet_cpu\": { %s }"

static void start_vnf(const char *packet_cpu, const char *of_eth0, const char *more_ifaces)
{
	scoped_str char *net = str_printf(NET, of_eth0, more_ifaces, packet_cpu);
	scoped_str char *v = shell_vnf("fw", SLEEP, net);

	must_run_nfrun("start", v);
}

/* Each packet costs some 10 us then. In parts, as a socket's buffer holds no more in a user
 * namespace. */
static void make_packets_dear(void)
{
	must_run_nfrun(
		"exec", "fw", "sh", "-ec",
		"nft add table inet t; nft add chain inet t i '{ type filter hook input priority 0; }'\n"
		"for part in 0 1 2 3 4; do for i in $(seq 1 200); do\n"
		"	echo \"add rule inet t i udp dport $((20000 + 200 * part + i)) drop\"\n"
		"done | nft -f -; done");
}

HostTest(packet, own_puts_the_threads_of_both_ends_into_the_group)
{
	start_vnf("\"mode\": \"own\"", "", "");

	pid_t guest = thread_of("fw", "eth0", "false"), host = thread_of("fw", "eth0", "true");
	cr_expect(is_placed(guest));
	cr_expect(is_placed(host));
	cr_expect_neq(guest, host);
	cr_expect_neq(policy_of(guest), DEADLINE);

	uint64_t before = cpu_ns(guest);
	must_run("ping", "-c", "20", "-i", "0.01", "-W", "1", "10.7.0.2");
	cr_expect_gt(cpu_ns(guest), before + 20000, "the thread does not receive");
	must_run_nfrun("delete", "--force", "fw");
	cr_expect(wait_until(!is_napi(guest), 1000));
}

HostTest(packet, without_packet_cpu_nothing_is_touched)
{
	start_vnf("\"mode\": \"shared\"", "", "");
	scoped_str char *none = packet("fw", ".");
	cr_expect_str_empty(none);
	must_run_nfrun("delete", "--force", "fw");
}

static pid_t start_flooded(void)
{
	start_vnf("\"mode\": \"own\"", "", "");
	make_packets_dear();
	return thread_of("fw", "eth0", "false");
}

static void expect_no_cap(pid_t tid)
{
	double took = flood(tid, 500);

	cr_expect_gt(took, 8, "uncapped it took %.1f %%: that is no flood", took);
}

/* 5 % of a CPU. LEAST: a busy machine lets it have less. */
static void expect_cap(pid_t tid, const char *words, double least, double most)
{
	must_run_nfrun("update", "fw", "--packet-cpu", words);
	(void)flood(tid, 1000); /* the budget goes where the load is, and the governor learns */

	double took = flood(tid, 1000);
	cr_expect_lt(took, most, "%s: it took %.1f %%", words, took);
	cr_expect_gt(took, least, "%s: it took %.1f %%", words, took);
}

HostTest(packet, a_limit_holds_under_a_flood)
{
	pid_t tid = start_flooded();

	expect_no_cap(tid);
	expect_cap(tid, "own,limit=5%", 2.5, 5.5);
	must_run_nfrun("delete", "--force", "fw");
}

HostTest(packet, so_does_one_that_the_governor_holds)
{
	pid_t tid = start_flooded();

	expect_cap(tid, "own,limit=5%,means=governor", 1, 6.5);
	cr_expect_neq(policy_of(tid), DEADLINE);
	expect_says("status", "fw", ".packet_cpu.means", "governor");
	expect_says("status", "fw", ".packet_cpu.dropped > 0", "true");

	must_run_nfrun("update", "fw", "--packet-cpu", "own");
	expect_no_cap(tid);
	must_run_nfrun("delete", "--force", "fw");
}

HostTest(packet, each_channel_has_a_thread_and_a_part)
{
	start_vnf("\"mode\": \"own\", \"limit\": \"10%\"", "", "");
	must_run_nfrun("exec", "fw", "ethtool", "-L", "eth0", "rx", "2");
	cr_expect(wait_until(({
				     scoped_str char *n = packet("fw", ".ends[0].tasks | length");
				     strcmp(n, "2") == 0;
			     }),
			     PLACED_MS));
	scoped_str char *both = packet("fw", "[.ends[0].tasks[][0]] | @tsv");
	char *second;
	pid_t a = (pid_t)strtol(both, &second, 10), b = (pid_t)strtol(second, NULL, 10);
	cr_expect(is_placed(a));
	cr_expect(is_placed(b));
	cr_expect_eq(policy_of(b), DEADLINE);
	must_run_nfrun("delete", "--force", "fw");
}

HostTest(packet, new_threads_are_placed_when_the_link_comes_back)
{
	start_vnf("\"mode\": \"own\", \"limit\": \"20%\"", "", "");
	pid_t old = thread_of("fw", "eth0", "false");

	cr_expect(is_placed(old));
	bounce_link("fw");
	cr_expect(comes_anew("fw", old));
	must_run_nfrun("delete", "--force", "fw");
}

HostTest(packet, what_somebody_inside_turns_off_comes_back)
{
	start_vnf("\"mode\": \"own\"", "", "");
	pid_t old = thread_of("fw", "eth0", "false");

	must_run_nfrun("exec", "fw", "ethtool", "-K", "eth0", "gro", "off");
	cr_expect(comes_anew("fw", old));
	must_run_nfrun("delete", "--force", "fw");
}

static bool segments_tcp_itself(void)
{
	scoped_run struct run r = run_nfrun("exec", "fw", "ethtool", "-k", "eth0");

	return has(r.out, "tx-tcp-segmentation: off") && has(r.out, "tx-tcp6-segmentation: off");
}

/* With TSO what the VNF sends would pass the host end's thread by. */
HostTest(packet, so_does_what_somebody_inside_turns_on)
{
	start_vnf("\"mode\": \"own\"", "", "");
	cr_expect(segments_tcp_itself());
	must_run_nfrun("exec", "fw", "ethtool", "-K", "eth0", "tso", "on");
	cr_expect(wait_until(segments_tcp_itself(), PLACED_MS));
	must_run_nfrun("delete", "--force", "fw");
}

static bool has_queue(void)
{
	scoped_run struct run r = run_nfrun("exec", "fw", "tc", "qdisc", "show", "dev", "eth0");

	return has(r.out, "pfifo");
}

HostTest(packet, and_the_queue_that_somebody_inside_takes_away)
{
	start_vnf("\"mode\": \"own\"", "", "");
	skip_unless(has_queue(), "queues on veth are of no use to this kernel");
	for (int i = 0; i < 2; i++) {
		must_run_nfrun("exec", "fw", "tc", "qdisc", "del", "dev", "eth0", "root");
		cr_expect(wait_until(has_queue(), PLACED_MS));
	}
	must_run_nfrun("exec", "fw", "tc", "qdisc", "replace", "dev", "eth0", "root", "bfifo");
	bounce_link("fw");
	cr_expect(wait_until(is_placed(thread_of("fw", "eth0", "false")), PLACED_MS));
	expect_says("status", "fw", ".warnings", "[]");
	must_run_nfrun("delete", "--force", "fw");
}

HostTest(packet, modes_change_while_it_runs)
{
	start_vnf("\"mode\": \"shared\"", "", "");
	must_run_nfrun("update", "fw", "--packet-cpu", "own");
	pid_t tid = thread_of("fw", "eth0", "false");
	cr_expect(is_placed(tid));

	must_run_nfrun("update", "fw", "--packet-cpu", "reserve,guarantee=10%");
	cr_expect_eq(thread_of("fw", "eth0", "false"), tid, "it need not have been made anew");
	cr_expect_eq(policy_of(tid), DEADLINE);

	must_run_nfrun("update", "fw", "--packet-cpu", "pinned,cpus=0");
	cr_expect(wait_until(!is_napi(tid), 1000));

	must_run_nfrun("update", "fw", "--packet-cpu", "shared");
	must_run("ping", "-c", "1", "-W", "1", "10.7.0.2");
	must_run_nfrun("delete", "--force", "fw");
}

/* A VNF that is promised 85 of each 100 % that the machine has: the kernel promises 90 at most. */
static void promise_most_of_the_machine(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	scoped_str char *ifaces = str_dup("");

	for (long i = 0; i < n; i++) {
		scoped_str char *before = str_take(&ifaces);

		ifaces = str_printf("%s%s{ \"name\": \"p%ld\", \"bridge\": \"br9\" }", before,
				    i ? ", " : "", i);
	}
	scoped_str char *more = str_printf(", \"interfaces\": [%s], \"packet_cpu\": "
					   "{ \"mode\": \"reserve\", \"guarantee\": \"%ld%%\" }",
					   ifaces, 85 * n);
	scoped_str char *v = shell_vnf("big", SLEEP, more);

	must_run_nfrun("start", v);
}

HostTest(packet, an_update_that_fails_changes_nothing)
{
	start_vnf("\"mode\": \"own\", \"limit\": \"10%\"", "", "");
	promise_most_of_the_machine();
	pid_t tid = thread_of("fw", "eth0", "false");

	scoped_run struct run r =
		run_nfrun("update", "fw", "--packet-cpu", "own,limit=95%,means=deadline");
	cr_expect_eq(r.status, 1);
	cr_expect(has(r.err, "nfrun: update: fw: own,limit=95%,means=deadline for fw: this machine "
			     "has "),
		  "%s", r.err);
	cr_expect(has(r.err, " of a CPU left to promise"), "%s", r.err);
	cr_expect(has(r.err, "means=governor"), "%s", r.err);
	scoped_run struct run port =
		run_nfrun("update", "fw", "--packet-cpu", "eth0=reserve,guarantee=95%");
	cr_expect_eq(port.status, 1);
	cr_expect(has(port.err, "reserve,guarantee=95% for fw, interface eth0: this machine has "),
		  "%s", port.err);
	scoped_run struct run much =
		run_nfrun("update", "fw", "--packet-cpu", "reserve,guarantee=10000%");
	cr_expect_eq(much.status, 1);
	cr_expect(has(much.err, "CPUs"), "%s", much.err);
	scoped_run struct run means =
		run_nfrun("update", "fw", "--packet-cpu", "reserve,guarantee=5%,means=governor");
	cr_expect_eq(means.status, 2);
	cr_expect(has(means.err, "always held by deadline"), "%s", means.err);
	scoped_run struct run one =
		run_nfrun("update", "fw", "--packet-cpu", "reserve,guarantee=101%");
	cr_expect_eq(one.status, 1);
	cr_expect(has(one.err, "one CPU"), "%s", one.err);
	cr_expect_eq(thread_of("fw", "eth0", "false"), tid);
	cr_expect(is_placed(tid));
	cr_expect_eq(policy_of(tid), DEADLINE, "it is capped no more");
	scoped_str char *budget = packet("fw", ".purses[0].budget");
	cr_expect_str_eq(budget, "100");
	must_run_nfrun("delete", "--force", "fw", "big");
}

/* The kernel gives no deadline to a thread that is bound to fewer CPUs than the machine has, nor
 * takes one from it for good: the order counts, and the leaf is left for a moment. */
HostTest(packet, a_limit_goes_with_few_cpus)
{
	scoped_str char *net = str_printf(NET ", \"resources\": { \"cpu\": { \"cpus\": \"0\" } }",
					  "", "", "\"mode\": \"own\", \"limit\": \"10%\"");
	scoped_str char *v = shell_vnf("fw", SLEEP, net);

	must_run_nfrun("start", v);
	pid_t tid = thread_of("fw", "eth0", "false");
	cr_expect(is_placed(tid));
	cr_expect_eq(policy_of(tid), DEADLINE);
	must_run_nfrun("update", "fw", "--packet-cpu", "own,limit=20%");
	cr_expect(is_placed(tid));
	cr_expect_eq(policy_of(tid), DEADLINE);
	make_packets_dear();
	(void)flood(tid, 1000); /* the budget goes where the load is */
	scoped_str char *moved = packet("fw", ".ends[0].share > 180000");
	cr_expect_str_eq(moved, "true");
	cr_expect(is_placed(tid));
	expect_says("status", "fw", ".warnings", "[]");
	must_run_nfrun("update", "fw", "--packet-cpu", "own");
	cr_expect(is_placed(tid));
	cr_expect_neq(policy_of(tid), DEADLINE);
	must_run_nfrun("delete", "--force", "fw");
}

HostTest(packet, an_interface_has_a_budget_of_its_own)
{
	start_vnf("\"mode\": \"own\"",
		  ", \"packet_cpu\": { \"mode\": \"own\", \"limit\": \"10%\" }",
		  ", { \"name\": \"eth1\", \"bridge\": \"br1\" }");

	cr_expect_eq(policy_of(thread_of("fw", "eth0", "false")), DEADLINE);
	cr_expect_neq(policy_of(thread_of("fw", "eth1", "false")), DEADLINE);
	cr_expect(is_placed(thread_of("fw", "eth1", "true")));
	must_run_nfrun("update", "fw", "--packet-cpu", "eth1=own,limit=5%");
	cr_expect_eq(policy_of(thread_of("fw", "eth1", "false")), DEADLINE);
	must_run_nfrun("delete", "--force", "fw");
}

HostTest(packet, a_capped_vnf_under_flood_is_gone_at_once)
{
	start_vnf("\"mode\": \"own\", \"limit\": \"1%\"", "", "");
	pid_t tid = thread_of("fw", "eth0", "false");
	pid_t flooder = fork();

	if (flooder == 0) {
		(void)flood(tid, 20000);
		_exit(0);
	}
	sleep_ms(300);
	int64_t begin = now_ms();
	must_run_nfrun("delete", "--force", "fw");
	cr_expect_lt(now_ms() - begin, 3000);
	kill(flooder, SIGKILL);
	cr_expect_eq(waitpid(flooder, NULL, 0), flooder);
}

static pid_t supervisor(void)
{
	scoped_str char *pid = ask("status", "fw", ".supervisor.pid");

	return (pid_t)strtol(pid, NULL, 10);
}

HostTest(packet, another_supervisor_takes_over)
{
	start_vnf("\"mode\": \"own\", \"limit\": \"20%\"", "", "");
	pid_t old = thread_of("fw", "eth0", "false"), killed = supervisor();

	cr_assert_gt(killed, 1);
	kill(killed, SIGKILL);
	cr_expect(wait_until(supervisor() != killed, 2000));
	bounce_link("fw");
	cr_expect(comes_anew("fw", old));
	must_run_nfrun("delete", "--force", "fw");
}

HostTest(packet, a_restart_has_it_again)
{
	scoped_str char *net =
		str_printf(NET ", \"restart\": { \"policy\": \"always\", \"backoff\": \"100ms\" }",
			   "", "", "\"mode\": \"own\", \"limit\": \"10%\"");
	scoped_str char *v = shell_vnf("fw", SLEEP, net);

	must_run_nfrun("start", v);
	pid_t old = thread_of("fw", "eth0", "false");
	scoped_run struct run r = run_nfrun("exec", "fw", "sh", "-c", "kill -9 $(pidof sleep)");
	cr_expect(comes_anew("fw", old));
	cr_expect_eq(policy_of(thread_of("fw", "eth0", "false")), DEADLINE);
	must_run_nfrun("delete", "--force", "fw");
}

HostTest(packet, it_is_refused_where_kernel_threads_cannot_be_seen)
{
	scoped_str char *net = str_printf(NET, "", "", "\"mode\": \"own\"");
	scoped_str char *v = shell_vnf("fw", SLEEP, net);
	scoped_str char *text = read_text(v);
	scoped_str char *file = str_printf("%s-fw.json", host_root());

	write_text(file, "%s\n", text);
	scoped_run struct run r =
		run_cmd("unshare", "--pid", "--fork", "--mount-proc", nfrun_path(), "start", file);
	cr_expect_eq(r.status, 1);
	cr_expect(has(r.err, "PID namespace"), "%s", r.err);
	cr_expect_eq(unlink(file), 0);
}
