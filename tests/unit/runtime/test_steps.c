/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/scope.h"
#include "runtime/life.h"
#include "tests/support/support.h"

#include <criterion/criterion.h>
#include <string.h>

static char log_text[64];
static int fail_at, fail_revert_at;

static int apply(int id, struct err *e)
{
	return fail_at == id ? err_set(e, 7, "no") : 0;
}

static int revert(int id, struct err *e)
{
	log_text[strlen(log_text)] = (char)('a' + id);
	return fail_revert_at == id ? err_set(e, 0, "stuck %d", id) : 0;
}

#define STEP(id)                                                                                   \
	static int apply_##id(struct container *c, struct err *e)                                  \
	{                                                                                          \
		(void)c;                                                                           \
		return apply(id, e);                                                               \
	}                                                                                          \
	static int revert_##id(struct container *c, struct err *e)                                 \
	{                                                                                          \
		(void)c;                                                                           \
		return revert(id, e);                                                              \
	}
STEP(0)
STEP(1)
STEP(2)

static const struct step abc[] = {
	{ "a", apply_0, revert_0, NULL },
	{ "b", apply_1, revert_1, NULL },
	{ "c", apply_2, revert_2, NULL },
	{ "d", apply_0, NULL, NULL }, /* a step without a trace has no revert */
};

static void setup(void)
{
	memset(log_text, 0, sizeof log_text);
	fail_at = fail_revert_at = -1;
}

TestSuite(steps, .init = setup);

Test(steps, failure_at_any_step_undoes_it_and_all_before_it)
{
	static const char *const undone[] = { "a", "ba", "cba" };
	static const char *const text[] = { "a: no", "b: no", "c: no" };

	for (int i = 0; i < 3; i++) {
		struct container c = { .root = NULL };
		struct err e = { 0 };

		setup();
		fail_at = i;
		cr_assert_eq(steps_apply(abc, ARRAY_LEN(abc), &c, &e), -1);
		cr_assert_str_eq(log_text, undone[i], "step %d undid '%s'", i, log_text);
		cr_assert_str_eq(e.text, text[i]);
		cr_assert_eq(e.code, 7);
	}
}

Test(steps, success_undoes_nothing)
{
	struct container c = { .root = NULL };
	struct err e = { 0 };

	cr_assert_eq(steps_apply(abc, ARRAY_LEN(abc), &c, &e), 0);
	cr_assert_str_eq(log_text, "");
}

Test(steps, every_revert_runs_and_the_first_error_is_kept)
{
	struct container c = { .root = NULL };
	struct err e = { 0 };

	fail_revert_at = 1;
	cr_assert_eq(steps_revert(abc, ARRAY_LEN(abc), &c, &e), -1);
	cr_assert_str_eq(log_text, "cba");
	cr_assert_str_eq(e.text, "b: stuck 1");
}

Test(steps, an_error_while_undoing_does_not_hide_the_reason)
{
	struct container c = { .root = NULL };
	struct err e = { 0 };

	fail_at = 2;
	fail_revert_at = 0;
	cr_assert_eq(steps_apply(abc, ARRAY_LEN(abc), &c, &e), -1);
	cr_assert_str_eq(e.text, "c: no");
}
