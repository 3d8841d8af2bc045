/* SPDX-License-Identifier: Apache-2.0 */
/* packet_cpu: what is counted goes on, whatever becomes of threads, modes and means. */
#include "tests/cli/packet.h"

#define SLEEP "exec sleep 100"
#define NET                                                                                        \
	", \"capabilities\": [\"NET_ADMIN\"], \"links\": [{ \"bridge\": \"br0\", \"ipv4\": "       \
	"[\"10.7.0.1/24\"] }], \"interfaces\": [{ \"name\": \"eth0\", \"bridge\": \"br0\", "       \
	"\"ipv4\": [\"10.7.0.2/24\"] }, { \"name\": \"eth1\", \"bridge\": \"br0\" }], "            \
	"\"packet_cpu\": { %s }"

static void start_vnf(const char *packet_cpu)
{
	scoped_str char *net = str_printf(NET, packet_cpu);
	scoped_str char *v = shell_vnf("fw", SLEEP, net);

	must_run_nfrun("start", v);
}

/* What jq says of status, a number; null is 0. */
static int64_t count(const char *expression)
{
	scoped_str char *text = ask("status", "fw", expression);

	return strtoll(text, NULL, 10);
}

static void expect_no_less(const char *what, const char *expression, int64_t before)
{
	int64_t now = count(expression);

	cr_expect_geq(now, before, "%s: %s was %lld, is %lld", what, expression, (long long)before,
		      (long long)now);
}

/* Some was used before a thread was placed; nothing is billed that is not known. */
static void expect_bill_agrees(const char *what)
{
	scoped_str char *part = ask("status", "fw", ".packet_cpu | .billed_us / .cpu_us");
	double billed = strtod(part, NULL);

	cr_expect(billed > 0.9 && billed <= 1.0001, "%s: %s", what, part);
}

#define ALL  ".packet_cpu.cpu_us"
#define ETH0 ".interfaces[0].packet_cpu.cpu_us"

HostTest(packet_counts, cpu_time_of_ended_threads_stays_in_the_sum)
{
	start_vnf("\"mode\": \"own\"");
	for (int i = 0; i < 3; i++) {
		pid_t old = thread_of("fw", "eth0", "false");

		(void)flood(getpid(),
			    700); /* so long it is not looked at, as no budget is shared */
		int64_t all = count(ALL), eth0 = count(ETH0);
		cr_expect_gt(all, 10000);
		bounce_link("fw");
		expect_no_less("at once", ALL, all);
		expect_no_less("at once", ETH0, eth0);
		cr_expect(comes_anew("fw", old));
		expect_no_less("placed anew", ALL, all);
		expect_no_less("placed anew", ETH0, eth0);
		expect_bill_agrees("placed anew");
	}
	must_run_nfrun("delete", "--force", "fw");
}

HostTest(packet_counts, so_it_does_when_modes_change)
{
	static const char *const words[] = { "shared",
					     "own",
					     "own,limit=20%",
					     "own",
					     "eth0=shared",
					     "eth0=own",
					     "eth0=reserve,guarantee=5%",
					     "eth0=pinned,cpus=0",
					     "eth0=inherit" };

	start_vnf("\"mode\": \"own\"");
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		(void)flood(getpid(), 300);
		int64_t all = count(ALL), eth0 = count(ETH0);
		must_run_nfrun("update", "fw", "--packet-cpu", words[i]);
		expect_no_less(words[i], ALL, all);
		expect_no_less(words[i], ETH0, eth0);
		expect_bill_agrees(words[i]);
	}
	cr_expect_gt(count(ALL), 50000);
	must_run_nfrun("restart", "fw");
	cr_expect_lt(count(ALL), 50000, "it is of this start");
	must_run_nfrun("delete", "--force", "fw");
}

#define DROPPED ".packet_cpu.dropped"

HostTest(packet_counts, and_so_does_what_was_dropped)
{
	static const char *const words[] = {
		"own,limit=1%,means=governor", "own,limit=1%", "own",
		"own,limit=1%,means=governor", "shared",       "own,limit=1%"
	};

	start_vnf("\"mode\": \"own\", \"limit\": \"1%\"");
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		(void)flood(getpid(), 500);
		int64_t before = count(DROPPED);
		cr_expect_gt(before, 100, "%s: it was no flood", words[i]);
		must_run_nfrun("update", "fw", "--packet-cpu", words[i]);
		expect_no_less(words[i], DROPPED, before);
		cr_expect_lt(count(DROPPED), before + 100, "%s: nobody sends now", words[i]);
	}
	scoped_run struct run r =
		run_nfrun("update", "fw", "--packet-cpu", "reserve,guarantee=100000%");
	cr_expect_eq(r.status, 1);
	cr_expect_gt(count(DROPPED), 100);
	must_run_nfrun("delete", "--force", "fw");
}
