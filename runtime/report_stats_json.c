/* SPDX-License-Identifier: Apache-2.0 */
/* nfrun stats: what a container uses, as one document. nfrun(1) has each member. */
#include "runtime/base/strs.h"
#include "runtime/report_json.h"
#include "runtime/report_packet_json.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

/* A number of struct cgroup_stats under KEY. */
struct number {
	const char *key;
	size_t offset;
};
#define NUMBER(key, name)                                                                          \
	{                                                                                          \
		key, offsetof(struct cgroup_stats, name)                                           \
	}
#define add_numbers(o, rows, s) add_rows(o, rows, ARRAY_LEN(rows), s)

static json_t *add_rows(json_t *o, const struct number *rows, size_t n,
			const struct cgroup_stats *s)
{
	uint64_t value;

	for (size_t i = 0; i < n; i++) {
		memcpy(&value, (const char *)s + rows[i].offset, sizeof value);
		json_object_set_new(o, rows[i].key, number_or_null(value));
	}
	return o;
}

/* --- what the group uses --- */

static json_t *cpu_use(const struct report_use *u)
{
	static const struct number rows[] = {
		NUMBER("usage_us", cpu_usage_us),   NUMBER("user_us", cpu_user_us),
		NUMBER("system_us", cpu_system_us), NUMBER("periods", cpu_periods),
		NUMBER("throttled", cpu_throttled), NUMBER("throttled_us", cpu_throttled_us),
		NUMBER("bursts", cpu_bursts),       NUMBER("burst_us", cpu_burst_us),
	};
	struct vnf_resources l;

	report_limits(&(struct report_vnf){ .usage = u->now }, &l);
	return add_numbers(json_pack("{s:o, s:o}", "percent",
				     real_or_null(usage_cpu_percent(u->before, u->now)), "limit",
				     l.cpu_limit == VNF_UNSET
					     ? json_null()
					     : json_real((double)l.cpu_limit / 1000)),
			   rows, &u->now->cgroup);
}

static json_t *memory_stat(const struct cgroup_stats *s)
{
	json_t *o = json_object();

	for (size_t i = 0; i < s->n_memory_stat; i++)
		json_object_set_new(o, s->memory_stat[i].name,
				    number_or_null(s->memory_stat[i].value));
	return s->n_memory_stat > 0 ? o : (json_decref(o), json_null());
}

static json_t *memory_use(const struct cgroup_stats *s)
{
	static const struct number rows[] = {
		NUMBER("current", memory_current),
		NUMBER("peak", memory_peak),
		NUMBER("limit", memory_limit),
		NUMBER("swap", memory_swap),
		NUMBER("swap_peak", memory_swap_peak),
		NUMBER("oom", memory_oom),
		NUMBER("oom_kills", memory_oom_kills),
		NUMBER("anon", anon),
		NUMBER("file", file),
		NUMBER("kernel", kernel),
		NUMBER("slab", slab),
		NUMBER("sock", sock),
		NUMBER("shmem", shmem),
		NUMBER("file_dirty", file_dirty),
		NUMBER("pgfault", pgfault),
		NUMBER("pgmajfault", pgmajfault),
		NUMBER("workingset_refault_anon", refault_anon),
		NUMBER("workingset_refault_file", refault_file),
	};
	static const struct number events[] = {
		NUMBER("low", memory_low),
		NUMBER("high", memory_high),
		NUMBER("max", memory_max),
		NUMBER("oom", memory_oom),
		NUMBER("oom_kill", memory_oom_kills),
		NUMBER("oom_group_kill", memory_oom_group_kills),
	};
	static const struct number swap_events[] = {
		NUMBER("high", swap_high),
		NUMBER("max", swap_max),
		NUMBER("fail", swap_fail),
	};
	json_t *o = add_numbers(json_object(), rows, s);

	json_object_set_new(o, "events", add_numbers(json_object(), events, s));
	json_object_set_new(o, "swap_events", add_numbers(json_object(), swap_events, s));
	json_object_set_new(o, "stat", memory_stat(s));
	return o;
}

static json_t *pids_use(const struct cgroup_stats *s)
{
	static const struct number rows[] = {
		NUMBER("current", pids_current),
		NUMBER("peak", pids_peak),
		NUMBER("limit", pids_limit),
		NUMBER("refused", pids_max),
	};

	return add_numbers(json_object(), rows, s);
}

static json_t *pressure_line(const struct cgroup_pressure_line *l)
{
	return json_pack("{s:f, s:f, s:f, s:I}", "avg10", l->avg10, "avg60", l->avg60, "avg300",
			 l->avg300, "total_us", (json_int_t)l->total_us);
}

static json_t *pressure(const struct cgroup_pressure *p)
{
	if (!p->known)
		return json_null();
	return json_pack("{s:o, s:o}", "some", pressure_line(&p->some), "full",
			 pressure_line(&p->full));
}

