/* SPDX-License-Identifier: Apache-2.0 */
/* From the description to ends and budgets, and which means hold a budget. */
#include "runtime/base/strs.h"
#include "runtime/packet_parts.h"
#include "runtime/packet_probe.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char *const means_names[] = {
	[PACKET_MEANS_NONE] = "none",
	[PACKET_MEANS_QUOTA] = "quota",
	[PACKET_MEANS_DEADLINE] = "deadline",
	[PACKET_MEANS_GOVERNOR] = "governor",
};

const char *packet_mode_name(enum packet_mode m)
{
	return packet_mode_words[m];
}

const char *packet_means_name(enum packet_means m)
{
	return means_names[m];
}

/* Who must never wait sends at once, in its own context, where the host's end would be one thread
 * more to wait for. */
bool packet_polls(enum packet_mode m, enum net_side side)
{
	return m == PACKET_OWN || (m == PACKET_RESERVE && side == NET_GUEST);
}

bool packet_has_threads(enum packet_mode m)
{
	return packet_polls(m, NET_GUEST);
}

/* All interfaces that say nothing of their own live on one. */
static size_t add_purse(struct packet *p, const struct packet_cpu *wanted, bool own)
{
	for (size_t i = 0; i < p->n_purses && !own; i++)
		if (!p->purses[i].own)
			return i;
	p->purses = mem_grow(p->purses, p->n_purses + 1, sizeof *p->purses);
	p->purses[p->n_purses] = (struct packet_purse){
		.mode = wanted->mode, .budget = wanted->budget, .wanted = wanted->means, .own = own
	};
	return p->n_purses++;
}

static void add_end(struct packet *p, const char *port, const char *dev, enum net_side side,
		    size_t purse)
{
	struct packet_end end = { .side = side, .purse = purse };

	memcpy(end.port, port, sizeof end.port);
	memcpy(end.dev, dev, sizeof end.dev);
	p->ends = mem_grow(p->ends, p->n_ends + 1, sizeof *p->ends);
	p->ends[p->n_ends++] = end;
}

void packet_add_ends(struct packet *p, const struct packet_line *l, size_t purse)
{
	if (packet_polls(l->mode, NET_GUEST))
		add_end(p, l->port, l->port, NET_GUEST, purse);
	if (packet_polls(l->mode, NET_HOST))
		add_end(p, l->port, l->dev, NET_HOST, purse);
}

/* What holds of the interface: its own, or the container's. */
static const struct packet_cpu *wanted_of(const struct spec *s, size_t port)
{
	return s->ports[port].packet_cpu.given ? &s->ports[port].packet_cpu : &s->packet_cpu;
}

static const char *cpus_of(const struct spec *s, const struct packet_cpu *wanted)
{
	return wanted->cpus ? wanted->cpus : s->resources.cpus;
}

struct packet *packet_plan(const struct spec *s, const struct record *rec)
{
	struct packet *p = mem_alloc(sizeof *p);

	p->lines = mem_alloc(s->n_ports * sizeof *p->lines);
	for (size_t i = 0; i < s->n_ports && i < rec->n_ports; i++) {
		const struct packet_cpu *wanted = wanted_of(s, i);
		struct packet_line *l = &p->lines[p->n_lines++];

		l->mode = wanted->mode;
		memcpy(l->port, rec->ports[i].name, sizeof l->port);
		memcpy(l->dev, rec->ports[i].host_name, sizeof l->dev);
		if (l->mode == PACKET_PINNED)
			l->cpus = str_dup(cpus_of(s, wanted));
		if (packet_has_threads(l->mode))
			packet_add_ends(p, l, add_purse(p, wanted, s->ports[i].packet_cpu.given));
	}
	return p;
}

struct packet *packet_plan_shared(const struct record *rec)
{
	struct packet *p = mem_alloc(sizeof *p);

	p->lines = mem_alloc(rec->n_ports * sizeof *p->lines);
	for (size_t i = 0; i < rec->n_ports; i++) {
		struct packet_line *l = &p->lines[p->n_lines++];

		memcpy(l->port, rec->ports[i].name, sizeof l->port);
		memcpy(l->dev, rec->ports[i].host_name, sizeof l->dev);
	}
	return p;
}

void packet_free(struct packet *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n_ends; i++)
		free(p->ends[i].tasks);
	for (size_t i = 0; i < p->n_lines; i++)
		free(p->lines[i].cpus);
	free(p->lines);
	free(p->ends);
	free(p->purses);
	free(p->why);
	free(p);
}

/* --- means --- */

static void because(struct packet *p, const char *why)
{
	free(p->why);
	p->why = str_dup(why);
}

