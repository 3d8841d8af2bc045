/* SPDX-License-Identifier: Apache-2.0 */
/* What packets cost, for who asks. */
#include "runtime/packet.h"
#include "runtime/base/strs.h"
#include "runtime/packet_parts.h"
#include "runtime/packet_sched.h"

#include <errno.h>
#include <string.h>

void packet_report_drop(struct packet_report *r)
{
	free(r->why);
	free(r->ports);
	free(r->threads);
	*r = (struct packet_report){ 0 };
}

static struct packet_port *port_of(struct packet_report *r, const char *name)
{
	for (size_t i = 0; i < r->n_ports; i++)
		if (strcmp(r->ports[i].name, name) == 0)
			return &r->ports[i];
	return NULL;
}

static void add_thread(struct packet_report *r, const struct packet_end *end,
		       const struct packet_task *task, uint64_t cpu_ns)
{
	struct packet_thread t = { .host = end->side == NET_HOST,
				   .tid = task->tid,
				   .cpu_ns = cpu_ns,
				   .budget = end->share / PPM_OF_PERMILLE };

	memcpy(t.port, end->port, sizeof t.port);
	r->threads = mem_grow(r->threads, r->n_threads + 1, sizeof *r->threads);
	r->threads[r->n_threads++] = t;
}

static void add_end(struct packet_report *r, const struct packet *p, const struct packet_end *end)
{
	const struct packet_purse *purse = &p->purses[end->purse];
	struct packet_port *port = port_of(r, end->port);
	uint64_t sum = end->past_ns;
	struct err gone = { 0 };

	for (size_t i = 0; i < end->n_tasks; i++) {
		uint64_t ns = end->tasks[i].cpu_ns;

		/* the keeper has not noticed yet */
		if (packet_sched_cpu_ns(end->tasks[i].tid, &ns, &gone) == 0)
			add_thread(r, end, &end->tasks[i], ns);
		sum += ns;
	}
	r->cpu_ns += sum;
	if (!port)
		return;
	port->cpu_ns += sum;
	port->means = purse->means;
	port->wanted.budget = purse->budget;
	if (!purse->own)
		r->means = purse->means;
}

/* In another network namespace than the host ends' the drops are not known. What was dropped before
 * the threads went is told of on. */
static void count_drops(struct net *n, const struct packet_line *l, struct packet_port *port)
{
	if (!packet_sum_drops(n, l, &port->dropped))
		return;
	port->known = packet_has_threads(l->mode) || port->dropped > 0;
}

static void add_lines(struct packet_report *r, const struct packet *p)
{
	struct net *n = NULL;
	struct err unknown = { 0 };
	bool open = net_open_host(&n, &unknown) == 0;

	for (size_t i = 0; i < p->n_lines; i++) {
		struct packet_port *port = port_of(r, p->lines[i].port);

		if (!port)
			continue;
		port->wanted.mode = p->lines[i].mode;
		port->wanted.given = true;
		port->cpu_ns += p->lines[i].past_ns;
		r->cpu_ns += p->lines[i].past_ns;
		if (open)
			count_drops(n, &p->lines[i], port);
	}
	net_free(n);
}

static uint64_t billed(const struct record *rec)
{
	struct cgroup *group = NULL;
	struct err unknown = { 0 };
	uint64_t us = CGROUP_UNSET;

	if (cgroup_from_paths(&rec->cgroup, &group, &unknown) == 0 &&
	    cgroup_packet_usage(group, &us, &unknown) < 0)
		us = CGROUP_UNSET;
	cgroup_free(group);
	return us;
}

int packet_report_read(int dir, const struct record *rec, struct packet_report *out, struct err *e)
{
	struct packet *p = NULL;

	*out = (struct packet_report){ .billed_us = CGROUP_UNSET };
	out->ports = mem_alloc(rec->n_ports * sizeof *out->ports);
	for (size_t i = 0; i < rec->n_ports; i++)
		memcpy(out->ports[out->n_ports++].name, rec->ports[i].name, IFNAMSIZ);
	if (packet_load(dir, &p, e) < 0)
		return e->code == ENOENT ? 0 : -1;
	/* before the threads: what they use meanwhile is theirs, not an ended one's */
	out->billed_us = billed(rec);
	out->cpu_ns = packet_add_missing(p, out->billed_us);
	out->why = str_dup(p->why);
	for (size_t i = 0; i < p->n_ends; i++)
		add_end(out, p, &p->ends[i]);
	add_lines(out, p);
	packet_free(p);
	return 0;
}
