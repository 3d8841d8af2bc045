/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/prometheus.h"
#include "runtime/base/strs.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define GROUP(name)   offsetof(struct cgroup_stats, name)
#define DEVICE(name)  offsetof(struct cgroup_io_device, name)
#define HUGETLB(name) offsetof(struct cgroup_hugetlb_use, name)
#define RDMA(name)    offsetof(struct cgroup_rdma_use, name)
#define PORT(name)    offsetof(struct port_stats, name)
#define QUEUE(name)   offsetof(struct net_queue, name)

/* clang-format off */
static const struct prometheus_metric metrics[] = {
	{ "nfrun_vnf_up",                            GAUGE,   "Whether it runs.",                                                    emit_up,             ONE,          0 },
	{ "nfrun_vnf_start_time_seconds",            GAUGE,   "When it was started, since the epoch.",                               emit_start_time,     ONE,          0 },
	{ "nfrun_vnf_restarts",                      GAUGE,   "Restarts since its start or its last good run.",                      emit_restarts,       ONE,          0 },

	{ "nfrun_cpu_usage_seconds_total",           COUNTER, "CPU time.",                                                           emit_group,          MICROSECONDS, GROUP(cpu_usage_us) },
	{ "nfrun_cpu_user_seconds_total",            COUNTER, "CPU time in user mode.",                                              emit_group,          MICROSECONDS, GROUP(cpu_user_us) },
	{ "nfrun_cpu_system_seconds_total",          COUNTER, "CPU time in the kernel.",                                             emit_group,          MICROSECONDS, GROUP(cpu_system_us) },
	{ "nfrun_cpu_periods_total",                 COUNTER, "Enforcement periods of its CPU quota.",                               emit_group,          ONE,          GROUP(cpu_periods) },
	{ "nfrun_cpu_throttled_periods_total",       COUNTER, "Enforcement periods that ran out of quota.",                          emit_group,          ONE,          GROUP(cpu_throttled) },
	{ "nfrun_cpu_throttled_seconds_total",       COUNTER, "For how long its threads were throttled.",                            emit_group,          MICROSECONDS, GROUP(cpu_throttled_us) },
	{ "nfrun_cpu_bursts_total",                  COUNTER, "Enforcement periods in which it used more than its quota.",           emit_group,          ONE,          GROUP(cpu_bursts) },
	{ "nfrun_cpu_burst_seconds_total",           COUNTER, "CPU time above its quota in bursts.",                                 emit_group,          MICROSECONDS, GROUP(cpu_burst_us) },
	{ "nfrun_cpu_limit_cpus",                    GAUGE,   "CPU quota, in CPUs; no sample: none.",                                emit_cpu_limit,      THOUSANDTHS,  0 },
	{ "nfrun_cpu_weight",                        GAUGE,   "Share of contended CPUs, against others' weights.",                   emit_group,          ONE,          GROUP(limits.cpu_weight) },

	{ "nfrun_pressure_stalled_seconds_total",    COUNTER, "For how long some, or all (full), of it waited for a resource.",      emit_pressure_total, MICROSECONDS, 0 },
	{ "nfrun_pressure_stalled_ratio",            GAUGE,   "The same as a share of the last 10, 60 and 300 seconds.",             emit_pressure_ratio, ONE,          0 },

	{ "nfrun_memory_usage_bytes",                GAUGE,   "Memory in use.",                                                      emit_group,          ONE,          GROUP(memory_current) },
	{ "nfrun_memory_peak_bytes",                 GAUGE,   "The most that was in use.",                                           emit_group,          ONE,          GROUP(memory_peak) },
	{ "nfrun_memory_limit_bytes",                GAUGE,   "Memory limit; no sample: none.",                                      emit_group,          ONE,          GROUP(memory_limit) },
	{ "nfrun_memory_high_bytes",                 GAUGE,   "Where memory is reclaimed; no sample: nowhere.",                      emit_group,          ONE,          GROUP(limits.memory_high) },
	{ "nfrun_memory_part_bytes",                 GAUGE,   "Memory by what it is used for.",                                      emit_memory_parts,   ONE,          0 },
	{ "nfrun_memory_swap_bytes",                 GAUGE,   "Swap in use.",                                                        emit_group,          ONE,          GROUP(memory_swap) },
	{ "nfrun_memory_swap_limit_bytes",           GAUGE,   "Swap limit; no sample: none.",                                        emit_group,          ONE,          GROUP(limits.memory_swap_max) },
	{ "nfrun_memory_events_total",               COUNTER, "Times that it was reclaimed below memory.low (low), throttled above memory.high (high), at its limit (max), out of memory (oom); processes killed for that (oom_kill), groups (oom_group_kill).",
																	     emit_memory_events,  ONE,          0 },
	{ "nfrun_memory_swap_events_total",          COUNTER, "Times that it was above memory.swap.high (high), at its swap limit (max), refused swap (fail).",
																	     emit_swap_events,    ONE,          0 },
	{ "nfrun_memory_page_faults_total",          COUNTER, "Page faults.",                                                        emit_group,          ONE,          GROUP(pgfault) },
	{ "nfrun_memory_major_page_faults_total",    COUNTER, "Page faults that had to read from a device.",                         emit_group,          ONE,          GROUP(pgmajfault) },
	{ "nfrun_memory_refaults_total",             COUNTER, "Pages that were needed again soon after they had been reclaimed.",    emit_refaults,       ONE,          0 },

	{ "nfrun_pids",                              GAUGE,   "Threads.",                                                            emit_group,          ONE,          GROUP(pids_current) },
	{ "nfrun_pids_limit",                        GAUGE,   "Limit of threads; no sample: none.",                                  emit_group,          ONE,          GROUP(pids_limit) },
	{ "nfrun_pids_refused_total",                COUNTER, "Forks that the limit refused.",                                       emit_group,          ONE,          GROUP(pids_max) },

	{ "nfrun_io_read_bytes_total",               COUNTER, "Bytes read from a device.",                                           emit_io,             ONE,          DEVICE(rbytes) },
	{ "nfrun_io_written_bytes_total",            COUNTER, "Bytes written to a device.",                                          emit_io,             ONE,          DEVICE(wbytes) },
	{ "nfrun_io_discarded_bytes_total",          COUNTER, "Bytes discarded on a device.",                                        emit_io,             ONE,          DEVICE(dbytes) },
	{ "nfrun_io_reads_total",                    COUNTER, "Read operations.",                                                    emit_io,             ONE,          DEVICE(rios) },
	{ "nfrun_io_writes_total",                   COUNTER, "Write operations.",                                                   emit_io,             ONE,          DEVICE(wios) },
	{ "nfrun_io_discards_total",                 COUNTER, "Discard operations.",                                                 emit_io,             ONE,          DEVICE(dios) },
	{ "nfrun_hugetlb_usage_bytes",               GAUGE,   "Huge pages in use.",                                                  emit_hugetlb,        ONE,          HUGETLB(usage) },
	{ "nfrun_hugetlb_refused_total",             COUNTER, "Times that the limit refused huge pages.",                            emit_hugetlb,        ONE,          HUGETLB(failcnt) },
	{ "nfrun_rdma_handles",                      GAUGE,   "Handles of an RDMA device in use.",                                   emit_rdma,           ONE,          RDMA(handles) },
	{ "nfrun_rdma_objects",                      GAUGE,   "Objects of an RDMA device in use.",                                   emit_rdma,           ONE,          RDMA(objects) },

	{ "nfrun_interface_up",                      GAUGE,   "Whether both ends are up.",                                           emit_interface_up,   ONE,          0 },
	{ "nfrun_interface_receive_packets_total",   COUNTER, "Packets that it received.",                                           emit_interface,      ONE,          PORT(rx_packets) },
	{ "nfrun_interface_receive_bytes_total",     COUNTER, "Bytes that it received.",                                             emit_interface,      ONE,          PORT(rx_bytes) },
	{ "nfrun_interface_receive_dropped_total",   COUNTER, "Packets that were sent to it and not taken.",                         emit_interface,      ONE,          PORT(rx_dropped) },
	{ "nfrun_interface_receive_errors_total",    COUNTER, "Packets to it that were broken.",                                     emit_interface,      ONE,          PORT(rx_errors) },
	{ "nfrun_interface_transmit_packets_total",  COUNTER, "Packets that it sent.",                                               emit_interface,      ONE,          PORT(tx_packets) },
	{ "nfrun_interface_transmit_bytes_total",    COUNTER, "Bytes that it sent.",                                                 emit_interface,      ONE,          PORT(tx_bytes) },
	{ "nfrun_interface_transmit_dropped_total",  COUNTER, "Packets that it sent and the host did not take.",                     emit_interface,      ONE,          PORT(tx_dropped) },
	{ "nfrun_interface_transmit_errors_total",   COUNTER, "Packets from it that were broken.",                                   emit_interface,      ONE,          PORT(tx_errors) },
	{ "nfrun_interface_queue_backlog_packets",   GAUGE,   "Packets that wait in the queue for it (rx), or in its own (tx).",     emit_queue,          ONE,          QUEUE(backlog_packets) },
	{ "nfrun_interface_queue_backlog_bytes",     GAUGE,   "Bytes of those.",                                                     emit_queue,          ONE,          QUEUE(backlog_bytes) },
	{ "nfrun_interface_queue_dropped_total",     COUNTER, "Packets that the queue dropped.",                                     emit_queue,          ONE,          QUEUE(dropped) },
	{ "nfrun_interface_queue_overlimits_total",  COUNTER, "Times that the queue held packets back for a rate.",                  emit_queue,          ONE,          QUEUE(overlimits) },
	{ "nfrun_interface_queue_requeues_total",    COUNTER, "Packets that the link did not take at once.",                         emit_queue,          ONE,          QUEUE(requeues) },
	{ "nfrun_interface_queue_filtered_total",    COUNTER, "Packets that filters dropped, the governor of packet_cpu among them.", emit_queue,         ONE,          QUEUE(filtered) },

	{ "nfrun_packet_cpu_seconds_total",          COUNTER, "CPU time of the kernel threads that process an interface's packets.", emit_packet_cpu,     NANOSECONDS,  0 },
	{ "nfrun_packet_cpu_billed_seconds_total",   COUNTER, "What of it was billed to the VNF's group.",                           emit_packet_billed,  MICROSECONDS, 0 },
	{ "nfrun_packet_cpu_limit_cpus",             GAUGE,   "Cap of the VNF's packet CPU, in CPUs; no sample: none.",              emit_packet_limit,   THOUSANDTHS,  0 },
	{ "nfrun_packet_dropped_total",              COUNTER, "Packets dropped because the VNF did not keep up.",                    emit_packet_dropped, ONE,          0 },
};
/* clang-format on */

