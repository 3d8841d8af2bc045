/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/governor_bpf.h"
#include "netns/link.h"
#include "netns/side.h"
#include "runtime/base/strs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <string.h>

/* The filter on a link's egress: its name is how it is found again. Its preference is one that
 * nobody takes by chance. */
static const char FILTER[] = "nfrun_governor";
enum { PREFERENCE = 0x4e46, HANDLE = 1 };

static const uint32_t EGRESS = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS);
static const uint32_t INGRESS = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);

struct place {
	struct nl_sock *sk;
	struct link_info l;
};

/* --- looking --- */

struct filters {
	uint32_t program; /* the governor's number; 0: there is none */
	size_t n;         /* filters of any kind */
};

static void take_filter(struct nlmsghdr *h, void *arg)
{
	struct filters *f = arg;
	const struct tcmsg *t = nlmsg_data(h);
	struct nlattr *options, *name, *id;

	/* Each preference is listed by itself as well, without a handle. */
	if (nlmsg_datalen(h) < (int)sizeof *t || t->tcm_handle == 0)
		return;
	f->n++;
	options = nlmsg_find_attr(h, sizeof *t, TCA_OPTIONS);
	if (!options)
		return;
	name = nla_find(nla_data(options), nla_len(options), TCA_BPF_NAME);
	id = nla_find(nla_data(options), nla_len(options), TCA_BPF_ID);
	if (name && id && nla_strcmp(name, FILTER) == 0)
		f->program = nla_get_u32(id);
}

static int look(const struct place *p, uint32_t parent, struct filters *out, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	const struct tcmsg t = { .tcm_ifindex = p->l.index, .tcm_parent = parent };
	struct nl_msg *m = nl_add(&b, RTM_GETTFILTER, NLM_F_DUMP,
				  str_printf("list the filters of %s", p->l.name));

	nl_header(m, &t, sizeof t);
	return nl_get(p->sk, &b, take_filter, out, e);
}

/* The governor of a link, as its map. E->code ENOENT: it has none. */
static int find(const struct place *p, struct err *e)
{
	struct filters f = { 0 };

	if (look(p, EGRESS, &f, e) < 0)
		return -1;
	if (!f.program)
		return err_tell(e, ENOENT, "there is no governor in front of %s", p->l.name);
	return governor_map_find(f.program, e);
}

static int place(struct net *n, enum net_side side, const char *name, struct place *out,
		 struct err *e)
{
	out->sk = side_socket(n, side);
	return link_get(out->sk, name, &out->l, e);
}

/* --- making --- */

static void add_clsact(struct nl_batch *b, const struct place *p)
{
	const struct tcmsg t = { .tcm_ifindex = p->l.index,
				 .tcm_parent = TC_H_CLSACT,
				 .tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0) };
	struct nl_msg *m = nl_add(b, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL,
				  str_printf("prepare %s for filters (clsact)", p->l.name));

	nl_header(m, &t, sizeof t);
	nl_put_text(m, TCA_KIND, "clsact");
	nl_forgive(b, EEXIST);
}

static struct tcmsg filter_of(const struct place *p)
{
	return (struct tcmsg){ .tcm_ifindex = p->l.index,
			       .tcm_parent = EGRESS,
			       .tcm_handle = HANDLE,
			       .tcm_info = TC_H_MAKE(PREFERENCE << 16, htons(ETH_P_ALL)) };
}

