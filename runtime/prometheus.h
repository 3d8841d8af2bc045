/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PROMETHEUS_H
#define NFRUN_RUNTIME_PROMETHEUS_H

/* What VNFs use in Prometheus' text format, version 0.0.4: a table of metrics, in base units
 * (seconds, bytes, CPUs). What is not known has no sample. */

#include "runtime/report.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A VNF that does not run (no usage) is told as not up. The caller frees. */
char *report_prometheus(const struct report_vnf *v, size_t n);

/* --- the table, for those who write it and for tests --- */

enum prometheus_type { COUNTER, GAUGE };
enum prometheus_scale { ONE, MICROSECONDS, NANOSECONDS, THOUSANDTHS };

struct prometheus_page;
struct prometheus_metric;
/* All samples of one VNF. */
typedef void prometheus_emit(struct prometheus_page *p, const struct report_vnf *v);

struct prometheus_metric {
	const char *name;
	enum prometheus_type type;
	const char *help;
	prometheus_emit *emit;
	enum prometheus_scale scale;
	size_t offset; /* of a number in what EMIT reads */
};
const struct prometheus_metric *prometheus_metrics(size_t *n);

struct prometheus_page {
	FILE *out;
	const struct prometheus_metric *metric; /* that samples are of now */
	bool headed;
};

/* One sample, with "vnf" and two more labels at most (NULL: none). CGROUP_UNSET has none. */
struct prometheus_label {
	const char *name, *value;
};
void prometheus_put(struct prometheus_page *p, const char *vnf, const struct prometheus_label l[3],
		    uint64_t value);
/* A ratio, of a percentage with two digits behind the point. */
void prometheus_put_percent(struct prometheus_page *p, const char *vnf,
			    const struct prometheus_label l[3], double percent);
/* The metric's own number in OBJECT. */
uint64_t prometheus_number(const struct prometheus_page *p, const void *object);

/* prometheus_emit.c */
prometheus_emit emit_up, emit_start_time, emit_restarts, emit_group, emit_cpu_limit,
	emit_packet_limit, emit_pressure_total, emit_pressure_ratio, emit_memory_parts,
	emit_memory_events, emit_swap_events, emit_refaults, emit_io, emit_hugetlb, emit_rdma,
	emit_interface_up, emit_interface, emit_queue, emit_packet_cpu, emit_packet_billed,
	emit_packet_dropped;

#endif
