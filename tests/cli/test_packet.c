/* SPDX-License-Identifier: Apache-2.0 */
/* packet_cpu end to end: where the kernel's threads run, what holds them, and that all of it goes.
 */
#include "runtime/base/fs.h"
#include "tests/cli/cli.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define SLEEP "exec sleep 100"
#define NET                                                                                        \
	", \"capabilities\": [\"NET_ADMIN\"], \"links\": [{ \"bridge\": \"br0\", \"ipv4\": "       \
	"[\"10.7.0.1/24\"] }], \"interfaces\": [{ \"name\": \"eth0\", \"bridge\": \"br0\", "       \
	"\"ipv4\": [\"10.7.0.2/24\"] %s }%s], \"packet_cpu\": { %s }"

enum { PLACED_MS = 2000 };

static void start_vnf(const char *packet_cpu, const char *of_eth0, const char *more_ifaces)
{
	scoped_str char *net = str_printf(NET, of_eth0, more_ifaces, packet_cpu);
	scoped_str char *v = shell_vnf("fw", SLEEP, net);

	must_run_nfrun("start", v);
}

/* What jq says of ROOT/ID/packet.json; malloc'd. "" when there is none. */
static char *packet(const char *id, const char *expression)
{
	scoped_str char *file = str_printf("%s/%s/packet.json", host_root(), id);
	scoped_run struct run r = run_cmd("jq", "-rc", expression, file);

	r.out[strcspn(r.out, "\n")] = '\0';
	return str_dup(r.out);
}

static pid_t thread_of(const char *id, const char *port, const char *host)
{
	scoped_str char *e = str_printf(
		".ends[] | select(.port == \"%s\" and .host == %s) | .tasks[0][0]", port, host);
	scoped_str char *tid = packet(id, e);

	return (pid_t)strtol(tid, NULL, 10);
}

static bool is_napi(pid_t tid)
{
	scoped_str char *path = str_printf("/proc/%d/comm", tid);
	struct err gone = { 0 };
	scoped_str char *comm = NULL;

	return tid > 0 && fs_read_at(AT_FDCWD, path, &comm, NULL, &gone) == 0 &&
	       strncmp(comm, "napi/", 5) == 0;
}

static bool is_placed(pid_t tid)
{
	scoped_str char *path = str_printf("/proc/%d/cgroup", tid);
	struct err gone = { 0 };
	scoped_str char *text = NULL;

	return is_napi(tid) && fs_read_at(AT_FDCWD, path, &text, NULL, &gone) == 0 &&
	       has(text, "0::/nfrun/") && has(text, "/packet\n");
}

static int policy_of(pid_t tid)
{
	return sched_getscheduler(tid);
}
enum { DEADLINE = 6 };

static uint64_t cpu_ns(pid_t tid)
{
	scoped_str char *path = str_printf("/proc/%d/schedstat", tid);
	scoped_str char *text = read_text(path);

	return strtoull(text, NULL, 10);
}

/* UDP at full speed from the host to the VNF; what of a CPU the thread took meanwhile, in percent.
 */
static double flood(pid_t tid, int ms)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	scoped_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int big = 1 << 24;
	uint64_t before;
	int64_t begin;

	cr_assert_eq(inet_pton(AF_INET, "10.7.0.2", &to.sin_addr), 1);
	/* else the sender waits for the VNF: what lies in the ring is the socket's */
	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &big, sizeof big), 0);
	before = cpu_ns(tid);
	begin = now_ms();
	while (now_ms() < begin + ms)
		for (int i = 0; i < 64; i++)
			(void)sendto(fd, "flood", 5, MSG_DONTWAIT, (struct sockaddr *)&to,
				     sizeof to); /* drops are what it is about */
	return (double)(cpu_ns(tid) - before) / 1e4 / (double)(now_ms() - begin);
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

HostTest(packet, a_limit_holds_under_a_flood)
{
	start_vnf("\"mode\": \"own\"", "", "");
	pid_t tid = thread_of("fw", "eth0", "false");

	double free = flood(tid, 500);
	cr_expect_gt(free, 15, "uncapped it took %.1f %%: that is no flood", free);
	must_run_nfrun("update", "fw", "--packet-cpu", "own,limit=10%");
	(void)flood(tid, 300); /* the budget goes where the load is */
	double capped = flood(tid, 1000);
	cr_expect_lt(capped, 11, "capped at 10 %% it took %.1f %%", capped);
	cr_expect_gt(capped, 5, "capped at 10 %% it took %.1f %%: it is starved", capped);
	must_run_nfrun("delete", "--force", "fw");
}

HostTest(packet, new_threads_are_placed_when_the_link_comes_back)
{
	start_vnf("\"mode\": \"own\", \"limit\": \"20%\"", "", "");
	pid_t old = thread_of("fw", "eth0", "false");

	cr_expect(is_placed(old));
	must_run_nfrun("exec", "fw", "ip", "link", "set", "eth0", "down");
	must_run_nfrun("exec", "fw", "ip", "link", "set", "eth0", "up");
	cr_expect(wait_until(thread_of("fw", "eth0", "false") != old &&
				     is_placed(thread_of("fw", "eth0", "false")),
			     PLACED_MS));
	must_run_nfrun("delete", "--force", "fw");
}

HostTest(packet, what_somebody_inside_turns_off_comes_back)
{
	start_vnf("\"mode\": \"own\"", "", "");
	pid_t old = thread_of("fw", "eth0", "false");

	must_run_nfrun("exec", "fw", "ethtool", "-K", "eth0", "gro", "off");
	cr_expect(wait_until(thread_of("fw", "eth0", "false") != old &&
				     is_placed(thread_of("fw", "eth0", "false")),
			     PLACED_MS));
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

HostTest(packet, an_update_that_fails_changes_nothing)
{
	start_vnf("\"mode\": \"own\", \"limit\": \"10%\"", "", "");
	pid_t tid = thread_of("fw", "eth0", "false");

	/* a guarantee is the scheduler's on every host, and nobody has a hundred CPUs left */
	scoped_run struct run r =
		run_nfrun("update", "fw", "--packet-cpu", "reserve,guarantee=10000%");
	cr_expect_eq(r.status, 1);
	cr_expect(has(r.err, "left"), "%s", r.err);
	cr_expect_eq(thread_of("fw", "eth0", "false"), tid);
	cr_expect(is_placed(tid));
	scoped_str char *budget = packet("fw", ".purses[0].budget");
	cr_expect_str_eq(budget, "100");
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
	must_run_nfrun("exec", "fw", "ip", "link", "set", "eth0", "down");
	must_run_nfrun("exec", "fw", "ip", "link", "set", "eth0", "up");
	cr_expect(wait_until(thread_of("fw", "eth0", "false") != old &&
				     is_placed(thread_of("fw", "eth0", "false")),
			     PLACED_MS));
	must_run_nfrun("delete", "--force", "fw");
}

HostTest(packet, a_restart_has_it_again)
{
	scoped_str char *net =
		str_printf(NET ", \"restart\": { \"policy\": \"always\", \"backoff\": \"100ms\" }", "",
			   "", "\"mode\": \"own\", \"limit\": \"10%\"");
	scoped_str char *v = shell_vnf("fw", SLEEP, net);

	must_run_nfrun("start", v);
	pid_t old = thread_of("fw", "eth0", "false");
	scoped_run struct run r = run_nfrun("exec", "fw", "sh", "-c", "kill -9 $(pidof sleep)");
	cr_expect(wait_until(thread_of("fw", "eth0", "false") != old &&
				     is_placed(thread_of("fw", "eth0", "false")),
			     5000));
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