const struct prometheus_metric *prometheus_metrics(size_t *n)
{
	*n = ARRAY_LEN(metrics);
	return metrics;
}

uint64_t prometheus_number(const struct prometheus_page *p, const void *object)
{
	uint64_t value;

	memcpy(&value, (const char *)object + p->metric->offset, sizeof value);
	return value;
}

/* --- the format --- */

/* Text in which some characters have to be written with a backslash. */
static void put_escaped(FILE *out, const char *text, bool quoted)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '\\' || (quoted && *text == '"'))
			fprintf(out, "\\%c", *text);
		else
			putc(*text, out);
	}
}

static void put_head(struct prometheus_page *p)
{
	static const char *const types[] = { [COUNTER] = "counter", [GAUGE] = "gauge" };
	const struct prometheus_metric *m = p->metric;

	if (p->headed)
		return;
	p->headed = true;
	fprintf(p->out, "# HELP %s ", m->name);
	put_escaped(p->out, m->help, false);
	fprintf(p->out, "\n# TYPE %s %s\n", m->name, types[m->type]);
}

static void put_labels(struct prometheus_page *p, const char *vnf,
		       const struct prometheus_label l[3])
{
	put_head(p);
	fprintf(p->out, "%s{vnf=\"", p->metric->name);
	put_escaped(p->out, vnf, true);
	for (size_t i = 0; l && i < 3 && l[i].name; i++) {
		fprintf(p->out, "\",%s=\"", l[i].name);
		put_escaped(p->out, l[i].value, true);
	}
	fputs("\"} ", p->out);
}

