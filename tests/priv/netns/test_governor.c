/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/governor_bpf.h"
#include "tests/priv/netns/packet.h"
#include "runtime/base/bpf.h"

#include <netinet/udp.h>

enum { WINDOW_MS = 1000, BUCKET_MS = 2000, TRIES = 20, AT_ONCE_NS = 2000000 };

struct count {
	uint64_t passed, dropped;
	int64_t at_ns;
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static struct count count(struct guest *g, const struct end *end)
{
	struct count c = { .at_ns = now_ns() };
	struct err e = { 0 };

	works(governor_read(g->net, end->side, end->name, &c.passed, &c.dropped, &e));
	return c;
}

static void set(struct guest *g, const struct end *end, uint64_t rate, uint64_t burst)
{
	struct err e = { 0 };

	works(governor_set(g->net, end->side, end->name, rate, burst, &e));
}

/* As count(), by the state itself, which takes no time: a busy machine, or an emulated one, is slow
 * enough. */
static struct count glance(const struct governor *state)
{
	return (struct count){ .passed = __atomic_load_n(&state->passed, __ATOMIC_RELAXED),
			       .dropped = __atomic_load_n(&state->dropped, __ATOMIC_RELAXED),
			       .at_ns = now_ns() };
}

/* The next moment of a drop: the bucket is empty. EXACTLY: not some time before. False: there was
 * none for long, so that the bucket may have run over: the flood has waited for a CPU, or we. */
static bool next_drop(const struct governor *state, struct count *c, bool exactly)
{
	const int64_t late = c->at_ns + BUCKET_MS / 2 * 1000000LL;
	struct count last;

	do {
		last = *c;
		*c = glance(state);
		if (c->at_ns >= late)
			return false;
	} while (c->dropped == last.dropped || (exactly && c->at_ns - last.at_ns > AT_ONCE_NS));
	return true;
}

/* From an empty bucket to an empty one that has not run over meanwhile, so that what has passed is
 * the rate and nothing else. */
static bool measure(const struct governor *state, double *rate)
{
	struct count a = glance(state), b;

	if (!next_drop(state, &a, true))
		return false;
	b = a;
	while (b.at_ns - a.at_ns < WINDOW_MS * 1000000LL) {
		sleep_ms(10);
		if (!next_drop(state, &b, false))
			return false;
	}
	if (!next_drop(state, &b, true))
		return false;
	*rate = (double)(b.passed - a.passed) * 1e9 / (double)(b.at_ns - a.at_ns);
	return true;
}

static void expect_rate(struct guest *g, const struct end *end, double rate)
{
	struct err e = { 0 };
	scoped_fd int map = governor_open(g->net, end->side, end->name, &e);
	scoped_governor struct governor *state = governor_map(map, &e);
	double seen = 0;
	int tries = 0;

	cr_assert(state, "%s", e.text);
	while (!measure(state, &seen))
		cr_assert_lt(tries++, TRIES, "the flood does not keep up");
	cr_assert(seen > rate * 0.98 && seen < rate * 1.02, "%.0f packets per second, not %.0f",
		  seen, rate);
}

static uint64_t received(struct guest *g, enum net_side by)
{
	struct port_stats s;
	struct err e = { 0 };

	works(port_stats_read(g->net, g->host_name, &s, &e));
	return by == NET_GUEST ? s.rx_packets : s.tx_packets;
}

/* What a flood that is at work offers, packets per second. */
static uint64_t offered(struct guest *g, const struct end *end)
{
	set(g, end, UINT64_MAX, 1);
	struct count a = count(g, end);
	sleep_ms(300);
	struct count b = count(g, end);

	cr_assert_gt(b.passed, a.passed);
	return (b.passed - a.passed) * 1000000000 / (uint64_t)(b.at_ns - a.at_ns);
}

/* Two CPUs send at once. The rates are below what a flood reaches on a busy machine, emulated or
 * not. */
static void holds_a_rate(struct guest *g, const struct end *end)
{
	static const unsigned parts[] = { 20, 8, 50 };
	scoped_fd int udp = udp_to_peer(g, end->side);

	set(g, end, UINT64_MAX, 1);
	uint64_t before = received(g, end->side == NET_HOST ? NET_GUEST : NET_HOST);
	uint64_t passed = count(g, end).passed;
	pid_t floods[] = { flood_begin(udp, 0),
			   flood_begin(udp, sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 1 : 0) };

	uint64_t flood = offered(g, end);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		uint64_t rate = flood / parts[i];

		set(g, end, rate, rate * BUCKET_MS / 1000);
		expect_rate(g, end, (double)rate);
	}
	for (size_t i = 0; i < ARRAY_LEN(floods); i++)
		flood_end(floods[i]);
	/* and what it says has passed has arrived */
	uint64_t after = received(g, end->side == NET_HOST ? NET_GUEST : NET_HOST);
	cr_assert_eq(after - before, count(g, end).passed - passed, "%lu arrived of %lu",
		     after - before, count(g, end).passed - passed);
}

static void rate_of_both_ends(int kind)
{
	scoped_guest struct guest g;

	guest_begin_kind(&g, 1, kind);
	guest_plug_reachable(&g);
	const struct end ends[] = guest_ends(&g);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		holds_a_rate(&g, &ends[i]);
	guest_unplug(&g);
}

HostTest(governor, holds_a_rate_and_changes_it_live)
{
	for (int kind = 0; kind < TEST_NS_KINDS; kind++)
		rate_of_both_ends(kind);
}

