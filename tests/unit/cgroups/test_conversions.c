/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of one version in the terms of the other. */
#include "cgroups/limits.h"

#include <criterion/criterion.h>
#include <math.h>

/* libm's word for the formula in limits.h; a hair above a whole number is that number. */
static uint64_t weight_by_libm(uint64_t shares)
{
	double l = log2((double)shares);

	return (uint64_t)ceil(pow(10, (l * l + 125 * l) / 612 - 7.0 / 34) - 1e-9);
}

Test(conversions, shares_become_a_weight_as_in_runc_and_crun)
{
	static const struct {
		uint64_t shares, weight;
	} rows[] = { { 0, 1 },          { 2, 1 },          { 3, 2 },          { 1024, 100 },
		     { 512, 59 },       { 2048, 174 },     { 262143, 10000 }, { 262144, 10000 },
		     { 262145, 10000 }, { 1 << 30, 10000 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(weight_from_oci_shares(rows[i].shares), rows[i].weight,
			     "%lu shares: weight %lu", rows[i].shares,
			     weight_from_oci_shares(rows[i].shares));
	for (uint64_t s = 3; s < 262144; s++)
		cr_assert_eq(weight_from_oci_shares(s), weight_by_libm(s), "%lu shares: %lu, %lu",
			     s, weight_from_oci_shares(s), weight_by_libm(s));
}

Test(conversions, weights_of_block_devices)
{
	cr_assert_eq(io_weight_from_oci(10), 1);
	cr_assert_eq(io_weight_from_oci(500), 4950);
	cr_assert_eq(io_weight_from_oci(1000), 10000);
	cr_assert_eq(io_weight_from_oci(2000), 10000);
}

/* How a file with a line for each device gets its old line back. */
Test(conversions, lines_put_back)
{
	static const char text[] = "default 100\n8:0 rbps=5 wbps=max\n8:16 7\n";
	static const struct {
		const char *key, *want;
	} rows[] = { { "default", "default 100" },
		     { "8:0", "8:0 rbps=5 wbps=max" },
		     { "8:16", "8:16 7" },
		     { "8:1", "8:1 none" },
		     { "", " none" } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_str char *line = settings_old_line(text, rows[i].key, "none");

		cr_assert_str_eq(line, rows[i].want, "%s: %s", rows[i].key, line);
	}
}
