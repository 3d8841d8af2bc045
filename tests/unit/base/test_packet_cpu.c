/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/packet_cpu.h"
#include "runtime/base/strs.h"

#include <criterion/criterion.h>
#include <string.h>

Test(packet_cpu, a_budget_is_percent_of_one_cpu)
{
	static const struct {
		const char *text;
		uint32_t value; /* 0: refused */
	} rows[] = {
		{ "1%", 10 },
		{ "1.5%", 15 },
		{ "25%", 250 },
		{ "025.0%", 250 },
		{ "100000%", 1000000 },
		{ "250%", 2500 },
		{ "99999.9%", 999999 },
		{ "0.9%", 0 },
		{ "0%", 0 },
		{ "100000.1%", 0 },
		{ "1000000%", 0 },
		{ "25", 0 },
		{ "", 0 },
		{ "%", 0 },
		{ ".5%", 0 },
		{ "1.%", 0 },
		{ "1.25%", 0 },
		{ "-1%", 0 },
		{ "+1%", 0 },
		{ " 1%", 0 },
		{ "1 %", 0 },
		{ "1%%", 0 },
		{ "99999999999%", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t got = 77;

		cr_expect_eq(packet_budget_parse(rows[i].text, &got), rows[i].value > 0, "'%s'",
			     rows[i].text);
		cr_expect_eq(got, rows[i].value ? rows[i].value : 77, "'%s': %u", rows[i].text,
			     got);
	}
}

Test(packet_cpu, a_text_and_its_model_are_the_same)
{
	static const struct {
		const char *text;
		enum packet_mode mode;
		uint32_t budget;
		const char *cpus;
	} rows[] = {
		{ "shared", PACKET_SHARED, 0, NULL },
		{ "own", PACKET_OWN, 0, NULL },
		{ "own,limit=25%", PACKET_OWN, 250, NULL },
		{ "own,limit=0.5%", PACKET_OWN, 0, "refused" },
		{ "own,limit=2.5%", PACKET_OWN, 25, NULL },
		{ "reserve,guarantee=150%", PACKET_RESERVE, 1500, NULL },
		{ "own,limit=1%,means=governor", PACKET_OWN, 10, NULL },
		{ "pinned", PACKET_PINNED, 0, NULL },
		{ "pinned,cpus=0-1,3", PACKET_PINNED, 0, "0-1,3" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_packet_cpu struct packet_cpu p = { 0 };
		struct err e = { 0 };
		int r = packet_cpu_parse(rows[i].text, &p, &e);

		if (rows[i].cpus && strcmp(rows[i].cpus, "refused") == 0) {
			cr_expect_eq(r, -1, "%s", rows[i].text);
			cr_expect_not(p.given);
			continue;
		}
		cr_assert_eq(r, 0, "%s: %s", rows[i].text, e.text);
		cr_expect(p.given);
		cr_expect_eq(p.mode, rows[i].mode);
		cr_expect_eq(p.budget, rows[i].budget);
		cr_expect(rows[i].cpus ? p.cpus && strcmp(p.cpus, rows[i].cpus) == 0 : !p.cpus);

		scoped_str char *again = packet_cpu_format(&p);
		cr_expect_str_eq(again, rows[i].text);
	}
}

Test(packet_cpu, cpus_are_written_as_the_kernel_writes_them)
{
	scoped_packet_cpu struct packet_cpu p = { 0 };
	struct err e = { 0 };

	cr_assert_eq(packet_cpu_parse("pinned,cpus=3,1,0", &p, &e), 0);
	cr_expect_str_eq(p.cpus, "0-1,3");
}

Test(packet_cpu, what_is_wrong_is_said)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "", "'' is none of shared, own, reserve, pinned" },
		{ "owned", "'owned' is none of shared, own, reserve, pinned" },
		{ "OWN", "'OWN' is none of shared, own, reserve, pinned" },
		{ "limit=25%", "'limit=25%' is none of shared, own, reserve, pinned" },
		{ "own,", "'' is none of limit=, guarantee=, means=, cpus=" },
		{ "own,limit", "'limit' is none of limit=, guarantee=, means=, cpus=" },
		{ "own,limits=2%", "'limits=2%' is none of limit=, guarantee=, means=, cpus=" },
		{ "own,limit=", "limit: '' is not a share of one CPU from 1% to 100000%" },
		{ "own,limit=25", "limit: '25' is not a share of one CPU from 1% to 100000%; say "
				  "25% if that is what is meant" },
		{ "own,limit=max", "limit: 'max' is not a share of one CPU from 1% to 100000%; for "
				   "no limit leave it out" },
		{ "own,limit=1%,limit=2%", "limit is there twice" },
		{ "own,guarantee=1%",
		  "guarantee is for mode reserve; a cap is 'limit' of mode own" },
		{ "shared,limit=1%", "limit is for mode own, which alone can cap packet work" },
		{ "reserve", "mode reserve needs 'guarantee': how much is to be kept free for it" },
		{ "own,cpus=0", "cpus is for mode pinned; the threads of own and reserve run on "
				"the VNF's CPUs" },
		{ "own,means=quota", "means has nothing to hold without 'limit'" },
		{ "own,limit=1%,means=none", "means: 'none' is none of quota, deadline, governor" },
		{ "pinned,means=quota",
		  "means is how a limit is held, of mode own; a guarantee is always held by deadline" },
		{ "reserve,guarantee=1%,means=governor",
		  "means is how a limit is held, of mode own; a guarantee is always held by deadline" },
		{ "pinned,cpus=", "cpus: '' is not a list of CPUs such as 0-3,8" },
		{ "pinned,cpus=0,limit=1%",
		  "cpus: '0,limit=1%' is not a list of CPUs such as 0-3,8" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct packet_cpu p = { .budget = 77 };
		struct err e = { 0 };

		cr_expect_eq(packet_cpu_parse(rows[i].text, &p, &e), -1, "%s", rows[i].text);
		cr_expect_str_eq(e.text, rows[i].says);
		cr_expect_eq(p.budget, 77, "%s: left alone", rows[i].text);
	}
}

