/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/nl.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/socket.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* libnl gives its sockets 32 kB of buffer each way. So much at once fits, with an error (below
 * 1 kB with its bookkeeping) in answer to each request. */
enum { CHUNK_REQUESTS = 32, CHUNK_BYTES = 16384 };

static int set_options(int fd)
{
	static const int options[] = { NETLINK_EXT_ACK, NETLINK_CAP_ACK };
	const int on = 1;

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (setsockopt(fd, SOL_NETLINK, options[i], &on, sizeof on) < 0)
			return -1;
	return 0;
}

int nl_open(struct nl_sock **out, int protocol, struct err *e)
{
	struct nl_sock *sk = nl_socket_alloc();

	if (!sk)
		return err_set(e, ENOMEM, "open netlink socket");
	/* Two system calls an answer less; the answers here are far below libnl's 16 kB. */
	nl_socket_disable_msg_peek(sk);
	errno = 0; /* nl_connect leaves errno in place, and returns less than it says */
	if (nl_connect(sk, protocol) < 0 || set_options(nl_socket_get_fd(sk)) < 0 ||
	    nl_socket_set_nonblocking(sk) < 0) {
		err_set(e, errno, "open netlink socket");
		nl_socket_free(sk);
		return -1;
	}
	*out = sk;
	return 0;
}

void nl_batch_drop(struct nl_batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		nlmsg_free(b->v[i].msg);
		free(b->v[i].what);
	}
	free(b->v);
	*b = (struct nl_batch){ 0 };
}

struct nl_msg *nl_add(struct nl_batch *b, int type, int flags, char *what)
{
	struct nl_msg *m = nlmsg_alloc_simple(type, flags | NLM_F_REQUEST);

	if (!m)
		abort();
	b->v = mem_grow(b->v, b->n + 1, sizeof *b->v);
	b->v[b->n] = (struct nl_request){ .msg = m };
	b->v[b->n++].what = what;
	return m;
}

void nl_forgive(struct nl_batch *b, int code)
{
	b->v[b->n - 1].forgive = code;
}

void nl_header(struct nl_msg *m, const void *header, size_t len)
{
	/* nlmsg_append only reads what it is given, whatever its prototype says. */
	if (nlmsg_append(m, (void *)(uintptr_t)header, len, NLMSG_ALIGNTO) < 0)
		abort();
}

void nl_put(struct nl_msg *m, int type, const void *data, size_t len)
{
	if (nla_put(m, type, (int)len, data) < 0)
		abort();
}

void nl_put_text(struct nl_msg *m, int type, const char *text)
{
	nl_put(m, type, text, strlen(text) + 1);
}

struct nlattr *nl_nest(struct nl_msg *m, int type)
{
	struct nlattr *nest = nla_nest_start(m, type);

	if (!nest)
		abort();
	return nest;
}

/* One sendmsg and what comes back. */
struct exchange {
	const struct nl_request *v;
	size_t n;
	uint32_t seq; /* of the first request */
	nl_reply *reply;
	void *arg;
	struct err *e;
	bool done;
	bool failed;
};

/* The kernel's own words, or "". With NETLINK_CAP_ACK the request is cut from the error, so that
 * the attributes follow its header directly. */
static void extack_text(struct nlmsghdr *h, char *out, size_t size)
{
	struct nlmsgerr *m = nlmsg_data(h);
	size_t skip = sizeof *m;

	out[0] = '\0';
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		skip += m->msg.nlmsg_len - NLMSG_HDRLEN;

	struct nlattr *text = nlmsg_find_attr(h, (int)skip, NLMSGERR_ATTR_MSG);
	if (text)
		nla_strlcpy(out, text, size);
}

static void take_error(struct exchange *x, size_t i, int code, struct nlmsghdr *h)
{
	char words[256] = "";

	if (code == 0 || code == x->v[i].forgive || x->failed)
		return;
	x->failed = true;
	if (h->nlmsg_type == NLMSG_ERROR)
		extack_text(h, words, sizeof words);
	err_set(x->e, code, words[0] ? "%s: %s" : "%s", x->v[i].what, words);
}

static void take_answer(struct exchange *x, struct nlmsghdr *h)
{
	size_t i = h->nlmsg_seq - x->seq;
	int code = 0;

	if (i >= x->n)
		return; /* left over from an exchange that broke off */
	if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE) {
		if (nlmsg_datalen(h) >= (int)sizeof code)
			memcpy(&code, nlmsg_data(h), sizeof code);
		if (code == 0 && (h->nlmsg_flags & NLM_F_DUMP_INTR))
			code = -EINTR;
		take_error(x, i, -code, h);
		x->done = i == x->n - 1;
		return;
	}
	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		take_error(x, i, EINTR, h);
	if (x->reply)
		x->reply(h, x->arg);
	x->done = x->reply && !(h->nlmsg_flags & NLM_F_MULTI);
}

/* The kernel answers within sendmsg(2), so an empty socket means a lost answer. */
static int receive(struct nl_sock *sk, struct exchange *x)
{
	struct sockaddr_nl from;

	while (!x->done) {
		scoped(str_drop) char *bytes = NULL;

		errno = 0;
		int left = nl_recv(sk, &from, (unsigned char **)&bytes, NULL);
		if (left <= 0)
			return err_set(x->e, errno ? errno : EPROTO, "%s: receive answer",
				       x->v[0].what);

		struct nlmsghdr *h = (struct nlmsghdr *)bytes;
		for (; nlmsg_ok(h, left); h = nlmsg_next(h, &left))
			take_answer(x, h);
	}
	return x->failed ? -1 : 0;
}

static int exchange(struct nl_sock *sk, struct exchange *x)
{
	struct iovec iov[CHUNK_REQUESTS];

	for (size_t i = 0; i < x->n; i++) {
		struct nlmsghdr *h = nlmsg_hdr(x->v[i].msg);

		h->nlmsg_seq = nl_socket_use_seq(sk);
		if (i == 0)
			x->seq = h->nlmsg_seq;
		iov[i] = (struct iovec){ h, h->nlmsg_len };
	}
	/* Failures are always answered, and in order: one confirmation, the last, is enough. */
	if (!x->reply)
		nlmsg_hdr(x->v[x->n - 1].msg)->nlmsg_flags |= NLM_F_ACK;

	errno = 0;
	if (nl_send_iovec(sk, x->v[0].msg, iov, (unsigned)x->n) < 0)
		return err_set(x->e, errno, "%s: send request", x->v[0].what);
	return receive(sk, x);
}

/* How many requests from the START on go out together. Messages are 4-byte aligned as they are:
 * every header and attribute in them is. */
static size_t chunk_of(const struct nl_batch *b, size_t start)
{
	size_t n = 0, bytes = 0;

	while (n < CHUNK_REQUESTS && start + n < b->n) {
		bytes += nlmsg_hdr(b->v[start + n].msg)->nlmsg_len;
		if (n > 0 && bytes > CHUNK_BYTES)
			break;
		n++;
	}
	return n;
}

int nl_run(struct nl_sock *sk, struct nl_batch *b, struct err *e)
{
	for (size_t at = 0; at < b->n;) {
		struct exchange x = { .v = b->v + at, .n = chunk_of(b, at), .e = e };

		if (exchange(sk, &x) < 0)
			return -1;
		at += x.n;
	}
	return 0;
}

int nl_get(struct nl_sock *sk, struct nl_batch *b, nl_reply *reply, void *arg, struct err *e)
{
	struct exchange x = { .v = b->v, .n = b->n, .reply = reply, .arg = arg, .e = e };

	return exchange(sk, &x);
}
