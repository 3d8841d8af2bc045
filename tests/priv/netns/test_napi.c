/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/netns/packet.h"

enum { THREADS_MAX = 8 };

/* Kernel threads are seen in the machine's first PID namespace only: scripts/test has programs of
 * this name run there. */
static bool in_first_pidns(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == 0xEFFFFFFC;
}

static size_t threads_of(struct guest *g, const struct end *end, pid_t tids[THREADS_MAX])
{
	struct err e = { 0 };
	pid_t *found = NULL;
	size_t n = 0;

	works(napi_threads(g->net, end->side, end->name, &found, &n, &e));
	cr_assert_leq(n, THREADS_MAX);
	if (n > 0)
		memcpy(tids, found, n * sizeof *tids);
	free(found);
	return n;
}

static void expect_names(const struct end *end, const pid_t *tids, size_t n)
{
	char begin[12]; /* of a thread's 15 characters the number may take 4 */

	snprintf(begin, sizeof begin, "napi/%s", end->name);
	for (size_t i = 0; i < n; i++) {
		scoped_str char *path = str_printf("/proc/%d/comm", tids[i]);
		scoped_str char *comm = read_text(path);

		cr_assert_eq(strncmp(comm, begin, strlen(begin)), 0, "%d is %s, not %s", tids[i],
			     comm, begin);
	}
}

static void set_gro(struct guest *g, const struct end *end, bool on)
{
	struct err e = { 0 };

	works(offload_set(g->net, end->side, end->name, OFFLOAD_GRO, on ? OFFLOAD_GRO : 0, &e));
}

static void on_and_off(int kind)
{
	scoped_guest struct guest g;
	struct err e = { 0 };
	pid_t tids[THREADS_MAX];

	guest_begin_kind(&g, 1, kind);
	guest_plug(&g);
	const struct end ends[] = guest_ends(&g);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		const struct end *end = &ends[i];

		cr_assert_eq(threads_of(&g, end, tids), 0);
		fails(napi_set_threaded(g.net, end->side, end->name, true, &e), EOPNOTSUPP,
		      "GRO on");
		works(napi_set_threaded(g.net, end->side, end->name, false, &e));
		set_gro(&g, end, true);
		cr_assert_eq(threads_of(&g, end, tids), 0);
		works(napi_set_threaded(g.net, end->side, end->name, true, &e));
		cr_assert_eq(threads_of(&g, end, tids), 1);
		expect_names(end, tids, 1);
		works(napi_set_threaded(g.net, end->side, end->name, true, &e));
		cr_assert_eq(threads_of(&g, end, tids), 1);
		scoped_str char *on = sysfs_text(&g, end, "threaded");
		cr_assert_str_eq(on, "1");
		works(napi_set_threaded(g.net, end->side, end->name, false, &e));
		scoped_str char *off = sysfs_text(&g, end, "threaded");
		cr_assert_str_eq(off, "0");
		/* before 6.17 they stay, idle, until NAPI goes */
		if (kernel_at_least(6, 17))
			cr_assert_eq(threads_of(&g, end, tids), 0);
		set_gro(&g, end, false);
		set_gro(&g, end, true);
		cr_assert_eq(threads_of(&g, end, tids), 0);
	}
	guest_unplug(&g);
}

HostTest(napi, threads_come_are_told_and_go)
{
	skip_unless(in_first_pidns(), "needs the machine's PID namespace");
	for (int kind = 0; kind < TEST_NS_KINDS; kind++)
		on_and_off(kind);
}

/* --- the watch --- */

struct seen {
	struct strs names;
};

static void see(const char *name, void *arg)
{
	struct seen *s = arg;

	cr_assert(!strs_has(&s->names, name), "%s is told twice", name);
	strs_add(&s->names, name);
}

/* Whether the watch tells a change of NAME within 100 ms, the time there is to place threads. */
static bool told(int watch, const char *name)
{
	struct pollfd p = { .fd = watch, .events = POLLIN };
	int64_t end = now_ms() + 100;
	bool found = false;
	struct err e = { 0 };

	while (!found && now_ms() <= end) {
		struct seen s = { 0 };

		if (poll(&p, 1, (int)(end - now_ms()) + 1) == 0)
			break;
		works(net_watch_read(watch, see, &s, &e));
		found = strs_has(&s.names, name);
		strs_free(&s.names);
	}
	return found;
}

static void drain(int watch)
{
	struct err e = { 0 };
	struct seen s = { 0 };

	sleep_ms(50); /* the link watch comes late */
	works(net_watch_read(watch, see, &s, &e));
	strs_free(&s.names);
}

