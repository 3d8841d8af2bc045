/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/status.h"
#include "cmd/view.h"
#include "runtime/base/strs.h"
#include "runtime/base/units.h"
#include "runtime/spec/spec.h"

#include <inttypes.h>
#include <string.h>

struct status_options {
	enum format format;
};

static void say_headline(const struct record *r)
{
	const struct timespec *since = r->status == STATUS_RUNNING ? &r->started
				       : r->has_ended              ? &r->end.time
								   : &r->created;
	enum colour colour = view_colour(r);
	int64_t up = report_uptime(r);
	char time[REPORT_TIME], text[32];

	printf("%s: %s%s%s since %s", r->id, colour_on(colour, stdout), status_name(r->status),
	       colour_off(colour, stdout), report_time(since, time));
	if (up >= 0)
		printf(" (%s)", duration_format((uint64_t)up, text));
	putchar('\n');
}

static void say_processes(const struct record *r)
{
	bool alive = r->supervisor.pid && proc_id_alive(&r->supervisor);

	if (r->status == STATUS_RUNNING || r->status == STATUS_CREATED)
		view_say("pid", "%d", (int)r->init.pid);
	if (alive)
		view_say("supervisor", "%d", (int)r->supervisor.pid);
	else if (r->vnf && r->status != STATUS_STOPPED)
		view_say("supervisor", "none");
}

static void say_runs(const struct report_vnf *v)
{
	const struct record *r = &v->view->rec;
	const struct vnf *d = v->view->vnf;
	char end[VIEW_TEXT], time[REPORT_TIME];

	if (r->has_ended)
		view_say("last end", "%s, at %s", view_end(&r->end, end),
			 report_time(&r->end.time, time));
	if (d && d->restart != VNF_RESTART_NO && d->max_retries)
		view_say("restarts", "%" PRIu32 " of at most %" PRIu32 ", policy %s", r->restarts,
			 d->max_retries, report_restart(d->restart));
	else
		view_say("restarts", "%" PRIu32 ", policy %s", r->restarts,
			 d ? report_restart(d->restart) : "no");

	uint64_t ooms = report_oom_kills(v);
	if (ooms)
		view_say("OOM kills", "%" PRIu64 " (memory.limit was reached)", ooms);
}

static void say_userns(const struct report_vnf *v)
{
	const struct record *r = &v->view->rec;

	if (r->id_size)
		view_say("user ids", "0-%" PRIu32 " are the host's %" PRIu32 "-%" PRIu32,
			 r->id_size - 1, r->id_base, r->id_base + (r->id_size - 1));
	else if (v->view->vnf && !v->view->vnf->userns)
		view_say("user ids",
			 "%sthe host's: no user namespace; root in this VNF is root of the host%s",
			 colour_on(COLOUR_BAD, stdout), colour_off(COLOUR_BAD, stdout));
}

static void say_devices(const struct vnf *v)
{
	scoped_str char *all = str_dup("");

	if (!v || !v->has_devices)
		return;
	for (size_t i = 0; i < v->n_devices; i++) {
		const struct vnf_device *d = &v->devices[i];
		char *more = str_printf("%s%s%s (%s)", all, i ? ", " : "", d->path,
					vnf_access_words[d->access]);

		free(all);
		all = more;
	}
	view_say("devices", "%s", *all ? all : "none but those of every VNF");
}

static void add_addresses(struct table *t, const struct report_port *p)
{
	scoped_str char *all = str_dup("");
	char addr[INET_TEXT];

	for (size_t i = 0; i < p->n_addrs; i++) {
		char *more = str_printf("%s%s%s", all, i ? "," : "",
					ipaddr_format_prefix(&p->addrs[i], addr));

		free(all);
		all = more;
	}
	table_add(t, COLOUR_NONE, "%s", *all ? all : "-");
}

static void add_port(struct table *t, const struct report_port *p)
{
	char text[VIEW_TEXT], mac[MAC_TEXT];
	const struct port_stats *s = p->stats;
	const char *state = !s ? "-" : s->up ? "up" : "down";

	table_add(t, COLOUR_NONE, "%s", p->name);
	table_add(t, s && !s->up ? COLOUR_BAD : COLOUR_NONE, "%s", state);
	table_add(t, COLOUR_NONE, "%s", p->bridge);
	table_add(t, COLOUR_NONE, "%s", p->host_name ? p->host_name : "-");
	table_add(t, COLOUR_NONE, "%s", mac_format(p->mac, mac));
	table_add(t, COLOUR_NONE, "%s", view_count(s ? s->rx_packets : VNF_UNSET, text));
	table_add(t, COLOUR_NONE, "%s", view_count(s ? s->tx_packets : VNF_UNSET, text));
	table_add(t, COLOUR_NONE, "%s",
		  view_count(s ? s->rx_dropped + s->tx_dropped : VNF_UNSET, text));
	add_addresses(t, p);
}

static void say_interfaces(const struct report_vnf *v)
{
	static const struct column columns[] = {
		{ "INTERFACE", false }, { "STATE", false },  { "BRIDGE", false },
		{ "HOST SIDE", false }, { "MAC", false },    { "RX PACKETS", true },
		{ "TX PACKETS", true }, { "DROPPED", true }, { "ADDRESSES", false },
	};
	scoped_table struct table t = { .columns = columns, .n_columns = ARRAY_LEN(columns) };
	scoped(report_ports_drop) struct report_ports ports = { 0 };

	report_ports(v, &ports);
	for (size_t i = 0; i < ports.n; i++)
		add_port(&t, &ports.v[i]);
	if (ports.n)
		table_print(&t, stdout, 2);
}

