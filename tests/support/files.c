/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/support.h"
#include "runtime/base/fs.h"

#include <criterion/criterion.h>
#include <fcntl.h>

char *read_text(const char *path)
{
	struct err e = { 0 };
	char *text = NULL;
	size_t n = 0;

	if (fs_read_at(AT_FDCWD, path, &text, &n, &e) < 0)
		cr_assert_fail("%s", e.text);
	if (n > 0 && text[n - 1] == '\n')
		text[n - 1] = '\0';
	return text;
}