/* A guarantee is a matter of the scheduler alone, and a group has one quota. */
static bool may_have_quota(const struct packet *p)
{
	const struct packet_purse *only = p->purses;

	return p->n_purses == 1 && only->mode == PACKET_OWN &&
	       (only->wanted == PACKET_MEANS_NONE || only->wanted == PACKET_MEANS_QUOTA);
}

enum { PERMILLE_OF_1_MS = 100 };

static int set_quota(struct container *c, uint32_t budget, struct err *e)
{
	/* the kernel takes no quota below 1 ms, so the period grows instead */
	if (budget < PERMILLE_OF_1_MS)
		return cgroup_packet_quota(c->cgroup, 1000, 1000000 / budget, e);
	return cgroup_packet_quota(c->cgroup, (uint64_t)PACKET_PERIOD_NS / 1000 * budget / 1000,
				   PACKET_PERIOD_NS / 1000, e);
}

static const char *why_no_quota(const struct packet *p)
{
	bool asked = true;

	for (size_t i = 0; i < p->n_purses; i++)
		asked &= !p->purses[i].budget || p->purses[i].wanted;
	if (asked)
		return "asked for";
	if (p->n_purses > 1)
		return "a group has one quota, and interfaces have budgets of their own";
	return "a quota guarantees nothing";
}

/* 1: the quota holds it; 0: something else has to; -1: failed. */
static int try_quota(struct container *c, struct err *e)
{
	struct packet *p = c->packet;
	bool stops = false;

	if (!may_have_quota(p)) {
		because(p, why_no_quota(p));
		return 0;
	}
	if (packet_probe_quota(c->root, &stops, e) < 0)
		return -1;
	if (!stops) {
		because(p, "tried: the group's quota does not stop kernel threads on this host");
		return 0;
	}
	if (set_quota(c, p->purses->budget, e) == 0) {
		because(p, "tried: the group's quota stops kernel threads on this host");
		return 1;
	}
	if (e->code != EOPNOTSUPP)
		return -1;
	because(p, e->text);
	return 0;
}

static bool has_budget(const struct packet *p)
{
	for (size_t i = 0; i < p->n_purses; i++)
		if (p->purses[i].budget)
			return true;
	return false;
}

/* A thread is one CPU at most, and the machine has no more than it has. */
static int check_size(const struct packet *p, size_t purse, struct err *e)
{
	const struct packet_purse *it = &p->purses[purse];
	uint32_t cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN), ends = 0;
	char budget[16];

	for (size_t i = 0; i < p->n_ends; i++)
		ends += p->ends[i].purse == purse;
	packet_budget_format(it->budget, budget);
	if (it->budget > cpus * 1000)
		return err_set(e, 0, "%s is more than this machine's %u CPUs: ask for less", budget,
			       cpus);
	if (it->mode == PACKET_RESERVE && it->budget > ends * 1000)
		return err_set(e, 0,
			       "guarantee %s: its interfaces have %u thread%s, and each is one CPU "
			       "at most",
			       budget, ends, ends == 1 ? "" : "s");
	return 0;
}

int packet_choose(struct container *c, struct err *e)
{
	struct packet *p = c->packet;

	for (size_t i = 0; i < p->n_purses; i++)
		if (check_size(p, i, e) < 0)
			return -1;
	int quota = has_budget(p) ? try_quota(c, e) : 0;
	if (quota < 0)
		return -1;
	for (size_t i = 0; i < p->n_purses; i++) {
		struct packet_purse *it = &p->purses[i];

		if (!it->budget)
			continue;
		if (it->wanted == PACKET_MEANS_QUOTA && !quota)
			return err_set(
				e, EOPNOTSUPP,
				"the group's quota cannot hold the limit (%s); leave the means to "
				"nfrun, or name deadline or governor",
				p->why);
		it->means = quota        ? PACKET_MEANS_QUOTA
			    : it->wanted ? it->wanted
					 : PACKET_MEANS_DEADLINE;
	}
	return 0;
}

/* The scheduler has no room left (EBUSY) is for people to decide about; that it cannot, or that we
 * may not, is not. */
bool packet_choose_governor(struct container *c, const struct err *e)
{
	struct packet *p = c->packet;
	bool any = false;

	if (e->code != EPERM && e->code != ENOSYS && e->code != EOPNOTSUPP)
		return false;
	for (size_t i = 0; i < p->n_purses; i++) {
		struct packet_purse *it = &p->purses[i];

		if (it->means != PACKET_MEANS_DEADLINE || it->wanted || it->mode != PACKET_OWN)
			continue;
		it->means = PACKET_MEANS_GOVERNOR;
		any = true;
	}
	if (any)
		because(p, e->text);
	return any;
}
