/* SPDX-License-Identifier: Apache-2.0 */
/* The samples of each kind of metric. */
#include "runtime/base/strs.h"
#include "runtime/prometheus.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define LABELS(...) ((const struct prometheus_label[3]){ __VA_ARGS__ })

static const char *name_of(const struct report_vnf *v)
{
	return v->view->rec.id;
}

/* --- of the whole --- */

void emit_up(struct prometheus_page *p, const struct report_vnf *v)
{
	prometheus_put(p, name_of(v), NULL, v->usage != NULL);
}

void emit_start_time(struct prometheus_page *p, const struct report_vnf *v)
{
	if (v->usage && v->view->rec.started.tv_sec > 0)
		prometheus_put(p, name_of(v), NULL, (uint64_t)v->view->rec.started.tv_sec);
}

void emit_restarts(struct prometheus_page *p, const struct report_vnf *v)
{
	prometheus_put(p, name_of(v), NULL, v->view->rec.restarts);
}

void emit_group(struct prometheus_page *p, const struct report_vnf *v)
{
	if (v->usage)
		prometheus_put(p, name_of(v), NULL, prometheus_number(p, &v->usage->cgroup));
}

void emit_cpu_limit(struct prometheus_page *p, const struct report_vnf *v)
{
	struct vnf_resources l;

	if (!v->usage)
		return;
	report_limits(v, &l);
	prometheus_put(p, name_of(v), NULL, l.cpu_limit);
}

/* --- pressure --- */

struct pressure_kind {
	const char *resource, *kind;
	const struct cgroup_pressure_line *line;
};
enum { PRESSURE_KINDS = 2 * CGROUP_RESOURCES };

static size_t pressure_kinds(const struct report_vnf *v, struct pressure_kind out[PRESSURE_KINDS])
{
	static const char *const names[] = {
		[CGROUP_CPU] = "cpu", [CGROUP_MEMORY] = "memory", [CGROUP_IO] = "io"
	};
	size_t n = 0;

	for (size_t i = 0; v->usage && i < CGROUP_RESOURCES; i++) {
		const struct cgroup_pressure *it = &v->usage->cgroup.pressure[i];

		if (!it->known)
			continue;
		out[n++] = (struct pressure_kind){ names[i], "some", &it->some };
		out[n++] = (struct pressure_kind){ names[i], "full", &it->full };
	}
	return n;
}

void emit_pressure_total(struct prometheus_page *p, const struct report_vnf *v)
{
	struct pressure_kind kinds[PRESSURE_KINDS];
	size_t n = pressure_kinds(v, kinds);

	for (size_t i = 0; i < n; i++)
		prometheus_put(p, name_of(v),
			       LABELS({ "resource", kinds[i].resource }, { "kind", kinds[i].kind }),
			       kinds[i].line->total_us);
}

void emit_pressure_ratio(struct prometheus_page *p, const struct report_vnf *v)
{
	static const struct {
		const char *name;
		size_t offset;
	} windows[] = {
		{ "10s", offsetof(struct cgroup_pressure_line, avg10) },
		{ "60s", offsetof(struct cgroup_pressure_line, avg60) },
		{ "300s", offsetof(struct cgroup_pressure_line, avg300) },
	};
	struct pressure_kind kinds[PRESSURE_KINDS];
	size_t n = pressure_kinds(v, kinds);
	double percent;

	for (size_t i = 0; i < n; i++) {
		for (size_t w = 0; w < ARRAY_LEN(windows); w++) {
			memcpy(&percent, (const char *)kinds[i].line + windows[w].offset,
			       sizeof percent);
			prometheus_put_percent(p, name_of(v),
					       LABELS({ "resource", kinds[i].resource },
						      { "kind", kinds[i].kind },
						      { "window", windows[w].name }),
					       percent);
		}
	}
}

/* --- numbers of the group that differ by one label --- */

struct labelled {
	const char *value;
	size_t offset;
};
#define OF(value, name)                                                                            \
	{                                                                                          \
		value, offsetof(struct cgroup_stats, name)                                         \
	}

static void put_labelled(struct prometheus_page *p, const struct report_vnf *v, const char *label,
			 const struct labelled *rows, size_t n)
{
	uint64_t value;

	for (size_t i = 0; v->usage && i < n; i++) {
		memcpy(&value, (const char *)&v->usage->cgroup + rows[i].offset, sizeof value);
		prometheus_put(p, name_of(v), LABELS({ label, rows[i].value }), value);
	}
}

void emit_memory_parts(struct prometheus_page *p, const struct report_vnf *v)
{
	static const struct labelled rows[] = {
		OF("anon", anon),
		OF("file", file),
		OF("kernel", kernel),
		OF("slab", slab),
		OF("sock", sock),
		OF("shmem", shmem),
		OF("file_dirty", file_dirty),
	};

	put_labelled(p, v, "part", rows, ARRAY_LEN(rows));
}

