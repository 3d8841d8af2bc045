/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/support.h"

#include <string.h>

void skip_unless(bool cond, const char *why)
{
	const char *must = getenv("NFRUN_MUST_RUN");

	if (cond)
		return;
	cr_assert(!must || strcmp(must, "1") != 0, "skipped under NFRUN_MUST_RUN=1: %s", why);
	cr_skip_test("%s", why);
}

void need_root(void)
{
	skip_unless(geteuid() == 0, "needs root");
}
