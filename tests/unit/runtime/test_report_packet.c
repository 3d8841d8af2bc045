/* SPDX-License-Identifier: Apache-2.0 */
/* What programs are told of packet_cpu. */
#include "runtime/report.h"
#include "runtime/spec/vnf_load.h"
#include "tests/support/support.h"

#include <string.h>

static void expect(const char *doc, const char *filter, const char *want)
{
	scoped_run struct run r =
		run_cmd("sh", "-c", "printf %s \"$1\" | jq -c \"$0\"", filter, doc);

	cr_assert_eq(r.status, 0, "%s", r.err);
	r.out[strcspn(r.out, "\n")] = '\0';
	cr_expect_str_eq(r.out, want, "%s", filter);
}

/* Of an interface with threads and one without. */
struct world {
	struct usage_port ports[2];
	struct packet_port packets[2];
	struct packet_thread threads[1];
	struct usage usage;
};

static void world_make(struct world *w, uint64_t ms, uint64_t cpu_ms, uint64_t dropped)
{
	*w = (struct world){
		.ports = { { .name = "e0", .present = true }, { .name = "e1", .present = true } },
		.packets = { { .name = "e0",
			       .wanted = { .given = true, .mode = PACKET_OWN, .budget = 250 },
			       .means = PACKET_MEANS_DEADLINE,
			       .cpu_ns = cpu_ms * 1000000,
			       .dropped = dropped,
			       .known = true },
			     { .name = "e1" } },
		.threads = { { .port = "e0",
			       .host = true,
			       .tid = 7,
			       .cpu_ns = 5000,
			       .budget = 125 } },
		.usage = { .time_ns = ms * 1000000, .n_ports = 2, .has_packet = true },
	};
	w->usage.ports = w->ports;
	w->usage.packet = (struct packet_report){
		.why = (char *)"so it is",
		.means = PACKET_MEANS_DEADLINE,
		.cpu_ns = cpu_ms * 1000000,
		.billed_us = cpu_ms * 990,
		.ports = w->packets,
		.n_ports = 2,
		.threads = w->threads,
		.n_threads = 1,
	};
}

Test(report_packet, stats_have_the_threads_time_and_the_drops)
{
	struct world before, now;
	world_make(&before, 1000, 100, 7);
	world_make(&now, 3000, 600, 27);

	const struct report_use u = { "a", &before.usage, &now.usage, NULL, NULL };
	scoped_str char *doc = report_stats(&u, 1);

	expect(doc, ".[0].packet_cpu",
	       "{\"percent\":25,\"means\":\"deadline\",\"cpu_us\":600000,\"billed_us\":594000,"
	       "\"dropped\":27,\"unbilled_percent\":null}");
	expect(doc, ".[0].interfaces[0].packet_cpu",
	       "{\"mode\":\"own\",\"means\":\"deadline\",\"percent\":25,\"cpu_us\":600000,"
	       "\"dropped\":27,\"dropped_per_second\":10}");
	expect(doc, ".[0].interfaces[1].packet_cpu",
	       "{\"mode\":\"shared\",\"means\":null,\"percent\":null,\"cpu_us\":null,"
	       "\"dropped\":null,\"dropped_per_second\":null}");
}

/* 300 of 1200 packets that took 0.4 s in 2 s. */
Test(report_packet, what_goes_unbilled_is_a_share_of_all)
{
	const struct softirq_reading a = { 1000000000, 5000 }, b = { 1400000000, 6200 };
	struct world before, now;
	world_make(&before, 1000, 100, 7);
	world_make(&now, 3000, 600, 27);
	now.ports[0].stats.rx_packets = 900; /* has threads: not of that time */
	before.ports[1].stats.rx_packets = 100;
	now.ports[1].stats.rx_packets = 300;
	now.ports[1].stats.tx_packets = 100;

	struct report_use u = { "a", &before.usage, &now.usage, &a, &b };
	scoped_str char *doc = report_stats(&u, 1);
	expect(doc, ".[0].packet_cpu.unbilled_percent", "5");

	u.softirq_before = NULL;
	cr_expect_lt(report_unbilled(&u), 0, "it was not watched");
	u.softirq_before = &a;
	now.packets[1].wanted = now.packets[0].wanted;
	cr_expect_lt(report_unbilled(&u), 0, "there is nothing of the kind");
}

Test(report_packet, a_share_is_at_most_all)
{
	const struct softirq_reading a = { 100, 10 }, b = { 300, 20 };

	cr_expect_float_eq(softirq_share(&a, &b, 5), 100, 1e-9);
	cr_expect_float_eq(softirq_share(&a, &b, 50), 200, 1e-9);
	cr_expect_float_eq(softirq_share(&a, &a, 5), 0, 1e-9);
	cr_expect_float_eq(softirq_share(&b, &a, 5), 0, 1e-9);
}

static const char descriptor[] =
	"{\"name\":\"a\",\"setup\":[[\"x\"]],\"packet_cpu\":{\"mode\":\"own\",\"limit\":\"25%\"},"
	"\"interfaces\":[{\"name\":\"e0\",\"bridge\":\"b\"},{\"name\":\"e1\",\"bridge\":\"b\","
	"\"packet_cpu\":{\"mode\":\"pinned\",\"cpus\":\"0-1\"}}]}";

static char *status_of(const struct usage *usage)
{
	scoped_strs struct strs problems = { 0 };
	struct vnf_view view = { .rec = { .id = (char *)"a", .vnf = true } };

	cr_assert_eq(
		vnf_load_bytes(descriptor, strlen(descriptor), "x", NULL, &view.vnf, &problems), 0,
		"%s", problems.n ? problems.v[0] : "");

	const struct report_vnf v = { &view, usage };
	char *doc = report_status("/r", &v);
	vnf_free(view.vnf);
	return doc;
}

Test(report_packet, status_has_the_wish_and_what_came_of_it)
{
	struct world now;
	world_make(&now, 1000, 100, 7);

	scoped_str char *doc = status_of(&now.usage);
	expect(doc, ".packet_cpu",
	       "{\"mode\":\"own\",\"limit\":0.25,\"guarantee\":null,\"cpus\":null,"
	       "\"means\":\"deadline\",\"why\":\"so it is\",\"cpu_us\":100000,\"billed_us\":99000,"
	       "\"dropped\":7,\"threads\":[{\"interface\":\"e0\",\"end\":\"host\",\"tid\":7,"
	       "\"cpu_us\":5,\"budget\":0.125}]}");
	expect(doc, ".interfaces[0].packet_cpu",
	       "{\"mode\":\"own\",\"limit\":0.25,\"guarantee\":null,\"cpus\":null,"
	       "\"own_budget\":false,\"means\":\"deadline\",\"why\":\"so it is\",\"cpu_us\":"
	       "100000,\"dropped\":7}");
	expect(doc, ".interfaces[1].packet_cpu",
	       "{\"mode\":\"pinned\",\"limit\":null,\"guarantee\":null,\"cpus\":\"0-1\","
	       "\"own_budget\":true,\"means\":null,\"why\":null,\"cpu_us\":null,"
	       "\"dropped\":null}");
}

Test(report_packet, of_one_that_does_not_run_there_is_the_wish_alone)
{
	scoped_str char *doc = status_of(NULL);

	expect(doc, ".packet_cpu",
	       "{\"mode\":\"own\",\"limit\":0.25,\"guarantee\":null,\"cpus\":null,"
	       "\"means\":null,\"why\":null,\"cpu_us\":null,\"billed_us\":null,"
	       "\"dropped\":null,\"threads\":[]}");
}
