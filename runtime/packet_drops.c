/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel dropped for want of packet CPU. It counts by queue and by governor, which come
 * and go with modes and means; the sum goes on. */
#include "runtime/packet_parts.h"

#include <errno.h>

/* Where there is no queue of ours (packet_line.c), what the ring does not take is dropped at it. */
static bool count_queue(struct net *n, const char *dev, uint64_t *dropped)
{
	struct port_stats stats;
	struct queue_stats queue;
	struct err e = { 0 };

	if (queue_stats_read(n, NET_HOST, dev, &queue, &e) == 0)
		*dropped = queue.dropped;
	else if (e.code == ENOENT && port_stats_read(n, dev, &stats, &e) == 0)
		*dropped = stats.rx_dropped;
	else
		return false;
	return true;
}

/* Since these counters began. */
static bool count_now(struct net *n, const struct packet_line *l, uint64_t *dropped)
{
	struct err none = { 0 };
	uint64_t passed, governed;

	*dropped = 0;
	if (!packet_has_threads(l->mode))
		return true;
	if (!count_queue(n, l->dev, dropped))
		return false;
	if (governor_read(n, NET_HOST, l->dev, &passed, &governed, &none) == 0)
		*dropped += governed;
	return true;
}

bool packet_sum_drops(struct net *n, const struct packet_line *l, uint64_t *dropped)
{
	uint64_t now;

	if (!count_now(n, l, &now))
		return false;
	/* less: somebody has made the counters begin anew */
	*dropped = l->past_drops + (int64_t)now > 0 ? (uint64_t)(l->past_drops + (int64_t)now) : 0;
	return true;
}

void packet_look_drops(struct net *n, struct packet *p)
{
	uint64_t sum;

	for (size_t i = 0; i < p->n_lines; i++)
		if (packet_sum_drops(n, &p->lines[i], &sum))
			p->lines[i].drops = sum;
}

void packet_keep_drops(struct net *n, struct packet *p)
{
	for (size_t i = 0; i < p->n_lines; i++) {
		struct packet_line *l = &p->lines[i];
		uint64_t now;

		if (count_now(n, l, &now))
			l->past_drops = (int64_t)l->drops - (int64_t)now;
	}
}