Test(packet_cpu, a_change_is_of_the_vnf_or_of_one_interface)
{
	static const struct {
		const char *text, *iface, *to;
	} rows[] = {
		{ "own,limit=10%", "", "own,limit=10%" },
		{ "eth1=own,limit=10%", "eth1", "own,limit=10%" },
		{ "eth1=pinned,cpus=0,2", "eth1", "pinned,cpus=0,2" },
		{ "own=shared", "own", "shared" },
		{ "a=b,c=shared", "a=b,c", "shared" },
		{ "x=own=shared", "x=own", "shared" },
		{ "eth1=inherit", "eth1", NULL },
		{ "0123456789abcde=own", "0123456789abcde", "own" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct packet_changes c = { 0 };
		struct err e = { 0 };

		cr_assert_eq(packet_change_parse("eth9=own", &c, &e), 0, "%s", e.text);
		cr_assert_eq(packet_change_parse(rows[i].text, &c, &e), 0, "%s", e.text);
		cr_assert_eq(c.n, 2);
		cr_expect_str_eq(c.v[1].iface, rows[i].iface);
		cr_expect_eq(c.v[1].to.given, rows[i].to != NULL);

		scoped_str char *to = packet_cpu_format(&c.v[1].to);
		cr_expect_str_eq(to, rows[i].to ? rows[i].to : "shared");
		packet_changes_drop(&c);
		cr_expect_eq(c.n, 0);
	}
}

Test(packet_cpu, what_is_wrong_with_a_change_is_said)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "inherit",
		  "'inherit' is for an interface (eth1=inherit), which then follows the VNF; for "
		  "the VNF say shared, own, reserve or pinned" },
		{ "=own", "'' is not the name of an interface" },
		{ "0123456789abcdef=own", "'0123456789abcdef' is not the name of an interface" },
		{ "eth1=often", "'often' is none of shared, own, reserve, pinned" },
		{ "eth1=own,limit=5",
		  "limit: '5' is not a share of one CPU from 1% to 100000%; say "
		  "5% if that is what is meant" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct packet_changes c = { 0 };
		struct err e = { 0 };

		cr_expect_eq(packet_change_parse(rows[i].text, &c, &e), -1, "%s", rows[i].text);
		cr_expect_str_eq(e.text, rows[i].says);
		cr_expect_eq(c.n, 0);
		packet_changes_drop(&c);
	}
}

Test(packet_cpu, two_changes_of_the_same_have_to_agree)
{
	static const struct {
		const char *one, *other, *says; /* NULL: they do */
	} rows[] = {
		{ "own", "shared", "the VNF is to be both own and shared: which?" },
		{ "own,limit=10%", "own,limit=20%",
		  "the VNF is to be both own,limit=10% and own,limit=20%: which?" },
		{ "eth1=inherit", "eth1=shared",
		  "interface eth1 is to be both inherit and shared: which?" },
		{ "eth1=pinned,cpus=0", "eth1=pinned,cpus=1",
		  "interface eth1 is to be both pinned,cpus=0 and pinned,cpus=1: which?" },
		{ "own", "own", NULL },
		{ "eth1=inherit", "eth1=inherit", NULL },
		{ "own", "eth1=shared", NULL },
		{ "eth0=own", "eth1=shared", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct packet_changes c = { 0 };
		struct err e = { 0 };

		cr_assert_eq(packet_change_parse(rows[i].one, &c, &e), 0, "%s", e.text);
		cr_expect_eq(packet_change_parse(rows[i].other, &c, &e), rows[i].says ? -1 : 0,
			     "%s, %s", rows[i].one, rows[i].other);
		cr_expect_str_eq(e.text, rows[i].says ? rows[i].says : "");
		packet_changes_drop(&c);
	}
}
