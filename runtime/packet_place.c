/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel threads: which there are, where they run, how much they may. */
#include "runtime/base/strs.h"
#include "runtime/packet_parts.h"
#include "runtime/packet_sched.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* One that has ended meanwhile keeps what it was last seen with. */
uint64_t packet_look(struct packet_end *end)
{
	uint64_t sum = end->past_ns;
	struct err gone = { 0 };

	for (size_t i = 0; i < end->n_tasks; i++) {
		if (packet_sched_cpu_ns(end->tasks[i].tid, &end->tasks[i].cpu_ns, &gone) < 0)
			end->lost = true;
		sum += end->tasks[i].cpu_ns;
	}
	return sum;
}

/* --- scheduling --- */

static uint64_t runtime_of(const struct packet_end *end)
{
	uint64_t each = (uint64_t)end->share * (PACKET_PERIOD_NS / 1000000) /
			(end->n_tasks ? end->n_tasks : 1);

	if (each > PACKET_PERIOD_NS) /* no thread is more than one CPU */
		return PACKET_PERIOD_NS;
	return each > PACKET_RUNTIME_MIN_NS ? each : PACKET_RUNTIME_MIN_NS;
}

/* Parameters cannot change while its CPUs are fewer than the machine's, so it steps out for that.
 */
static int change_deadline(struct container *c, pid_t tid, uint64_t runtime_ns, bool reclaim,
			   struct err *e)
{
	if (packet_sched_deadline(tid, runtime_ns, PACKET_PERIOD_NS, reclaim, e) == 0)
		return 0;
	if (e->code != EPERM || !cgroup_packet_has(c->cgroup, tid))
		return -1;
	if (cgroup_packet_let_go(c->cgroup, tid, e) < 0)
		return -1;
	int r = packet_sched_deadline(tid, runtime_ns, PACKET_PERIOD_NS, reclaim, e);
	struct err lost = { 0 };
	if (cgroup_packet_enter(c->cgroup, tid, r < 0 ? &lost : e) < 0)
		r = -1;
	return r;
}

static int schedule(struct container *c, const struct packet_end *end, pid_t tid, struct err *e)
{
	const struct packet_purse *purse = &c->packet->purses[end->purse];

	if (purse->means != PACKET_MEANS_DEADLINE)
		return packet_sched_normal(tid, e);
	return change_deadline(c, tid, runtime_of(end), purse->mode == PACKET_RESERVE, e);
}

int packet_schedule(struct container *c, const struct packet_end *end, struct err *e)
{
	for (size_t i = 0; i < end->n_tasks; i++)
		if (schedule(c, end, end->tasks[i].tid, e) < 0 && e->code != ESRCH)
			return err_wrap(e, "interface %s", end->port);
	return 0;
}

/* --- finding --- */

static bool has_task(const struct packet_end *end, pid_t tid)
{
	for (size_t i = 0; i < end->n_tasks; i++)
		if (end->tasks[i].tid == tid)
			return true;
	return false;
}

static bool has_tid(const pid_t *tids, size_t n, pid_t tid)
{
	for (size_t i = 0; i < n; i++)
		if (tids[i] == tid)
			return true;
	return false;
}

static void drop_gone(struct packet_end *end, const pid_t *tids, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < end->n_tasks; i++) {
		if (has_tid(tids, n, end->tasks[i].tid))
			end->tasks[kept++] = end->tasks[i];
		else
			end->past_ns += end->tasks[i].cpu_ns;
	}
	end->lost |= kept < end->n_tasks;
	end->n_tasks = kept;
}

/* True: there are others now. */
static bool take_over(struct packet_end *end, const pid_t *tids, size_t n)
{
	size_t before = end->n_tasks;
	bool changed;

	drop_gone(end, tids, n);
	changed = end->n_tasks != before;
	for (size_t i = 0; i < n; i++) {
		if (has_task(end, tids[i]))
			continue;
		end->tasks = mem_grow(end->tasks, end->n_tasks + 1, sizeof *end->tasks);
		end->tasks[end->n_tasks++] = (struct packet_task){ .tid = tids[i] };
		changed = true;
	}
	return changed;
}

/* Kernel threads are in the first pid namespace only. */
static int check_visible(pid_t tid, struct err *e)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/%d", tid);
	if (access(path, F_OK) == 0)
		return 0;
	return err_set(
		e, 0,
		"the kernel's threads cannot be seen from this pid namespace, so they cannot be "
		"placed: run nfrun in the machine's own (and with its /proc), or use mode shared");
}

static int place_task(struct container *c, const struct packet_end *end, pid_t tid, struct err *e)
{
	if (cgroup_packet_has(c->cgroup, tid))
		return 0;
	if (check_visible(tid, e) < 0 || schedule(c, end, tid, e) < 0)
		return -1;
	return cgroup_packet_enter(c->cgroup, tid, e);
}

static bool is_alive(pid_t tid)
{
	struct err gone = { 0 };
	uint64_t ns;

	return packet_sched_cpu_ns(tid, &ns, &gone) == 0;
}

/* A thread that ends while we are at it is told about once more. */
static int place_end(struct container *c, struct packet_end *end, struct err *e)
{
	pid_t *tids = NULL;
	size_t n = 0;

	if (napi_threads(c->net, end->side, end->dev, &tids, &n, e) < 0)
		return e->code == ENODEV ? 0 : -1; /* the link is on its way out */
	(void)packet_look(end);
	bool changed = take_over(end, tids, n);
	free(tids);
	c->packet->changed |= changed;
	/* the parts of a budget are by thread */
	if (changed && end->n_tasks > 1 && packet_schedule(c, end, e) < 0)
		return -1;
	for (size_t i = 0; i < end->n_tasks; i++)
		if (place_task(c, end, end->tasks[i].tid, e) < 0 && is_alive(end->tasks[i].tid))
			return err_wrap(e, "interface %s", end->port);
	(void)packet_look(end);
	return 0;
}

int packet_place(struct container *c, struct err *e)
{
	for (size_t i = 0; i < c->packet->n_ends; i++)
		if (place_end(c, &c->packet->ends[i], e) < 0)
			return -1;
	return 0;
}
