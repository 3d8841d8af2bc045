/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/strs.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void *mem_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		abort();
	return p;
}

void *mem_grow(void *old, size_t n, size_t size)
{
	void *p = reallocarray(old, n ? n : 1, size);

	if (!p)
		abort();
	return p;
}

char *str_dup(const char *s)
{
	if (!s)
		return NULL;

	char *copy = strdup(s);
	if (!copy)
		abort();
	return copy;
}

char *str_vprintf(const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	return text;
}

char *str_printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *text = str_vprintf(fmt, ap);
	va_end(ap);
	return text;
}

static void add_owned(struct strs *s, char *text)
{
	s->v = mem_grow(s->v, s->n + 2, sizeof *s->v);
	s->v[s->n++] = text;
	s->v[s->n] = NULL;
}

void strs_add(struct strs *s, const char *text)
{
	add_owned(s, str_dup(text));
}

void strs_addf(struct strs *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_owned(s, str_vprintf(fmt, ap));
	va_end(ap);
}

void strs_copy(struct strs *to, const struct strs *from)
{
	*to = (struct strs){ 0 };
	for (size_t i = 0; i < from->n; i++)
		strs_add(to, from->v[i]);
}

int strs_has(const struct strs *s, const char *text)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i], text) == 0)
			return 1;
	return 0;
}

void strs_free(struct strs *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	*s = (struct strs){ 0 };
}

void env_merge(struct strs *to, const struct strs *more)
{
	for (size_t i = 0; i < more->n; i++) {
		size_t name = strcspn(more->v[i], "=") + 1;
		size_t k = 0;

		while (k < to->n && strncmp(to->v[k], more->v[i], name) != 0)
			k++;
		if (k == to->n) {
			strs_add(to, more->v[i]);
			continue;
		}
		free(to->v[k]);
		to->v[k] = str_dup(more->v[i]);
	}
}
