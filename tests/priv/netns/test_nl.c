/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/netns/guest.h"

#include "netns/addr.h"

static struct nl_sock *open_sock(void)
{
	struct nl_sock *sk = NULL;
	struct err e = { 0 };

	works(nl_open(&sk, NETLINK_ROUTE, &e));
	return sk;
}

static void sock_drop(struct nl_sock **sk)
{
	nl_socket_free(*sk);
}
#define scoped_sock scoped(sock_drop)

HostTest(nl, the_kernels_words_and_errno_arrive)
{
	scoped_sock struct nl_sock *sk = open_sock();
	scoped_batch struct nl_batch b = { 0 };
	struct err e = { 0 };
	struct nl_msg *m = link_add_change(&b, "lo", str_dup("set MTU of lo"));

	nl_put_u32(m, IFLA_MTU, UINT32_MAX);
	cr_assert_eq(nl_run(sk, &b, &e), -1);
	cr_assert_eq(e.code, EINVAL);
	cr_assert_str_eq(e.text, "set MTU of lo: mtu less than device minimum");
}

HostTest(nl, without_words_the_request_is_named)
{
	scoped_sock struct nl_sock *sk = open_sock();
	scoped_batch struct nl_batch b = { 0 };
	struct err e = { 0 };

	link_add_up(&b, "nosuch");
	cr_assert_eq(nl_run(sk, &b, &e), -1);
	cr_assert_eq(e.code, ENODEV);
	cr_assert_str_eq(e.text, "set link nosuch up");
}

HostTest(nl, the_first_failure_of_a_batch_is_told)
{
	scoped_sock struct nl_sock *sk = open_sock();
	scoped_batch struct nl_batch b = { 0 };
	struct link_info l;
	struct err e = { 0 };

	must_run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1");
	link_add_up(&b, "v0");
	link_add_up(&b, "nosuch1");
	link_add_up(&b, "nosuch2");
	link_add_up(&b, "v1");
	cr_assert_eq(nl_run(sk, &b, &e), -1);
	cr_assert_str_eq(e.text, "set link nosuch1 up");
	/* the socket is of use afterwards, and the rest of the batch was carried out */
	works(link_get(sk, "v1", &l, &e));
	cr_assert(l.flags & IFF_UP);
	must_run("ip", "link", "del", "v0");
}

HostTest(nl, what_is_forgiven_is_no_failure)
{
	scoped_sock struct nl_sock *sk = open_sock();
	scoped_batch struct nl_batch b = { 0 };
	struct err e = { 0 };

	link_add_up(&b, "nosuch");
	nl_forgive(&b, EEXIST);
	cr_assert_eq(nl_run(sk, &b, &e), -1);
	nl_forgive(&b, ENODEV);
	works(nl_run(sk, &b, &e));
}

/* More than the socket's buffers hold, each way. */
HostTest(nl, long_batches_go_out_in_parts)
{
	enum { MANY = 200 };
	scoped_sock struct nl_sock *sk = open_sock();
	struct ipaddr addrs[MANY];
	struct link_info lo;
	const struct ipaddr *missing;
	struct err e = { 0 };

	for (int i = 0; i < MANY; i++) {
		scoped_str char *text = str_printf("10.1.%d.1/32", i);

		cr_assert(ipaddr_parse_prefix(text, 0, &addrs[i]));
	}
	const struct addr_set set = { .v = addrs, .n = MANY };
	works(link_get(sk, "lo", &lo, &e));
	for (int round = 0; round < 2; round++) {
		scoped_batch struct nl_batch b = { 0 };

		addr_add(&b, &lo, &set, round == 0 ? 0 : EEXIST); /* none fails, then every one */
		works(nl_run(sk, &b, &e));
		works(addr_missing(sk, &lo, &set, &missing, &e));
		cr_assert_null(missing);
	}

	scoped_batch struct nl_batch again = { 0 };
	addr_add(&again, &lo, &set, 0);
	cr_assert_eq(nl_run(sk, &again, &e), -1);
	cr_assert_eq(e.code, EEXIST);
	cr_assert(strstr(e.text, "10.1.0.1/32"), "%s", e.text);
	works(link_get(sk, "lo", &lo, &e));
}

HostTest(nl, descriptors_are_closed_on_exec)
{
	scoped_guest struct guest g;

	guest_begin(&g, 1);
	const int fds[] = { nl_socket_get_fd(g.net->host), nl_socket_get_fd(g.net->guest),
			    g.net->guest_ns };
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		cr_assert(fcntl(fds[i], F_GETFD) & FD_CLOEXEC, "%zu", i);
}

HostTest(nl, no_namespace_to_enter_is_told)
{
	scoped_fd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct net *n = NULL;
	struct link_info l;
	struct err e = { 0 };

	works(net_open_host(&n, &e));
	fails(net_open_guest(n, null, &e), EINVAL, "enter network namespace");
	works(link_get(n->host, "lo", &l, &e));
	net_free(n);
}
