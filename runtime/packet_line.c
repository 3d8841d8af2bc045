/* SPDX-License-Identifier: Apache-2.0 */
/* One interface in and out of a mode: offloads, queues, threads, RPS of both ends. */
#include "runtime/base/scope.h"
#include "runtime/packet_parts.h"

#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

/* As many as the ring of a veth holds (VETH_RING_SIZE): what does not fit waits with the sender,
 * and is dropped there. */
enum { QUEUE_PACKETS = 256 };

static const enum net_side both[] = { NET_GUEST, NET_HOST };

static const char *dev_of(const struct packet_line *l, enum net_side side)
{
	return side == NET_GUEST ? l->port : l->dev;
}

/* A queue needs a veth that stops and wakes it, and until Linux 6.18 ("veth: more robust handing of
 * race to avoid txq getting stuck") a wake-up could be lost, and the link was dead. There what the
 * ring does not take is dropped at the ring: that is the sender's own, too. */
static uint32_t queue_limit(void)
{
	unsigned major = 0, minor = 0;
	struct utsname u;

	if (uname(&u) < 0 || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return 0;
	return major > 6 || (major == 6 && minor >= 18) ? QUEUE_PACKETS : 0;
}

/* veth polls by NAPI while it has GRO on, and what could be a TSO packet passes it by: the sender's
 * TSO goes (veth_xmit). Threads come last, so that none is made twice. */
static int enter_threads(struct net *n, const struct packet_line *l, struct err *e)
{
	uint32_t limit = queue_limit();

	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		enum net_side s = both[i];

		if (offload_set(n, s, dev_of(l, s), OFFLOAD_GRO | OFFLOAD_TSO, OFFLOAD_GRO, e) <
			    0 ||
		    (limit > 0 && queue_set(n, s, dev_of(l, s), limit, e) < 0))
			return -1;
	}
	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		if (napi_set_threaded(n, both[i], dev_of(l, both[i]), true, e) < 0)
			return -1;
	return 0;
}

static int ungovern(struct net *n, const struct packet_line *l, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		if (governor_remove(n, both[i], dev_of(l, both[i]), e) < 0)
			return -1;
	return 0;
}

static int leave_threads(struct net *n, const struct packet_line *l, struct err *e)
{
	if (ungovern(n, l, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		enum net_side s = both[i];

		if (napi_set_threaded(n, s, dev_of(l, s), false, e) < 0 ||
		    queue_set(n, s, dev_of(l, s), 0, e) < 0 ||
		    offload_set(n, s, dev_of(l, s), OFFLOAD_GRO | OFFLOAD_TSO, OFFLOAD_TSO, e) < 0)
			return -1;
	}
	return 0;
}

static int pin(struct net *n, const struct packet_line *l, const char *cpus, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		if (rps_set(n, both[i], dev_of(l, both[i]), cpus, e) < 0)
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

int packet_change_line(struct net *n, const struct packet_line *was, const struct packet_line *l,
		       struct err *e)
{
	bool stays = packet_has_threads(was->mode) && packet_has_threads(l->mode);

	if (stays ? ungovern(n, was, e) < 0 : leave(n, was, e) < 0)
		return err_wrap(e, "interface %s", l->port);
	return enter(n, l, e) < 0 ? err_wrap(e, "interface %s", l->port) : 0;
}

/* Setting what is set already makes no new threads, but tells every watcher. */
static int hold(struct net *n, const struct packet_line *l, enum net_side s, struct err *e)
{
	unsigned on;

	if (offload_get(n, s, dev_of(l, s), &on, e) < 0)
		return -1;
	if (on != OFFLOAD_GRO &&
	    offload_set(n, s, dev_of(l, s), OFFLOAD_GRO | OFFLOAD_TSO, OFFLOAD_GRO, e) < 0)
		return -1;
	return napi_set_threaded(n, s, dev_of(l, s), true, e);
}

int packet_hold_line(struct net *n, const struct packet_line *l, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		/* gone, or down: then it does not poll, and coming up is told */
		if (hold(n, l, both[i], e) < 0 && e->code != ENODEV && e->code != EOPNOTSUPP)
			return err_wrap(e, "interface %s", l->port);
	return 0;
}
