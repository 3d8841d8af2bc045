/* SPDX-License-Identifier: Apache-2.0 */
/* The step "packet_cpu": what the links need for it, in and out. */
#include "runtime/packet_engine.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/network_home.h"
#include "runtime/packet_parts.h"
#include "runtime/packet_sched.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

/* As many as the ring of a veth holds (VETH_RING_SIZE): what does not fit waits with the sender,
 * and is dropped there. */
enum { QUEUE_PACKETS = 256 };

static inline void packet_drop(struct packet **p)
{
	packet_free(*p);
	*p = NULL;
}

int packet_open_net(struct container *c, struct err *e)
{
	scoped_str char *path = str_printf("/proc/%d/ns/net", c->rec.init.pid);

	if (c->net && net_has_guest(c->net))
		return 0;
	if (!c->net && net_open_host(&c->net, e) < 0)
		return -1;

	scoped_fd int ns = fs_open_at(AT_FDCWD, path, O_RDONLY, 0, e);
	return ns < 0 ? -1 : net_open_guest(c->net, ns, e);
}

/* --- a line in and out of a mode --- */

static const struct {
	enum net_side side;
} both[] = { { NET_GUEST }, { NET_HOST } };

static const char *dev_of(const struct packet_line *l, enum net_side side)
{
	return side == NET_GUEST ? l->port : l->dev;
}

/* veth polls by NAPI while it has GRO on, and what could be a TSO packet passes it by: the sender's
 * TSO goes (veth_xmit). Threads come last, so that none is made twice. */
