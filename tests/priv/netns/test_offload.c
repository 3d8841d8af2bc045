/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/netns/packet.h"

static unsigned offloads_of(struct guest *g, const struct end *end)
{
	struct err e = { 0 };
	unsigned on = ~0U;

	works(offload_get(g->net, end->side, end->name, &on, &e));
	return on;
}

/* What ethtool says. */
static struct run features(const struct guest *g, const struct end *end)
{
	return end->side == NET_GUEST ? inside(g, "ethtool", "-k", end->name)
				      : run_cmd("ethtool", "-k", end->name);
}

static void expect_tso(const struct guest *g, const struct end *end, const char *state)
{
	static const char *const names[] = { "tx-tcp-segmentation", "tx-tcp-ecn-segmentation",
					     "tx-tcp-mangleid-segmentation",
					     "tx-tcp6-segmentation" };
	scoped_run struct run r = features(g, end);

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		scoped_str char *line = str_printf("%s: %s", names[i], state);

		expect_text(r, line);
	}
}

static void both_ways(int kind)
{
	scoped_guest struct guest g;
	struct err e = { 0 };

	guest_begin_kind(&g, 1, kind);
	guest_plug(&g);
	const struct end ends[] = guest_ends(&g);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		const struct end *end = &ends[i], *other = &ends[1 - i];
		unsigned before = offloads_of(&g, other);

		cr_assert_eq(offloads_of(&g, end), OFFLOAD_TSO);
		expect_tso(&g, end, "on");
		works(offload_set(g.net, end->side, end->name, OFFLOAD_GRO | OFFLOAD_TSO,
				  OFFLOAD_GRO, &e));
		cr_assert_eq(offloads_of(&g, end), OFFLOAD_GRO);
		expect_tso(&g, end, "off");
		scoped_run struct run r = features(&g, end);
		expect_text(r, "generic-receive-offload: on");
		/* only what the mask names */
		works(offload_set(g.net, end->side, end->name, OFFLOAD_TSO, ~0U, &e));
		cr_assert_eq(offloads_of(&g, end), OFFLOAD_GRO | OFFLOAD_TSO);
		works(offload_set(g.net, end->side, end->name, OFFLOAD_GRO, 0, &e));
		cr_assert_eq(offloads_of(&g, end), OFFLOAD_TSO);
		expect_tso(&g, end, "on");
		cr_assert_eq(offloads_of(&g, other), before);
	}
	guest_unplug(&g);
}

HostTest(offload, both_ways)
{
	for (int kind = 0; kind < TEST_NS_KINDS; kind++)
		both_ways(kind);
}

/* One TSO feature that is on by itself lets packets past NAPI: it counts. */
HostTest(offload, one_feature_of_tso_is_tso)
{
	scoped_guest struct guest g;
	struct err e = { 0 };

	guest_begin(&g, 1);
	guest_plug(&g);
	const struct end host = { NET_HOST, g.host_name };
	works(offload_set(g.net, NET_HOST, g.host_name, OFFLOAD_TSO, 0, &e));
	must_run("ethtool", "-K", g.host_name, "tx-tcp6-segmentation", "on");
	cr_assert_eq(offloads_of(&g, &host), OFFLOAD_TSO);
	works(offload_set(g.net, NET_HOST, g.host_name, OFFLOAD_TSO, 0, &e));
	expect_tso(&g, &host, "off");
	guest_unplug(&g);
}

/* TSO needs checksum offload: without, the wish is taken and nothing happens. */
HostTest(offload, what_does_not_happen_is_an_error)
{
	scoped_guest struct guest g;
	struct err e = { 0 };

	guest_begin(&g, 1);
	guest_plug(&g);
	works(offload_set(g.net, NET_HOST, g.host_name, OFFLOAD_TSO, 0, &e));
	must_run("ethtool", "-K", g.host_name, "tx", "off");
	fails(offload_set(g.net, NET_HOST, g.host_name, OFFLOAD_TSO, OFFLOAD_TSO, &e), EOPNOTSUPP,
	      "TSO of");
	guest_unplug(&g);
}

HostTest(offload, a_link_that_is_not_there)
{
	scoped_guest struct guest g;
	struct err e = { 0 };
	unsigned on;

	guest_begin(&g, 1);
	for (enum net_side side = NET_HOST; side <= NET_GUEST; side++) {
		fails(offload_get(g.net, side, "none", &on, &e), ENODEV, "none");
		fails(offload_set(g.net, side, "none", OFFLOAD_GRO, 0, &e), ENODEV, "none");
	}
}