void prometheus_put(struct prometheus_page *p, const char *vnf, const struct prometheus_label l[3],
		    uint64_t value)
{
	static const struct {
		uint64_t unit;
		int digits;
	} scales[] = { [ONE] = { 1, 0 },
		       [MICROSECONDS] = { 1000000, 6 },
		       [NANOSECONDS] = { 1000000000, 9 },
		       [THOUSANDTHS] = { 1000, 3 } };
	uint64_t unit = scales[p->metric->scale].unit;

	if (value == CGROUP_UNSET)
		return;
	put_labels(p, vnf, l);
	fprintf(p->out, "%" PRIu64, value / unit);
	if (unit > 1)
		fprintf(p->out, ".%0*" PRIu64, scales[p->metric->scale].digits, value % unit);
	putc('\n', p->out);
}

void prometheus_put_percent(struct prometheus_page *p, const char *vnf,
			    const struct prometheus_label l[3], double percent)
{
	uint64_t parts = (uint64_t)(percent * 100 + 0.5);

	put_labels(p, vnf, l);
	fprintf(p->out, "%" PRIu64 ".%04" PRIu64 "\n", parts / 10000, parts % 10000);
}

char *report_prometheus(const struct report_vnf *v, size_t n)
{
	struct prometheus_page p = { 0 };
	char *text = NULL;
	size_t size = 0;

	p.out = open_memstream(&text, &size);
	if (!p.out)
		abort(); /* as mem_alloc */
	fputs("# HELP nfrun_build_info The version of what tells this.\n"
	      "# TYPE nfrun_build_info gauge\n"
	      "nfrun_build_info{version=\"" NFRUN_VERSION "\"} 1\n",
	      p.out);
	for (size_t i = 0; i < ARRAY_LEN(metrics); i++) {
		p.metric = &metrics[i];
		p.headed = false;
		for (size_t k = 0; k < n; k++)
			metrics[i].emit(&p, &v[k]);
	}
	if (fclose(p.out) != 0)
		abort();
	return text;
}
