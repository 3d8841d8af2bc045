/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/packet_parts.h"

#include <criterion/criterion.h>

Test(packet_line, queues_are_of_use_where_veth_never_forgets_them)
{
	static const struct {
		const char *release;
		bool waits;
	} rows[] = {
		{ "6.18.0", true },
		{ "6.18.44-microvm", true },
		{ "6.20", true },
		{ "7.0.0-rc1", true },
		{ "10.0.1", true },
		{ "6.12.61", true },
		{ "6.12.117+deb13-amd64", true },
		{ "6.12.60", false },
		{ "6.12.0-61-generic", false },
		{ "6.12", false },
		{ "6.17.61", false },
		{ "6.16.100", false },
		{ "6.1.0-61-amd64", false },
		{ "5.18.99", false },
		{ "6", false },
		{ "", false },
		{ "x", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(packet_veth_waits(rows[i].release), rows[i].waits, "%s",
			     rows[i].release);
}
