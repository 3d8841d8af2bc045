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

enum { LIFTED_PERIOD_US = 100000 }; /* of no quota: the kernel wants one all the same */

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

/* --- all of it --- */

static bool is_plain(const struct packet *p)
{
	for (size_t i = 0; i < p->n_lines; i++)
		if (p->lines[i].mode != PACKET_SHARED)
			return false;
	return true;
}

static void take_counters(struct packet_end *end, const struct packet_end *was)
{
	end->past_ns = was->past_ns;
	end->n_tasks = was->n_tasks;
	end->tasks = mem_alloc(was->n_tasks * sizeof *was->tasks);
	if (was->n_tasks > 0)
		memcpy(end->tasks, was->tasks, was->n_tasks * sizeof *was->tasks);
}

static struct packet_line *line_of(const struct packet *p, const char *port)
{
	for (size_t i = 0; i < p->n_lines; i++)
		if (strcmp(p->lines[i].port, port) == 0)
			return &p->lines[i];
	return NULL;
}

static struct packet_end *end_like(const struct packet *p, const struct packet_end *end)
{
	for (size_t i = 0; i < p->n_ends; i++)
		if (p->ends[i].side == end->side && strcmp(p->ends[i].port, end->port) == 0)
			return &p->ends[i];
	return NULL;
}

/* The counters of the same end go on, those of one that goes stay with its interface, and who keeps
 * it stays. */
static void inherit(struct packet *p, struct packet *was)
{
	p->keeper = was->keeper;
	p->has_bill = was->has_bill;
	p->unbilled_ns = was->unbilled_ns;
	for (size_t i = 0; i < p->n_lines; i++) {
		const struct packet_line *l = line_of(was, p->lines[i].port);

		if (!l)
			continue;
		p->lines[i].past_ns = l->past_ns;
		p->lines[i].past_drops = l->past_drops;
		p->lines[i].drops = l->drops;
	}
	for (size_t j = 0; j < was->n_ends; j++) {
		uint64_t sum = packet_look(&was->ends[j]);
		struct packet_end *same = end_like(p, &was->ends[j]);
		struct packet_line *l = same ? NULL : line_of(p, was->ends[j].port);

		if (same)
			take_counters(same, &was->ends[j]);
		if (l) {
			l->past_ns += sum;
			l->lost = true;
		}
	}
}

static int change_lines(struct container *c, const struct packet *was, struct err *e)
{
	for (size_t i = 0; i < c->packet->n_lines; i++) {
		const struct packet_line *l = &c->packet->lines[i], *before = line_of(was, l->port);

		if (before && packet_change_line(c->net, before, l, e) < 0)
			return -1;
	}
	return 0;
}

int packet_hold_lines(struct container *c, struct err *e)
{
	for (size_t i = 0; i < c->packet->n_lines; i++)
		if (packet_has_threads(c->packet->lines[i].mode) &&
		    packet_hold_line(c->net, &c->packet->lines[i], e) < 0)
			return -1;
	return 0;
}

static int share_and_place(struct container *c, struct err *e)
{
	return packet_balance(c, e) < 0 ? -1 : packet_place(c, e);
}

/* The record first: what is found there is undone after a crash. */
static int carry_out(struct container *c, const struct packet *was, struct err *e)
{
	if (packet_save(c->dir_fd, c->packet, e) < 0 || change_lines(c, was, e) < 0 ||
	    packet_choose(c, e) < 0)
		return -1;
	if (share_and_place(c, e) < 0 &&
	    (!packet_choose_governor(c, e) || share_and_place(c, e) < 0))
		return packet_tell_busy(c, e);
	packet_settle_bill(c);
	packet_keep_drops(c->net, c->packet);
	packet_note_warning(c);
	return packet_save(c->dir_fd, c->packet, e);
}

int packet_apply(struct container *c, struct err *e)
{
	packet_drop(&c->packet);
	c->packet = packet_plan(c->spec, &c->rec);
	if (is_plain(c->packet)) {
		packet_drop(&c->packet);
		return 0;
	}
	scoped(packet_drop) struct packet *shared = packet_plan_shared(&c->rec);

	return carry_out(c, shared, e);
}

int packet_open_group(struct container *c, struct err *e)
{
	if (c->cgroup || c->rec.cgroup.n == 0)
		return 0;
	return cgroup_from_paths(&c->rec.cgroup, &c->cgroup, e);
}

/* While a thread is bound to fewer CPUs than the machine has, the kernel does not let its deadline
 * be changed, which is how it is taken away for good (packet_sched.c). */
static int take_deadline(struct container *c, pid_t tid, struct err *e)
{
	struct packet_sched now;

	if (packet_sched_read(tid, &now, e) < 0)
		return -1;
	if (!now.deadline)
		return 0;
	return cgroup_packet_let_go(c->cgroup, tid, e) < 0 ? -1 : packet_sched_normal(tid, e);
}

/* Who is about to take links down must not wait for a thread that may not run. */
int packet_lift(struct container *c, struct err *e)
{
	pid_t *tids = NULL;
	size_t n = 0;
	int r = 0;

	if (packet_open_group(c, e) < 0)
		return -1;
	if (!c->cgroup)
		return 0;
	if (cgroup_packet_threads(c->cgroup, &tids, &n, e) < 0)
		return -1;
	if (n > 0 && cgroup_packet_quota(c->cgroup, CGROUP_NO_LIMIT, LIFTED_PERIOD_US, e) < 0 &&
	    e->code != EOPNOTSUPP)
		r = -1;
	for (size_t i = 0; i < n; i++)
		if (take_deadline(c, tids[i], e) < 0 && e->code != ESRCH)
			r = -1;
	free(tids);
	return r;
}

int packet_revert(struct container *c, struct err *e)
{
	packet_drop(&c->packet);
	if (c->dir_fd < 0 || faccessat(c->dir_fd, "packet.json", F_OK, 0) < 0)
		return 0;
	packet_keeper_end(c);
	if (packet_lift(c, e) < 0 || (c->cgroup && cgroup_packet_leave(c->cgroup, e) < 0))
		return -1;
	if (unlinkat(c->dir_fd, "packet.json", 0) < 0 && errno != ENOENT)
		return err_set(e, errno, "remove packet.json");
	return 0;
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
	for (size_t i = 0; i < was->n_ends; i++)
		was->ends[i].share = 0; /* to be given anew */
	if (packet_lift(c, &lost) < 0 || carry_out(c, failed, &lost) < 0)
		err_wrap(e, "(and putting back what was failed: %s)", lost.text);
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
	packet_drop(&c->packet);
	c->packet = packet_plan(c->spec, &c->rec);
	if (is_plain(c->packet) && (!was || is_plain(was)))
		return 0;
	if (!was)
		was = packet_plan_shared(&c->rec);
	if (network_go_home(&c->rec, &back, &gone, e) < 0)
		return -1;
	int r = packet_open_net(c, e);
	if (r == 0) {
		packet_look_drops(c->net, was);
		inherit(c->packet, was);
		r = change(c, was, e);
	}
	struct err lost = { 0 };
	if (network_return(&back, r ? &lost : e) < 0)
		r = -1;
	return r;
}
