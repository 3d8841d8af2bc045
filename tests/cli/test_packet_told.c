/* SPDX-License-Identifier: Apache-2.0 */
/* packet_cpu: what is said of it and what is kept of it, in both faces. */
#include "tests/cli/bundle.h"
#include "tests/cli/packet.h"

#include <signal.h>
#include <sys/wait.h>

#define SLEEP "exec sleep 100"
#define NET                                                                                        \
	", \"links\": [{ \"bridge\": \"br0\", \"ipv4\": [\"10.7.0.1/24\"] }], "                    \
	"\"interfaces\": [{ \"name\": \"eth0\", \"bridge\": \"br0\", \"ipv4\": "                   \
	"[\"10.7.0.2/24\"] }, { \"name\": \"eth1\", \"bridge\": \"br1\" }]"

static void start_vnf(const char *packet_cpu)
{
	scoped_str char *more = str_printf(NET ", \"packet_cpu\": { %s }", packet_cpu);
	scoped_str char *v = shell_vnf("fw", SLEEP, more);

	must_run_nfrun("start", v);
}

/* What is said of the interface, in a word. */
#define WISH "\"\\(.mode) \\(.limit // .guarantee) \\(.cpus)\""

static void expect_wish(const char *vnf, const char *eth0, const char *eth1)
{
	expect_says("status", "fw", ".packet_cpu | " WISH, vnf);
	expect_says("status", "fw", ".interfaces[0].packet_cpu | " WISH, eth0);
	expect_says("status", "fw", ".interfaces[1].packet_cpu | " WISH, eth1);
}

HostTest(packet_told, what_is_changed_outlives_a_restart)
{
	start_vnf("\"mode\": \"own\"");
	must_run_nfrun("update", "fw", "--packet-cpu", "own,limit=12.5%", "--packet-cpu",
		       "eth1=pinned,cpus=0", "--pids", "50");
	expect_wish("own 0.125 null", "own 0.125 null", "pinned null 0");
	expect_says("status", "fw", ".limits.pids", "50");
	must_run_nfrun("restart", "fw");
	expect_wish("own 0.125 null", "own 0.125 null", "pinned null 0");
	cr_expect(is_placed(thread_of("fw", "eth0", "false")));

	must_run_nfrun("update", "fw", "--packet-cpu", "eth1=inherit");
	expect_wish("own 0.125 null", "own 0.125 null", "own 0.125 null");
	cr_expect(is_placed(thread_of("fw", "eth1", "false")));
	must_run_nfrun("delete", "--force", "fw");
}

