/* SPDX-License-Identifier: Apache-2.0 */
/* CPU limits of VNFs: what each gets, by the clock of its group. */
#include "tests/cli/proof.h"

/* --- shares --- */

struct share {
	const char *name;
	int weight;
	uint64_t before, used;
};

/* What each of them got while all wanted all of one CPU. */
static void measure_shares(struct share *s, size_t n, int ms)
{
	for (size_t i = 0; i < n; i++)
		s[i].before = cpu_usage_us(s[i].name);
	sleep_ms(ms);
	for (size_t i = 0; i < n; i++)
		s[i].used = cpu_usage_us(s[i].name) - s[i].before;
}

/* How far the worst is from its share of what they got together, relative to that share. */
static double worst_share(const struct share *s, size_t n)
{
	double weights = 0, used = 0, worst = 0;

	for (size_t i = 0; i < n; i++) {
		weights += s[i].weight;
		used += (double)s[i].used;
	}
	for (size_t i = 0; i < n; i++) {
		double share = s[i].weight / weights;
		double off = fabs((double)s[i].used / used - share) / share;

		worst = off > worst ? off : worst;
	}
	return worst;
}

static char *shares_text(const struct share *s, size_t n)
{
	char *text = str_dup("");

	for (size_t i = 0; i < n; i++) {
		scoped_str char *before = text;

		text = str_printf("%s weight %d got %.3f s;", before, s[i].weight,
				  (double)s[i].used / 1e6);
	}
	return text;
}

static void expect_shares(struct share *s, size_t n)
{
	double worst = 1;

	for (size_t i = 0; i < n; i++) {
		scoped_str char *resources =
			str_printf("\"cpu\": { \"weight\": %d, \"cpus\": \"1\" }", s[i].weight);

		start_capped(s[i].name, BURN, resources);
		outweigh_the_host(s[i].name, 100);
	}
	for (int try = 0; try < TRIES && worst > 0.05; try++) {
		measure_shares(s, n, 3000);
		worst = worst_share(s, n);
	}
	scoped_str char *text = shares_text(s, n);
	cr_expect_leq(worst, 0.05, "%.1f %% off:%s", worst * 100, text);
	for (size_t i = 0; i < n; i++)
		delete_vnf(s[i].name);
}

HostTest(proof_cpu, two_on_one_cpu_share_it_by_weight)
{
	struct share both[] = { { .name = "light", .weight = 100 },
				{ .name = "heavy", .weight = 200 } };

	expect_shares(both, ARRAY_LEN(both));
}

HostTest(proof_cpu, three_on_one_cpu_share_it_by_weight)
{
	struct share all[] = { { .name = "a", .weight = 100 },
			       { .name = "b", .weight = 200 },
			       { .name = "c", .weight = 400 } };

	expect_shares(all, ARRAY_LEN(all));
}

HostTest(proof_cpu, a_weight_changed_live_is_the_share_from_then_on)
{
	struct share both[] = { { .name = "a", .weight = 300 }, { .name = "b", .weight = 100 } };
	double worst = 1;

	start_capped("a", BURN, "\"cpu\": { \"weight\": 100, \"cpus\": \"1\" }");
	start_capped("b", BURN, "\"cpu\": { \"weight\": 100, \"cpus\": \"1\" }");
	outweigh_the_host("a", 100);
	must_run_nfrun("update", "--cpu-weight", "300", "a");
	for (int try = 0; try < TRIES && worst > 0.05; try++) {
		measure_shares(both, 2, 3000);
		worst = worst_share(both, 2);
	}
	scoped_str char *text = shares_text(both, 2);
	cr_expect_leq(worst, 0.05, "%.1f %% off:%s", worst * 100, text);
	delete_vnf("a");
	delete_vnf("b");
}

/* --- quotas --- */

/* CPUs in use over MS, by the wall clock. */
static double cpus_used(const char *name, int ms)
{
	uint64_t before = cpu_usage_us(name);
	int64_t began = now_ms();

	sleep_ms(ms);
	return (double)(cpu_usage_us(name) - before) / 1000 / (double)(now_ms() - began);
}

/* A busy machine may leave it less, so there are tries; nothing gives it more. */
static void expect_cpus(const char *name, double want)
{
	double used = 0;

	for (int try = 0; try < TRIES && fabs(used - want) > 0.05 * want; try++) {
		used = cpus_used(name, 3000);
		cr_expect_leq(used, 1.05 * want, "%.3f CPUs of %.2f", used, want);
	}
	cr_expect_geq(used, 0.95 * want, "%.3f CPUs of %.2f", used, want);
}

HostTest(proof_cpu, a_quota_is_what_it_gets)
{
	static const char *const quotas[] = { "1.5", "0.5", "0.25" };
	scoped_str char *first = str_printf("\"cpu\": { \"limit\": %s }", quotas[0]);

	start_capped("q", BURN " & " BURN, first);
	outweigh_the_host("q", 100);
	for (size_t i = 0; i < ARRAY_LEN(quotas); i++) {
		if (i > 0)
			must_run_nfrun("update", "--cpus", quotas[i], "q");
		expect_cpus("q", strtod(quotas[i], NULL));
		scoped_str char *throttled = ask("stats", "q", ".[0].cpu.throttled > 0");
		cr_expect_str_eq(throttled, "true");
	}
	outweigh_the_host("q", 1);
	must_run_nfrun("update", "--cpus", "max", "q");
	cr_expect(wait_until(cpus_used("q", 1000) > 0.3, 60000), "it is still capped");
	delete_vnf("q");
}
