/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/port.h"
#include "runtime/base/scope.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

/* dev_valid_name() of the kernel, and no pattern. */
static bool is_valid(const char *name)
{
	if (strlen(name) >= IFNAMSIZ || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || !*name)
		return false;
	for (const char *c = name; *c; c++)
		if (strchr("/:%", *c) || isspace((unsigned char)*c) || !isprint((unsigned char)*c))
			return false;
	return true;
}

Test(ifname, is_valid_whatever_the_owner)
{
	static const struct {
		const char *owner, *readable;
	} rows[] = {
		{ "fw", "fw." },
		{ "edge-fw0", "edge-fw0." },
		{ "edge-fw01", "edge-fw0." },
		{ "a.b_c-d", "a.b_c-d." },
		{ "a/b:c d%", "a_b_c_d_." },
		{ "\xc3\xa4\x01", "___." },
		{ "", "." },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char name[IFNAMSIZ];

		ifname_host(name, rows[i].owner, "eth0", 0);
		cr_assert(is_valid(name), "'%s' of '%s'", name, rows[i].owner);
		cr_assert_eq(strncmp(name, rows[i].readable, strlen(rows[i].readable)), 0,
			     "'%s' of '%s'", name, rows[i].owner);
		cr_assert_eq(strlen(name), strlen(rows[i].readable) + 6, "%s", name);
	}
}

Test(ifname, differs_by_all_it_is_made_of)
{
	char name[5][IFNAMSIZ];

	ifname_host(name[0], "edge-fw-1", "eth0", 0);
	ifname_host(name[1], "edge-fw-1", "eth0", 1);
	ifname_host(name[2], "edge-fw-1", "eth1", 0);
	ifname_host(name[3], "edge-fw-2", "eth0", 0);
	ifname_host(name[4], "edge-fw-1e", "th0", 0);
	for (int i = 0; i < 5; i++)
		for (int j = 0; j < i; j++)
			cr_assert_str_neq(name[i], name[j], "%d %d", i, j);
}

Test(ifname, is_stable)
{
	char a[IFNAMSIZ], b[IFNAMSIZ];

	ifname_host(a, "edge-fw", "eth0", 3);
	ifname_host(b, "edge-fw", "eth0", 3);
	cr_assert_str_eq(a, b);
}
