/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/samples.h"
#include "runtime/base/strs.h"

#include <inttypes.h>
#include <string.h>

static int names_of(const struct invocation *in, struct strs *out, struct err *e)
{
	scoped_strs struct strs problems = { 0 };
	struct vnf_view *views = NULL;
	size_t n = 0;

	for (int i = 0; i < in->argc; i++)
		strs_add(out, in->argv[i]);
	if (in->argc)
		return 0;
	if (vnf_list(in->root, &views, &n, &problems, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (views[i].rec.status == STATUS_RUNNING)
			strs_add(out, views[i].rec.id);
	vnf_list_free(views, n);
	return 0;
}

static void take_before(struct sample *s, struct samples *old)
{
	for (size_t i = 0; i < old->n; i++) {
		if (strcmp(old->v[i].name, s->name) != 0)
			continue;
		s->before = old->v[i].now;
		s->has_before = true;
		old->v[i].now = (struct usage){ 0 };
	}
}

void samples_watch_drop(struct samples_watch *w)
{
	softirq_close(&w->softirq);
}

/* Whether packets of any are processed by whoever happens to run. */
static bool any_unbilled(const struct samples *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct packet_report *r = &s->v[i].now.packet;

		for (size_t k = 0; k < r->n_ports; k++)
			if (!usage_has_threads(&s->v[i].now, r->ports[k].name))
				return true;
	}
	return false;
}

/* What this host does not allow is shown as not known. */
static void take_softirq(struct samples_watch *w, const struct samples *old, struct samples *out)
{
	struct err unknown = { 0 };

	if (!w->begun && any_unbilled(out)) {
		w->begun = true;
		if (softirq_open(&w->softirq, &unknown) < 0)
			softirq_close(&w->softirq);
	}
	out->has_softirq_before = old->has_softirq;
	out->softirq_before = old->softirq;
	out->has_softirq = w->begun && softirq_read(&w->softirq, &out->softirq, &unknown) == 0;
}

int samples_take(const struct invocation *in, struct samples_watch *w, struct samples *old,
		 struct samples *out, struct err *e)
{
	scoped_strs struct strs names = { 0 };

	*out = (struct samples){ 0 };
	if (names_of(in, &names, e) < 0)
		return -1;
	out->v = mem_alloc(names.n * sizeof *out->v);
	for (size_t i = 0; i < names.n; i++) {
		struct sample s = { 0 };

		if (vnf_usage(in->root, names.v[i], &s.now, e) < 0) {
			usage_drop(&s.now);
			if (in->argc && old->n == 0)
				return err_wrap(e, "%s", names.v[i]);
			continue;
		}
		s.name = str_dup(names.v[i]);
		take_before(&s, old);
		out->v[out->n++] = s;
	}
	take_softirq(w, old, out);
	samples_drop(old);
	return 0;
}

void samples_drop(struct samples *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].name);
		usage_drop(&s->v[i].before);
		usage_drop(&s->v[i].now);
	}
	free(s->v);
	*s = (struct samples){ 0 };
}

static void add_percent(struct table *t, double percent)
{
	if (percent < 0)
		table_add(t, COLOUR_NONE, "-");
	else
		table_add(t, COLOUR_NONE, "%.1f%%", percent);
}

/* With what is known of both readings. */
static struct report_use use_of(const struct samples *all, const struct sample *s)
{
	bool known = all->has_softirq_before && all->has_softirq;

	return (struct report_use){ s->name, &s->before, &s->now,
				    known ? &all->softirq_before : NULL,
				    known ? &all->softirq : NULL };
}

static void add_packet_cpu(struct table *t, const struct samples *all, const struct sample *s)
{
	struct report_use u = use_of(all, s);
	double unbilled = s->has_before ? report_unbilled(&u) : -1;

	add_percent(t, s->has_before ? usage_packet_percent(&s->before, &s->now, NULL) : -1);
	if (unbilled < 0)
		table_add(t, COLOUR_NONE, "-");
	else
		table_add(t, COLOUR_NONE, "~%.1f%%", unbilled);
}

static void add_vnf(struct table *t, const struct samples *all, const struct sample *s)
{
	const struct cgroup_stats *c = &s->now.cgroup;
	struct vnf_resources l;
	char text[VIEW_TEXT];
	double throttled = s->has_before ? usage_throttled_percent(&s->before, &s->now) : -1;

	report_limits(&(struct report_vnf){ .usage = &s->now }, &l);
	table_add(t, COLOUR_NONE, "%s", s->name);
	add_percent(t, s->has_before ? usage_cpu_percent(&s->before, &s->now) : -1);
	add_percent(t, l.cpu_limit == VNF_UNSET ? -1 : (double)l.cpu_limit / 10);
	add_percent(t, throttled);
	add_packet_cpu(t, all, s);
	table_add(t, COLOUR_NONE, "%s", view_size(c->memory_current, text));
	table_add(t, COLOUR_NONE, "%s", view_size(c->memory_limit, text));
	add_percent(t,
		    c->pressure[CGROUP_MEMORY].known ? c->pressure[CGROUP_MEMORY].some.avg10 : -1);
	table_add(t,
		  c->memory_oom_kills && c->memory_oom_kills != CGROUP_UNSET ? COLOUR_BAD
									     : COLOUR_NONE,
		  "%s", view_count(c->memory_oom_kills, text));
	table_add(t, COLOUR_NONE, "%s", view_count(c->pids_current, text));
	table_add(t, COLOUR_NONE, "%s", view_count(c->pids_limit, text));
}

