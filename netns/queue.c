/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/link.h"
#include "netns/side.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <string.h>

/* The root queueing discipline of a link. */
struct root {
	char kind[16];
	uint32_t handle; /* 0: the kernel's default */
	struct gnet_stats_queue stats;
};

static void read_stats(struct nlattr *nest, struct root *out)
{
	struct nlattr *queue = nla_find(nla_data(nest), nla_len(nest), TCA_STATS_QUEUE);

	if (queue)
		nla_memcpy(&out->stats, queue, sizeof out->stats);
}

static void read_root(struct nlmsghdr *h, void *arg)
{
	struct root *out = arg;
	struct nlattr *tb[TCA_MAX + 1];

	if (nlmsg_parse(h, sizeof(struct tcmsg), tb, TCA_MAX, NULL) < 0)
		return;
	out->handle = ((struct tcmsg *)nlmsg_data(h))->tcm_handle;
	if (tb[TCA_KIND])
		nla_strlcpy(out->kind, tb[TCA_KIND], sizeof out->kind);
	if (tb[TCA_STATS2])
		read_stats(tb[TCA_STATS2], out);
}

static struct tcmsg root_of(const struct link_info *l)
{
	return (struct tcmsg){ .tcm_ifindex = l->index, .tcm_parent = TC_H_ROOT };
}

/* The kernel answers this one request to those who listen for changes, and to who asks by
 * NLM_F_ECHO only. */
static int find(struct nl_sock *sk, const char *name, struct link_info *l, struct root *out,
		struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };

	*out = (struct root){ 0 };
	if (link_get(sk, name, l, e) < 0)
		return -1;

	const struct tcmsg t = root_of(l);
	struct nl_msg *m = nl_add(&b, RTM_GETQDISC, NLM_F_ECHO,
				  str_printf("look at the queue in front of %s", name));
	nl_header(m, &t, sizeof t);
	nl_forgive(&b, EINVAL); /* a link that has never been up has none */
	return nl_get(sk, &b, read_root, out, e);
}

static bool is_ours(const struct root *r)
{
	return r->handle && strcmp(r->kind, "pfifo") == 0;
}

/* One that is there keeps its packets and counters. */
static void add_pfifo(struct nl_batch *b, const struct link_info *l, uint32_t limit)
{
	const struct tc_fifo_qopt options = { .limit = limit };
	const struct tcmsg t = root_of(l);
	struct nl_msg *m =
		nl_add(b, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE,
		       str_printf("put a queue of %u packets in front of %s", limit, l->name));

	nl_header(m, &t, sizeof t);
	nl_put_text(m, TCA_KIND, "pfifo");
	nl_put(m, TCA_OPTIONS, &options, sizeof options);
}

static void add_removal(struct nl_batch *b, const struct link_info *l)
{
	const struct tcmsg t = root_of(l);
	struct nl_msg *m = nl_add(b, RTM_DELQDISC, 0,
				  str_printf("take away the queue in front of %s", l->name));

	nl_header(m, &t, sizeof t);
	nl_forgive(b, ENOENT);
}

int queue_set(struct net *n, enum net_side side, const char *name, uint32_t limit, struct err *e)
{
	struct nl_sock *sk = side_socket(n, side);
	scoped_batch struct nl_batch b = { 0 };
	struct link_info l;
	struct root root;

	if (find(sk, name, &l, &root, e) < 0)
		return -1;
	if (limit == 0 && !is_ours(&root))
		return 0;
	if (root.handle && !is_ours(&root))
		return err_tell(e, EBUSY, "%s has a queueing discipline already: %s", name,
				root.kind);
	if (limit)
		add_pfifo(&b, &l, limit);
	else
		add_removal(&b, &l);
	return nl_run(sk, &b, e);
}

int queue_stats_read(struct net *n, enum net_side side, const char *name, struct queue_stats *out,
		     struct err *e)
{
	struct link_info l;
	struct root root;

	if (find(side_socket(n, side), name, &l, &root, e) < 0)
		return -1;
	if (!is_ours(&root))
		return err_tell(e, ENOENT, "there is no queue in front of %s", name);
	*out = (struct queue_stats){ .dropped = root.stats.drops,
				     .backlog_packets = root.stats.qlen,
				     .requeues = root.stats.requeues };
	return 0;
}