/* Of the VNF's, what holds it and why; malloc'd. ELSEWHERE: an interface has threads all the same.
 */
static char *packet_text(const struct packet_cpu *wish, const struct packet_report *r,
			 bool elsewhere)
{
	scoped_str char *text = packet_cpu_format(wish);

	if (wish->mode == PACKET_SHARED && elsewhere)
		return str_printf("%s, but for interfaces with their own, below", text);
	if (wish->mode == PACKET_SHARED)
		return str_printf("%s: billed to nobody; nfrun stats estimates it while it watches",
				  text);
	if (!r || r->means == PACKET_MEANS_NONE)
		return str_take(&text);
	return str_printf("%s, held by %s%s%s%s", text, packet_means_name(r->means),
			  r->why ? " (" : "", r->why ? r->why : "", r->why ? ")" : "");
}

static void say_packets(const struct report_vnf *v)
{
	const struct packet_report *r = v->usage && v->usage->has_packet ? &v->usage->packet : NULL;

	if (!v->view->vnf || v->view->vnf->n_interfaces == 0)
		return;

	scoped_str char *text =
		packet_text(&v->view->vnf->packet_cpu, r, r && usage_has_threads(v->usage, NULL));
	view_say("packet cpu", "%s", text);
	if (r && r->billed_us != CGROUP_UNSET && usage_had_threads(v->usage, NULL))
		view_say("",
			 "its threads have used %.3f s, of which %.3f s are billed to its group",
			 (double)r->cpu_ns / 1e9, (double)r->billed_us / 1e6);
}

static void add_packet_port(struct table *t, const struct report_vnf *v,
			    const struct report_port *p)
{
	const struct packet_port *now = v->usage ? usage_packet_find(v->usage, p->name) : NULL;
	scoped_str char *text = packet_cpu_format(p->packet_cpu);
	bool held = now && now->means != PACKET_MEANS_NONE;
	uint64_t dropped = v->usage ? usage_packet_dropped(v->usage, p->name) : CGROUP_UNSET;
	char count[VIEW_TEXT];

	table_add(t, COLOUR_NONE, "%s", p->name);
	table_add(t, COLOUR_NONE, "%s%s", text, p->own_packet_cpu ? "" : " (the VNF's)");
	table_add(t, COLOUR_NONE, "%s", held ? packet_means_name(now->means) : "-");
	if (now && usage_had_threads(v->usage, p->name))
		table_add(t, COLOUR_NONE, "%.3f s", (double)now->cpu_ns / 1e9);
	else
		table_add(t, COLOUR_NONE, "-");
	table_add(t, dropped && dropped != CGROUP_UNSET ? COLOUR_BAD : COLOUR_NONE, "%s",
		  view_count(dropped, count));
}

/* Where there is more to be said than of the VNF. */
static void say_packet_ports(const struct report_vnf *v)
{
	static const struct column columns[] = {
		{ "INTERFACE", false }, { "PACKET CPU", false }, { "HELD BY", false },
		{ "USED", true },       { "CAPPED", true },
	};
	scoped_table struct table t = { .columns = columns, .n_columns = ARRAY_LEN(columns) };
	scoped(report_ports_drop) struct report_ports ports = { 0 };

	report_ports(v, &ports);
	if (!ports.facts || !spec_has_packet_cpu(ports.facts))
		return;
	for (size_t i = 0; i < ports.n; i++)
		add_packet_port(&t, v, &ports.v[i]);
	putchar('\n');
	table_print(&t, stdout, 2);
}

static void print_for_people(const char *root, const struct report_vnf *v)
{
	const struct record *r = &v->view->rec;

	say_headline(r);
	say_processes(r);
	say_runs(v);
	status_say_limits(v);
	say_packets(v);
	say_userns(v);
	say_devices(v->view->vnf);
	view_say("state, log", "%s/%s", root, r->id);
	for (size_t i = 0; i < r->warnings.n; i++)
		view_say("warning", "%s", r->warnings.v[i]);
	say_interfaces(v);
	say_packet_ports(v);
}

static int run(const struct invocation *in, struct err *e)
{
	const struct status_options *o = in->options;
	scoped_view struct vnf_view view = { 0 };
	scoped_usage struct usage usage = { 0 };

	if (view_look(in, in->argv[0], &view, e) < 0)
		return RUN_FAILED;

	const struct report_vnf v = { &view, view_usage(in->root, &view, &usage) };
	if (o->format == FORMAT_TABLE) {
		print_for_people(in->root, &v);
		return 0;
	}

	scoped_str char *text = report_status(in->root, &v);
	fputs(text, stdout);
	return 0;
}

static const struct opt options[] = {
	{ "format", 0, "FORMAT", "'table' for people, 'json' for programs", opt_format,
	  offsetof(struct status_options, format), "table json" },
};

const struct command cmd_status = {
	.name = "status",
	.args = "NAME",
	.summary = "show how a VNF is doing",
	.about =
		"Shows one VNF: since when it runs or how it ended, the limits in force, its user ids, its\n"
		"interfaces with their host side and counters, and what the start warned of. rx is what the VNF\n"
		"received. With packet_cpu it says what of a CPU packets may use, what holds that and why, and what\n"
		"each interface has used; CAPPED are packets dropped because the VNF did not keep up.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct status_options){ .format = FORMAT_TABLE },
	.size = sizeof(struct status_options),
	.min_args = 1,
	.max_args = 1,
	.completes = COMPLETE_NAME,
	.run = run,
};
