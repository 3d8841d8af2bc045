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

static void read_family(struct nlmsghdr *h, void *arg)
{
	struct genl *g = arg;
	struct nlattr *id = genl_attr(h, CTRL_ATTR_FAMILY_ID);

	if (id)
		g->family = nla_get_u16(id);
}

static int find_family(struct genl *g, const char *name, struct err *e)
{
	const struct genl control = { .family = GENL_ID_CTRL };
	scoped_batch struct nl_batch b = { 0 };
	struct nl_msg *m = genl_add(&b, &control, CTRL_CMD_GETFAMILY, 0,
				    str_printf("find the netlink family %s", name));

	nl_put_text(m, CTRL_ATTR_FAMILY_NAME, name);
	if (nl_get(g->sk, &b, read_family, g, e) < 0) {
		if (e->code == ENOENT)
			e->code = EOPNOTSUPP;
		return -1;
	}
	return g->family ? 0 : err_set(e, EPROTO, "%s", b.v[0].what);
}

int genl_open(const struct net *n, enum net_side side, const char *family, struct genl *out,
	      struct err *e)
{
	scoped_genl struct genl g = { 0 };

	if (side_do(n, side, open_socket, &g, e) < 0 || find_family(&g, family, e) < 0)
		return -1;
	*out = g;
	g = (struct genl){ 0 };
	return 0;
}
