/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/fields.h"
#include "runtime/spec/document.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { KEY_SHOWN_MAX = 80, PROBLEM_SHOWN_MAX = 400 };

void reading_drop(struct reading *r)
{
	strs_free(&r->spots);
}

/* Problems quote what a file holds. Control characters would reach the reader's terminal; a text
 * cut in length must not end inside a UTF-8 sequence. */
static void tame(char *text, size_t max)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	if (len <= max)
		return;
	for (max -= 3; max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80;)
		max--;
	memcpy(text + max, "...", 4);
}

/* RFC 6901, section 3: '~' is written ~0 and '/' ~1. */
static char *key_escape(const char *key)
{
	scoped_str char *shown = str_dup(key);
	char *out, *p;

	tame(shown, KEY_SHOWN_MAX);
	out = p = mem_alloc(2 * strlen(shown) + 1);
	for (const char *s = shown; *s; s++) {
		if (*s == '~' || *s == '/') {
			*p++ = '~';
			*p++ = *s == '~' ? '0' : '1';
		} else {
			*p++ = *s;
		}
	}
	return out;
}

char *where_text(const struct where *at)
{
	if (!at->up)
		return str_dup("");

	scoped_str char *up = where_text(at->up);
	if (!at->key)
		return str_printf("%s/%zu", up, at->index);

	scoped_str char *key = key_escape(at->key);
	return str_printf("%s/%s", up, key);
}

static void tell(struct strs *lines, const char *name, const char *path, const char *fmt,
		 va_list ap)
{
	scoped_str char *what = str_vprintf(fmt, ap);

	tame(what, PROBLEM_SHOWN_MAX);
	strs_addf(lines, "%s: %s%s%s", name, path, *path ? ": " : "", what);
}

void problem_add(struct reading *r, const struct where *at, const char *fmt, ...)
{
	scoped_str char *path = where_text(at);
	va_list ap;

	va_start(ap, fmt);
	strs_add(&r->spots, path);
	if (r->spots.n <= r->max)
		tell(r->problems, r->name, path, fmt, ap);
	va_end(ap);
}

void warning_add(struct reading *r, const struct where *at, const char *fmt, ...)
{
	scoped_str char *path = where_text(at);
	va_list ap;

	va_start(ap, fmt);
	if (r->warnings && r->warnings->n < r->max)
		tell(r->warnings, r->name, path, fmt, ap);
	va_end(ap);
}

static const char *type_name(const json_t *v)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",
		[JSON_STRING] = "a string",  [JSON_INTEGER] = "an integer",
		[JSON_REAL] = "a decimal",   [JSON_TRUE] = "a boolean",
		[JSON_FALSE] = "a boolean",  [JSON_NULL] = "null",
	};

	return names[json_typeof(v)];
}

void problem_type(struct reading *r, const struct where *at, const char *want, const json_t *v)
{
	problem_add(r, at, "expected %s, not %s", want,
		    document_is_huge(v) ? "an integer above 9223372036854775807" : type_name(v));
}

static int folded(char c)
{
	return c == '-' ? '_' : (tolower)((unsigned char)c);
}

/* Levenshtein's distance; case, and '-' for '_', count as no difference. */
static size_t distance(const char *a, const char *b)
{
	enum { LEN_MAX = 32 };
	size_t row[LEN_MAX + 1], la = strlen(a), lb = strlen(b);

	if (la > LEN_MAX || lb > LEN_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t change = diagonal + (folded(a[i - 1]) != folded(b[j - 1]));
			size_t edit = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = change < edit ? change : edit;
		}
	}
	return row[lb];
}

const char *word_near(const char *word, const char *const *known, size_t n)
{
	size_t len = strlen(word), best = len >= 6 ? 3 : 2; /* a third of the word at most */
	const char *close = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(word, known[i]);

		if (d < best && d < len) {
			best = d;
			close = known[i];
		}
	}
	return close;
}

void problem_unknown(struct reading *r, const struct where *at, const char *what,
		     const char *const *known, size_t n)
{
	const char *close = word_near(at->key, known, n);

	if (close)
		problem_add(r, at, "%s, did you mean '%s'?", what, close);
	else
		problem_add(r, at, "%s", what);
}

bool reading_clean(const struct reading *r, const struct where *at)
{
	scoped_str char *path = where_text(at);
	size_t len = strlen(path);

	for (size_t i = 0; i < r->spots.n; i++) {
		const char *spot = r->spots.v[i];

		if (strncmp(spot, path, len) == 0 && (spot[len] == '\0' || spot[len] == '/'))
			return false;
	}
	return true;
}

static const struct field *field_find(const struct field_table *t, const char *key)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->fields[i].key, key) == 0)
			return &t->fields[i];
	return NULL;
}

static void unknown_key(struct reading *r, const struct field_table *t, const struct where *at)
{
	const char *known[64];
	size_t n = 0;

	for (; n < t->n && n < ARRAY_LEN(known); n++)
		known[n] = t->fields[n].key;
	problem_unknown(r, at, "unknown key", known, n);
}

void fields_load(struct reading *r, json_t *v, const struct field_table *t, void *out,
		 const struct where *at)
{
	const char *key;
	json_t *value;

	if (!json_is_object(v)) {
		problem_type(r, at, "an object", v);
		return;
	}
	json_object_foreach(v, key, value)
	{
		struct where here = { .up = at, .key = key };
		const struct field *f = field_find(t, key);

		if (f)
			f->load(r, value, f, out, &here);
		else if (!t->open)
			unknown_key(r, t, &here);
	}
	for (size_t i = 0; i < t->n; i++)
		if (t->fields[i].required && !json_object_get(v, t->fields[i].key))
			problem_add(r, at, "missing key '%s'", t->fields[i].key);
}
