/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/scope.h"
#include "runtime/base/units.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#define REFUSED 77 /* what OUT held before: a refusal leaves it alone */
#define KIB     UINT64_C(1024)

struct quantity {
	const char *text;
	uint64_t value;
};

static void expect_all(const struct quantity *q, size_t n, bool (*parse)(const char *, uint64_t *))
{
	for (size_t i = 0; i < n; i++) {
		uint64_t out = REFUSED;
		bool ok = parse(q[i].text, &out);

		cr_expect_eq(ok, q[i].value != REFUSED, "'%s'", q[i].text);
		cr_expect_eq(out, q[i].value, "'%s': %" PRIu64, q[i].text, out);
	}
}

Test(units, sizes)
{
	static const struct quantity cases[] = {
		{ "0", 0 },
		{ "512", 512 },
		{ "1K", KIB },
		{ "256M", 256 * KIB * KIB },
		{ "256Mi", 256 * KIB * KIB },
		{ "256MiB", 256 * KIB * KIB },
		{ "1.5G", 1536 * KIB * KIB },
		{ "0.5K", 512 },
		{ "2T", 2 * KIB * KIB * KIB * KIB },
		{ "18446744073709551615", UINT64_MAX },
		{ "16777215T", 16777215 * KIB * KIB * KIB * KIB },
		{ "18446744073709551616", REFUSED },
		{ "16777216T", REFUSED },
		{ "", REFUSED },
		{ "M", REFUSED },
		{ "-1", REFUSED },
		{ "+1", REFUSED },
		{ " 1", REFUSED },
		{ "1 M", REFUSED },
		{ "1.5", REFUSED },
		{ "1.M", REFUSED },
		{ ".5M", REFUSED },
		{ "1.1234567M", REFUSED },
		{ "256MB", REFUSED },
		{ "256m", REFUSED },
		{ "256Mib", REFUSED },
		{ "1P", REFUSED },
	};

	expect_all(cases, ARRAY_LEN(cases), size_parse);
}

Test(units, sizes_for_people)
{
	static const struct quantity cases[] = {
		{ "0", 0 },
		{ "1023", 1023 },
		{ "1K", 1024 },
		{ "1.5K", 1536 },
		{ "256M", 256 * KIB * KIB },
		{ "1M", KIB * KIB - 1 }, /* rounds to 1024K, which is 1M */
		{ "1.5G", 1536 * KIB * KIB },
		{ "16777216T", UINT64_MAX },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[16];

		cr_expect_str_eq(size_format(cases[i].value, text), cases[i].text);
	}
}

Test(units, durations)
{
	static const struct quantity cases[] = {
		{ "10s", 10000 },
		{ "500ms", 500 },
		{ "1m30s", 90000 },
		{ "2h", 7200000 },
		{ "1d", 86400000 },
		{ "1d2h3m4s5ms", 93784005 },
		{ "0s", 0 },
		{ "", REFUSED },
		{ "10", REFUSED },
		{ "s", REFUSED },
		{ "10 s", REFUSED },
		{ "1.5s", REFUSED },
		{ "30s1m", REFUSED },
		{ "1s1s", REFUSED },
		{ "1w", REFUSED },
		{ "-1s", REFUSED },
		{ "213503982335d", REFUSED },
		{ "99999999999999999999s", REFUSED },
	};

	expect_all(cases, ARRAY_LEN(cases), duration_parse);
}

Test(units, durations_for_people)
{
	static const struct quantity cases[] = {
		{ "0ms", 0 },
		{ "999ms", 999 },
		{ "4s", 4000 },
		{ "4s", 4999 },
		{ "3m 5s", 185000 },
		{ "3m", 180999 },
		{ "1d 2h", 93784005 },
		{ "1d", 86400000 + 60000 },
		{ "213503982334d 14h", UINT64_MAX },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[32];

		cr_expect_str_eq(duration_format(cases[i].value, text), cases[i].text);
	}
}