static int enter_threads(struct net *n, const struct packet_line *l, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		enum net_side s = both[i].side;

		if (offload_set(n, s, dev_of(l, s), OFFLOAD_GRO | OFFLOAD_TSO, OFFLOAD_GRO, e) <
			    0 ||
		    queue_set(n, s, dev_of(l, s), QUEUE_PACKETS, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		if (napi_set_threaded(n, both[i].side, dev_of(l, both[i].side), true, e) < 0)
			return -1;
	return 0;
}

static int leave_threads(struct net *n, const struct packet_line *l, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		enum net_side s = both[i].side;

		if (governor_remove(n, s, dev_of(l, s), e) < 0 ||
		    napi_set_threaded(n, s, dev_of(l, s), false, e) < 0 ||
		    queue_set(n, s, dev_of(l, s), 0, e) < 0 ||
		    offload_set(n, s, dev_of(l, s), OFFLOAD_GRO | OFFLOAD_TSO, OFFLOAD_TSO, e) < 0)
			return -1;
	}
	return 0;
}

static int pin(struct net *n, const struct packet_line *l, const char *cpus, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		if (rps_set(n, both[i].side, dev_of(l, both[i].side), cpus, e) < 0)
			return -1;
	return 0;
}

static int leave(struct net *n, const struct packet_line *l, struct err *e)
{
	if (packet_has_threads(l->mode))
		return leave_threads(n, l, e);
	return l->mode == PACKET_PINNED ? pin(n, l, "", e) : 0;
}

static int enter(struct net *n, const struct packet_line *l, struct err *e)
{
	if (packet_has_threads(l->mode))
		return enter_threads(n, l, e);
	return l->mode == PACKET_PINNED ? pin(n, l, l->cpus, e) : 0;
}

/* WAS: how it is now; NULL: as the kernel made it. */
static int change_line(struct net *n, const struct packet_line *was, const struct packet_line *l,
		       struct err *e)
{
	bool stays = was && packet_has_threads(was->mode) && packet_has_threads(l->mode);

	if (was && !stays && leave(n, was, e) < 0)
		return err_wrap(e, "interface %s", l->port);
	return enter(n, l, e) < 0 ? err_wrap(e, "interface %s", l->port) : 0;
}

static const struct packet_line *line_of(const struct packet *p, const char *port)
{
	for (size_t i = 0; p && i < p->n_lines; i++)
		if (strcmp(p->lines[i].port, port) == 0)
			return &p->lines[i];
	return NULL;
}

/* --- all of it --- */

static bool is_plain(const struct packet *p)
{
	for (size_t i = 0; p && i < p->n_lines; i++)
		if (p->lines[i].mode != PACKET_SHARED)
			return false;
	return true;
}

/* The counters of the same end go on. */
static void inherit(struct packet *p, const struct packet *was)
{
	for (size_t i = 0; i < p->n_ends; i++)
		for (size_t j = 0; was && j < was->n_ends; j++)
			if (was->ends[j].side == p->ends[i].side &&
			    strcmp(was->ends[j].port, p->ends[i].port) == 0) {
				p->ends[i].past_ns = was->ends[j].past_ns;
				p->ends[i].n_tasks = was->ends[j].n_tasks;
				p->ends[i].tasks =
					mem_copy(was->ends[j].tasks,
						 was->ends[j].n_tasks * sizeof *was->ends[j].tasks);
			}
}

static int carry_out(struct container *c, const struct packet *was, struct err *e)
{
	for (size_t i = 0; i < c->packet->n_lines; i++) {
		const struct packet_line *l = &c->packet->lines[i];

		if (change_line(c->net, line_of(was, l->port), l, e) < 0)
			return -1;
	}
	if (packet_choose(c, e) < 0 || packet_balance(c, e) < 0 || packet_place(c, NULL, e) < 0)
		return -1;
	return packet_save(c->dir_fd, c->packet, e);
}

int packet_apply(struct container *c, struct err *e)
{
	packet_free(c->packet);
	c->packet = packet_plan(c->spec, &c->rec);
	if (is_plain(c->packet)) {
		packet_drop(&c->packet);
		return 0;
	}
	return carry_out(c, NULL, e);
}

/* Who is about to take links down must not wait for a thread that may not run. */
int packet_lift(struct container *c, struct err *e)
{
	pid_t *tids = NULL;
	size_t n = 0;

	if (!c->cgroup && c->rec.cgroup.n > 0 &&
	    cgroup_from_paths(&c->rec.cgroup, &c->cgroup, e) < 0)
		return -1;
	if (!c->cgroup || cgroup_packet_threads(c->cgroup, &tids, &n, e) < 0)
		return c->cgroup ? -1 : 0;
	int r = n > 0 ? cgroup_packet_quota(c->cgroup, CGROUP_NO_LIMIT, 0, e) : 0;
	if (r < 0 && (e->code == EOPNOTSUPP || e->code == ENOENT))
		r = 0;
	for (size_t i = 0; i < n; i++)
		if (packet_sched_normal(tids[i], e) < 0 && e->code != ESRCH)
			r = -1;
	free(tids);
	return r;
}

int packet_revert(struct container *c, struct err *e)
{
	packet_drop(&c->packet);
	if (c->dir_fd >= 0)
		(void)unlinkat(c->dir_fd, "packet.json", 0); /* there may be none */
	if (packet_lift(c, e) < 0)
		return -1;
	return c->cgroup ? cgroup_packet_leave(c->cgroup, e) : 0;
}

/* As the file says. */
static int load_now(struct container *c, struct packet **out, struct err *e)
{
	if (packet_load(c->dir_fd, out, e) == 0)
		return 0;
	*out = NULL;
	return e->code == ENOENT ? 0 : -1;
}

static int change(struct container *c, struct packet *was, struct err *e)
{
	struct err lost = { 0 };

	/* its caps fit the old budgets; and a mode without threads has none */
	if (packet_lift(c, e) < 0)
		return -1;
	if (carry_out(c, was, e) == 0)
		return 0;

	struct packet *failed = c->packet;
	c->packet = was;
	if (was && carry_out(c, failed, &lost) < 0)
		err_wrap(e, "(and then, putting back what was: %s)", lost.text);
	c->packet = failed;
	return -1;
}

int packet_update(struct container *c, struct err *e)
{
	scoped(packet_drop) struct packet *was = NULL;
	int back = -1;
	bool gone = false;

	if (load_now(c, &was, e) < 0)
		return -1;
	packet_free(c->packet);
	c->packet = packet_plan(c->spec, &c->rec);
	if (is_plain(c->packet) && is_plain(was))
		return 0;
	if (!was) /* it has been shared so far */
		was = packet_plan_shared(&c->rec);
	if (network_go_home(&c->rec, &back, &gone, e) < 0)
		return -1;
	inherit(c->packet, was);
	int r = packet_open_net(c, e) < 0 ? -1 : change(c, was, e);
	struct err lost = { 0 };
	if (network_return(&back, r ? &lost : e) < 0)
		r = -1;
	return r;
}

int packet_step_out(struct container *c, struct err *e)
{
	return c->cgroup ? cgroup_packet_leave(c->cgroup, e) : 0;
}

int packet_step_in(struct container *c, struct err *e)
{
	int back = -1;
	bool gone = false;

	packet_drop(&c->packet);
	if (load_now(c, &c->packet, e) < 0 || !c->packet || c->packet->n_ends == 0)
		return c->packet ? 0 : (e->code == ENOENT ? 0 : -1);
	if (network_go_home(&c->rec, &back, &gone, e) < 0)
		return -1;
	int r = gone || packet_open_net(c, e) < 0 ? -1 : packet_place(c, NULL, e);
	struct err lost = { 0 };
	if (network_return(&back, r ? &lost : e) < 0)
		r = -1;
	return r;
}