static void link_set(struct guest *g, const struct end *end, const char *how)
{
	scoped_run struct run r = end->side == NET_GUEST
					  ? inside(g, "ip", "link", "set", end->name, how)
					  : run_cmd("ip", "link", "set", end->name, how);
	cr_assert_eq(r.status, 0, "%s", r.err);
}

/* The thread is another one than OLD, and the watch has told. */
static void expect_new(struct guest *g, const struct end *end, int watch, pid_t *old)
{
	pid_t tids[THREADS_MAX];

	cr_assert(told(watch, end->name), "no word of %s", end->name);
	cr_assert(wait_until(threads_of(g, end, tids) == 1 && tids[0] != *old, 1000),
		  "%s: still %d", end->name, *old);
	*old = tids[0];
	drain(watch);
}

static void renewed(int kind)
{
	scoped_guest struct guest g;
	struct err e = { 0 };
	pid_t tid[THREADS_MAX];

	guest_begin_kind(&g, 1, kind);
	guest_plug(&g);
	const struct end ends[] = guest_ends(&g);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		const struct end *end = &ends[i];
		scoped_fd int watch = net_watch_open(g.net, end->side, &e);

		cr_assert(watch >= 0, "%s", e.text);
		set_gro(&g, end, true);
		works(napi_set_threaded(g.net, end->side, end->name, true, &e));
		cr_assert_eq(threads_of(&g, end, tid), 1);
		drain(watch);
		cr_assert(!told(watch, end->name), "nothing has changed");

		link_set(&g, end, "down");
		cr_assert_eq(threads_of(&g, end, (pid_t[THREADS_MAX]){ 0 }), 0);
		link_set(&g, end, "up");
		expect_new(&g, end, watch, tid);
		set_gro(&g, end, false);
		set_gro(&g, end, true);
		expect_new(&g, end, watch, tid);
	}
	guest_unplug(&g);
}

HostTest(napi, threads_are_others_after_a_change_and_the_watch_tells)
{
	skip_unless(in_first_pidns(), "needs the machine's PID namespace");
	for (int kind = 0; kind < TEST_NS_KINDS; kind++)
		renewed(kind);
}

/* A pair of the same index on both sides: there the kernel is in no hurry to tell of the carrier,
 * which goes and comes with the number of channels. */
static void same_index_pair(struct guest *g)
{
	scoped_str char *ns = str_printf("/proc/%d/fd/%d", getpid(), g->ns);

	must_run("ip", "link", "add", "same0", "index", "77", "type", "veth", "peer", "name",
		 "same1", "index", "77", "netns", ns);
	must_run("ip", "link", "set", "same0", "up");
	link_set(g, &(struct end){ NET_GUEST, "same1" }, "up");
}

/* More channels, more NAPI instances. */
HostTest(napi, channels_are_told)
{
	scoped_guest struct guest g;
	struct err e = { 0 };
	pid_t tids[THREADS_MAX];

	skip_unless(in_first_pidns(), "needs the machine's PID namespace");
	guest_begin_kind(&g, 1, TEST_NS_USER);
	same_index_pair(&g);
	const struct end end = { NET_GUEST, "same1" };
	scoped_fd int watch = net_watch_open_channels(g.net, NET_GUEST, &e);
	cr_assert(watch >= 0, "%s", e.text);
	set_gro(&g, &end, true);
	works(napi_set_threaded(g.net, end.side, end.name, true, &e));
	drain(watch);
	for (size_t n = 1; n <= 6; n++) {
		const char *channels = n % 2 ? "2" : "1";
		scoped_run struct run r = inside(&g, "ethtool", "-L", end.name, "rx", channels);

		cr_assert_eq(r.status, 0, "%s", r.err);
		cr_assert(told(watch, end.name), "change %zu", n);
		cr_assert_eq(threads_of(&g, &end, tids), n % 2 ? 2 : 1);
		expect_names(&end, tids, n % 2 ? 2 : 1);
	}
	must_run("ip", "link", "delete", "same0");
}

HostTest(napi, threads_of_one_link_only)
{
	scoped_guest struct guest g;
	struct err e = { 0 };
	pid_t tids[2][THREADS_MAX];

	skip_unless(in_first_pidns(), "needs the machine's PID namespace");
	guest_begin_kind(&g, 1, TEST_NS_USER);
	guest_plug(&g);
	same_index_pair(&g);
	const struct end ends[] = { { NET_GUEST, "eth0" }, { NET_GUEST, "same1" } };
	for (int i = 0; i < 2; i++) {
		set_gro(&g, &ends[i], true);
		works(napi_set_threaded(g.net, ends[i].side, ends[i].name, true, &e));
	}
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(threads_of(&g, &ends[i], tids[i]), 1);
		expect_names(&ends[i], tids[i], 1);
	}
	must_run("ip", "link", "delete", "same0");
	guest_unplug(&g);
}

