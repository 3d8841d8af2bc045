/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of units: D-Bus values, and how annotations write them (GVariant's text format). */
#include "cgroups/systemd.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

static struct property *add(struct properties *p, const char *name, char type, bool many)
{
	p->v = mem_grow(p->v, p->n + 1, sizeof *p->v);
	p->v[p->n] = (struct property){ .name = str_dup(name), .type = type, .many = many };
	return &p->v[p->n++];
}

static void add_value(struct property *p, const struct property_value *v)
{
	p->v = mem_grow(p->v, p->n + 1, sizeof *p->v);
	p->v[p->n++] = *v;
}

void properties_add_number(struct properties *p, const char *name, char type, uint64_t value)
{
	add_value(add(p, name, type, false), &(struct property_value){ .number = value });
}

void properties_add_text(struct properties *p, const char *name, const char *value)
{
	add_value(add(p, name, 's', false), &(struct property_value){ .text = str_dup(value) });
}

void properties_add_pid(struct properties *p, const char *name, pid_t pid)
{
	add_value(add(p, name, 'u', true), &(struct property_value){ .number = (uint64_t)pid });
}

void properties_add_bytes(struct properties *p, const char *name, const uint8_t *v, size_t n)
{
	struct property *it = add(p, name, 'y', true);

	for (size_t i = 0; i < n; i++)
		add_value(it, &(struct property_value){ .number = v[i] });
}

/* Later ones of a name are the ones that hold: systemd carries them out in their order. */
void properties_add_all(struct properties *p, const struct properties *more)
{
	for (size_t i = 0; i < more->n; i++) {
		const struct property *from = &more->v[i];
		struct property *to = add(p, from->name, from->type, from->many);

		for (size_t k = 0; k < from->n; k++) {
			struct property_value v = from->v[k];

			v.text = str_dup(v.text);
			add_value(to, &v);
		}
	}
}

static void property_drop(struct property *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].text);
	free(p->v);
	free(p->name);
}

void properties_drop(struct properties *p)
{
	for (size_t i = 0; i < p->n; i++)
		property_drop(&p->v[i]);
	free(p->v);
	*p = (struct properties){ 0 };
}

/* --- GVariant's text format --- */

static const struct {
	const char *word; /* before the value; or "@" and the letter */
	char type;
} words[] = {
	{ "boolean", 'b' }, { "byte", 'y' },   { "int16", 'n' },      { "uint16", 'q' },
	{ "int32", 'i' },   { "uint32", 'u' }, { "int64", 'x' },      { "uint64", 't' },
	{ "double", 'd' },  { "string", 's' }, { "objectpath", 'o' }, { "signature", 'g' },
};

static void skip_blanks(const char **at)
{
	while (isspace((unsigned char)**at))
		(*at)++;
}

/* A type in front of a value: 0: none. "@as" is an array's: *MANY. */
static char take_type(const char **at, bool *many)
{
	skip_blanks(at);
	if (**at == '@') {
		const char *p = *at + 1;

		*many = *p == 'a';
		p += *many;
		for (size_t i = 0; i < ARRAY_LEN(words); i++)
			if (*p && *p == words[i].type && isspace((unsigned char)p[1])) {
				*at = p + 1;
				return words[i].type;
			}
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t n = strlen(words[i].word);

		if (strncmp(*at, words[i].word, n) == 0 && isspace((unsigned char)(*at)[n])) {
			*at += n;
			return words[i].type;
		}
	}
	return 0;
}

static char unescape(char letter)
{
	switch (letter) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	default:
		return letter;
	}
}

/* 'text' or "text", with C's simplest escapes; NULL: it has no end. The caller frees. */
static char *take_text(const char **at)
{
	char quote = *(*at)++;
	char *out = mem_alloc(strlen(*at) + 1), *to = out;

	for (; **at && **at != quote; (*at)++) {
		if (**at == '\\' && (*at)[1]) {
			(*at)++;
			*to++ = unescape(**at);
		} else {
			*to++ = **at;
		}
	}
	if (**at == quote) {
		(*at)++;
		return out;
	}
	free(out);
	return NULL;
}

static const struct {
	char type;
	int64_t min;
	uint64_t max;
} ranges[] = {
	{ 'y', 0, UINT8_MAX },         { 'n', INT16_MIN, INT16_MAX }, { 'q', 0, UINT16_MAX },
	{ 'i', INT32_MIN, INT32_MAX }, { 'u', 0, UINT32_MAX },        { 'x', INT64_MIN, INT64_MAX },
	{ 't', 0, UINT64_MAX },
};

/* Does the integer at TEXT, up to END, go into TYPE? */
static bool number_fits(const char *text, const char *end, char type, uint64_t *out)
{
	bool negative = *text == '-';
	char *stop = NULL;

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		if (ranges[i].type != type)
			continue;
		errno = 0;
		*out = negative ? (uint64_t)strtoll(text, &stop, 0) : strtoull(text, &stop, 0);
		return stop == end && errno == 0 &&
		       (negative ? (int64_t)*out >= ranges[i].min : *out <= ranges[i].max);
	}
	return false;
}

