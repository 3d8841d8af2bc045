/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/support.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

char *read_text(const char *path)
{
	struct err e = { 0 };
	char *text = NULL;
	size_t n = 0;

	cr_assert_eq(fs_read_at(AT_FDCWD, path, &text, &n, &e), 0, "%s", e.text);
	if (n > 0 && text[n - 1] == '\n')
		text[n - 1] = '\0';
	return text;
}

void write_text(const char *path, const char *fmt, ...)
{
	scoped_file FILE *f = fopen(path, "we");
	va_list ap;

	cr_assert(f != NULL, "write %s: %s", path, strerror(errno));
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	cr_assert_eq(fflush(f), 0, "write %s: %s", path, strerror(errno));
}

void make_dirs(const char *path)
{
	struct err e = { 0 };

	cr_assert_eq(fs_mkdirs_at(AT_FDCWD, path, 0755, &e), 0, "%s", e.text);
}

int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void sleep_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

char *lines_joined(const struct strs *lines)
{
	char *text = str_dup("");

	for (size_t i = 0; i < lines->n; i++) {
		scoped_str char *before = text;

		text = str_printf("%s%s%s", before, i ? "\n" : "", lines->v[i]);
	}
	return text;
}
