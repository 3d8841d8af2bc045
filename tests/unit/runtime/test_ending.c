/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/scope.h"
#include "runtime/ending.h"
#include "runtime/sysctl.h"

#include <criterion/criterion.h>
#include <signal.h>

enum { NO = VNF_RESTART_NO, FAILURE = VNF_RESTART_ON_FAILURE, ALWAYS = VNF_RESTART_ALWAYS };

Test(ending, policy_decides)
{
	static const struct {
		int policy;
		uint32_t max, restarts;
		int exit_code, signal;
		int64_t ran_s;
		bool again;
		uint32_t restarts_after;
	} cases[] = {
		{ NO, 0, 0, 1, 0, 1, false, 0 },      { FAILURE, 0, 0, 0, 0, 1, false, 0 },
		{ FAILURE, 0, 4, 1, 0, 1, true, 4 },  { FAILURE, 0, 0, -1, SIGKILL, 1, true, 0 },
		{ FAILURE, 3, 2, 1, 0, 1, true, 2 },  { FAILURE, 3, 3, 1, 0, 1, false, 3 },
		{ FAILURE, 3, 3, 1, 0, 11, true, 0 }, /* a good run in between */
		{ ALWAYS, 0, 9, 0, 0, 1, true, 9 },   { ALWAYS, 2, 2, 0, 0, 1, false, 2 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct vnf v = { .restart = (enum vnf_restart)cases[i].policy,
				       .max_retries = cases[i].max };
		struct record r = { .restarts = cases[i].restarts };

		r.started.tv_sec = 1000;
		r.end.time.tv_sec = 1000 + cases[i].ran_s;
		r.end.exit_code = cases[i].exit_code;
		r.end.signal = cases[i].signal;
		cr_expect_eq(ending_wants_restart(&v, &r), cases[i].again, "case %zu", i);
		cr_expect_eq(r.restarts, cases[i].restarts_after, "case %zu", i);
	}
}

Test(ending, back_off_doubles_up_to_a_minute)
{
	static const struct {
		uint64_t backoff;
		uint32_t restarts;
		uint64_t ms;
	} cases[] = {
		{ 1000, 0, 1000 },    { 1000, 1, 2000 },   { 1000, 5, 32000 },  { 1000, 6, 60000 },
		{ 1000, 999, 60000 }, { 90000, 0, 90000 }, { 90000, 3, 90000 }, { 0, 5, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct vnf v = { .backoff = cases[i].backoff };
		const struct record r = { .restarts = cases[i].restarts };

		cr_expect_eq(ending_backoff_ms(&v, &r), cases[i].ms, "case %zu: %llu", i,
			     (unsigned long long)ending_backoff_ms(&v, &r));
	}
}

Test(sysctl, keys_become_paths)
{
	static const struct {
		const char *key, *path;
	} cases[] = {
		{ "net.ipv4.ip_forward", "net/ipv4/ip_forward" },
		{ "net/ipv4/ip_forward", "net/ipv4/ip_forward" },
		{ "net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding" },
		{ "net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		scoped_str char *path = sysctl_path(cases[i].key);

		cr_expect_str_eq(path, cases[i].path);
	}
}
