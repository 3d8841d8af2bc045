/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/netns/packet.h"

/* Of the first N receive queues. */
static void expect_masks(const struct guest *g, const struct end *end, int n, const char *mask)
{
	for (int i = 0; i < n; i++) {
		scoped_str char *file = str_printf("queues/rx-%d/rps_cpus", i);
		scoped_str char *text = sysfs_text(g, end, file);

		cr_assert_str_eq(text, mask, "%s of %s: %s", file, end->name, text);
	}
}

static void all_queues(int kind)
{
	scoped_guest struct guest g;
	struct err e = { 0 };

	guest_begin_kind(&g, 1, kind);
	guest_plug(&g);
	const struct end ends[] = guest_ends(&g);
	scoped_run struct run r = inside(&g, "ethtool", "-L", "eth0", "rx", "2");
	cr_assert_eq(r.status, 0, "%s", r.err);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		const struct end *end = &ends[i];
		int n = end->side == NET_GUEST ? 2 : 1;

		expect_masks(&g, end, n, "0");
		works(rps_set(g.net, end->side, end->name, "0-1", &e));
		expect_masks(&g, end, n, "3");
		works(rps_set(g.net, end->side, end->name, "1", &e));
		expect_masks(&g, end, n, "2");
		fails(rps_set(g.net, end->side, end->name, "1-1023", &e), EINVAL,
		      "on CPUs 1-1023: those that are online here are 0");
		fails(rps_set(g.net, end->side, end->name, "1-", &e), EINVAL, "not a list");
		expect_masks(&g, end, n, "2");
		works(rps_set(g.net, end->side, end->name, "", &e));
		expect_masks(&g, end, n, "0");
		fails(rps_set(g.net, end->side, "none", "0", &e), ENODEV, "none");
	}
	guest_unplug(&g);
}

HostTest(rps, is_for_all_queues_of_one_end)
{
	for (int kind = 0; kind < TEST_NS_KINDS; kind++)
		all_queues(kind);
}

/* Packets that softnet_stat's tenth column counts: received for another CPU by RPS. */
static unsigned handed_over(int cpu)
{
	scoped_str char *text = read_text("/proc/net/softnet_stat");
	char *line = text;
	unsigned field = 0;

	for (int i = 0; i < cpu; i++)
		line = strchr(line, '\n') + 1;
	for (int i = 0; i < 10; i++)
		field = (unsigned)strtoul(line, &line, 16);
	return field;
}

/* What is sent on CPU 0 is received on CPU 1. */
HostTest(rps, moves_the_work)
{
	scoped_guest struct guest g;
	struct err e = { 0 };
	cpu_set_t set;

	skip_unless(sysconf(_SC_NPROCESSORS_ONLN) > 1, "needs two CPUs");
	guest_begin_kind(&g, 1, TEST_NS_USER);
	guest_plug_reachable(&g);
	scoped_fd int udp = udp_to_peer(&g, NET_HOST);
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	cr_assert_eq(sched_setaffinity(0, sizeof set, &set), 0);

	works(rps_set(g.net, NET_GUEST, "eth0", "1", &e));
	unsigned before = handed_over(1);
	send_some(udp, 1000, "", 1);
	/* one interrupt may be for many */
	cr_assert(wait_until(handed_over(1) > before, 1000), "still %u", before);
	guest_unplug(&g);
}
