/* SPDX-License-Identifier: Apache-2.0 */
/* The exposition, its table, and the dashboard that asks for its metrics. */
#include "runtime/prometheus.h"
#include "tests/support/prometheus.h"
#include "tests/support/support.h"

#include <string.h>

static bool is_metric(const char *name, size_t len)
{
	static const char info[] = "nfrun_build_info";
	size_t n;
	const struct prometheus_metric *all = prometheus_metrics(&n);

	if (strlen(info) == len && strncmp(info, name, len) == 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (strlen(all[i].name) == len && strncmp(all[i].name, name, len) == 0)
			return true;
	return false;
}

Test(prometheus, the_table_is_whole)
{
	size_t n;
	const struct prometheus_metric *all = prometheus_metrics(&n);

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(all[i].name);
		bool total = len > 6 && strcmp(all[i].name + len - 6, "_total") == 0;
		bool seconds = strstr(all[i].name, "_seconds") != NULL;

		cr_expect_eq(strncmp(all[i].name, "nfrun_", 6), 0, "%s", all[i].name);
		cr_expect_eq(total, all[i].type == COUNTER, "%s", all[i].name);
		cr_expect_eq(all[i].help[strlen(all[i].help) - 1], '.', "%s", all[i].name);
		cr_expect_not_null(all[i].emit, "%s", all[i].name);
		if (all[i].scale == MICROSECONDS || all[i].scale == NANOSECONDS)
			cr_expect(seconds, "%s is in base units", all[i].name);
		for (size_t k = 0; k < i; k++)
			cr_expect_str_neq(all[i].name, all[k].name);
	}
}

/* One that uses something and one that does not run. */
struct world {
	struct cgroup_io_device io[2];
	struct cgroup_rdma_use rdma[1];
	struct usage_port ports[1];
	struct packet_port packets[1];
	struct usage usage;
	struct vnf vnf;
	struct vnf_view views[2];
	struct report_vnf rows[2];
};

static void world_make(struct world *w)
{
	memset(w, 0, sizeof *w);
	memset(&w->usage.cgroup, 0xff, offsetof(struct cgroup_stats, limits));
	cgroup_limits_init(&w->usage.cgroup.limits);
	w->usage.ports = w->ports;
	w->usage.n_ports = 1;
	w->usage.packet.ports = w->packets;
	w->usage.packet.n_ports = 1;
	w->usage.packet.billed_us = CGROUP_UNSET;
	memcpy(w->ports[0].name, "eth0", 5);
	memcpy(w->ports[0].bridge, "br0", 4);
	memcpy(w->packets[0].name, "eth0", 5);
	w->views[0].rec.id = (char *)"fw";
	w->views[0].vnf = &w->vnf;
	w->views[1].rec.id = (char *)"idle";
	w->rows[0] = (struct report_vnf){ &w->views[0], &w->usage };
	w->rows[1] = (struct report_vnf){ &w->views[1], NULL };
}

static char *text_of(struct world *w)
{
	char *text = report_prometheus(w->rows, 2);
	scoped_str char *problem = prometheus_problem(text);

	cr_assert_null(problem, "%s", problem);
	return text;
}

static void expect(const char *text, const char *series, const char *want)
{
	scoped_str char *value = prometheus_value(text, series);

	cr_expect(value ? want && strcmp(value, want) == 0 : !want, "%s is %s, not %s", series,
		  value, want);
}

Test(prometheus, what_is_not_known_has_no_sample)
{
	struct world w;

	world_make(&w);
	scoped_str char *text = text_of(&w);
	expect(text, "nfrun_vnf_up{vnf=\"fw\"}", "1");
	expect(text, "nfrun_vnf_up{vnf=\"idle\"}", "0");
	cr_expect_null(strstr(text, "nfrun_cpu_"), "%s", text);
	cr_expect_null(strstr(text, "nfrun_memory_"), "%s", text);
	cr_expect_null(strstr(text, "nfrun_pressure_"), "%s", text);
	cr_expect_null(strstr(text, "nfrun_interface_"), "%s", text);
	cr_expect_null(strstr(text, "nfrun_packet_"), "%s", text);
}

static void fill_group(struct world *w)
{
	struct cgroup_stats *s = &w->usage.cgroup;

	s->cpu_usage_us = 12345678;
	s->cpu_throttled = 0;
	s->memory_limit = 1 << 20;
	s->memory_oom_kills = 3;
	s->anon = 4096;
	s->refault_file = 9;
	s->limits.cpu_quota_us = 50000;
	s->limits.cpu_period_us = 200000;
	s->pressure[CGROUP_MEMORY] =
		(struct cgroup_pressure){ .known = true,
					  .some = { .avg10 = 12.34, .total_us = 1500 },
					  .full = { .avg300 = 100 } };
	w->io[0] = (struct cgroup_io_device){ .major = 8, .name = (char *)"sda", .rbytes = 512 };
	w->io[1] = (struct cgroup_io_device){
		.major = 8, .minor = 16, .rbytes = CGROUP_UNSET, .wbytes = 7
	};
	s->io = w->io;
	s->n_io = 2;
	w->rdma[0] = (struct cgroup_rdma_use){ (char *)"a\"b\\c\nd", 2, CGROUP_UNSET };
	s->rdma = w->rdma;
	s->n_rdma = 1;
}

