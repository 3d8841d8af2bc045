/* SPDX-License-Identifier: Apache-2.0 */
/* What the queueing disciplines of a side have counted, all in one dump: the kernel answers a
 * question for one of them to everybody who listens for changes, too. */
#include "netns/link.h"
#include "netns/side.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <string.h>

static struct net_queue *queue_of(struct net_queues *l, int link)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].link == link)
			return &l->v[i];
	l->v = mem_grow(l->v, l->n + 1, sizeof *l->v);
	l->v[l->n] = (struct net_queue){ .link = link };
	return &l->v[l->n++];
}

/* A root has what its children counted added up. clsact and ingress hold no packets, they have
 * filters, and both are told under the parent of ingress. */
static void take(struct net_queue *q, const struct tcmsg *t, const char *kind,
		 const struct gnet_stats_queue *s)
{
	if (t->tcm_parent == TC_H_INGRESS) {
		q->filtered += s->drops;
		return;
	}
	(void)snprintf(q->kind, sizeof q->kind, "%s", kind);
	q->backlog_bytes = s->backlog;
	q->backlog_packets = s->qlen;
	q->dropped = s->drops;
	q->requeues = s->requeues;
	q->overlimits = s->overlimits;
}

static void read_qdisc(struct nlmsghdr *h, void *arg)
{
	const struct tcmsg *t = nlmsg_data(h);
	struct nlattr *tb[TCA_MAX + 1], *queue = NULL;
	struct gnet_stats_queue stats = { 0 };
	char kind[16] = "";

	if (nlmsg_parse(h, sizeof *t, tb, TCA_MAX, NULL) < 0)
		return;
	if (t->tcm_parent != TC_H_ROOT && t->tcm_parent != TC_H_INGRESS)
		return;
	if (tb[TCA_KIND])
		nla_strlcpy(kind, tb[TCA_KIND], sizeof kind);
	if (tb[TCA_STATS2])
		queue = nla_find(nla_data(tb[TCA_STATS2]), nla_len(tb[TCA_STATS2]),
				 TCA_STATS_QUEUE);
	if (queue)
		nla_memcpy(&stats, queue, sizeof stats);
	take(queue_of(arg, t->tcm_ifindex), t, kind, &stats);
}

static int read_once(struct nl_sock *sk, struct net_queues *out, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	const struct tcmsg t = { .tcm_family = AF_UNSPEC };
	struct nl_msg *m =
		nl_add(&b, RTM_GETQDISC, NLM_F_DUMP, str_dup("list queueing disciplines"));

	nl_header(m, &t, sizeof t);
	out->n = 0;
	return nl_get(sk, &b, read_qdisc, out, e);
}

int net_queues_read(struct net *n, enum net_side side, struct net_queues *out, struct err *e)
{
	int r = -1;

	*out = (struct net_queues){ 0 };
	/* Links come and go elsewhere on the host meanwhile: look again. */
	for (int tries = 0; tries < 10; tries++) {
		r = read_once(side_socket(n, side), out, e);
		if (r == 0 || e->code != EINTR)
			break;
	}
	return r;
}

void net_queues_drop(struct net_queues *l)
{
	free(l->v);
	*l = (struct net_queues){ 0 };
}

int net_queues_find(struct net *n, enum net_side side, const struct net_queues *l, const char *name,
		    struct net_queue *out, struct err *e)
{
	struct link_info link;

	if (link_get(side_socket(n, side), name, &link, e) < 0)
		return -1;
	for (size_t i = 0; i < l->n; i++) {
		if (l->v[i].link != link.index)
			continue;
		*out = l->v[i];
		return 0;
	}
	return err_set(e, ENOENT, "there is no queue in front of %s", name);
}