void emit_memory_events(struct prometheus_page *p, const struct report_vnf *v)
{
	static const struct labelled rows[] = {
		OF("low", memory_low),
		OF("high", memory_high),
		OF("max", memory_max),
		OF("oom", memory_oom),
		OF("oom_kill", memory_oom_kills),
		OF("oom_group_kill", memory_oom_group_kills),
	};

	put_labelled(p, v, "event", rows, ARRAY_LEN(rows));
}

void emit_swap_events(struct prometheus_page *p, const struct report_vnf *v)
{
	static const struct labelled rows[] = {
		OF("high", swap_high),
		OF("max", swap_max),
		OF("fail", swap_fail),
	};

	put_labelled(p, v, "event", rows, ARRAY_LEN(rows));
}

void emit_refaults(struct prometheus_page *p, const struct report_vnf *v)
{
	static const struct labelled rows[] = { OF("anon", refault_anon),
						OF("file", refault_file) };

	put_labelled(p, v, "kind", rows, ARRAY_LEN(rows));
}

/* --- lists --- */

void emit_io(struct prometheus_page *p, const struct report_vnf *v)
{
	for (size_t i = 0; v->usage && i < v->usage->cgroup.n_io; i++) {
		const struct cgroup_io_device *d = &v->usage->cgroup.io[i];
		scoped_str char *number = str_printf("%" PRIu64 ":%" PRIu64, d->major, d->minor);

		prometheus_put(p, name_of(v), LABELS({ "device", d->name ? d->name : number }),
			       prometheus_number(p, d));
	}
}

void emit_hugetlb(struct prometheus_page *p, const struct report_vnf *v)
{
	for (size_t i = 0; v->usage && i < v->usage->cgroup.n_hugetlb; i++) {
		const struct cgroup_hugetlb_use *h = &v->usage->cgroup.hugetlb[i];

		prometheus_put(p, name_of(v), LABELS({ "page_size", h->page_size }),
			       prometheus_number(p, h));
	}
}

void emit_rdma(struct prometheus_page *p, const struct report_vnf *v)
{
	for (size_t i = 0; v->usage && i < v->usage->cgroup.n_rdma; i++) {
		const struct cgroup_rdma_use *r = &v->usage->cgroup.rdma[i];

		prometheus_put(p, name_of(v), LABELS({ "device", r->device }),
			       prometheus_number(p, r));
	}
}

/* --- interfaces --- */

void emit_interface_up(struct prometheus_page *p, const struct report_vnf *v)
{
	for (size_t i = 0; v->usage && i < v->usage->n_ports; i++) {
		const struct usage_port *port = &v->usage->ports[i];

		if (port->present)
			prometheus_put(
				p, name_of(v),
				LABELS({ "interface", port->name }, { "bridge", port->bridge }),
				port->stats.up);
	}
}

void emit_interface(struct prometheus_page *p, const struct report_vnf *v)
{
	for (size_t i = 0; v->usage && i < v->usage->n_ports; i++) {
		const struct usage_port *port = &v->usage->ports[i];

		if (port->present)
			prometheus_put(p, name_of(v), LABELS({ "interface", port->name }),
				       prometheus_number(p, &port->stats));
	}
}

void emit_queue(struct prometheus_page *p, const struct report_vnf *v)
{
	for (size_t i = 0; v->usage && i < v->usage->n_ports; i++) {
		const struct usage_port *port = &v->usage->ports[i];

		if (port->has_rx_queue)
			prometheus_put(p, name_of(v),
				       LABELS({ "interface", port->name }, { "direction", "rx" }),
				       prometheus_number(p, &port->rx_queue));
		if (port->has_tx_queue)
			prometheus_put(p, name_of(v),
				       LABELS({ "interface", port->name }, { "direction", "tx" }),
				       prometheus_number(p, &port->tx_queue));
	}
}

/* --- packet_cpu --- */

void emit_packet_cpu(struct prometheus_page *p, const struct report_vnf *v)
{
	for (size_t i = 0; v->usage && v->usage->has_packet && i < v->usage->packet.n_ports; i++) {
		const struct packet_port *port = &v->usage->packet.ports[i];

		if (usage_has_threads(v->usage, port->name))
			prometheus_put(p, name_of(v), LABELS({ "interface", port->name }),
				       port->cpu_ns);
	}
}

void emit_packet_billed(struct prometheus_page *p, const struct report_vnf *v)
{
	if (v->usage && v->usage->has_packet && usage_has_threads(v->usage, NULL))
		prometheus_put(p, name_of(v), NULL, v->usage->packet.billed_us);
}

void emit_packet_limit(struct prometheus_page *p, const struct report_vnf *v)
{
	const struct packet_cpu *wish = v->view->vnf ? &v->view->vnf->packet_cpu : NULL;

	if (v->usage && wish && wish->mode == PACKET_OWN && wish->budget)
		prometheus_put(p, name_of(v), NULL, wish->budget);
}

void emit_packet_dropped(struct prometheus_page *p, const struct report_vnf *v)
{
	for (size_t i = 0; v->usage && i < v->usage->packet.n_ports; i++) {
		const char *port = v->usage->packet.ports[i].name;

		prometheus_put(p, name_of(v), LABELS({ "interface", port }),
			       usage_packet_dropped(v->usage, port));
	}
}
