/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/netns/guest.h"

static const char setting[] = "/proc/sys/net/bridge/bridge-nf-call-iptables";

static void drop_forwarded(const char *family)
{
	scoped_str char *chain = str_printf(
		"add table %s t; add chain %s t c { type filter hook forward priority 0; policy drop; }",
		family, family);

	must_run("nft", chain);
}

static bool passes(const struct guest *from, const char *to)
{
	scoped_run struct run r = inside(from, "ping", "-n", "-c1", "-W1", to);

	return r.status == 0;
}

/* The warning is there exactly when the host drops what passes between two guests. */
HostTest(netfilter, warns_when_packets_would_be_lost)
{
	scoped_guest struct guest a;
	scoped_guest struct guest b;

	if (access(setting, F_OK) != 0) { /* a kernel without br_netfilter */
		cr_assert_null(bridge_netfilter_warning());
		return;
	}
	guest_begin(&a, 1);
	guest_begin(&b, 2);
	guest_addr(&a, "10.0.0.1/24");
	guest_addr(&b, "10.0.0.2/24");
	guest_plug(&a);
	guest_plug(&b);

	write_text(setting, "1");
	cr_assert_null(bridge_netfilter_warning()); /* no rules */
	cr_assert(passes(&a, "10.0.0.2"));
	drop_forwarded("ip");
	cr_assert_not(passes(&a, "10.0.0.2"));
	const char *warning = bridge_netfilter_warning();
	cr_assert_not_null(warning);
	cr_assert(strstr(warning, "sysctl -w net.bridge.bridge-nf-call-iptables=0"), "%s", warning);

	write_text(setting, "0");
	cr_assert(passes(&a, "10.0.0.2"));
	cr_assert_null(bridge_netfilter_warning());
	guest_unplug(&a);
	guest_unplug(&b);
}

HostTest(netfilter, knows_chains_of_every_family)
{
	static const struct {
		const char *rules;
		bool warns;
	} rows[] = {
		{ "add table inet t; add chain inet t c { type filter hook forward priority 0; }",
		  true },
		{ "add table ip6 t; add chain ip6 t c { type filter hook forward priority 0; }",
		  true },
		{ "add table ip t; add chain ip t c { type filter hook input priority 0; }",
		  false },
		{ "add table ip t; add chain ip t c", false },
		{ "add table bridge t; add chain bridge t c { type filter hook forward priority 0; }",
		  false },
	};

	if (access(setting, F_OK) != 0)
		return;
	write_text(setting, "1");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		must_run("nft", rows[i].rules);
		cr_assert_eq(bridge_netfilter_warning() != NULL, rows[i].warns, "%s",
			     rows[i].rules);
		must_run("nft", "flush ruleset");
	}
}
