/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void set(struct err *e, int code, bool whole, const char *fmt, va_list ap)
{
	e->code = code;
	e->whole = whole;
	vsnprintf(e->text, sizeof e->text, fmt, ap);
}

int(err_set)(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(e, code, false, fmt, ap);
	va_end(ap);
	return -1;
}

int(err_tell)(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(e, code, true, fmt, ap);
	va_end(ap);
	return -1;
}

const char *err_colon(const struct err *e)
{
	return e->code && !e->whole ? ": " : "";
}

const char *err_cause(const struct err *e)
{
	return e->code && !e->whole ? strerror(e->code) : "";
}

int(err_wrap)(struct err *e, const char *fmt, ...)
{
	char inner[sizeof e->text];
	va_list ap;

	memcpy(inner, e->text, sizeof inner);
	va_start(ap, fmt);
	int n = vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n + 2 >= sizeof e->text)
		return -1;

	/* A text that grows too long loses its end, never its context. */
	memcpy(e->text + n, ": ", 2);
	size_t at = (size_t)n + 2, len = strnlen(inner, sizeof e->text - at - 1);
	memcpy(e->text + at, inner, len);
	e->text[at + len] = '\0';
	return -1;
}
