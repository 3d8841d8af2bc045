/* SPDX-License-Identifier: Apache-2.0 */
/* What VNFs use, for Prometheus: as text, and served. */
#include "tests/cli/cli.h"
#include "tests/support/prometheus.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#define SLEEP "sleep 1000"
#define PORT                                                                                       \
	", \"resources\": { \"memory\": { \"limit\": \"64M\" } }, \"interfaces\": [{ \"name\": "   \
	"\"eth0\", \"bridge\": \"br0\", \"ipv4\": [\"10.0.1.1/24\"] }]"

static void expect_sample(const char *text, const char *series, const char *want)
{
	scoped_str char *value = prometheus_value(text, series);

	cr_expect(value && strcmp(value, want) == 0, "%s is %s, not %s", series, value, want);
}

static void expect_well_formed(const char *text)
{
	scoped_str char *problem = prometheus_problem(text);

	cr_expect_null(problem, "%s\n%s", problem, text);
}

/* --- text --- */

HostTest(metrics, stats_as_prometheus_text)
{
	scoped_str char *file = shell_vnf("fw", SLEEP, PORT);
	scoped_str char *over = shell_vnf("over", "exit 0", "");

	must_run_nfrun("start", file, over);
	cr_assert(wait_until(says("status", "over", ".status", "stopped"), 10000));
	scoped_run struct run all = run_nfrun("stats", "--format", "prometheus");
	scoped_run struct run one = run_nfrun("stats", "--format", "prometheus", "fw");
	scoped_run struct run none = run_nfrun("stats", "--format", "prometheus", "over");

	cr_assert_eq(all.status, 0, "%s", all.err);
	expect_well_formed(all.out);
	expect_sample(all.out, "nfrun_vnf_up{vnf=\"fw\"}", "1");
	expect_sample(all.out, "nfrun_vnf_up{vnf=\"over\"}", "0");
	expect_sample(all.out, "nfrun_memory_limit_bytes{vnf=\"fw\"}", "67108864");
	expect_sample(all.out, "nfrun_interface_up{vnf=\"fw\",interface=\"eth0\",bridge=\"br0\"}",
		      "1");
	for (int tx = 0; tx < 2; tx++) {
		scoped_str char *series = str_printf(
			"nfrun_interface_queue_dropped_total{vnf=\"fw\",interface=\"eth0\",direction=\"%s\"}",
			tx ? "tx" : "rx");

		expect_sample(all.out, series, "0");
	}
	expect_well_formed(one.out);
	cr_expect(!has(one.out, "\"over\""), "%s", one.out);
	cr_expect_eq(none.status, 1);
	cr_expect_str_eq(none.err, "nfrun: stats: over: container not running\n");
	must_run_nfrun("delete", "-f", "fw", "over");
}

/* Its links are where it was started. */
HostTest(metrics, from_another_network_namespace)
{
	scoped_str char *file = shell_vnf("fw", SLEEP, PORT);

	must_run_nfrun("start", file);
	scoped_run struct run r =
		run_cmd("unshare", "-n", nfrun_path(), "stats", "--format", "prometheus");
	expect_well_formed(r.out);
	expect_sample(r.out, "nfrun_interface_up{vnf=\"fw\",interface=\"eth0\",bridge=\"br0\"}",
		      "1");
	must_run_nfrun("delete", "-f", "fw");
}

/* The names of the document's members, each quoted in the section about it; those of memory.stat
 * and of page sizes are the kernel's. */
HostTest(metrics, the_man_page_has_every_member_of_the_document)
{
	static const char script[] =
		"set -o pipefail\n"
		"page=$(sed -n '/^.SS nfrun stats/,/^.SS nfrun [^s]/p' \"$1\") || exit 9\n"
		"\"$0\" stats fw --format json | jq -r '.[] | del(.memory.stat[]?, .limits.hugetlb[]?) | "
		"[paths | .[-1] | strings] | unique[]' | while read -r key; do\n"
		"	[[ $page == *\"\\\"$key\\\":\"* ]] || echo \"$key\"\n"
		"done\n";
	scoped_str char *file = shell_vnf("fw", SLEEP, PORT);

	must_run_nfrun("start", file);
	scoped_run struct run r = run_cmd("bash", "-c", script, nfrun_path(),
					  NFRUN_SOURCE_DIR "/docs/man/nfrun.1.in");
	cr_expect_eq(r.status, 0, "%s", r.err);
	cr_expect_str_empty(r.out, "not in nfrun(1): %s", r.out);
	must_run_nfrun("delete", "-f", "fw");
}

