/* SPDX-License-Identifier: Apache-2.0 */
/* One interface in and out of a mode: offloads, queues, threads, RPS of both ends. */
#include "runtime/base/scope.h"
#include "runtime/packet_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/utsname.h>

/* As many as the ring of a veth holds (VETH_RING_SIZE): what does not fit waits with the sender,
 * and is dropped there. */
enum { QUEUE_PACKETS = 256 };

static const enum net_side both[] = { NET_GUEST, NET_HOST };

static enum net_side peer_of(enum net_side s)
{
	return s == NET_GUEST ? NET_HOST : NET_GUEST;
}

static const char *dev_of(const struct packet_line *l, enum net_side side)
{
	return side == NET_GUEST ? l->port : l->dev;
}

/* A queue needs a veth that stops and wakes it, and until Linux 6.18 ("veth: more robust handing of
 * race to avoid txq getting stuck") a wake-up could be lost, and the link was dead. Of the series
 * that are cared for for long 6.12 has got both together, in 6.12.61; 6.17 may have the one without
 * the other, older ones have neither. */
bool packet_veth_waits(const char *release)
{
	unsigned long n[3] = { 0 };
	const char *p = release;

	for (size_t i = 0; i < ARRAY_LEN(n); i++) {
		char *rest;

		n[i] = strtoul(p, &rest, 10);
		if (*rest != '.')
			break;
		p = rest + 1;
	}
	if (n[0] != 6)
		return n[0] > 6;
	return n[1] >= 18 || (n[1] == 12 && n[2] >= 61);
}

/* Where it does not, what the ring does not take is dropped at the ring: that is the sender's own,
 * too. */
static uint32_t queue_limit(void)
{
	struct utsname u;

	return uname(&u) == 0 && packet_veth_waits(u.release) ? QUEUE_PACKETS : 0;
}

/* veth polls by NAPI while it has GRO on, and what could be a TSO packet passes it by, so the
 * peer's TSO goes (veth_xmit). The thread comes last, so that none is made twice. */
static int poll_by_thread(struct net *n, const struct packet_line *l, enum net_side s,
			  struct err *e)
{
	enum net_side peer = peer_of(s);
	uint32_t limit = queue_limit();

	if (offload_set(n, peer, dev_of(l, peer), OFFLOAD_TSO, 0, e) < 0 ||
	    offload_set(n, s, dev_of(l, s), OFFLOAD_GRO, OFFLOAD_GRO, e) < 0 ||
	    (limit > 0 && queue_set(n, peer, dev_of(l, peer), limit, e) < 0))
		return -1;
	return napi_set_threaded(n, s, dev_of(l, s), true, e);
}

static int ungovern(struct net *n, const struct packet_line *l, enum net_side s, struct err *e)
{
	return governor_remove(n, peer_of(s), dev_of(l, peer_of(s)), e);
}

/* As the kernel made it. */
static int poll_by_nobody(struct net *n, const struct packet_line *l, enum net_side s,
			  struct err *e)
{
	enum net_side peer = peer_of(s);

	if (ungovern(n, l, s, e) < 0 || napi_set_threaded(n, s, dev_of(l, s), false, e) < 0 ||
	    queue_set(n, peer, dev_of(l, peer), 0, e) < 0 ||
	    offload_set(n, s, dev_of(l, s), OFFLOAD_GRO, 0, e) < 0)
		return -1;
	return offload_set(n, peer, dev_of(l, peer), OFFLOAD_TSO, OFFLOAD_TSO, e);
}

static int change_side(struct net *n, const struct packet_line *was, const struct packet_line *l,
		       enum net_side s, struct err *e)
{
	bool before = packet_polls(was->mode, s), now = packet_polls(l->mode, s);

	if (before && now)
		return ungovern(n, l, s, e);
	if (before)
		return poll_by_nobody(n, l, s, e);
	return now ? poll_by_thread(n, l, s, e) : 0;
}

static int pin(struct net *n, const struct packet_line *l, const char *cpus, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		if (rps_set(n, both[i], dev_of(l, both[i]), cpus, e) < 0)
			return -1;
	return 0;
}

static int change(struct net *n, const struct packet_line *was, const struct packet_line *l,
		  struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		if (change_side(n, was, l, both[i], e) < 0)
			return -1;
	if (l->mode == PACKET_PINNED)
		return pin(n, l, l->cpus, e);
	return was->mode == PACKET_PINNED ? pin(n, l, "", e) : 0;
}

int packet_change_line(struct net *n, const struct packet_line *was, const struct packet_line *l,
		       struct err *e)
{
	return change(n, was, l, e) < 0 ? err_wrap(e, "interface %s", l->port) : 0;
}

/* One of its own that somebody inside has put there instead is as good: it too is the sender's. */
static int hold_queue(struct net *n, enum net_side side, const char *dev, struct err *e)
{
	uint32_t limit = queue_limit();
	struct queue_stats stats;
	struct err none = { 0 };

	if (limit == 0 || queue_stats_read(n, side, dev, &stats, &none) == 0)
		return 0;
	return queue_set(n, side, dev, limit, e) < 0 && e->code != EBUSY ? -1 : 0;
}

/* Setting what is set already makes no new threads, but tells every watcher. */
static int hold(struct net *n, const struct packet_line *l, enum net_side s, struct err *e)
{
	enum net_side peer = peer_of(s);
	unsigned own, its;

	if (offload_get(n, s, dev_of(l, s), &own, e) < 0 ||
	    offload_get(n, peer, dev_of(l, peer), &its, e) < 0)
		return -1;
	if ((its & OFFLOAD_TSO) && offload_set(n, peer, dev_of(l, peer), OFFLOAD_TSO, 0, e) < 0)
		return -1;
	if (!(own & OFFLOAD_GRO) &&
	    offload_set(n, s, dev_of(l, s), OFFLOAD_GRO, OFFLOAD_GRO, e) < 0)
		return -1;
	if (hold_queue(n, peer, dev_of(l, peer), e) < 0)
		return -1;
	return napi_set_threaded(n, s, dev_of(l, s), true, e);
}

int packet_hold_line(struct net *n, const struct packet_line *l, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		/* gone, or down: then it does not poll, and coming up is told */
		if (packet_polls(l->mode, both[i]) && hold(n, l, both[i], e) < 0 &&
		    e->code != ENODEV && e->code != EOPNOTSUPP)
			return err_wrap(e, "interface %s", l->port);
	return 0;
}
