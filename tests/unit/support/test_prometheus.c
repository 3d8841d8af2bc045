/* SPDX-License-Identifier: Apache-2.0 */
/* The reader that other tests rely on. */
#include "tests/support/prometheus.h"
#include "tests/support/support.h"

#include <string.h>

#define HEAD "# HELP a_total Some \\\\ \\n text.\n# TYPE a_total counter\n"

Test(prometheus, what_is_right)
{
	static const char *const good[] = {
		HEAD "a_total 1\n",
		HEAD "a_total{x=\"1\",y=\"a \\\" \\\\ \\n }\"} 1.5\na_total{x=\"2\",y=\"\"} 1e9\n",
		HEAD "# HELP b It.\n# TYPE b gauge\nb{x=\"1\"} -5\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		scoped_str char *problem = prometheus_problem(good[i]);

		cr_expect_null(problem, "%zu: %s", i, problem);
	}
}

Test(prometheus, what_is_not)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "newline" },
		{ HEAD "a_total 1", "newline" },
		{ "a_total 1\n", "does not stand with its metric" },
		{ "# TYPE a_total counter\na_total 1\n", "does not follow its HELP" },
		{ "# HELP a_total x\na_total 1\n", "does not stand with its metric" },
		{ HEAD "a_total 1\n" HEAD, "second HELP" },
		{ HEAD "# TYPE a_total counter\n", "too late" },
		{ "# HELP a_total x\n# TYPE a_total histogram\n", "neither" },
		{ "# HELP a x\n# TYPE a counter\n", "not called _total" },
		{ "# HELP a_total x\n# TYPE a_total gauge\n", "not called _total" },
		{ "# HELP a_total \\t\n# TYPE a_total counter\n", "backslash" },
		{ "# a\n", "comment" },
		{ "\n", "without a name" },
		{ HEAD "a_total 1\na_total 2\n", "twice" },
		{ HEAD "a_total{x=\"1\"} 1\na_total{x=\"1\"} 2\n", "a sample twice" },
		{ HEAD "a_total{x=\"1\",x=\"2\"} 1\n", "a label twice" },
		{ HEAD "a_total{x=\"1} 1\n", "bad label" },
		{ HEAD "a_total{x=\"\\t\"} 1\n", "bad label" },
		{ HEAD "a_total{1x=\"\"} 1\n", "bad label" },
		{ HEAD "a_total{x=\"\" 1\n", "without an end" },
		{ HEAD "a_total\n", "without a number" },
		{ HEAD "a_total x\n", "without a number" },
		{ HEAD "a_total 1 1234\n", "behind the number" },
		{ HEAD "a_total -1\n", "below 0" },
		{ HEAD "b_total 1\n", "does not stand" },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		scoped_str char *problem = prometheus_problem(bad[i].text);

		cr_expect(problem && strstr(problem, bad[i].why), "%zu: %s", i, problem);
	}
}

Test(prometheus, a_value)
{
	scoped_str char *found = prometheus_value(HEAD "a_total{x=\"1\"} 17\n", "a_total{x=\"1\"}");

	cr_assert_str_eq(found, "17");
	cr_assert_null(prometheus_value(HEAD "a_total{x=\"1\"} 17\n", "a_total"));
}
