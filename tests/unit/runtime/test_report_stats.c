/* SPDX-License-Identifier: Apache-2.0 */
/* The document of `nfrun stats`. */
#include "runtime/report.h"
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

static struct usage nothing(uint64_t seconds)
{
	struct usage u = { .time_ns = seconds * 1000000000u };

	memset(&u.cgroup, 0xff, offsetof(struct cgroup_stats, limits));
	cgroup_limits_init(&u.cgroup.limits);
	return u;
}

static char *document(const struct usage *before, const struct usage *now)
{
	const struct report_use u = { "a", before, now, NULL, NULL };

	return report_stats(&u, 1);
}

Test(report_stats, what_is_not_known_is_null_and_never_0)
{
	struct usage before = nothing(1), now = nothing(2);
	scoped_str char *doc = document(&before, &now);

	expect(doc, ".[0] | [.cpu, .memory, .pids, .limits] | [.. | numbers]", "[]");
	expect(doc, ".[0] | [.io, .hugetlb, .rdma, .memory.stat, .pressure.cpu, .cpu.bursts]",
	       "[null,null,null,null,null,null]");
	expect(doc, ".[0].limits | [.io, .hugetlb, .rdma, .oom_group]", "[[],{},{},null]");
}

Test(report_stats, lists_and_pressure)
{
	struct usage before = nothing(1), now = nothing(2);
	struct cgroup_named lines[] = { { (char *)"anon", 12 } };
	struct cgroup_io_device io[] = {
		{ .major = 8, .name = (char *)"sda", .rbytes = 1, .dios = CGROUP_UNSET }
	};
	struct cgroup_hugetlb_use huge[] = { { (char *)"2MB", 4, CGROUP_UNSET, 6 } };

	now.cgroup.memory_stat = lines;
	now.cgroup.n_memory_stat = 1;
	now.cgroup.has_io = now.cgroup.has_hugetlb = now.cgroup.has_rdma = true;
	now.cgroup.io = io;
	now.cgroup.n_io = 1;
	now.cgroup.hugetlb = huge;
	now.cgroup.n_hugetlb = 1;
	now.cgroup.memory_oom_kills = 2;
	now.cgroup.pressure[CGROUP_IO] =
		(struct cgroup_pressure){ .known = true, .full = { .avg60 = 1.5, .total_us = 7 } };
	scoped_str char *doc = document(&before, &now);
	expect(doc, ".[0].memory.stat", "{\"anon\":12}");
	expect(doc, ".[0].memory | [.oom_kills, .events.oom_kill]", "[2,2]");
	expect(doc, ".[0].io",
	       "[{\"device\":\"8:0\",\"name\":\"sda\",\"rbytes\":1,\"wbytes\":0,\"dbytes\":0,"
	       "\"rios\":0,\"wios\":0,\"dios\":null}]");
	expect(doc, ".[0].hugetlb",
	       "[{\"page_size\":\"2MB\",\"current\":4,\"peak\":null,\"refused\":6}]");
	expect(doc, ".[0].rdma", "[]");
	expect(doc, ".[0].pressure.io.full | [.avg60, .total_us]", "[1.5,7]");
}

Test(report_stats, limits_by_device_and_name)
{
	struct usage before = nothing(1), now = nothing(2);
	struct cgroup_limits *l = &now.cgroup.limits;
	struct limits_io read[] = { { .major = 8, .value = 100 } },
			 late[] = { { .major = 8, .value = 20000 },
				    { .major = 8, .minor = 16, .value = 5 } };
	struct limits_hugepage huge[] = { { (char *)"2MB", 64 } };

	l->cpu_quota_us = 50000;
	l->cpu_period_us = 100000;
	l->cpu_idle = 0;
	l->uclamp_min = 1250;
	l->io[IO_READ_BPS].v = read;
	l->io[IO_READ_BPS].n = 1;
	l->io[IO_LATENCY].v = late;
	l->io[IO_LATENCY].n = 2;
	l->hugepages = huge;
	l->n_hugepages = 1;
	scoped_str char *doc = document(&before, &now);
	expect(doc, ".[0].limits | [.cpu, .cpu_idle, .util_min, .util_max, .hugetlb[\"2MB\"]]",
	       "[0.5,false,12.5,null,64]");
	expect(doc, ".[0].limits.io",
	       "[{\"device\":\"8:0\",\"path\":null,\"weight\":null,\"read_bps\":100,\"write_bps\":null,"
	       "\"read_iops\":null,\"write_iops\":null,\"latency_us\":20000},"
	       "{\"device\":\"8:16\",\"path\":null,\"weight\":null,\"read_bps\":null,\"write_bps\":null,"
	       "\"read_iops\":null,\"write_iops\":null,\"latency_us\":5}]");
}

Test(report_stats, queues_of_both_ends)
{
	struct usage before = nothing(1), now = nothing(2);
	struct usage_port port = { .name = "eth0",
				   .has_tx_queue = true,
				   .tx_queue = { .kind = "pfifo",
						 .backlog_bytes = 60,
						 .backlog_packets = 1,
						 .dropped = 2,
						 .overlimits = 3,
						 .requeues = 4,
						 .filtered = 5 } };

	now.ports = &port;
	now.n_ports = 1;
	scoped_str char *doc = document(&before, &now);
	expect(doc, ".[0].interfaces[0] | [.up, .rx, .rx_queue]", "[null,null,null]");
	expect(doc, ".[0].interfaces[0].tx_queue",
	       "{\"kind\":\"pfifo\",\"backlog_packets\":1,\"backlog_bytes\":60,\"dropped\":2,"
	       "\"overlimits\":3,\"requeues\":4,\"filtered\":5}");
}
