/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/seccomp_load.h"
#include "tests/support/support.h"

#include <errno.h>
#include <string.h>

static int load(const char *json, struct seccomp_profile *p, struct strs *problems)
{
	return seccomp_profile_load(json, strlen(json), "p.json", p, problems);
}

/* Every problem of each document, a line each. */
Test(seccomp_load, problems_are_told_with_their_place)
{
	static const struct {
		const char *json, *problems;
	} rows[] = {
		{ "", "p.json:1:1: unexpected token near end of file" },
		{ "{ \"defaultAction\": 1,\n\"defaultAction\": 2 }",
		  "p.json:2:1: duplicate object key near '\"defaultAction\"'" },
		{ "[]", "p.json: expected an object, not a list" },
		{ "{}", "p.json: missing key 'defaultAction'" },
		{ "{ \"defaultAction\": 7 }",
		  "p.json: /defaultAction: expected a string, not an integer" },
		{ "{ \"defaultAction\": \"ALLOW\" }",
		  "p.json: /defaultAction: 'ALLOW' is none of SCMP_ACT_KILL, SCMP_ACT_KILL_THREAD, "
		  "SCMP_ACT_KILL_PROCESS, SCMP_ACT_TRAP, SCMP_ACT_ERRNO, SCMP_ACT_TRACE, SCMP_ACT_LOG, "
		  "SCMP_ACT_ALLOW" },
		{ "{ \"defaultAction\": \"SCMP_ACT_NOTIFY\" }",
		  "p.json: /defaultAction: SCMP_ACT_NOTIFY is not supported: nobody would answer" },
		{ "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 65536 }",
		  "p.json: /defaultErrnoRet: 65536 is outside 0..65535" },
		{ "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\", "
		  "\"SECCOMP_FILTER_FLAG_NEW_LISTENER\"] }",
		  "p.json: /flags/1: 'SECCOMP_FILTER_FLAG_NEW_LISTENER' is not supported" },
		{ "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": {} }",
		  "p.json: /syscalls: expected a list, not an object" },
		{ "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{ \"names\": [\"read\"] }] }",
		  "p.json: /syscalls/0: missing key 'action'" },
		{ "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{ \"names\": [], \"action\": "
		  "\"SCMP_ACT_ALLOW\" }] }",
		  "p.json: /syscalls/0: missing key 'names'" },
		{ "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{ \"names\": [\"read\", 1], "
		  "\"action\": \"SCMP_ACT_ALLOW\", \"errnoRet\": -1, \"args\": [{ \"index\": 6, \"value\": "
		  "\"1\", \"op\": \"EQ\" }], \"includes\": { \"caps\": \"CHOWN\", \"minKernel\": \"4\" } }] }",
		  "p.json: /syscalls/0/names/1: expected a string, not an integer\n"
		  "p.json: /syscalls/0/errnoRet: -1 is outside 0..65535\n"
		  "p.json: /syscalls/0/args/0/index: 6 is outside 0..5\n"
		  "p.json: /syscalls/0/args/0/value: expected an integer, not a string\n"
		  "p.json: /syscalls/0/args/0/op: 'EQ' is none of SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE, "
		  "SCMP_CMP_EQ, SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_MASKED_EQ\n"
		  "p.json: /syscalls/0/includes/caps: expected a list of strings, not a string\n"
		  "p.json: /syscalls/0/includes/minKernel: '4' is not a kernel version (\"4.8\")" },
		{ "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"archMap\": [{ \"subArchitectures\": [1] }] }",
		  "p.json: /archMap/0/subArchitectures/0: expected a string, not an integer\n"
		  "p.json: /archMap/0: missing key 'architecture'" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped(seccomp_profile_drop) struct seccomp_profile p = { 0 };
		scoped_strs struct strs problems = { 0 };
		scoped_str char *all = str_dup("");

		cr_expect_eq(load(rows[i].json, &p, &problems), -1, "row %zu", i);
		for (size_t n = 0; n < problems.n; n++) {
			scoped_str char *so_far = str_take(&all);

			all = str_printf("%s%s%s", so_far, n ? "\n" : "", problems.v[n]);
		}
		cr_expect_str_eq(all, rows[i].problems, "row %zu: %s", i, all);
	}
}

Test(seccomp_load, whole_profile_in_the_words_of_docker)
{
	scoped(seccomp_profile_drop) struct seccomp_profile p = { 0 };
	scoped_strs struct strs problems = { 0 };
	const struct profile_rule *r;

	cr_assert_eq(load("{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38,"
			  "  \"comment\": \"whatever\", \"architectures\": [\"SCMP_ARCH_X86\"],"
			  "  \"archMap\": [{ \"architecture\": \"SCMP_ARCH_AARCH64\","
			  "                 \"subArchitectures\": null }],"
			  "  \"flags\": null, \"syscalls\": ["
			  "  { \"name\": \"read\", \"action\": \"SCMP_ACT_ALLOW\", \"args\": [] },"
			  "  { \"names\": [\"a\", \"b\"], \"action\": \"SCMP_ACT_TRACE\","
			  "    \"errnoRet\": 9, \"args\": [{ \"index\": 5, \"value\": 4294967295,"
			  "    \"valueTwo\": 2, \"op\": \"SCMP_CMP_MASKED_EQ\" }], \"includes\":"
			  "    { \"caps\": [\"CAP_BPF\"], \"minKernel\": \"5.10\" }, \"excludes\":"
			  "    { \"arches\": [\"s390\", \"arm64\"] } } ] }",
			  &p, &problems),
		     0, "%s", problems.n ? problems.v[0] : "");
	cr_expect_eq(p.default_action, PROFILE_ERRNO);
	cr_expect_eq(p.default_errno, ENOSYS);
	cr_expect_str_eq(p.architectures.v[0], "SCMP_ARCH_X86");
	cr_expect_str_eq(p.arch_map[0].name, "SCMP_ARCH_AARCH64");
	cr_assert_eq(p.n_rules, 2);

	r = &p.rules[0];
	cr_expect_str_eq(r->names.v[0], "read");
	cr_expect_eq(r->action, PROFILE_ALLOW);
	cr_expect_eq(r->errno_ret, EPERM);
	cr_expect_eq(r->n_args, 0);

	r = &p.rules[1];
	cr_expect_eq(r->names.n, 2);
	cr_expect_eq(r->action, PROFILE_TRACE);
	cr_expect_eq(r->errno_ret, 9);
	cr_assert_eq(r->n_args, 1);
	cr_expect_eq(r->args[0].index, 5);
	cr_expect_eq(r->args[0].value, 0xffffffff);
	cr_expect_eq(r->args[0].value_two, 2);
	cr_expect_eq(r->args[0].op, PROFILE_MASKED_EQ);
	cr_expect_str_eq(r->includes.caps.v[0], "CAP_BPF");
	cr_expect_str_eq(r->includes.min_kernel, "5.10");
	cr_expect_str_eq(r->excludes.arches.v[1], "arm64");
}
