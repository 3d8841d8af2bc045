/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_NETNS_NL_H
#define NFRUN_NETNS_NL_H

/* rtnetlink: all system calls of netns/ on its sockets. libnl builds and parses the messages; the
 * exchange is ours, as libnl 3.7 drops the kernel's extended ack text, turns many errno values into
 * NLE_FAILURE, and sends one request at a time. libnl-route is left out: its 580 kB of relocations
 * and constructors cost 0.36 ms in every process that loads it, and it knows neither a deletion by
 * group nor IFLA_BR_*. */

#include "runtime/base/err.h"
#include "runtime/base/scope.h"

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stddef.h>
#include <stdint.h>

/* A socket of PROTOCOL (NETLINK_ROUTE) in the calling thread's network namespace; the caller frees
 * it with nl_socket_free. */
int nl_open(struct nl_sock **out, int protocol, struct err *e);

/* Requests that go out together. The kernel carries them out in order, an error in one does not
 * keep it from the next. A zeroed struct is the empty batch. */
struct nl_request {
	struct nl_msg *msg;
	char *what;  /* "add address 10.0.0.1/24 to eth0": the error's text */
	int forgive; /* an errno that counts as success; 0: none */
};

struct nl_batch {
	struct nl_request *v;
	size_t n;
};

void nl_batch_drop(struct nl_batch *b);
#define scoped_batch scoped(nl_batch_drop)

/* Append a request, WHAT (malloc'd) becomes the batch's. The message returned stays the batch's:
 * put its fixed header first, then its attributes. */
struct nl_msg *nl_add(struct nl_batch *b, int type, int flags, char *what);
void nl_forgive(struct nl_batch *b, int code); /* in the request added last */

/* These abort when the message (a page) is full, as all that goes in is of bounded length. */
void nl_header(struct nl_msg *m, const void *header, size_t len);
void nl_put(struct nl_msg *m, int type, const void *data, size_t len);
void nl_put_text(struct nl_msg *m, int type, const char *text);
struct nlattr *nl_nest(struct nl_msg *m, int type); /* until nla_nest_end */
static inline void nl_put_u8(struct nl_msg *m, int type, uint8_t v)
{
	nl_put(m, type, &v, 1);
}
static inline void nl_put_u32(struct nl_msg *m, int type, uint32_t v)
{
	nl_put(m, type, &v, 4);
}

/* Carry the batch out. E tells the first failure: its request's text, the kernel's own words where
 * it has some ("create veth x: mtu less than device minimum"), and its errno. */
int nl_run(struct nl_sock *sk, struct nl_batch *b, struct err *e);

/* Send the one RTM_GET* request of B and hand each answer to REPLY. NLM_F_DUMP in the request asks
 * for all objects; EINTR: they changed meanwhile, the answer may be incomplete. */
typedef void nl_reply(struct nlmsghdr *h, void *arg);
int nl_get(struct nl_sock *sk, struct nl_batch *b, nl_reply *reply, void *arg, struct err *e);

#endif