static void add_dropped(struct table *t, uint64_t n)
{
	char text[VIEW_TEXT];

	table_add(t, n && n != CGROUP_UNSET ? COLOUR_BAD : COLOUR_NONE, "%s", view_count(n, text));
}

/* Packets and bytes of one direction, since birth and per second. */
static void add_direction(struct table *t, const struct sample *s, const uint64_t was[3],
			  const uint64_t is[3])
{
	char bytes[VIEW_TEXT], rate[VIEW_TEXT] = "-";

	table_add(t, COLOUR_NONE, "%" PRIu64, is[0]);
	if (was)
		table_add(t, COLOUR_NONE, "%.0f", usage_rate(&s->before, was[0], &s->now, is[0]));
	else
		table_add(t, COLOUR_NONE, "-");
	if (was)
		view_size((uint64_t)usage_rate(&s->before, was[1], &s->now, is[1]), rate);
	table_add(t, COLOUR_NONE, "%s", view_size(is[1], bytes));
	table_add(t, COLOUR_NONE, "%s", rate);
	table_add(t, is[2] ? COLOUR_BAD : COLOUR_NONE, "%" PRIu64, is[2]);
}

static void add_port(struct table *t, const struct sample *s, const struct usage_port *p)
{
	const struct usage_port *old = s->has_before ? usage_port_find(&s->before, p->name) : NULL;
	const struct port_stats *is = &p->stats, *was = old && old->present ? &old->stats : NULL;

	table_add(t, COLOUR_NONE, "%s", s->name);
	table_add(t, COLOUR_NONE, "%s", p->name);
	table_add(t, COLOUR_NONE, "%s", p->bridge);
	add_percent(t, s->has_before ? usage_packet_percent(&s->before, &s->now, p->name) : -1);
	add_dropped(t, usage_packet_dropped(&s->now, p->name));
	add_direction(t, s,
		      was ? (uint64_t[]){ was->rx_packets, was->rx_bytes, was->rx_dropped } : NULL,
		      (uint64_t[]){ is->rx_packets, is->rx_bytes, is->rx_dropped });
	add_direction(t, s,
		      was ? (uint64_t[]){ was->tx_packets, was->tx_bytes, was->tx_dropped } : NULL,
		      (uint64_t[]){ is->tx_packets, is->tx_bytes, is->tx_dropped });
}

static void print_ports(const struct samples *s, FILE *out)
{
	static const struct column columns[] = {
		{ "NAME", false },      { "INTERFACE", false }, { "BRIDGE", false },
		{ "PACKET CPU", true }, { "CAPPED", true },     { "RX PACKETS", true },
		{ "/s", true },         { "BYTES", true },      { "/s", true },
		{ "DROPPED", true },    { "TX PACKETS", true }, { "/s", true },
		{ "BYTES", true },      { "/s", true },         { "DROPPED", true },
	};
	scoped_table struct table t = { .columns = columns, .n_columns = ARRAY_LEN(columns) };

	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->v[i].now.n_ports; k++)
			if (s->v[i].now.ports[k].present)
				add_port(&t, &s->v[i], &s->v[i].now.ports[k]);
	if (t.n_cells == 0)
		return;
	putc('\n', out);
	table_print(&t, out, 0);
}

void samples_print(const struct samples *s, FILE *out)
{
	static const struct column columns[] = {
		{ "NAME", false },     { "CPU", true },        { "LIMIT", true },
		{ "THROTTLED", true }, { "PACKET CPU", true }, { "UNBILLED", true },
		{ "MEMORY", true },    { "LIMIT", true },      { "MEM PRESSURE", true },
		{ "OOM KILLS", true }, { "PIDS", true },       { "LIMIT", true },
	};
	scoped_table struct table t = { .columns = columns, .n_columns = ARRAY_LEN(columns) };

	for (size_t i = 0; i < s->n; i++)
		add_vnf(&t, s, &s->v[i]);
	table_print(&t, out, 0);
	print_ports(s, out);
}

void samples_print_json(const struct samples *s, FILE *out)
{
	struct report_use *uses = mem_alloc(s->n * sizeof *uses);
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].has_before)
			uses[n++] = use_of(s, &s->v[i]);

	scoped_str char *text = report_stats(uses, n);
	fputs(text, out);
	free(uses);
}
