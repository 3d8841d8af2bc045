/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/usage.h"

#include <criterion/criterion.h>

static struct usage reading(uint64_t seconds, uint64_t cpu_us, uint64_t periods, uint64_t throttled)
{
	return (struct usage){ .time_ns = seconds * 1000000000u,
			       .cgroup = { .cpu_usage_us = cpu_us,
					   .cpu_periods = periods,
					   .cpu_throttled = throttled,
					   .limits = { .cpu_quota_us = 50000,
						       .cpu_period_us = 100000 } } };
}

Test(usage, cpu_is_in_percent_of_one)
{
	static const struct {
		uint64_t before, now;
		double percent;
	} cases[] = { { 0, 2000000, 100 },
		      { 1000000, 2000000, 50 },
		      { 5, 5, 0 },
		      { 0, 8000000, 400 },
		      { 9000000, 1000000, 50 } /* a new group: it was restarted */,
		      { CGROUP_UNSET, 5, -1 },
		      { 5, CGROUP_UNSET, -1 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct usage a = reading(10, cases[i].before, 0, 0),
			     b = reading(12, cases[i].now, 0, 0);

		cr_expect_float_eq(usage_cpu_percent(&a, &b), cases[i].percent, 1e-6, "case %zu",
				   i);
	}
}

Test(usage, throttling_is_in_percent_of_the_periods)
{
	static const struct {
		uint64_t periods[2], throttled[2];
		double percent;
	} cases[] = {
		{ { 10, 30 }, { 5, 15 }, 50 },
		{ { 10, 10 }, { 5, 5 }, 0 }, /* no period went by: it slept */
		{ { 30, 5 }, { 20, 5 }, 0 }, /* a new group */
		{ { CGROUP_UNSET, 5 }, { 0, 0 }, -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct usage a = reading(10, 0, cases[i].periods[0], cases[i].throttled[0]);
		struct usage b = reading(12, 0, cases[i].periods[1], cases[i].throttled[1]);

		cr_expect_float_eq(usage_throttled_percent(&a, &b), cases[i].percent, 1e-6,
				   "case %zu", i);
		b.cgroup.limits.cpu_quota_us = CGROUP_UNSET;
		cr_expect_lt(usage_throttled_percent(&a, &b), 0, "case %zu: not limited", i);
	}
}

Test(usage, rates_survive_a_clock_that_stands_and_a_counter_that_restarts)
{
	struct usage a = reading(10, 0, 0, 0), b = reading(12, 0, 0, 0);

	cr_expect_float_eq(usage_rate(&a, 100, &b, 300), 100, 1e-6);
	cr_expect_float_eq(usage_rate(&a, 300, &b, 100), 50, 1e-6);
	cr_expect_float_eq(usage_rate(&a, 100, &a, 300), 0, 1e-6);
}

Test(usage, ports_are_found_by_name)
{
	struct usage_port ports[] = { { .name = "eth0" }, { .name = "eth1" } };
	struct usage u = { .ports = ports, .n_ports = 2 };

	cr_expect_eq(usage_port_find(&u, "eth1"), &ports[1]);
	cr_expect_null(usage_port_find(&u, "eth2"));
}
