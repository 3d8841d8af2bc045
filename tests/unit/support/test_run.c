/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/support.h"

#include <string.h>

Test(run, gives_status_and_both_outputs)
{
	scoped_run struct run r = run_cmd("sh", "-c", "echo out; echo err >&2; exit 7");

	cr_assert_eq(r.status, 7);
	cr_assert_str_eq(r.out, "out\n");
	cr_assert_str_eq(r.err, "err\n");
}

Test(run, feeds_input_and_environment)
{
	static const char *const env[] = { "NFRUN_TEST_WORD=word", NULL };
	struct run_how how = { .input = "one\ntwo\n", .env = env };
	const char *const argv[] = { "sh", "-c", "cat; echo $NFRUN_TEST_WORD", NULL };
	scoped_run struct run r = run_program(argv, &how);

	cr_assert_eq(r.status, 0);
	cr_assert_str_eq(r.out, "one\ntwo\nword\n");
}

Test(run, tells_a_signal_and_a_timeout_apart)
{
	struct run_how how = { .timeout_ms = 100 };
	const char *const argv[] = { "sleep", "60", NULL };
	scoped_run struct run killed = run_cmd("sh", "-c", "kill -TERM $$");
	scoped_run struct run late = run_program(argv, &how);

	cr_assert_eq(killed.status, 128 + 15);
	cr_assert_eq(late.status, -1);
}

Test(run, missing_program_is_status_127)
{
	scoped_run struct run r = run_cmd("/nonexistent/program");

	cr_assert_eq(r.status, 127);
	cr_assert(strstr(r.err, "No such file") != NULL, "%s", r.err);
}

Test(census, difference_names_what_is_in_one_only)
{
	scoped_strs struct strs before = { 0 }, after = { 0 };

	strs_add(&before, "a");
	strs_add(&before, "b");
	strs_add(&after, "b");
	strs_add(&after, "c");
	scoped_str char *diff = census_diff(&before, &after);

	cr_assert_str_eq(diff, "- a\n+ c\n");
	cr_assert_null(census_diff(&before, &before));
}