HostTest(governor, all_or_nothing_and_counts_segments)
{
	scoped_guest struct guest g;
	char big[1000] = "";
	const int segment = 100;

	guest_begin_kind(&g, 1, TEST_NS_USER);
	guest_plug_reachable(&g);
	const struct end host = { NET_HOST, g.host_name };
	scoped_fd int udp = udp_to_peer(&g, NET_HOST);

	set(&g, &host, 0, 10);
	send_some(udp, 100, "", 1);
	struct count none = count(&g, &host);
	cr_assert(none.passed == 0 && none.dropped == 100, "%lu, %lu", none.passed, none.dropped);
	set(&g, &host, UINT64_MAX, 1);
	send_some(udp, 100, "", 1);
	struct count all = count(&g, &host);
	cr_assert(all.passed == 100 && all.dropped == 100, "%lu, %lu", all.passed, all.dropped);
	cr_assert_eq(setsockopt(udp, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment), 0);
	send_some(udp, 1, big, sizeof big);
	cr_assert_eq(count(&g, &host).passed, 110);
	guest_unplug(&g);
}

/* Nothing of it is in the process that made it. */
static int read_elsewhere(const char *name, uint64_t passed)
{
	struct net *n = NULL;
	struct err e = { 0 };
	uint64_t p = 0, d = 0;
	bool ok = net_open_host(&n, &e) == 0 && governor_read(n, NET_HOST, name, &p, &d, &e) == 0 &&
		  p == passed && governor_set(n, NET_HOST, name, 0, 1, &e) == 0;

	net_free(n);
	return ok ? 0 : 1;
}

HostTest(governor, another_process_finds_it)
{
	scoped_guest struct guest g;
	int status = -1;

	guest_begin(&g, 1);
	guest_plug_reachable(&g);
	const struct end host = { NET_HOST, g.host_name };
	scoped_fd int udp = udp_to_peer(&g, NET_HOST);
	pid_t maker = fork();
	if (maker == 0) {
		struct err e = { 0 };

		_exit(governor_set(g.net, NET_HOST, g.host_name, 1000, 10, &e) == 0 ? 0 : 1);
	}
	cr_assert_eq(waitpid(maker, &status, 0), maker);
	cr_assert_eq(status, 0);
	send_some(udp, 1, "", 1);
	cr_assert_eq(count(&g, &host).passed, 1);
	pid_t reader = fork();
	if (reader == 0)
		_exit(read_elsewhere(g.host_name, 1));
	cr_assert_eq(waitpid(reader, &status, 0), reader);
	cr_assert_eq(status, 0);
	send_some(udp, 2, "", 1);
	cr_assert_eq(count(&g, &host).passed, 1);
	guest_unplug(&g);
}

static uint32_t program_id(const struct guest *g)
{
	scoped_run struct run r = run_cmd("tc", "filter", "show", "dev", g->host_name, "egress");
	const char *id = strstr(r.out, " id ");

	cr_assert(id, "%s%s", r.out, r.err);
	return (uint32_t)strtoul(id + 4, NULL, 10);
}

HostTest(governor, leaves_nothing)
{
	scoped_guest struct guest g;
	struct err e = { 0 };
	uint64_t p, d;

	guest_begin(&g, 1);
	guest_plug(&g);
	const struct end host = { NET_HOST, g.host_name };
	works(governor_remove(g.net, NET_HOST, g.host_name, &e));
	fails(governor_read(g.net, NET_HOST, g.host_name, &p, &d, &e), ENOENT, "no governor");
	set(&g, &host, 100, 10);
	uint32_t id = program_id(&g);
	set(&g, &host, 200, 10);
	cr_assert_eq(program_id(&g), id, "it is changed, not made again");
	works(governor_remove(g.net, NET_HOST, g.host_name, &e));
	scoped_run struct run r = run_cmd("tc", "qdisc", "show", "dev", g.host_name);
	expect_no_text(r, "clsact");
	cr_assert(wait_until(({
				     scoped_fd int fd = bpf_program_open(id);
				     fd < 0 && errno == ENOENT;
			     }),
			     2000));
	fails(governor_read(g.net, NET_HOST, g.host_name, &p, &d, &e), ENOENT, "no governor");
	works(governor_remove(g.net, NET_HOST, g.host_name, &e));
	guest_unplug(&g);
}

HostTest(governor, leaves_what_others_filter)
{
	scoped_guest struct guest g;
	struct err e = { 0 };

	guest_begin(&g, 1);
	guest_plug(&g);
	const struct end host = { NET_HOST, g.host_name };
	must_run("tc", "qdisc", "add", "dev", g.host_name, "clsact");
	must_run("tc", "filter", "add", "dev", g.host_name, "ingress", "protocol", "all", "prio",
		 "1", "u32", "match", "u32", "0", "0", "classid", "1:1");
	set(&g, &host, 100, 10);
	works(governor_remove(g.net, NET_HOST, g.host_name, &e));
	scoped_run struct run r = run_cmd("tc", "filter", "show", "dev", g.host_name, "ingress");
	expect_text(r, "u32");
	guest_unplug(&g);
}

HostTest(governor, a_link_that_is_not_there)
{
	scoped_guest struct guest g;
	struct err e = { 0 };
	uint64_t p, d;

	guest_begin(&g, 1);
	for (enum net_side side = NET_HOST; side <= NET_GUEST; side++) {
		fails(governor_set(g.net, side, "none", 1, 1, &e), ENODEV, "none");
		fails(governor_read(g.net, side, "none", &p, &d, &e), ENODEV, "none");
		fails(governor_remove(g.net, side, "none", &e), ENODEV, "none");
	}
}