HostTest(napi, a_link_that_is_not_there)
{
	scoped_guest struct guest g;
	struct err e = { 0 };
	pid_t *tids = NULL;
	size_t n = 0;

	guest_begin(&g, 1);
	for (enum net_side side = NET_HOST; side <= NET_GUEST; side++) {
		fails(napi_set_threaded(g.net, side, "none", true, &e), ENODEV, "none");
		fails(napi_threads(g.net, side, "none", &tids, &n, &e), ENODEV, "none");
	}
}

/* 0: it is refused as it should be. */
static int ask_elsewhere(struct guest *g)
{
	struct err e = { 0 };
	pid_t *tids = NULL;
	size_t n = 0;

	if (mount("proc", "/proc", "proc", 0, NULL) < 0 ||
	    napi_threads(g->net, NET_HOST, g->host_name, &tids, &n, &e) == 0)
		return 1;
	return e.code == EOPNOTSUPP && strstr(e.text, "PID namespace") ? 0 : 2;
}

/* In another PID namespace a number that the kernel tells is somebody else's, or nobody's. */
HostTest(napi, threads_are_told_in_the_first_pid_namespace_only)
{
	scoped_guest struct guest g;
	int status = 0;

	guest_begin(&g, 1);
	guest_plug(&g);
	pid_t pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
			_exit(3);
		pid_t first = fork();
		if (first == 0)
			_exit(ask_elsewhere(&g));
		waitpid(first, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	guest_unplug(&g);
}

/* What the kernel would say of eth0, said by somebody in the guest. */
static void forge(const struct guest *g)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg ifi;
		struct nlattr a;
		char name[8];
	} m = { .h = { .nlmsg_len = sizeof m, .nlmsg_type = RTM_NEWLINK },
		.a = { .nla_len = sizeof m.a + sizeof "eth0", .nla_type = IFLA_IFNAME },
		.name = "eth0" };
	const struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		int s = setns(g->ns, CLONE_NEWNET) == 0
				? socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)
				: -1;
		_exit(sendto(s, &m, sizeof m, 0, (const struct sockaddr *)&to, sizeof to) ==
				      sizeof m
			      ? 0
			      : 1);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
}

HostTest(watch, tells_links_that_come_and_go)
{
	scoped_guest struct guest g;
	struct err e = { 0 };

	guest_begin_kind(&g, 1, TEST_NS_USER);
	scoped_fd int watch = net_watch_open(g.net, NET_GUEST, &e);
	scoped_fd int host = net_watch_open(g.net, NET_HOST, &e);
	cr_assert(watch >= 0 && host >= 0, "%s", e.text);
	guest_plug(&g);
	cr_assert(told(watch, "eth0"));
	cr_assert(told(host, g.host_name));
	drain(watch);
	guest_unplug(&g);
	cr_assert(told(watch, "eth0"));
}

HostTest(watch, believes_the_kernel_only)
{
	scoped_guest struct guest g;
	struct err e = { 0 };

	guest_begin_kind(&g, 1, TEST_NS_USER);
	guest_plug(&g);
	scoped_fd int watch = net_watch_open(g.net, NET_GUEST, &e);
	cr_assert(watch >= 0, "%s", e.text);
	drain(watch);
	forge(&g);
	cr_assert(wait_until(poll(&(struct pollfd){ watch, POLLIN, 0 }, 1, 0) == 1, 1000),
		  "nothing was sent");
	cr_assert(!told(watch, "eth0"));
	guest_unplug(&g);
}

HostTest(watch, what_is_lost_is_told_as_a_change_of_all)
{
	scoped_guest struct guest g;
	struct err e = { 0 };
	const int small = 4096;

	guest_begin(&g, 1);
	guest_plug(&g);
	scoped_fd int watch = net_watch_open(g.net, NET_GUEST, &e);
	cr_assert(watch >= 0, "%s", e.text);
	cr_assert_eq(setsockopt(watch, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
	const struct end end = { NET_GUEST, "eth0" };
	for (int i = 0; i < 10; i++)
		set_gro(&g, &end, i % 2 == 0);
	cr_assert(told(watch, ""));
	set_gro(&g, &end, true); /* and it goes on */
	cr_assert(told(watch, "eth0"));
	guest_unplug(&g);
}
