/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/report_packet_json.h"

#include <string.h>

static json_t *number_or_null(uint64_t n)
{
	return n == CGROUP_UNSET ? json_null() : json_integer((json_int_t)n);
}

static json_t *real_or_null(double x)
{
	return x < 0 ? json_null() : json_real(x);
}

static json_t *text_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

/* In CPUs, as all limits are. */
static json_t *budget_or_null(uint32_t budget)
{
	return budget ? json_real((double)budget / 1000) : json_null();
}

static json_t *means_or_null(enum packet_means m)
{
	return m == PACKET_MEANS_NONE ? json_null() : json_string(packet_means_name(m));
}

/* Of means that there are. */
static json_t *why_or_null(enum packet_means m, const struct packet_report *r)
{
	return text_or_null(r && m != PACKET_MEANS_NONE ? r->why : NULL);
}

/* What is asked for; not given is the kernel's default. */
static json_t *wish_json(const struct packet_cpu *w)
{
	bool reserve = w->mode == PACKET_RESERVE;

	return json_pack("{s:s, s:o, s:o, s:o}", "mode", packet_mode_name(w->mode), "limit",
			 budget_or_null(reserve ? 0 : w->budget), "guarantee",
			 budget_or_null(reserve ? w->budget : 0), "cpus", text_or_null(w->cpus));
}

/* Takes MORE over. */
static json_t *joined(json_t *o, json_t *more)
{
	json_object_update(o, more);
	json_decref(more);
	return o;
}

static json_t *threads_json(const struct usage *usage)
{
	json_t *a = json_array();

	for (size_t i = 0; usage && i < usage->packet.n_threads; i++) {
		const struct packet_thread *t = &usage->packet.threads[i];

		json_array_append_new(a,
				      json_pack("{s:s, s:s, s:i, s:I, s:o}", "interface", t->port,
						"end", t->host ? "host" : "vnf", "tid", (int)t->tid,
						"cpu_us", (json_int_t)(t->cpu_ns / 1000), "budget",
						budget_or_null(t->budget)));
	}
	return a;
}

/* Of what has threads, or has had some, else null. */
static json_t *cpu_or_null(const struct usage *usage, const char *port)
{
	if (!usage || !usage_had_threads(usage, port))
		return json_null();

	const struct packet_port *p = port ? usage_packet_find(usage, port) : NULL;
	return json_integer((json_int_t)((p ? p->cpu_ns : usage->packet.cpu_ns) / 1000));
}

static json_t *dropped_or_null(const struct usage *usage, const char *port)
{
	return number_or_null(usage ? usage_packet_dropped(usage, port) : CGROUP_UNSET);
}

json_t *report_packet_json(const struct packet_cpu *wish, const struct usage *usage)
{
	const struct packet_report *r = usage && usage->has_packet ? &usage->packet : NULL;
	uint64_t billed = r && usage_had_threads(usage, NULL) ? r->billed_us : CGROUP_UNSET;

	return joined(wish_json(wish),
		      json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "means",
				means_or_null(r ? r->means : PACKET_MEANS_NONE), "why",
				why_or_null(r ? r->means : PACKET_MEANS_NONE, r), "cpu_us",
				cpu_or_null(usage, NULL), "billed_us", number_or_null(billed),
				"dropped", dropped_or_null(usage, NULL), "threads",
				threads_json(usage)));
}

json_t *report_packet_port_json(const struct report_port *p, const struct usage *usage)
{
	const struct packet_port *now = usage ? usage_packet_find(usage, p->name) : NULL;

	enum packet_means means = now ? now->means : PACKET_MEANS_NONE;

	return joined(wish_json(p->packet_cpu),
		      json_pack("{s:b, s:o, s:o, s:o, s:o}", "own_budget", p->own_packet_cpu,
				"means", means_or_null(means), "why",
				why_or_null(means, usage ? &usage->packet : NULL), "cpu_us",
				cpu_or_null(usage, p->name), "dropped",
				dropped_or_null(usage, p->name)));
}

json_t *report_packet_use_json(const struct report_use *u)
{
	const struct packet_report *r = &u->now->packet;
	bool had_threads = usage_had_threads(u->now, NULL);

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "percent",
			 real_or_null(usage_packet_percent(u->before, u->now, NULL)), "means",
			 means_or_null(r->means), "cpu_us", cpu_or_null(u->now, NULL), "billed_us",
			 number_or_null(had_threads ? r->billed_us : CGROUP_UNSET), "dropped",
			 dropped_or_null(u->now, NULL), "unbilled_percent",
			 real_or_null(report_unbilled(u)));
}

json_t *report_packet_port_use_json(const struct report_use *u, const char *port)
{
	const struct packet_port *p = usage_packet_find(u->now, port);
	uint64_t was = usage_packet_dropped(u->before, port);
	uint64_t is = usage_packet_dropped(u->now, port);
	bool known = was != CGROUP_UNSET && is != CGROUP_UNSET;

	if (!p)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "mode",
			 packet_mode_name(p->wanted.given ? p->wanted.mode : PACKET_SHARED),
			 "means", means_or_null(p->means), "percent",
			 real_or_null(usage_packet_percent(u->before, u->now, port)), "cpu_us",
			 cpu_or_null(u->now, port), "dropped", number_or_null(is),
			 "dropped_per_second",
			 known ? json_real(usage_rate(u->before, was, u->now, is)) : json_null());
}
