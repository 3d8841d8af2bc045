/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/err.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *printed(const struct err *e)
{
	static char text[1200];

	snprintf(text, sizeof text, "%s%s%s", e->text, err_colon(e), err_cause(e));
	return text;
}

Test(err, tells_its_cause_once)
{
	struct err e = { 0 };

	cr_assert_eq(err_set(&e, EEXIST, "create veth %s", "x"), -1);
	cr_assert_str_eq(printed(&e), "create veth x: File exists");
	err_set(&e, 0, "no such key");
	cr_assert_str_eq(printed(&e), "no such key");
	err_tell(&e, ESRCH, "container not running");
	cr_assert_eq(e.code, ESRCH);
	cr_assert_str_eq(printed(&e), "container not running");
	err_set(&e, ENOENT, "open y");
	cr_assert_str_eq(printed(&e), "open y: No such file or directory");
}

Test(err, keeps_the_context_when_it_gets_too_long)
{
	struct err e = { 0 };
	char filler[sizeof e.text];

	memset(filler, 'x', sizeof filler - 1);
	filler[sizeof filler - 1] = '\0';
	err_set(&e, ENOENT, "%s", filler);
	err_wrap(&e, "network");
	cr_assert_eq(strncmp(e.text, "network: xxx", 12), 0);
	cr_assert_eq(strlen(e.text), sizeof e.text - 1);
	cr_assert_eq(e.code, ENOENT);
}