static void add_filter(struct nl_batch *b, const struct place *p, int program)
{
	const struct tcmsg t = filter_of(p);
	struct nl_msg *m = nl_add(b, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL,
				  str_printf("put the governor in front of %s", p->l.name));

	nl_header(m, &t, sizeof t);
	nl_put_text(m, TCA_KIND, "bpf");

	struct nlattr *options = nl_nest(m, TCA_OPTIONS);
	nl_put_u32(m, TCA_BPF_FD, (uint32_t)program);
	nl_put_text(m, TCA_BPF_NAME, FILTER);
	nl_put_u32(m, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	nla_nest_end(m, options);
}

static int load(int map, struct err *e)
{
	struct bpf_insn insns[GOVERNOR_INSNS];
	const struct bpf_source source = { .type = BPF_PROG_TYPE_SCHED_CLS,
					   .name = FILTER,
					   .what = "the governor's eBPF program",
					   .v = insns,
					   .n = GOVERNOR_INSNS };

	governor_build(map, insns);
	return bpf_load(&source, e);
}

/* Which of it a kernel lacks shows in its answer: eBPF at all (ENOSYS), the atomic instructions of
 * Linux 5.12 (EINVAL), clsact (ENOENT) or cls_bpf (ENOENT, EOPNOTSUPP). */
static int explain(struct err *e)
{
	if (e->code != ENOSYS && e->code != EINVAL && e->code != ENOENT && e->code != EOPNOTSUPP)
		return -1;
	err_wrap(e, "the governor needs eBPF (Linux 5.12), clsact and cls_bpf");
	e->code = EOPNOTSUPP;
	return -1;
}

static int create(const struct place *p, const struct governor *config, struct err *e)
{
	scoped_batch struct nl_batch clsact = { 0 }, filter = { 0 };
	scoped_fd int map = governor_map_create(e);
	scoped_governor struct governor *state = map < 0 ? NULL : governor_map(map, e);

	if (!state)
		return -1;
	*state = *config;

	scoped_fd int program = load(map, e);
	if (program < 0)
		return -1;
	add_clsact(&clsact, p);
	add_filter(&filter, p, program);
	return nl_run(p->sk, &clsact, e) < 0 ? -1 : nl_run(p->sk, &filter, e);
}

static int retune(int map, const struct governor *config, struct err *e)
{
	scoped_governor struct governor *state = governor_map(map, e);

	if (!state)
		return -1;
	governor_retune(state, config, governor_now());
	return 0;
}

int governor_set(struct net *n, enum net_side side, const char *name, uint64_t per_second,
		 uint64_t burst, struct err *e)
{
	const struct governor config = governor_config(per_second, burst);
	struct place p;

	if (place(n, side, name, &p, e) < 0)
		return -1;

	scoped_fd int map = find(&p, e);
	if (map < 0 && e->code != ENOENT)
		return -1;
	if (map < 0 && create(&p, &config, e) < 0) {
		if (e->code != EEXIST) /* else somebody else was quicker */
			return explain(e);
		map = find(&p, e);
		if (map < 0)
			return -1;
	}
	return map < 0 ? 0 : retune(map, &config, e);
}

int governor_open(struct net *n, enum net_side side, const char *name, struct err *e)
{
	struct place p;

	return place(n, side, name, &p, e) < 0 ? -1 : find(&p, e);
}

int governor_read(struct net *n, enum net_side side, const char *name, uint64_t *passed,
		  uint64_t *dropped, struct err *e)
{
	scoped_fd int map = governor_open(n, side, name, e);
	scoped_governor struct governor *state = map < 0 ? NULL : governor_map(map, e);
	if (!state)
		return -1;
	*passed = __atomic_load_n(&state->passed, __ATOMIC_RELAXED);
	*dropped = __atomic_load_n(&state->dropped, __ATOMIC_RELAXED);
	return 0;
}

/* --- taking away --- */

static int remove_filter(const struct place *p, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	const struct tcmsg t = filter_of(p);
	struct nl_msg *m = nl_add(&b, RTM_DELTFILTER, 0,
				  str_printf("take the governor of %s away", p->l.name));

	nl_header(m, &t, sizeof t);
	nl_put_text(m, TCA_KIND, "bpf");
	nl_forgive(&b, ENOENT);
	return nl_run(p->sk, &b, e);
}

/* What else filters there keeps it. */
static int remove_clsact(const struct place *p, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	const struct tcmsg t = { .tcm_ifindex = p->l.index, .tcm_parent = TC_H_CLSACT };
	struct filters f = { 0 };

	if (look(p, EGRESS, &f, e) < 0 || look(p, INGRESS, &f, e) < 0)
		return -1;
	if (f.n > 0)
		return 0;

	struct nl_msg *m =
		nl_add(&b, RTM_DELQDISC, 0, str_printf("take clsact of %s away", p->l.name));
	nl_header(m, &t, sizeof t);
	nl_forgive(&b, ENOENT);
	return nl_run(p->sk, &b, e);
}

int governor_remove(struct net *n, enum net_side side, const char *name, struct err *e)
{
	struct filters f = { 0 };
	struct place p;

	if (place(n, side, name, &p, e) < 0 || look(&p, EGRESS, &f, e) < 0)
		return -1;
	if (!f.program)
		return 0;
	return remove_filter(&p, e) < 0 ? -1 : remove_clsact(&p, e);
}
