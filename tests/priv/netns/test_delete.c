/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/netns/guest.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

HostTest(delete, only_this_mark_and_the_other_ends_go)
{
	scoped_guest struct guest a;
	scoped_guest struct guest b;
	struct link_info l;
	struct err e = { 0 };

	guest_begin(&a, 1);
	guest_begin(&b, 2);
	a.port.mark = 0xf0000001; /* the kernel's are signed */
	guest_plug(&a);
	guest_plug(&b);
	must_run("ip", "link", "add", "foreign", "group", "4711", "type", "veth", "peer", "name",
		 "f2");

	works(ports_delete(a.net, a.port.mark, &e));
	fails(link_get(a.net->host, a.host_name, &l, &e), ENODEV, a.host_name);
	fails(link_get(a.net->guest, "eth0", &l, &e), ENODEV, "eth0");
	works(link_get(b.net->host, b.host_name, &l, &e));
	works(link_get(b.net->guest, "eth0", &l, &e));
	works(link_get(b.net->host, "foreign", &l, &e));
	works(ports_delete(a.net, a.port.mark, &e)); /* none is fine */

	must_run("ip", "link", "del", "foreign");
	guest_unplug(&b);
}

/* Pairs that lie in the host's namespace whole, all ends up. */
static void make_pairs(int n)
{
	for (int i = 0; i < n; i++) {
		char name[16], peer[16];

		snprintf(name, sizeof name, "v%d", i);
		snprintf(peer, sizeof peer, "p%d", i);
		must_run("ip", "link", "add", name, "up", "group", "8001", "type", "veth", "peer",
			 "name", peer);
		must_run("ip", "link", "set", peer, "up");
	}
}

static int64_t time_to_delete(struct net *n, int pairs)
{
	struct err e = { 0 };

	make_pairs(pairs);
	int64_t start = now_ms();
	works(ports_delete(n, MARK, &e));
	return now_ms() - start;
}

HostTest(delete, many_take_hardly_longer_than_one)
{
	enum { MANY = 32 };
	struct net *n = NULL;
	struct err e = { 0 };

	works(net_open_host(&n, &e));
	int64_t one = time_to_delete(n, 1), many = time_to_delete(n, MANY);
	net_free(n);
	/* One by one each waits for RCU, 12 to 24 ms. */
	cr_assert(many < MANY * 6, "one %d ms, %d %d ms", (int)one, MANY, (int)many);
}

/* Group 0 is every link that nobody marked: a caller that passes it must not get far. */
HostTest(delete, mark_0_ends_the_caller)
{
	struct net *n = NULL;
	struct err e = { 0 };
	int status = 0;

	works(net_open_host(&n, &e));
	must_run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "p0");
	pid_t pid = fork();
	if (pid == 0) {
		const struct rlimit no_core = { 0 };

		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		fclose(stderr);
		(void)ports_delete(n, 0, &e);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "%x", status);
	net_free(n);
	must_run("ip", "link", "del", "v0"); /* still there, so that this works */
}
