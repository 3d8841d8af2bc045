/* SPDX-License-Identifier: Apache-2.0 */
/* What stays at work: the kernel makes a new thread whenever NAPI is made anew (link down and up,
 * GRO, XDP, channels), and a budget goes where the load is. */
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/packet_engine.h"
#include "runtime/packet_parts.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>

enum { BALANCE_MS = 100, LOOK_MS = 1000, AGAIN_MS = 20 };

/* What may tell of other threads; the last two are of links alike. */
enum { WATCH_HOST = NET_HOST, WATCH_GUEST = NET_GUEST, WATCH_CHANNELS, WATCHES };

struct packet_keeper {
	int watch[WATCHES];
	int timer;
	struct proc_id init; /* whose run it keeps: the next one's keeper is another */
	int period_ms;       /* of the timer, when nothing is left to be done */
	bool due;            /* links changed, and the container was locked */
};

static enum net_side side_of(int watch)
{
	return watch == WATCH_HOST ? NET_HOST : NET_GUEST;
}

static void set_timer(const struct packet_keeper *k, int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
	const struct itimerspec every = { t, t };

	(void)timerfd_settime(k->timer, 0, &every, NULL); /* cannot fail with these */
}

static bool has_parts(const struct packet *p)
{
	for (size_t i = 0; i < p->n_purses; i++)
		if (p->purses[i].means == PACKET_MEANS_DEADLINE ||
		    p->purses[i].means == PACKET_MEANS_GOVERNOR)
			return true;
	return false;
}

void packet_keeper_free(struct packet_keeper *k)
{
	if (!k)
		return;
	for (int i = 0; i < WATCHES; i++)
		fd_drop(&k->watch[i]);
	fd_drop(&k->timer);
	free(k);
}

static int open_watches(struct packet_keeper *k, struct net *n, struct err *e)
{
	k->watch[WATCH_HOST] = net_watch_open(n, NET_HOST, e);
	k->watch[WATCH_GUEST] = net_watch_open(n, NET_GUEST, e);
	if (k->watch[WATCH_HOST] < 0 || k->watch[WATCH_GUEST] < 0)
		return -1;
	k->watch[WATCH_CHANNELS] = net_watch_open_channels(n, NET_GUEST, e);
	return k->watch[WATCH_CHANNELS] < 0 && e->code != EOPNOTSUPP ? -1 : 0;
}

static int open_all(struct packet_keeper *k, struct container *c, struct err *e)
{
	if (packet_open_group(c, e) < 0 || packet_open_net(c, e) < 0 ||
	    open_watches(k, c->net, e) < 0)
		return -1;
	k->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (k->timer < 0)
		return err_set(e, errno, "make timer");
	k->init = c->rec.init;
	k->period_ms = has_parts(c->packet) ? BALANCE_MS : LOOK_MS;
	k->due = true; /* what happened before the watch */
	set_timer(k, AGAIN_MS);
	return 0;
}

int packet_keeper_open(struct container *c, struct packet_keeper **out, struct err *e)
{
	*out = NULL;
	packet_free(c->packet);
	c->packet = NULL;
	if (packet_load(c->dir_fd, &c->packet, e) < 0)
		return e->code == ENOENT ? 0 : -1;
	if (c->packet->n_ends == 0)
		return 0;

	struct packet_keeper *k = mem_alloc(sizeof *k);

	*k = (struct packet_keeper){ .watch = { -1, -1, -1 }, .timer = -1 };
	if (open_all(k, c, e) < 0) {
		packet_keeper_free(k);
		return -1;
	}
	*out = k;
	return 0;
}

void packet_keeper_poll(const struct packet_keeper *k, struct pollfd *p)
{
	for (int i = 0; i < WATCHES; i++)
		p[i] = (struct pollfd){ .fd = k ? k->watch[i] : -1, .events = POLLIN };
	p[WATCHES] = (struct pollfd){ .fd = k ? k->timer : -1, .events = POLLIN };
}

struct interest {
	const struct packet *packet;
	enum net_side side;
	bool hit;
};

static void note_change(const char *name, void *arg)
{
	struct interest *i = arg;

	for (size_t n = 0; n < i->packet->n_ends; n++)
		if (i->packet->ends[n].side == i->side &&
		    (!*name || strcmp(i->packet->ends[n].dev, name) == 0))
			i->hit = true;
}

static int take_in(struct packet_keeper *k, const struct pollfd *p, const struct container *c,
		   struct err *e)
{
	uint64_t ticks;

	for (int w = 0; w < WATCHES; w++) {
		struct interest i = { c->packet, side_of(w), false };

		if (p[w].revents && net_watch_read(k->watch[w], note_change, &i, e) < 0)
			return -1;
		k->due |= i.hit;
	}
	if (p[WATCHES].revents)
		(void)!read(k->timer, &ticks, sizeof ticks); /* it only wakes us */
	return 0;
}

/* A verb has changed it, and its signal is still on the way. */
static int look_again(struct packet_keeper *k, struct container *c, struct err *e)
{
	if (!packet_is_stale(c->dir_fd, c->packet))
		return 0;

	struct packet *now = NULL;
	if (packet_load(c->dir_fd, &now, e) < 0)
		return -1;
	packet_free(c->packet);
	c->packet = now;
	k->period_ms = has_parts(now) ? BALANCE_MS : LOOK_MS;
	k->due = true;
	return 0;
}

/* Somebody may have brought TSO back, or taken threads away, from inside. */
static int settle(struct packet_keeper *k, struct container *c, struct err *e)
{
	if (look_again(k, c, e) < 0)
		return -1;
	if (k->due && packet_hold_lines(c, e) < 0)
		return -1;
	if (packet_balance(c, e) < 0)
		return -1;
	if (k->due && packet_place(c, e) < 0)
		return -1;
	if (k->due)
		packet_settle_bill(c);
	k->due = false;
	/* so that each end gets its own, should threads of several end at once */
	for (size_t i = 0; i < c->packet->n_ends; i++)
		(void)packet_look(&c->packet->ends[i]);
	return c->packet->changed ? packet_save(c->dir_fd, c->packet, e) : 0;
}

static bool is_kept(const struct packet_keeper *k, const struct record *rec)
{
	return (rec->status == STATUS_RUNNING || rec->status == STATUS_CREATED) &&
	       rec->init.pid == k->init.pid && rec->init.start == k->init.start;
}

int packet_keeper_run(struct packet_keeper *k, const struct pollfd *p, struct container *c,
		      struct err *e)
{
	bool locked = false;

	if (!k)
		return 0;
	if (take_in(k, p, c, e) < 0)
		return -1;
	if (!k->due && !p[WATCHES].revents)
		return 0;
	if (container_try_lock(c, &locked, e) < 0)
		return e->code == ENOENT ? 0 : -1;
	if (!locked) { /* a verb is at work on it, and may be about to undo all this */
		set_timer(k, AGAIN_MS);
		return 0;
	}
	int r = is_kept(k, &c->rec) ? settle(k, c, e) : 0;
	container_unlock(c);
	set_timer(k, k->period_ms);
	return r;
}