HostTest(metrics, a_root_without_vnfs)
{
	scoped_run struct run r = run_nfrun("stats", "--format=prometheus");

	cr_assert_eq(r.status, 0, "%s", r.err);
	expect_well_formed(r.out);
	cr_expect(has(r.out, "nfrun_build_info{version=\"" NFRUN_VERSION "\"} 1\n"), "%s", r.out);
}

/* --- served --- */

/* A server at ADDRESS, whose word that it serves is awaited. */
static pid_t server_begin(const char *address)
{
	int words[2];
	char line[128] = "";

	cr_assert_eq(pipe2(words, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(words[1], STDOUT_FILENO);
		execl(nfrun_path(), "nfrun", "metrics", "--listen", address, (char *)NULL);
		_exit(127);
	}
	close(words[1]);
	ssize_t n = read(words[0], line, sizeof line - 1);
	close(words[0]);
	scoped_str char *want = str_printf("serving http://%s/metrics\n", address);
	cr_assert(n > 0 && strcmp(line, want) == 0, "'%s'", line);
	return pid;
}

static void server_end(pid_t pid, int signal)
{
	int status = -1;

	cr_assert_eq(kill(pid, signal), 0);
	cr_assert(wait_until(waitpid(pid, &status, WNOHANG) == pid, 5000));
	cr_expect_eq(status, 0, "%x", (unsigned)status);
}

/* "STATUS TYPE" and then what came. */
static struct run ask_http(const char *url, const char *option, const char *value)
{
	return run_cmd("curl", "-s", "-g", "-w", "\n%{http_code} %{content_type}", option, value,
		       url);
}

HostTest(metrics, are_served)
{
	static const struct {
		const char *url, *option, *value, *want;
	} rows[] = {
		{ "http://127.0.0.1:9310/metrics", "--max-time", "20",
		  "\n200 text/plain; version=0.0.4; charset=utf-8" },
		{ "http://127.0.0.1:9310/", "--max-time", "20", "<a href=\"/metrics\">" },
		{ "http://127.0.0.1:9310/", "--max-time", "20", "\n200 text/html" },
		{ "http://127.0.0.1:9310/metrics/x", "--max-time", "20", "\n404 text/plain" },
		{ "http://127.0.0.1:9310/metrics", "--data", "a=b", "\n405 text/plain" },
		{ "http://127.0.0.1:9310/metrics", "--request", "DELETE", "\n405 text/plain" },
	};
	scoped_str char *file = shell_vnf("fw", SLEEP, PORT);

	must_run_nfrun("start", file);
	pid_t pid = server_begin("127.0.0.1:9310");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_run struct run r = ask_http(rows[i].url, rows[i].option, rows[i].value);

		cr_expect(has(r.out, rows[i].want), "%zu: %s%s", i, r.out, r.err);
	}
	scoped_run struct run got = run_cmd("curl", "-s", rows[0].url);
	expect_well_formed(got.out);
	expect_sample(got.out, "nfrun_vnf_up{vnf=\"fw\"}", "1");
	scoped_run struct run head = run_cmd("curl", "-sI", rows[0].url);
	cr_expect(has(head.out, "HTTP/1.1 200 OK"), "%s", head.out);
	cr_expect(!has(head.out, "nfrun_"), "%s", head.out);
	must_run_nfrun("stop", "-t", "0s", "fw");
	scoped_run struct run after = run_cmd("curl", "-s", rows[0].url);
	expect_sample(after.out, "nfrun_vnf_up{vnf=\"fw\"}", "0");
	server_end(pid, SIGTERM);
	must_run_nfrun("delete", "-f", "fw");
}

HostTest(metrics, an_address_in_use_is_said_so)
{
	pid_t pid = server_begin("[::1]:9310");
	scoped_run struct run r = run_nfrun("metrics", "--listen", "[::1]:9310");
	scoped_run struct run far = run_nfrun("metrics", "--listen", "192.0.2.1:9310");

	cr_expect_eq(r.status, 1);
	cr_expect_str_eq(r.err, "nfrun: metrics: listen on [::1]:9310: Address already in use\n");
	cr_expect_str_eq(far.err, "nfrun: metrics: listen on 192.0.2.1:9310: Cannot assign "
				  "requested address\n");
	scoped_run struct run got = run_cmd("curl", "-sg", "http://[::1]:9310/metrics");
	expect_well_formed(got.out);
	server_end(pid, SIGINT);
}

