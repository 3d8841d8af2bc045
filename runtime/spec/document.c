/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/document.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* What stands before the digits of an integer that json_t cannot hold. */
#define HUGE                                                                                       \
	"\x01"                                                                                     \
	"u64 "

/* jansson counts to the end of the token it stumbled over; people look for its beginning. */
static int token_column(const json_error_t *at)
{
	const char *from = strstr(at->text, "near '"), *to = strrchr(at->text, '\'');
	int chars = 0;

	for (from = from ? from + 6 : to; from && from < to; from++)
		chars += ((unsigned char)*from & 0xc0) != 0x80;
	if (chars > 0 && chars <= at->column)
		return at->column - chars + 1;
	return at->column > 0 ? at->column : 1;
}

/* "vnf.json:12:7: duplicate object key near '"mtu"'" */
static void syntax_problem(const char *name, const json_error_t *at, struct strs *problems)
{
	/* The library's own text names a flag of its interface here. */
	bool nul = json_error_code(at) == json_error_null_character;

	strs_addf(problems, "%s:%d:%d: %s", name, at->line, token_column(at),
		  nul ? "a string with a NUL character in it" : at->text);
}

static json_t *parse(const char *json, size_t n, json_error_t *at)
{
	return json_loadb(json, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, at);
}

json_t *document_parse(const char *json, size_t n, const char *name, struct strs *problems)
{
	json_error_t at;
	json_t *doc = parse(json, n, &at);

	if (!doc)
		syntax_problem(name, &at, problems);
	return doc;
}

/* The length of the integer at TEXT if it is one above INT64_MAX that fits uint64_t, else 0. */
static size_t huge_at(const char *text)
{
	size_t len = strspn(text, "0123456789");
	char *end;

	/* 9223372036854775808 to 18446744073709551615; a decimal is none */
	if (len < 19 || len > 20 || *text == '0' || strchr(".eE", text[len] ? text[len] : ' '))
		return 0;
	errno = 0;
	return strtoull(text, &end, 10) > INT64_MAX && errno == 0 ? len : 0;
}

/* TEXT with each huge integer made a text. */
static char *mark_huge(const char *text)
{
	size_t n = strlen(text);
	/* to 19 digits come 12 characters */
	char *out = mem_alloc(2 * n + 1), *p = out;
	bool in_text = false;

	for (const char *s = text; *s;) {
		size_t len =
			in_text || (s > text && strchr("-+.eE0123456789", s[-1])) ? 0 : huge_at(s);

		if (len > 0) {
			p += sprintf(p, "\"\\u0001u64 %.*s\"", (int)len, s);
			s += len;
			continue;
		}
		if (in_text && *s == '\\' && s[1])
			*p++ = *s++;
		else if (*s == '"')
			in_text = !in_text;
		*p++ = *s++;
	}
	return out;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as jansson lets a document be, 2048 */
static void drop_nulls(json_t *v)
{
	const char *key;
	json_t *value;
	void *next;
	size_t i;

	json_object_foreach_safe(v, next, key, value)
	{
		if (json_is_null(value))
			json_object_del(v, key);
		else
			drop_nulls(value);
	}
	json_array_foreach(v, i, value) drop_nulls(value);
}

json_t *document_parse_oci(const char *json, size_t n, const char *name, struct strs *problems)
{
	json_error_t at;
	json_t *doc = parse(json, n, &at);

	if (!doc && json_error_code(&at) == json_error_numeric_overflow && !memchr(json, '\0', n)) {
		scoped_str char *text = mem_alloc(n + 1);

		memcpy(text, json, n);
		scoped_str char *marked = mark_huge(text);

		doc = parse(marked, strlen(marked), &at);
	}
	if (!doc)
		syntax_problem(name, &at, problems);
	drop_nulls(doc);
	return doc;
}

/* What mark_huge does, back again; in place. */
static void unmark_huge(char *text)
{
	static const char mark[] = "\"\\u0001u64 ";
	const size_t len = strlen(mark);
	const char *from = text;
	char *to = text;

	for (const char *at; (at = strstr(from, mark)); from = at + len) {
		size_t digits = huge_at(at + len);
		bool is_mark = digits > 0 && at[len + digits] == '"';
		size_t keep = (size_t)(at - from) + (is_mark ? 0 : len);

		memmove(to, from, keep);
		to += keep;
		if (!is_mark)
			continue;
		memmove(to, at + len, digits);
		to += digits;
		at += digits + 1;
	}
	memmove(to, from, strlen(from) + 1);
}

char *document_text_oci(const json_t *doc)
{
	char *text = json_dumps(doc, JSON_COMPACT);

	if (!text)
		abort();
	unmark_huge(text);
	return text;
}

bool document_is_huge(const json_t *v)
{
	const char *text = json_string_value(v);

	return text && strncmp(text, HUGE, strlen(HUGE)) == 0;
}

bool document_u64(const json_t *v, uint64_t *out)
{
	const char *text = json_string_value(v);

	if (document_is_huge(v))
		*out = strtoull(text + strlen(HUGE), NULL, 10);
	else if (json_is_integer(v) && json_integer_value(v) >= 0)
		*out = (uint64_t)json_integer_value(v);
	else
		return false;
	return true;
}
