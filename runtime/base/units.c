/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/units.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Digits at *P; moves *P behind them. False when there is none or the number does not fit. */
static bool digits_parse(const char **p, uint64_t *out)
{
	const char *s = *p;
	uint64_t n = 0;

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(n, 10U, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*s - '0'), &n))
			return false;
	*p = s;
	*out = n;
	return true;
}

static const char size_units[] = "KMGT";

/* ".5" at *P as millionths; nothing there is 0. */
static bool fraction_parse(const char **p, uint64_t *millionths)
{
	uint64_t scale = 1000000;

	*millionths = 0;
	if (**p != '.')
		return true;
	++*p;
	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; ++*p) {
		scale /= 10;
		if (scale == 0)
			return false;
		*millionths += (uint64_t)(**p - '0') * scale;
	}
	return true;
}

bool size_parse(const char *text, uint64_t *out)
{
	const char *unit, *p = text;
	uint64_t whole, millionths, n;
	unsigned shift = 0;

	if (!digits_parse(&p, &whole) || !fraction_parse(&p, &millionths))
		return false;
	unit = *p ? strchr(size_units, *p) : NULL;
	if (unit) {
		shift = 10 * (unsigned)(unit - size_units + 1);
		p++;
		if (strcmp(p, "i") == 0 || strcmp(p, "iB") == 0)
			p += strlen(p);
	}
	if (*p || (shift == 0 && strchr(text, '.')))
		return false;
	if (__builtin_mul_overflow(whole, UINT64_C(1) << shift, &n) ||
	    __builtin_add_overflow(n, (millionths << shift) / 1000000, &n))
		return false;
	*out = n;
	return true;
}

const char *size_format(uint64_t bytes, char *out)
{
	uint64_t unit = 1, tenths = bytes;
	int i = -1;

	while (i < 3 && (unit == 1 ? bytes >= 1024 : tenths >= 10240)) {
		i++;
		unit <<= 10;
		tenths = bytes / unit * 10 + (bytes % unit * 10 + unit / 2) / unit;
	}
	unsigned whole = (unsigned)(tenths / 10), tenth = (unsigned)(tenths % 10);
	if (i < 0)
		snprintf(out, 16, "%u", (unsigned)bytes);
	else if (tenth == 0)
		snprintf(out, 16, "%u%c", whole, size_units[i]);
	else
		snprintf(out, 16, "%u.%u%c", whole, tenth, size_units[i]);
	return out;
}

static const struct {
	const char *name;
	uint64_t ms;
} time_units[] = {
	{ "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 },
};

/* The unit at *P, from time_units[FROM] on: "1m30s" reads downwards, each unit once. */
static bool unit_parse(const char **p, size_t *from, uint64_t *ms)
{
	size_t len = strcspn(*p, "0123456789");

	for (; *from < ARRAY_LEN(time_units); ++*from) {
		if (strlen(time_units[*from].name) != len ||
		    strncmp(time_units[*from].name, *p, len) != 0)
			continue;
		*ms = time_units[(*from)++].ms;
		*p += len;
		return true;
	}
	return false;
}

bool duration_parse(const char *text, uint64_t *ms)
{
	const char *p = text;
	uint64_t total = 0;
	size_t from = 0;

	do {
		uint64_t n, unit;

		if (!digits_parse(&p, &n) || !unit_parse(&p, &from, &unit))
			return false;
		if (__builtin_mul_overflow(n, unit, &n) || __builtin_add_overflow(total, n, &total))
			return false;
	} while (*p);
	*ms = total;
	return true;
}

const char *duration_format(uint64_t ms, char *out)
{
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(time_units) && ms < time_units[i].ms)
		i++;

	uint64_t rest = ms % time_units[i].ms;
	int n = snprintf(out, 32, "%" PRIu64 "%s", ms / time_units[i].ms, time_units[i].name);

	/* The next smaller unit too, but no milliseconds beside seconds. */
	if (i < 3 && rest >= time_units[i + 1].ms)
		snprintf(out + n, 32 - (size_t)n, " %" PRIu64 "%s", rest / time_units[i + 1].ms,
			 time_units[i + 1].name);
	return out;
}