/* One that says nothing, and one that is gone before the answer, keep nobody from asking. */
HostTest(metrics, callers_that_misbehave)
{
	static const char script[] =
		"exec 5<>/dev/tcp/127.0.0.1/9310 6<>/dev/tcp/127.0.0.1/9310\n"
		"printf 'GET /metrics HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&6; exec 6>&- 6<&-\n"
		"printf '\\0garbage\\r\\n\\r\\n' >/dev/tcp/127.0.0.1/9310\n"
		"for i in 1 2 3; do curl -s --max-time 20 http://127.0.0.1:9310/metrics | grep -c build_info; "
		"done\n";
	pid_t pid = server_begin("127.0.0.1:9310");
	scoped_run struct run r = run_cmd("bash", "-c", script);

	cr_expect_str_eq(r.out, "3\n3\n3\n", "%s%s", r.out, r.err);
	server_end(pid, SIGTERM);
}

/* As systemd passes it: descriptor 3, for the process that it says. */
static const char pass_it[] =
	"import os, socket, sys, urllib.request\n"
	"s = socket.create_server(('127.0.0.1', 0)); port = s.getsockname()[1]\n"
	"pid = os.fork()\n"
	"if pid == 0:\n"
	"    if s.fileno() != 3: os.dup2(s.fileno(), 3)\n"
	"    os.set_inheritable(3, True)\n"
	"    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=sys.argv[2])\n"
	"    os.execl(sys.argv[1], 'nfrun', 'metrics')\n"
	"if sys.argv[2] == '1':\n"
	"    url = 'http://127.0.0.1:%d/metrics' % port\n"
	"    print('build_info' in urllib.request.urlopen(url, timeout=20).read().decode(), flush=True)\n"
	"    os.kill(pid, 15)\n"
	"print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n";

HostTest(metrics, a_socket_that_was_passed)
{
	scoped_run struct run one = run_cmd("python3", "-c", pass_it, nfrun_path(), "1");
	scoped_run struct run two = run_cmd("python3", "-c", pass_it, nfrun_path(), "2");

	cr_expect(has(one.out, "True\n"), "%s%s", one.out, one.err);
	cr_expect(has(one.out, "0\n"), "%s%s", one.out, one.err);
	cr_expect_str_eq(two.out, "1\n", "%s", two.out);
	cr_expect(has(two.err, "2 sockets were passed (LISTEN_FDS): pass one"), "%s", two.err);
}

/* A look starts another supervisor, which outlives who looked: nothing of the server's may live on
 * in it. */
HostTest(metrics, what_the_server_starts_does_not_keep_its_socket)
{
	scoped_str char *file = shell_vnf("fw", SLEEP, "");

	must_run_nfrun("start", file);
	scoped_str char *supervisor = ask("status", "fw", ".supervisor.pid");
	pid_t pid = server_begin("127.0.0.1:9310");
	cr_assert_eq(kill(atoi(supervisor), SIGKILL), 0);
	sleep_ms(100);
	scoped_run struct run got = run_cmd("curl", "-s", "http://127.0.0.1:9310/metrics");
	expect_sample(got.out, "nfrun_vnf_up{vnf=\"fw\"}", "1");
	cr_expect(says("status", "fw", ".supervisor.alive", "true"));
	scoped_str char *another = ask("status", "fw", ".supervisor.pid");
	cr_expect_str_neq(another, supervisor);
	server_end(pid, SIGTERM);
	server_end(server_begin("127.0.0.1:9310"), SIGTERM);
	must_run_nfrun("delete", "-f", "fw");
}

/* It brings GnuTLS and ten more: objects to map and relocate at every start of the program. */
Test(metrics, the_library_is_loaded_by_who_serves)
{
	scoped_run struct run r = run_cmd("ldd", nfrun_path());

	cr_assert_eq(r.status, 0, "%s", r.err);
	cr_expect(!has(r.out, "microhttpd"), "%s", r.out);
}