Test(prometheus, of_the_group)
{
	struct world w;

	world_make(&w);
	fill_group(&w);
	scoped_str char *text = text_of(&w);
	expect(text, "nfrun_cpu_usage_seconds_total{vnf=\"fw\"}", "12.345678");
	expect(text, "nfrun_cpu_usage_seconds_total{vnf=\"idle\"}", NULL);
	expect(text, "nfrun_cpu_throttled_periods_total{vnf=\"fw\"}", "0");
	expect(text, "nfrun_cpu_limit_cpus{vnf=\"fw\"}", "0.250");
	expect(text, "nfrun_memory_limit_bytes{vnf=\"fw\"}", "1048576");
	expect(text, "nfrun_memory_events_total{vnf=\"fw\",event=\"oom_kill\"}", "3");
	expect(text, "nfrun_memory_events_total{vnf=\"fw\",event=\"low\"}", NULL);
	expect(text, "nfrun_memory_part_bytes{vnf=\"fw\",part=\"anon\"}", "4096");
	expect(text, "nfrun_memory_refaults_total{vnf=\"fw\",kind=\"file\"}", "9");
	expect(text,
	       "nfrun_pressure_stalled_seconds_total{vnf=\"fw\",resource=\"memory\",kind=\"some\"}",
	       "0.001500");
	expect(text,
	       "nfrun_pressure_stalled_ratio{vnf=\"fw\",resource=\"memory\",kind=\"some\",window=\"10s\"}",
	       "0.1234");
	expect(text,
	       "nfrun_pressure_stalled_ratio{vnf=\"fw\",resource=\"memory\",kind=\"full\",window=\"300s\"}",
	       "1.0000");
	cr_expect_null(strstr(text, "resource=\"cpu\""));
	expect(text, "nfrun_io_read_bytes_total{vnf=\"fw\",device=\"sda\"}", "512");
	expect(text, "nfrun_io_read_bytes_total{vnf=\"fw\",device=\"8:16\"}", NULL);
	expect(text, "nfrun_io_written_bytes_total{vnf=\"fw\",device=\"8:16\"}", "7");
	expect(text, "nfrun_rdma_handles{vnf=\"fw\",device=\"a\\\"b\\\\c\\nd\"}", "2");
}

Test(prometheus, of_interfaces_and_their_packets)
{
	struct world w;

	world_make(&w);
	w.ports[0].present = true;
	w.ports[0].stats = (struct port_stats){ .rx_bytes = 90, .tx_dropped = 2, .up = true };
	w.ports[0].has_tx_queue = true;
	w.ports[0].tx_queue = (struct net_queue){ .backlog_bytes = 1500, .dropped = 8 };
	w.usage.has_packet = true;
	w.usage.packet.billed_us = 2000000;
	w.packets[0].wanted =
		(struct packet_cpu){ .given = true, .mode = PACKET_OWN, .budget = 250 };
	w.packets[0].cpu_ns = 2100000001;
	w.packets[0].known = true;
	w.packets[0].dropped = 77;
	w.vnf.packet_cpu = w.packets[0].wanted;
	scoped_str char *text = text_of(&w);
	expect(text, "nfrun_interface_up{vnf=\"fw\",interface=\"eth0\",bridge=\"br0\"}", "1");
	expect(text, "nfrun_interface_receive_bytes_total{vnf=\"fw\",interface=\"eth0\"}", "90");
	expect(text, "nfrun_interface_transmit_dropped_total{vnf=\"fw\",interface=\"eth0\"}", "2");
	expect(text,
	       "nfrun_interface_queue_backlog_bytes{vnf=\"fw\",interface=\"eth0\",direction=\"tx\"}",
	       "1500");
	expect(text,
	       "nfrun_interface_queue_dropped_total{vnf=\"fw\",interface=\"eth0\",direction=\"tx\"}",
	       "8");
	cr_expect_null(strstr(text, "direction=\"rx\""));
	expect(text, "nfrun_packet_cpu_seconds_total{vnf=\"fw\",interface=\"eth0\"}",
	       "2.100000001");
	expect(text, "nfrun_packet_cpu_billed_seconds_total{vnf=\"fw\"}", "2.000000");
	expect(text, "nfrun_packet_cpu_limit_cpus{vnf=\"fw\"}", "0.250");
	expect(text, "nfrun_packet_dropped_total{vnf=\"fw\",interface=\"eth0\"}", "77");
}

/* Every word that begins with nfrun_ in what it asks for; the names with a dash are its own. */
Test(prometheus, the_dashboard_asks_for_what_there_is)
{
	scoped_run struct run r =
		run_cmd("jq", "-r", "[.. | .expr?, .definition? // empty | strings] | .[]",
			NFRUN_SOURCE_DIR "/examples/grafana/nfrun.json");
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
	size_t found = 0;

	cr_assert_eq(r.status, 0, "%s", r.err);
	for (const char *at = r.out; (at = strstr(at, "nfrun_")); at += strspn(at, letters)) {
		size_t len = strspn(at, letters);

		found++;
		cr_expect(is_metric(at, len), "%.*s", (int)len, at);
	}
	cr_assert_gt(found, 30, "%zu", found);
}
