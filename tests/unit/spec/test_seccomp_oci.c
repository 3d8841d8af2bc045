/* SPDX-License-Identifier: Apache-2.0 */
/* linux.seccomp as the loader of config.json reads it. */
#include "runtime/spec/seccomp_fields.h"
#include "tests/support/support.h"

#include <errno.h>
#include <string.h>

static bool load(const char *json, struct seccomp_profile *p, struct strs *problems)
{
	struct reading r = { .name = "config.json", .problems = problems, .max = 20 };
	struct where linux_ = { .key = "linux" }, at = { .up = &linux_, .key = "seccomp" };
	struct where top = { 0 };
	json_t *doc = json_loads(json, 0, NULL);

	linux_.up = &top;
	cr_assert_not_null(doc, "%s", json);
	seccomp_profile_fill(&r, doc, p, &at);
	json_decref(doc);
	reading_drop(&r);
	return problems->n == 0;
}

Test(seccomp_oci, every_word_is_taken)
{
	static const char *const *(*const lists[])(void) = {
		seccomp_known_actions,
		seccomp_known_operators,
		seccomp_known_archs,
		seccomp_known_flags,
	};
	static const char *const documents[] = {
		"{ \"defaultAction\": \"%s\", \"listenerPath\": \"/a\" }",
		"{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [ { \"names\": [ \"read\" ], "
		"\"action\": \"SCMP_ACT_KILL\", \"args\": [ { \"index\": 0, \"value\": 0, \"op\": "
		"\"%s\" } ] } ] }",
		"{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [ \"%s\" ] }",
		"{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [ \"%s\" ] }",
	};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (const char *const *word = lists[i](); *word; word++) {
			const char *end = strchr(documents[i], '%') + 2;
			scoped_str char *json =
				str_printf("%.*s%s%s", (int)(end - 2 - documents[i]), documents[i],
					   *word, end);
			scoped(seccomp_profile_drop) struct seccomp_profile p = { 0 };
			scoped_strs struct strs problems = { 0 };

			cr_expect(load(json, &p, &problems), "%s: %s", *word,
				  problems.n ? problems.v[0] : "");
		}
}

Test(seccomp_oci, whole_object)
{
	scoped(seccomp_profile_drop) struct seccomp_profile p = { 0 };
	scoped_strs struct strs problems = { 0 };

	cr_assert(load("{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38,"
		       "  \"architectures\": [\"SCMP_ARCH_X86\"], \"x-unknown\": 1,"
		       "  \"flags\": [\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"],"
		       "  \"listenerPath\": \"/run/agent\", \"listenerMetadata\": \"m\","
		       "  \"syscalls\": ["
		       "  { \"names\": [\"a\", \"b\"], \"action\": \"SCMP_ACT_NOTIFY\","
		       "    \"includes\": { \"caps\": [\"CAP_BPF\"] } },"
		       "  { \"names\": [\"c\"], \"action\": \"SCMP_ACT_TRACE\", \"errnoRet\": 9 },"
		       "  { \"names\": [\"d\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": ["
		       "    { \"index\": 1, \"value\": 5, \"valueTwo\": 6, "
		       "\"op\": \"SCMP_CMP_MASKED_EQ\" } ] } ] }",
		       &p, &problems),
		  "%s", problems.v[0]);
	cr_expect_eq(p.default_action, PROFILE_ERRNO);
	cr_expect_eq(p.default_errno, ENOSYS);
	cr_expect_str_eq(p.listener_path, "/run/agent");
	cr_expect_str_eq(p.listener_metadata, "m");
	cr_expect(seccomp_profile_notifies(&p));
	cr_assert_eq(p.n_rules, 3);
	cr_expect_eq(p.rules[0].action, PROFILE_NOTIFY);
	cr_expect_eq(p.rules[0].includes.caps.n, 0, "no key of the specification");
	cr_expect_eq(p.rules[1].errno_ret, 9);
	cr_expect_eq(p.rules[2].errno_ret, EPERM);
	cr_expect_eq(p.rules[2].args[0].value_two, 6);
}

Test(seccomp_oci, problems_have_their_pointers)
{
	static const struct {
		const char *json, *problems;
	} rows[] = {
		{ "[]", "config.json: /linux/seccomp: expected an object, not a list" },
		{ "{}", "config.json: /linux/seccomp: missing key 'defaultAction'" },
		{ "{ \"defaultAction\": \"SCMP_ACT_KILL\", \"defaultErrnoRet\": 1 }",
		  "config.json: /linux/seccomp/defaultErrnoRet: SCMP_ACT_KILL carries no errno, only "
		  "SCMP_ACT_ERRNO and SCMP_ACT_TRACE do" },
		{ "{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [ { \"names\": [\"a\"], "
		  "\"action\": \"SCMP_ACT_LOG\", \"errnoRet\": 1 } ] }",
		  "config.json: /linux/seccomp/syscalls/0/errnoRet: SCMP_ACT_LOG carries no errno, only "
		  "SCMP_ACT_ERRNO and SCMP_ACT_TRACE do" },
		{ "{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [ { \"names\": [], "
		  "\"action\": \"SCMP_ACT_LOG\" }, { \"action\": \"SCMP_ACT_LOG\" } ] }",
		  "config.json: /linux/seccomp/syscalls/1: missing key 'names'\n"
		  "config.json: /linux/seccomp/syscalls/0: missing key 'names'" },
		{ "{ \"defaultAction\": \"SCMP_ACT_NOTIFY\" }",
		  "config.json: /linux/seccomp: SCMP_ACT_NOTIFY needs a 'listenerPath': nobody would "
		  "answer" },
		{ "{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerMetadata\": \"x\" }",
		  "config.json: /linux/seccomp/listenerMetadata: there is no 'listenerPath' to send it "
		  "to" },
		{ "{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_Z80\"], "
		  "\"flags\": [\"SECCOMP_FILTER_FLAG_NEW_LISTENER\"] }",
		  "config.json: /linux/seccomp/architectures/0: 'SCMP_ARCH_Z80' is not an architecture of "
		  "libseccomp's\n"
		  "config.json: /linux/seccomp/flags/0: 'SECCOMP_FILTER_FLAG_NEW_LISTENER' is not "
		  "supported" },
		{ "{ \"defaultAction\": \"allow\" }",
		  "config.json: /linux/seccomp/defaultAction: 'allow' is none of SCMP_ACT_KILL, "
		  "SCMP_ACT_KILL_THREAD, SCMP_ACT_KILL_PROCESS, SCMP_ACT_TRAP, SCMP_ACT_ERRNO, "
		  "SCMP_ACT_TRACE, SCMP_ACT_LOG, SCMP_ACT_ALLOW, SCMP_ACT_NOTIFY" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped(seccomp_profile_drop) struct seccomp_profile p = { 0 };
		scoped_strs struct strs problems = { 0 };
		scoped_str char *all = str_dup("");

		cr_expect_not(load(rows[i].json, &p, &problems), "row %zu", i);
		for (size_t n = 0; n < problems.n; n++) {
			scoped_str char *so_far = str_take(&all);

			all = str_printf("%s%s%s", so_far, n ? "\n" : "", problems.v[n]);
		}
		cr_expect_str_eq(all, rows[i].problems, "row %zu: %s", i, all);
	}
}
