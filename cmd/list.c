/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/view.h"
#include "runtime/base/strs.h"
#include "runtime/base/units.h"

#include <inttypes.h>
#include <string.h>

struct list_options {
	enum format format;
	bool quiet;
};

/* ROOT as view_usage has it. */
static void read_usage(struct listing *l, const char *root)
{
	l->usages = mem_alloc(l->n * sizeof *l->usages);
	l->rows = mem_alloc(l->n * sizeof *l->rows);
	for (size_t i = 0; i < l->n; i++)
		l->rows[i] = (struct report_vnf){ &l->views[i],
						  view_usage(root, &l->views[i], &l->usages[i]) };
}

static void add_interfaces(struct table *t, const struct vnf *v)
{
	scoped_str char *all = str_dup("");

	for (size_t i = 0; v && i < v->n_interfaces; i++) {
		const struct vnf_iface *f = &v->interfaces[i];
		char addr[INET_TEXT] = "-";

		if (f->n_addrs)
			ipaddr_format_prefix(&f->addrs[0], addr);

		char *more = str_printf("%s%s%s %s", all, i ? ", " : "", f->name, addr);
		free(all);
		all = more;
	}
	table_add(t, COLOUR_NONE, "%s", *all ? all : "-");
}

static void add_row(struct table *t, const struct report_vnf *row)
{
	const struct record *r = &row->view->rec;
	int64_t up = report_uptime(r);
	char text[VIEW_TEXT];

	table_add(t, COLOUR_NONE, "%s", r->id);
	bool oom = r->status != STATUS_RUNNING && r->has_ended && r->end.oom;
	table_add(t, view_colour(r), "%s%s", status_name(r->status), oom ? " (OOM)" : "");
	table_add(t, COLOUR_NONE, "%s",
		  view_count(up < 0 ? VNF_UNSET : (uint64_t)r->init.pid, text));
	table_add(t, COLOUR_NONE, "%s", up < 0 ? "-" : duration_format((uint64_t)up, text));
	table_add(t, COLOUR_NONE, "%" PRIu32, r->restarts);
	table_add(t, COLOUR_NONE, "%s",
		  view_size(row->usage ? row->usage->cgroup.memory_current : VNF_UNSET, text));
	add_interfaces(t, row->view->vnf);
}

static void print_vnfs(const struct listing *l)
{
	static const struct column columns[] = {
		{ "NAME", false },       { "STATUS", false },  { "PID", true },
		{ "UPTIME", false },     { "RESTARTS", true }, { "MEMORY", true },
		{ "INTERFACES", false },
	};
	scoped_table struct table t = { .columns = columns, .n_columns = ARRAY_LEN(columns) };

	for (size_t i = 0; i < l->n; i++)
		if (!l->views[i].oci)
			add_row(&t, &l->rows[i]);
	table_print(&t, stdout, 0);
}

/* runc's columns; what owns a container is root, as nfrun runs as no other. */
static void print_containers(const struct listing *l)
{
	static const struct column columns[] = {
		{ "ID", false },     { "PID", false },     { "STATUS", false },
		{ "BUNDLE", false }, { "CREATED", false }, { "OWNER", false },
	};
	scoped_table struct table t = { .columns = columns, .n_columns = ARRAY_LEN(columns) };
	char time[REPORT_TIME];

	for (size_t i = 0; i < l->n; i++) {
		const struct vnf_view *v = &l->views[i];

		if (!v->oci)
			continue;
		table_add(&t, COLOUR_NONE, "%s", v->rec.id);
		table_add(&t, COLOUR_NONE, "%d",
			  strcmp(v->oci, "stopped") == 0 ? 0 : v->rec.init.pid);
		table_add(&t, COLOUR_NONE, "%s", v->oci);
		table_add(&t, COLOUR_NONE, "%s", v->rec.bundle);
		table_add(&t, COLOUR_NONE, "%s", report_time(&v->rec.created, time));
		table_add(&t, COLOUR_NONE, "root");
	}
	table_print(&t, stdout, 0);
}

/* A table of each kind that is there; of none, what programs that know runc read. */
static void print_table(const struct listing *l)
{
	size_t containers = 0;

	for (size_t i = 0; i < l->n; i++)
		containers += l->views[i].oci != NULL;
	if (containers < l->n)
		print_vnfs(l);
	if (containers > 0 && containers < l->n)
		putchar('\n');
	if (containers > 0 || l->n == 0)
		print_containers(l);
}

static void print_listing(const struct list_options *o, const char *root, struct listing *l)
{
	for (size_t i = 0; o->quiet && i < l->n; i++)
		puts(l->views[i].rec.id);
	if (o->quiet)
		return;
	read_usage(l, o->format == FORMAT_JSON ? root : NULL);
	if (o->format == FORMAT_TABLE) {
		print_table(l);
		return;
	}

	scoped_str char *text = report_list(root, l->rows, l->n);
	fputs(text, stdout);
}

static int run(const struct invocation *in, struct err *e)
{
	scoped(listing_drop) struct listing l = { 0 };
	scoped_strs struct strs problems = { 0 };

	if (vnf_list(in->root, &l.views, &l.n, &problems, e) < 0)
		return RUN_FAILED;
	for (size_t i = 0; i < l.n; i++)
		view_tell(&l.views[i]);
	print_listing(in->options, in->root, &l);
	for (size_t i = 0; i < problems.n; i++) {
		struct err problem = { 0 };

		err_set(&problem, 0, "%s", problems.v[i]);
		complain(in, &problem);
	}
	return problems.n ? 1 : 0;
}

static const struct opt options[] = {
	{ "format", 'f', "FORMAT", "'table' for people, 'json' for programs", opt_format,
	  offsetof(struct list_options, format), "table json" },
	{ "quiet", 'q', NULL, "names only", opt_switch, offsetof(struct list_options, quiet),
	  NULL },
};

const struct command cmd_list = {
	.name = "list",
	.args = "",
	.summary = "list the VNFs and containers of this state root",
	.about =
		"Lists all VNFs of the state root, stopped ones too, then its OCI containers as runc does. MEMORY is\n"
		"what a VNF uses now; each of its interfaces is shown with its first address.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct list_options){ .quiet = false },
	.size = sizeof(struct list_options),
	.run = run,
};