Test(units, cpu_lists)
{
	static const struct {
		const char *text, *out; /* NULL: refused */
		size_t n;
	} cases[] = {
		{ "0", "0", 1 },
		{ "0-3,8,10-11", "0-3,8,10-11", 7 },
		{ "8,0-3", "0-3,8", 5 },
		{ "0,1,2", "0-2", 3 },
		{ "2-2", "2", 1 },
		{ "0-3,2-5", "0-5", 6 },
		{ "63-64", "63-64", 2 },
		{ "1023", "1023", 1 },
		{ "0-1023", "0-1023", 1024 },
		{ "1024", NULL, 0 },
		{ "0-99999999999", NULL, 0 },
		{ "", NULL, 0 },
		{ ",", NULL, 0 },
		{ "0,", NULL, 0 },
		{ "3-1", NULL, 0 },
		{ "0-", NULL, 0 },
		{ "-1", NULL, 0 },
		{ "0 ,1", NULL, 0 },
		{ "0\n", NULL, 0 },
		{ "a", NULL, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct cpulist l = { 0 };
		bool ok = cpulist_parse(cases[i].text, &l);
		scoped_str char *text = cpulist_format(&l);

		cr_expect_eq(ok, cases[i].out != NULL, "'%s'", cases[i].text);
		cr_expect_eq(cpulist_count(&l), cases[i].n, "'%s'", cases[i].text);
		cr_expect_str_eq(text, ok ? cases[i].out : "", "'%s'", cases[i].text);
	}
}

Test(units, cpu_list_membership)
{
	struct cpulist l;

	cr_assert(cpulist_parse("1-2,70", &l));
	cr_expect_not(cpulist_has(&l, 0));
	cr_expect(cpulist_has(&l, 1));
	cr_expect(cpulist_has(&l, 70));
	cr_expect_not(cpulist_has(&l, 71));
	cr_expect_not(cpulist_has(&l, 5000));
}

Test(units, cpu_masks)
{
	static const struct {
		const char *list, *mask;
	} cases[] = {
		{ "0", "1" },
		{ "0-1", "3" },
		{ "4,31", "80000010" },
		{ "32", "1,00000000" },
		{ "0,63", "80000000,00000001" },
		{ "64-67", "f,00000000,00000000" },
	};
	struct cpulist l = { 0 };

	scoped_str char *none = cpumask_format(&l);
	cr_expect_str_eq(none, "0");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cr_assert(cpulist_parse(cases[i].list, &l));
		scoped_str char *mask = cpumask_format(&l);

		cr_expect_str_eq(mask, cases[i].mask, "%s", cases[i].list);
	}
	cr_assert(cpulist_parse("1023", &l));
	scoped_str char *last = cpumask_format(&l);
	cr_expect_eq(strlen(last), 32 * 9 - 1);
}

Test(units, cpu_lists_within_others)
{
	struct cpulist l, of;

	cr_assert(cpulist_parse("1,70", &l));
	cr_assert(cpulist_parse("0-2,64-80", &of));
	cr_expect(cpulist_within(&l, &of));
	cr_expect_not(cpulist_within(&of, &l));
	cr_expect(cpulist_within(&l, &l));
}

Test(units, short_durations)
{
	static const struct quantity cases[] = {
		{ "20ms", 20000 },
		{ "500us", 500 },
		{ "0us", 0 },
		{ "1s500ms250us", 1500250 },
		{ "1d", UINT64_C(86400000000) },
		{ "18446744073709551615us", UINT64_MAX },
		{ "18446744073709551616us", REFUSED },
		{ "18446744073709552s", REFUSED },
		{ "18446744073709551ms616us", REFUSED },
		{ "", REFUSED },
		{ "us", REFUSED },
		{ "5", REFUSED },
		{ "1us1ms", REFUSED },
		{ "1us1us", REFUSED },
		{ "-1us", REFUSED },
		{ "1 us", REFUSED },
		{ "mus", REFUSED },
	};
	static const struct {
		uint64_t us;
		const char *text;
	} shown[] = {
		{ 0, "0us" },      { 1, "1us" },        { 1500, "1500us" },
		{ 20000, "20ms" }, { 60000000, "60s" }, { UINT64_MAX, "18446744073709551615us" },
	};

	expect_all(cases, ARRAY_LEN(cases), duration_us_parse);
	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		char text[24];
		uint64_t back = REFUSED;

		cr_expect_str_eq(duration_us_format(shown[i].us, text), shown[i].text);
		cr_expect(duration_us_parse(text, &back));
		cr_expect_eq(back, shown[i].us);
	}
}

Test(units, percentages)
{
	static const struct quantity cases[] = {
		{ "0%", 0 },
		{ "20%", 2000 },
		{ "12.5%", 1250 },
		{ "0.25%", 25 },
		{ "100%", 10000 },
		{ "100.00%", 10000 },
		{ "100.01%", REFUSED },
		{ "101%", REFUSED },
		{ "0.125%", REFUSED },
		{ "20", REFUSED },
		{ "%", REFUSED },
		{ "-1%", REFUSED },
		{ "20 %", REFUSED },
		{ "20%%", REFUSED },
		{ ".5%", REFUSED },
		{ "5.%", REFUSED },
	};

	expect_all(cases, ARRAY_LEN(cases), percent_parse);
	for (uint64_t n = 0; n <= 10000; n++) {
		uint64_t back = REFUSED;
		char text[16];

		cr_expect(percent_parse(percent_format(n, text), &back), "%s", text);
		cr_expect_eq(back, n, "%s", text);
	}
}

Test(units, sizes_of_huge_pages)
{
	static const struct quantity cases[] = {
		{ "2M", 2 * KIB * KIB },
		{ "2MB", 2 * KIB * KIB },
		{ "2MiB", 2 * KIB * KIB },
		{ "2048K", 2 * KIB * KIB },
		{ "2097152", 2 * KIB * KIB },
		{ "1G", KIB * KIB * KIB },
		{ "64K", 64 * KIB },
		{ "4096", 4096 },
		{ "2048", REFUSED },
		{ "3M", REFUSED },
		{ "0", REFUSED },
		{ "1.5G", REFUSED },
		{ "2B", REFUSED },
		{ "B", REFUSED },
		{ "", REFUSED },
		{ "2MBB", REFUSED },
	};
	char text[16];

	expect_all(cases, ARRAY_LEN(cases), page_size_parse);
	cr_expect_str_eq(page_size_format(64 * KIB, text), "64KB");
	cr_expect_str_eq(page_size_format(32 * KIB * KIB, text), "32MB");
	cr_expect_str_eq(page_size_format(16 * KIB * KIB * KIB, text), "16GB");
}
