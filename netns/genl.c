/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/genl.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/socket.h>

void genl_drop(struct genl *g)
{
	if (g->sk)
		nl_socket_free(g->sk);
	*g = (struct genl){ 0 };
}

struct nl_msg *genl_add(struct nl_batch *b, const struct genl *g, uint8_t cmd, int flags,
			char *what)
{
	const struct genlmsghdr head = { .cmd = cmd, .version = 1 };
	struct nl_msg *m = nl_add(b, g->family, flags, what);

	nl_header(m, &head, sizeof head);
	return m;
}

struct nlattr *genl_attr(struct nlmsghdr *h, int type)
{
	return nlmsg_find_attr(h, GENL_HDRLEN, type);
}

static int open_socket(void *arg, struct err *e)
{
	struct genl *g = arg;

	return nl_open(&g->sk, NETLINK_GENERIC, e);
}

/* What the control family tells of another. */
struct about {
	const char *group; /* wanted; NULL: none */
	uint16_t family;
	uint32_t group_id;
};

static void read_groups(struct nlattr *groups, struct about *about)
{
	struct nlattr *group;
	int left;

	nla_for_each_nested(group, groups, left)
	{
		struct nlattr *name =
			nla_find(nla_data(group), nla_len(group), CTRL_ATTR_MCAST_GRP_NAME);
		struct nlattr *id =
			nla_find(nla_data(group), nla_len(group), CTRL_ATTR_MCAST_GRP_ID);

		if (name && id && nla_strcmp(name, about->group) == 0)
			about->group_id = nla_get_u32(id);
	}
}

static void read_about(struct nlmsghdr *h, void *arg)
{
	struct about *about = arg;
	struct nlattr *id = genl_attr(h, CTRL_ATTR_FAMILY_ID);
	struct nlattr *groups = genl_attr(h, CTRL_ATTR_MCAST_GROUPS);

	if (id)
		about->family = nla_get_u16(id);
	if (groups && about->group)
		read_groups(groups, about);
}

static int ask(const struct genl *g, const char *family, struct about *about, struct err *e)
{
	const struct genl control = { .family = GENL_ID_CTRL };
	scoped_batch struct nl_batch b = { 0 };
	struct nl_msg *m = genl_add(&b, &control, CTRL_CMD_GETFAMILY, 0,
				    str_printf("find the netlink family %s", family));

	nl_put_text(m, CTRL_ATTR_FAMILY_NAME, family);
	if (nl_get(g->sk, &b, read_about, about, e) < 0) {
		if (e->code == ENOENT)
			e->code = EOPNOTSUPP;
		return -1;
	}
	if (!about->family || (about->group && !about->group_id))
		return err_set(e, EOPNOTSUPP, "%s", b.v[0].what);
	return 0;
}

int genl_find_group(const struct net *n, enum net_side side, const char *family, const char *group,
		    uint32_t *out, struct err *e)
{
	struct about about = { .group = group };
	scoped_genl struct genl g = { 0 };

	if (side_do(n, side, open_socket, &g, e) < 0 || ask(&g, family, &about, e) < 0)
		return -1;
	*out = about.group_id;
	return 0;
}

int genl_open(const struct net *n, enum net_side side, const char *family, struct genl *out,
	      struct err *e)
{
	scoped_genl struct genl g = { 0 };
	struct about about = { 0 };

	if (side_do(n, side, open_socket, &g, e) < 0 || ask(&g, family, &about, e) < 0)
		return -1;
	g.family = about.family;
	*out = g;
	g = (struct genl){ 0 };
	return 0;
}
