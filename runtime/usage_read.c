/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what a container uses. */
#include "runtime/base/fs.h"
#include "runtime/base/strs.h"
#include "runtime/network_home.h"
#include "runtime/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

static inline void cgroup_drop(struct cgroup **c)
{
	cgroup_free(*c);
	*c = NULL;
}

static inline void net_drop(struct net **n)
{
	net_free(*n);
	*n = NULL;
}

static uint64_t monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void name_ports(const struct record *r, struct usage *out)
{
	out->ports = mem_alloc(r->n_ports * sizeof *out->ports);
	for (size_t i = 0; i < r->n_ports; i++) {
		struct usage_port *p = &out->ports[out->n_ports++];

		memcpy(p->name, r->ports[i].name, sizeof p->name);
		memcpy(p->bridge, r->ports[i].bridge, sizeof p->bridge);
	}
}

static int read_ports(struct net *net, const struct record *r, struct usage *out, struct err *e)
{
	for (size_t i = 0; i < r->n_ports; i++) {
		struct usage_port *p = &out->ports[i];

		p->present = port_stats_read(net, r->ports[i].host_name, &p->stats, e) == 0;
		/* Somebody may have deleted the link: the other numbers are still worth having. */
		if (!p->present && e->code != ENODEV)
			return err_wrap(e, "interface %s", p->name);
	}
	return 0;
}

/* --- queues: what cannot be told is left out --- */

static void read_host_queues(struct net *net, const struct record *r, struct usage *out)
{
	scoped(net_queues_drop) struct net_queues all = { 0 };
	struct err unknown = { 0 };

	if (net_queues_read(net, NET_HOST, &all, &unknown) < 0)
		return;
	for (size_t i = 0; i < r->n_ports; i++)
		out->ports[i].has_rx_queue =
			net_queues_find(net, NET_HOST, &all, r->ports[i].host_name,
					&out->ports[i].rx_queue, &unknown) == 0;
}

/* The VNF's own side, by way of its first process. */
static int open_inside(struct net *net, const struct record *r, struct err *e)
{
	scoped_str char *path = str_printf("/proc/%d/ns/net", r->init.pid);
	scoped_fd int ns = fs_open_at(AT_FDCWD, path, O_RDONLY, 0, e);

	if (ns < 0)
		return -1;
	if (!proc_id_alive(&r->init)) /* what was opened may be another process's */
		return err_set(e, ESRCH, "%s", path);
	return net_open_guest(net, ns, e);
}

/* By the names that the descriptor gave: one that the VNF renamed is not found. */
static void read_inner_queues(struct net *net, const struct record *r, struct usage *out)
{
	scoped(net_queues_drop) struct net_queues all = { 0 };
	struct err unknown = { 0 };

	if (open_inside(net, r, &unknown) < 0 ||
	    net_queues_read(net, NET_GUEST, &all, &unknown) < 0)
		return;
	for (size_t i = 0; i < r->n_ports; i++)
		out->ports[i].has_tx_queue =
			net_queues_find(net, NET_GUEST, &all, r->ports[i].name,
					&out->ports[i].tx_queue, &unknown) == 0;
}

/* --- all of the network, where the host ends are --- */

static int read_links(const struct record *r, bool all, struct usage *out, struct err *e)
{
	scoped(net_drop) struct net *net = NULL;

	if (net_open_host(&net, e) < 0 || read_ports(net, r, out, e) < 0)
		return -1;
	if (all) {
		read_host_queues(net, r, out);
		read_inner_queues(net, r, out);
	}
	return 0;
}

static int read_network(int dir, const struct record *r, bool all, struct usage *out, struct err *e)
{
	struct err unknown = { 0 }; /* the other numbers are still worth having */
	int back = -1, result = 0;
	bool gone = false;

	name_ports(r, out);
	if (r->n_ports > 0 && network_go_home(r, &back, &gone, &unknown) < 0)
		gone = true;
	if (r->n_ports > 0 && !gone)
		result = read_links(r, all, out, e);
	out->has_packet =
		result == 0 && dir >= 0 && packet_report_read(dir, r, &out->packet, &unknown) == 0;
	return network_return(&back, result < 0 ? &unknown : e) < 0 ? -1 : result;
}

static int read_usage(int dir, const struct record *r, bool all, struct usage *out, struct err *e)
{
	scoped(cgroup_drop) struct cgroup *group = NULL;

	*out = (struct usage){ .time_ns = monotonic_ns() };
	if (cgroup_from_paths(&r->cgroup, &group, e) < 0)
		return -1;
	if ((all ? cgroup_stats_read_all : cgroup_stats_read)(group, &out->cgroup, e) < 0)
		return -1;
	return read_network(dir, r, all, out, e);
}

int usage_read(int dir, const struct record *r, struct usage *out, struct err *e)
{
	return read_usage(dir, r, false, out, e);
}

int usage_read_all(int dir, const struct record *r, struct usage *out, struct err *e)
{
	return read_usage(dir, r, true, out, e);
}

void usage_drop(struct usage *u)
{
	cgroup_stats_drop(&u->cgroup);
	free(u->ports);
	packet_report_drop(&u->packet);
	*u = (struct usage){ 0 };
}