bool duration_us_parse(const char *text, uint64_t *us)
{
	size_t len = strlen(text),
	       at = len >= 2 && strcmp(text + len - 2, "us") == 0 ? len - 2 : len;
	uint64_t ms = 0, rest = 0;

	while (at < len && at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9')
		at--;

	scoped_str char *head = str_printf("%.*s", (int)at, text);
	const char *tail = text + at;
	if (*tail && (!digits_parse(&tail, &rest) || strcmp(tail, "us") != 0))
		return false;
	if ((at > 0 || at == len) && !duration_parse(head, &ms))
		return false;
	if (__builtin_mul_overflow(ms, 1000U, &ms) || __builtin_add_overflow(ms, rest, &ms))
		return false;
	*us = ms;
	return true;
}

const char *duration_us_format(uint64_t us, char *out)
{
	if (us > 0 && us % 1000000 == 0)
		snprintf(out, 24, "%" PRIu64 "s", us / 1000000);
	else if (us > 0 && us % 1000 == 0)
		snprintf(out, 24, "%" PRIu64 "ms", us / 1000);
	else
		snprintf(out, 24, "%" PRIu64 "us", us);
	return out;
}

bool percent_parse(const char *text, uint64_t *hundredths)
{
	enum { WHOLE = 100, MILLIONTHS = 1000000 };
	const char *p = text;
	uint64_t whole, rest;

	if (!digits_parse(&p, &whole) || !fraction_parse(&p, &rest) || strcmp(p, "%") != 0)
		return false;
	if (rest % (MILLIONTHS / 100) != 0 || whole > WHOLE || (whole == WHOLE && rest > 0))
		return false;
	*hundredths = whole * 100 + rest / (MILLIONTHS / 100);
	return true;
}

const char *percent_format(uint64_t hundredths, char *out)
{
	unsigned whole = (unsigned)(hundredths / 100 % 1000), rest = (unsigned)(hundredths % 100);

	if (rest == 0)
		snprintf(out, 16, "%u%%", whole);
	else if (rest % 10 == 0)
		snprintf(out, 16, "%u.%u%%", whole, rest / 10);
	else
		snprintf(out, 16, "%u.%02u%%", whole, rest);
	return out;
}

bool page_size_parse(const char *text, uint64_t *bytes)
{
	size_t len = strlen(text);
	bool named = len > 2 && text[len - 1] == 'B' && strchr(size_units, text[len - 2]);
	scoped_str char *size = str_printf("%.*s", (int)(named ? len - 1 : len), text);
	uint64_t n;

	if (strchr(size, '.') || !size_parse(size, &n) || n < 4096 || (n & (n - 1)) != 0)
		return false;
	*bytes = n;
	return true;
}

const char *page_size_format(uint64_t bytes, char *out)
{
	unsigned shift = bytes >= 1U << 30 ? 30 : bytes >= 1U << 20 ? 20 : 10;

	snprintf(out, 16, "%u%cB", (unsigned)(bytes >> shift & UINT32_MAX),
		 size_units[shift / 10 - 1]);
	return out;
}

bool cpulist_parse(const char *text, struct cpulist *out)
{
	struct cpulist l = { 0 };
	const char *p = text;

	for (;;) {
		uint64_t first, last;

		if (!digits_parse(&p, &first))
			return false;
		last = first;
		if (*p == '-' && (p++, !digits_parse(&p, &last)))
			return false;
		if (last < first || last >= CPU_MAX)
			return false;
		for (uint64_t cpu = first; cpu <= last; cpu++)
			l.bits[cpu / 64] |= UINT64_C(1) << cpu % 64;
		if (*p == '\0')
			break;
		if (*p++ != ',')
			return false;
	}
	*out = l;
	return true;
}

size_t cpulist_count(const struct cpulist *l)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(l->bits); i++)
		n += (size_t)__builtin_popcountll(l->bits[i]);
	return n;
}

bool cpulist_has(const struct cpulist *l, unsigned cpu)
{
	return cpu < CPU_MAX && (l->bits[cpu / 64] >> cpu % 64 & 1U);
}

bool cpulist_within(const struct cpulist *l, const struct cpulist *of)
{
	for (size_t i = 0; i < ARRAY_LEN(l->bits); i++)
		if (l->bits[i] & ~of->bits[i])
			return false;
	return true;
}

char *cpulist_format(const struct cpulist *l)
{
	scoped_str char *text = str_dup("");

	for (unsigned first = 0; first < CPU_MAX; first++) {
		unsigned last = first;

		if (!cpulist_has(l, first))
			continue;
		while (cpulist_has(l, last + 1))
			last++;

		scoped_str char *so_far = str_take(&text);
		const char *comma = *so_far ? "," : "";

		text = first == last ? str_printf("%s%s%u", so_far, comma, first)
				     : str_printf("%s%s%u-%u", so_far, comma, first, last);
		first = last;
	}
	return str_take(&text);
}

char *cpumask_format(const struct cpulist *l)
{
	char text[CPU_MAX / 32 * 9 + 1] = "0", *end = text;

	for (unsigned group = CPU_MAX / 32; group-- > 0;) {
		uint32_t bits = (uint32_t)(l->bits[group / 2] >> group % 2 * 32);

		if (end > text)
			end += sprintf(end, ",%08x", bits);
		else if (bits)
			end += sprintf(end, "%x", bits);
	}
	return str_dup(text);
}
