/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/units.h"
#include "runtime/logfile.h"

#include <string.h>

struct text { /* what is left to be read */
	const char *at, *end;
};

static bool take_char(struct text *t, char c)
{
	if (t->at == t->end || *t->at != c)
		return false;
	t->at++;
	return true;
}

static bool is_digit(const struct text *t)
{
	return t->at < t->end && *t->at >= '0' && *t->at <= '9';
}

/* WIDTH digits, then AFTER (0: nothing). */
static bool take_number(struct text *t, int width, int min, int max, char after, int *out)
{
	int value = 0;

	for (int i = 0; i < width; i++) {
		if (!is_digit(t))
			return false;
		value = value * 10 + (*t->at++ - '0');
	}
	*out = value;
	return value >= min && value <= max && (after == 0 || take_char(t, after));
}

/* ".25": nothing is fine, more than nanoseconds are not. */
static bool take_fraction(struct text *t, long *ns)
{
	long unit = 100000000;

	*ns = 0;
	if (!take_char(t, '.'))
		return true;
	if (!is_digit(t))
		return false;
	for (; is_digit(t) && unit > 0; unit /= 10)
		*ns += unit * (*t->at++ - '0');
	return !is_digit(t);
}

static bool take_offset(struct text *t, time_t *seconds)
{
	int hours, minutes, sign = 1;

	*seconds = 0;
	if (take_char(t, 'Z'))
		return true;
	if (take_char(t, '-'))
		sign = -1;
	else if (!take_char(t, '+'))
		return false;
	if (!take_number(t, 2, 0, 23, ':', &hours) || !take_number(t, 2, 0, 59, 0, &minutes))
		return false;
	*seconds = (time_t)sign * (hours * 60 + minutes) * 60;
	return true;
}

/* RFC 3339. */
static bool take_time(struct text *t, struct timespec *out)
{
	struct tm tm = { 0 };
	time_t offset;

	if (!take_number(t, 4, 1970, 9999, '-', &tm.tm_year) ||
	    !take_number(t, 2, 1, 12, '-', &tm.tm_mon) ||
	    !take_number(t, 2, 1, 31, 'T', &tm.tm_mday) ||
	    !take_number(t, 2, 0, 23, ':', &tm.tm_hour) ||
	    !take_number(t, 2, 0, 59, ':', &tm.tm_min) ||
	    !take_number(t, 2, 0, 60, 0, &tm.tm_sec) || !take_fraction(t, &out->tv_nsec) ||
	    !take_offset(t, &offset))
		return false;

	int day = tm.tm_mday;
	bool leap = tm.tm_sec == 60;

	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	out->tv_sec = timegm(&tm);
	/* timegm makes February 30 a day of March (and a leap second the next minute, rightly). */
	if (tm.tm_mday != day && !leap)
		return false;
	out->tv_sec -= offset;
	return true;
}

static bool take_word(struct text *t, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(t->end - t->at) < n || memcmp(t->at, word, n) != 0)
		return false;
	t->at += n;
	return true;
}

bool log_entry_parse(const char *line, size_t n, struct log_entry *out)
{
	struct text t = { line, line + n };

	if (!take_time(&t, &out->time))
		return false;
	if (take_word(&t, " stdout "))
		out->stream = LOG_STDOUT;
	else if (take_word(&t, " stderr "))
		out->stream = LOG_STDERR;
	else
		return false;
	out->partial = take_char(&t, 'P');
	if ((!out->partial && !take_char(&t, 'F')) || !take_char(&t, ' '))
		return false;
	out->text = t.at;
	out->len = (size_t)(t.end - t.at);
	return true;
}

static bool take_seconds(struct text *t, struct timespec *out)
{
	if (!is_digit(t))
		return false;
	for (out->tv_sec = 0; is_digit(t); t->at++) {
		if (__builtin_mul_overflow(out->tv_sec, 10, &out->tv_sec) ||
		    __builtin_add_overflow(out->tv_sec, *t->at - '0', &out->tv_sec))
			return false;
	}
	return take_fraction(t, &out->tv_nsec);
}

bool log_since_parse(const char *text, struct timespec now, struct timespec *out)
{
	struct text t = { text, text + strlen(text) }, again = t;
	struct timespec at;
	uint64_t ms;

	if (duration_parse(text, &ms)) {
		at.tv_sec = now.tv_sec - (time_t)(ms / 1000);
		at.tv_nsec = now.tv_nsec - (long)(ms % 1000) * 1000000;
		if (at.tv_nsec < 0) {
			at.tv_nsec += 1000000000;
			at.tv_sec--;
		}
	} else if (!(take_time(&t, &at) && t.at == t.end) &&
		   !(take_seconds(&again, &at) && again.at == again.end)) {
		return false;
	}
	*out = at;
	return true;
}