static json_t *io_use(const struct cgroup_stats *s)
{
	json_t *a = json_array();

	for (size_t i = 0; i < s->n_io; i++) {
		const struct cgroup_io_device *d = &s->io[i];
		scoped_str char *device = str_printf("%" PRIu64 ":%" PRIu64, d->major, d->minor);

		json_array_append_new(
			a, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "device", device,
				     "name", text_or_null(d->name), "rbytes",
				     number_or_null(d->rbytes), "wbytes", number_or_null(d->wbytes),
				     "dbytes", number_or_null(d->dbytes), "rios",
				     number_or_null(d->rios), "wios", number_or_null(d->wios),
				     "dios", number_or_null(d->dios)));
	}
	return s->has_io ? a : (json_decref(a), json_null());
}

static json_t *hugetlb_use(const struct cgroup_stats *s)
{
	json_t *a = json_array();

	for (size_t i = 0; i < s->n_hugetlb; i++) {
		const struct cgroup_hugetlb_use *h = &s->hugetlb[i];

		json_array_append_new(
			a, json_pack("{s:s, s:o, s:o, s:o}", "page_size", h->page_size, "current",
				     number_or_null(h->usage), "peak", number_or_null(h->max),
				     "refused", number_or_null(h->failcnt)));
	}
	return s->has_hugetlb ? a : (json_decref(a), json_null());
}

static json_t *rdma_use(const struct cgroup_stats *s)
{
	json_t *a = json_array();

	for (size_t i = 0; i < s->n_rdma; i++)
		json_array_append_new(a, json_pack("{s:s, s:o, s:o}", "device", s->rdma[i].device,
						   "handles", number_or_null(s->rdma[i].handles),
						   "objects", number_or_null(s->rdma[i].objects)));
	return s->has_rdma ? a : (json_decref(a), json_null());
}

/* --- interfaces --- */

static void add_rates(json_t *counted, const struct report_use *u, uint64_t packets[2],
		      uint64_t bytes[2])
{
	json_object_set_new(counted, "packets_per_second",
			    json_real(usage_rate(u->before, packets[0], u->now, packets[1])));
	json_object_set_new(counted, "bytes_per_second",
			    json_real(usage_rate(u->before, bytes[0], u->now, bytes[1])));
}

static json_t *queue(bool known, const struct net_queue *q)
{
	if (!known)
		return json_null();
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "kind", q->kind, "backlog_packets",
			 (json_int_t)q->backlog_packets, "backlog_bytes",
			 (json_int_t)q->backlog_bytes, "dropped", (json_int_t)q->dropped,
			 "overlimits", (json_int_t)q->overlimits, "requeues",
			 (json_int_t)q->requeues, "filtered", (json_int_t)q->filtered);
}

static json_t *port_use(const struct report_use *u, const struct usage_port *p)
{
	const struct usage_port *old = usage_port_find(u->before, p->name);
	const struct port_stats *now = p->present ? &p->stats : NULL;
	json_t *rx = report_received_json(now), *tx = report_sent_json(now);

	if (now && old && old->present) {
		const struct port_stats *was = &old->stats;

		add_rates(rx, u, (uint64_t[]){ was->rx_packets, now->rx_packets },
			  (uint64_t[]){ was->rx_bytes, now->rx_bytes });
		add_rates(tx, u, (uint64_t[]){ was->tx_packets, now->tx_packets },
			  (uint64_t[]){ was->tx_bytes, now->tx_bytes });
	}
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "name", p->name, "bridge",
			 p->bridge, "up", now ? json_boolean(now->up) : json_null(), "rx", rx, "tx",
			 tx, "rx_queue", queue(p->has_rx_queue, &p->rx_queue), "tx_queue",
			 queue(p->has_tx_queue, &p->tx_queue), "packet_cpu",
			 report_packet_port_use_json(u, p->name));
}

/* --- the document --- */

static json_t *use(const struct report_use *u)
{
	const struct cgroup_stats *s = &u->now->cgroup;
	json_t *ports = json_array(), *o;

	for (size_t i = 0; i < u->now->n_ports; i++)
		json_array_append_new(ports, port_use(u, &u->now->ports[i]));
	o = json_pack("{s:s, s:f, s:o, s:o, s:o, s:o}", "name", u->name, "interval",
		      (double)(u->now->time_ns - u->before->time_ns) / 1e9, "cpu", cpu_use(u),
		      "packet_cpu", report_packet_use_json(u), "memory", memory_use(s), "pids",
		      pids_use(s));
	json_object_set_new(o, "pressure",
			    json_pack("{s:o, s:o, s:o}", "cpu", pressure(&s->pressure[CGROUP_CPU]),
				      "memory", pressure(&s->pressure[CGROUP_MEMORY]), "io",
				      pressure(&s->pressure[CGROUP_IO])));
	json_object_set_new(o, "io", io_use(s));
	json_object_set_new(o, "hugetlb", hugetlb_use(s));
	json_object_set_new(o, "rdma", rdma_use(s));
	json_object_set_new(o, "limits", report_limits_json(&s->limits));
	json_object_set_new(o, "interfaces", ports);
	return o;
}

char *report_stats(const struct report_use *u, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(a, use(&u[i]));
	return report_print(a);
}