/* The group's limits are written first, the packets refuse, the limits are put back. */
HostTest(packet_told, limits_and_packets_hold_together_or_not_at_all)
{
	start_vnf("\"mode\": \"own\"");
	must_run_nfrun("update", "fw", "--pids", "50");

	static const struct {
		const char *packet_cpu, *says;
	} rows[] = {
		{ "reserve,guarantee=10000%", "ask for less" },
		{ "eth7=own", "there is no interface 'eth7', only eth0, eth1" },
		{ "pinned", "mode pinned needs CPUs" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_run struct run r = run_nfrun("update", "fw", "--pids", "60", "--packet-cpu",
						    rows[i].packet_cpu);

		cr_expect_eq(r.status, 1, "%s", rows[i].packet_cpu);
		cr_expect(has(r.err, rows[i].says), "%s", r.err);
		expect_says("status", "fw", ".limits.pids", "50");
		expect_wish("own null null", "own null null", "own null null");
	}
	must_run_nfrun("delete", "--force", "fw");
}

HostTest(packet_told, a_word_that_is_none_is_wrong_usage)
{
	scoped_run struct run r = run_nfrun("update", "fw", "--packet-cpu", "eth0=own,limit=9");

	cr_expect_eq(r.status, 2);
	cr_expect(has(r.err, "--packet-cpu: 'eth0=own,limit=9': limit: '9' is not a share of one "
			     "CPU from 1% to 100000%; say 9% if that is what is meant"),
		  "%s", r.err);

	scoped_run struct run two =
		run_nfrun("update", "fw", "--packet-cpu", "own", "--packet-cpu", "shared");
	cr_expect_eq(two.status, 2);
	cr_expect(has(two.err, "the VNF is to be both own and shared"), "%s", two.err);
}

HostTest(packet_told, what_the_threads_use_is_shown_and_billed)
{
	start_vnf("\"mode\": \"own\", \"limit\": \"20%\"");
	(void)flood(thread_of("fw", "eth0", "false"), 1000);

	expect_says("status", "fw", ".packet_cpu | .cpu_us > 50000 and .cpu_us < 300000", "true");
	expect_says("status", "fw", ".packet_cpu | (.billed_us / .cpu_us) | . > 0.9 and . <= 1.01",
		    "true");
	expect_says("status", "fw",
		    ".packet_cpu.threads | map(.interface + \" \" + .end) | sort "
		    "| join(\", \")",
		    "eth0 host, eth0 vnf, eth1 host, eth1 vnf");
	expect_says("status", "fw", ".packet_cpu.means != null", "true");
	expect_says("status", "fw", ".packet_cpu.dropped > 0", "true");
	expect_says("status", "fw", ".interfaces | map(.packet_cpu.dropped > 0)", "[true,false]");
	expect_says("status", "fw", ".packet_cpu.why != null", "true");
	expect_says("status", "fw",
		    ".interfaces | .[0].packet_cpu.cpu_us > 50 * .[1].packet_cpu.cpu_us", "true");
	scoped_run struct run text = run_nfrun("status", "fw");
	cr_expect(has(text.out, "  packet cpu   own,limit=20%, held by "), "%s", text.out);
	cr_expect(has(text.out, "own,limit=20% (the VNF's)"), "%s", text.out);
	cr_expect(has(text.out, " s are billed to its group"), "%s", text.out);
	must_run_nfrun("delete", "--force", "fw");
}

/* A flood to NAME meanwhile, on a machine that may have other things to do. What EXPRESSION says of
 * one reading of half a second. */
static char *stats_under_flood(const char *name, const char *expression)
{
	pid_t flooder = fork();

	if (flooder == 0) {
		(void)flood(getpid(), 3000);
		_exit(0);
	}
	sleep_ms(200);

	char *said = ask("stats", name, expression);
	kill(flooder, SIGKILL);
	waitpid(flooder, NULL, 0);
	return said;
}

HostTest(packet_told, stats_say_how_much_is_billed_and_how_much_is_not)
{
	start_vnf("\"mode\": \"own\", \"limit\": \"20%\"");
	scoped_str char *own = stats_under_flood(
		"fw", ".[0] | [.packet_cpu.percent > 3, .packet_cpu.percent < 25, "
		      ".packet_cpu.unbilled_percent, .interfaces[0].packet_cpu.percent > 3, "
		      ".interfaces[0].packet_cpu.mode]");
	cr_expect_str_eq(own, "[true,true,null,true,\"own\"]");

	must_run_nfrun("update", "fw", "--packet-cpu", "shared");
	scoped_str char *shared =
		stats_under_flood("fw", ".[0].packet_cpu | [.percent, .unbilled_percent > 1]");
	cr_expect_str_eq(shared, "[null,true]");
	must_run_nfrun("delete", "--force", "fw");
}

/* Where the group's quota stops kernel threads there is nothing to warn of. */
static bool quota_stops(void)
{
	return says("status", "fw", ".packet_cpu.means", "quota");
}

static void expect_update_warns(bool warns, const char *option, const char *value)
{
	scoped_run struct run r = run_nfrun("update", "fw", option, value);

	cr_expect_eq(r.status, 0, "%s", r.err);
	cr_expect_eq(has(r.err, "can use up the CPU limit, 50%"), warns, "%s %s: %s", option, value,
		     r.err);
	expect_says("status", "fw", ".warnings | any(test(\"can use up the CPU limit\"))",
		    warns ? "true" : "false");
}

HostTest(packet_told, packets_that_may_starve_the_processes_are_warned_of)
{
	scoped_str char *v = shell_vnf("fw", SLEEP,
				       NET ", \"resources\": { \"cpu\": { \"limit\": 0.5 } }, "
					   "\"packet_cpu\": { \"mode\": \"own\" }");
	scoped_run struct run r = run_nfrun("start", v);

	cr_assert_eq(r.status, 0, "%s", r.err);
	expect_update_warns(false, "--packet-cpu", "own,limit=20%");
	bool warns = !quota_stops();
	cr_expect_eq(has(r.err,
			 "packets of all interfaces: mode own without a cap can use up the CPU "
			 "limit, 50%"),
		     warns, "%s", r.err);
	expect_update_warns(warns, "--packet-cpu", "own");
	expect_update_warns(false, "--cpus", "max");
	expect_update_warns(warns, "--cpus", "0.5");
	expect_update_warns(false, "--packet-cpu", "shared");
	expect_update_warns(warns, "--packet-cpu", "eth1=reserve,guarantee=1%");
	expect_update_warns(false, "--packet-cpu", "eth1=own,limit=10%");
	must_run_nfrun("delete", "--force", "fw");
}

/* What holds an interface's budget is not what holds the VNF's, which has none. */
HostTest(packet_told, means_are_of_who_has_the_budget)
{
	static const char *const of_vnf[] = { "shared", "pinned,cpus=0", "own" };

	start_vnf("\"mode\": \"shared\"");
	must_run_nfrun("update", "fw", "--packet-cpu", "eth1=own,limit=10%");
	for (size_t i = 0; i < ARRAY_LEN(of_vnf); i++) {
		must_run_nfrun("update", "fw", "--packet-cpu", of_vnf[i]);
		expect_says("status", "fw", ".packet_cpu | [.means, .why]", "[null,null]");
		expect_says("status", "fw",
			    ".interfaces | map(.packet_cpu | [.means, .why] | map(. != null))",
			    "[[false,false],[true,true]]");
		expect_says("stats", "fw", ".[0].packet_cpu.means", "null");
	}
	must_run_nfrun("update", "fw", "--packet-cpu", "shared");
	scoped_run struct run text = run_nfrun("status", "fw");
	cr_expect(has(text.out, "  packet cpu   shared, but for interfaces with their own, below"),
		  "%s", text.out);
	must_run_nfrun("delete", "--force", "fw");
}

#define WITH(packet_cpu)                                                                           \
	".annotations[\"io.nfrun.interfaces\"] = ([{ name: \"eth0\", bridge: \"br0\", "            \
	"ipv4: [\"10.7.0.2/24\"] }] | tojson) | .annotations[\"io.nfrun.packet-cpu\"] = "          \
	"\"" packet_cpu "\""

HostTest(packet_told, an_oci_container_keeps_it_in_its_annotations)
{
	scoped_bundle char *bundle = bundle_with(WITH("own"));

	must_run_detached(bundle, "box");
	must_run_nfrun("update", "--packet-cpu", "own,limit=10%", "--packet-cpu",
		       "eth0=reserve,guarantee=5%", "--pids-limit", "77", "box");
	expect_says("state", "box", ".annotations[\"io.nfrun.packet-cpu\"]", "own,limit=10%");
	expect_says("state", "box",
		    ".annotations[\"io.nfrun.interfaces\"] | fromjson | .[0].packet_cpu",
		    "{\"mode\":\"reserve\",\"guarantee\":\"5%\"}");
	expect_says("stats", "box", ".[0].interfaces[0].packet_cpu | [.mode, .means]",
		    "[\"reserve\",\"deadline\"]");

	scoped_run struct run r =
		run_nfrun("update", "--packet-cpu", "eth0=reserve,guarantee=10000%", "--pids-limit",
			  "78", "box");
	cr_expect_eq(r.status, 1);
	cr_expect(has(r.err, "ask for less"), "%s", r.err);
	expect_says("stats", "box", ".[0].pids.limit", "77");
	expect_says("state", "box",
		    ".annotations[\"io.nfrun.interfaces\"] | fromjson "
		    "| .[0].packet_cpu.guarantee",
		    "5%");
	must_run_nfrun("delete", "--force", "box");
}

HostTest(packet_told, a_container_without_interfaces_has_no_packets)
{
	scoped_bundle char *bundle = bundle_with(".");

	must_run_detached(bundle, "box");
	scoped_run struct run r = run_nfrun("update", "--packet-cpu", "own", "box");
	cr_expect_eq(r.status, 1);
	cr_expect(has(r.err, "/annotations/io.nfrun.packet-cpu: has no use without interfaces"),
		  "%s", r.err);
	must_run_nfrun("delete", "--force", "box");
}