static bool take_number(const char **at, char *type, struct property_value *out)
{
	size_t n = strcspn(*at, ",] \t\n\r");
	scoped_str char *text = str_printf("%.*s", (int)n, *at);
	char *end = NULL;

	if (!isdigit((unsigned char)text[*text == '-' || *text == '+']) && *text != '.')
		return false;
	if (!*type) /* as GVariant has it: an int32, unless it is written as a real number */
		*type = strpbrk(text, ".eE") && !strpbrk(text, "xX") ? 'd' : 'i';
	*at += n;
	if (*type != 'd')
		return number_fits(text, text + n, *type, &out->number);
	out->real = strtod(text, &end);
	return !*end && isfinite(out->real);
}

static bool take_word(const char **at, char *type, struct property_value *out)
{
	static const char *const truth[] = { "false", "true" };

	for (size_t i = 0; i < ARRAY_LEN(truth); i++) {
		size_t n = strlen(truth[i]);

		if (strncmp(*at, truth[i], n) != 0 || isalnum((unsigned char)(*at)[n]))
			continue;
		out->number = i;
		*at += n;
		if (!*type)
			*type = 'b';
		return *type == 'b';
	}
	return take_number(at, type, out);
}

/* One value without a container; *TYPE 0 becomes its type. */
static bool take_value(const char **at, char *type, struct property_value *out)
{
	bool many = false;
	char given = take_type(at, &many);

	if (many || (given && *type && given != *type))
		return false;
	if (given)
		*type = given;
	skip_blanks(at);
	if (**at != '\'' && **at != '"')
		return take_word(at, type, out);
	if (!*type)
		*type = 's';
	if (!strchr("sog", *type))
		return false;
	out->text = take_text(at);
	return out->text;
}

/* [A, B, ...]: all of one type. */
static bool take_list(const char **at, struct property *p)
{
	p->many = true;
	(*at)++;
	skip_blanks(at);
	while (**at != ']') {
		struct property_value v = { 0 };

		if (!take_value(at, &p->type, &v))
			return false;
		add_value(p, &v);
		skip_blanks(at);
		if (**at == ',')
			(*at)++;
		else if (**at != ']')
			return false;
		skip_blanks(at);
	}
	(*at)++;
	return p->type; /* of an empty one it has to be written */
}

static bool take_property(const char **at, struct property *p)
{
	struct property_value v = { 0 };
	const char *start = *at;
	bool many = false;
	char type = take_type(at, &many);

	skip_blanks(at);
	if (many)
		p->type = type;
	if (**at == '[')
		return (many || !type) && take_list(at, p);
	if (many)
		return false;
	*at = start;
	if (!take_value(at, &p->type, &v))
		return false;
	add_value(p, &v);
	return true;
}

/* Settings of unit files are named after seconds, their properties after microseconds; runc, too,
 * takes the former: "TimeoutStopSec". */
static bool in_seconds(struct property *p)
{
	size_t n = strlen(p->name);
	struct property_value *v = p->v;

	if (n < 4 || strcmp(p->name + n - 3, "Sec") != 0 || !islower((unsigned char)p->name[n - 4]))
		return true;

	char *name = str_printf("%.*sUSec", (int)n - 3, p->name);
	bool good = !p->many && strchr("ynqiuxtd", p->type);
	double seconds = !good                    ? -1
			 : p->type == 'd'         ? v->real
			 : strchr("nix", p->type) ? (double)(int64_t)v->number
						  : (double)v->number;

	str_drop(&p->name);
	p->name = name;
	if (seconds < 0 || seconds > 1e12)
		return false;
	*v = (struct property_value){ .number = (uint64_t)(seconds * 1e6 + 0.5) };
	p->type = 't';
	return true;
}

static bool is_name(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isalpha((unsigned char)name[i]))
			return false;
	return n >= 3;
}

int properties_add_written(struct properties *p, const char *text, struct err *e)
{
	size_t n = strcspn(text, "=");
	scoped_str char *name = str_printf("%.*s", (int)n, text);
	const char *value = text + n + (text[n] == '=');

	if (!is_name(name, n))
		return err_set(e, EINVAL,
			       "systemd property '%s': a name has only letters, three or more",
			       name);

	struct property *it = add(p, name, 0, false);
	const char *at = value;
	bool good = take_property(&at, it);

	skip_blanks(&at);
	if (good && !*at && in_seconds(it))
		return 0;
	return err_set(e, EINVAL,
		       "systemd property %s: %s is not a value in GVariant's text format, such as "
		       "'text' (with its quotes), true, 5 (an int32), uint64 5 or ['a', 'b']",
		       name, value);
}
