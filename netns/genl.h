/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_NETNS_GENL_H
#define NFRUN_NETNS_GENL_H

/* Generic netlink: one family in one network namespace. */

#include "netns/nl.h"
#include "netns/side.h"

struct genl {
	struct nl_sock *sk;
	uint16_t family;
};

/* E->code EOPNOTSUPP: this kernel has no such family. */
int genl_open(const struct net *n, enum net_side side, const char *family, struct genl *out,
	      struct err *e);
void genl_drop(struct genl *g);
#define scoped_genl scoped(genl_drop)

/* The number of a multicast group, for NETLINK_ADD_MEMBERSHIP. E->code EOPNOTSUPP as above. */
int genl_find_group(const struct net *n, enum net_side side, const char *family, const char *group,
		    uint32_t *out, struct err *e);

/* Start a request, as nl_add does: attributes follow. */
struct nl_msg *genl_add(struct nl_batch *b, const struct genl *g, uint8_t cmd, int flags,
			char *what);
/* An attribute of an answer; NULL: it has none. */
struct nlattr *genl_attr(struct nlmsghdr *h, int type);

#endif
