/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/prometheus.h"

#include <stdbool.h>
#include <string.h>

enum { NAME_MAX_LEN = 100 };

/* What has been seen, and the metric that lines are about now. */
struct reader {
	struct strs metrics, series;
	char metric[NAME_MAX_LEN];
	bool typed, counter, sampled;
};

/* A metric's may have colons too, which are for rules, not for what is exposed. */
static size_t name_length(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	static const char more[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return strchr(letters, *text) && *text ? strspn(text, more) : 0;
}

/* The name at *LINE, which is moved behind it, into OUT. */
static bool take_name(const char **line, char out[NAME_MAX_LEN])
{
	size_t n = name_length(*line);

	if (n == 0 || n >= NAME_MAX_LEN)
		return false;
	memcpy(out, *line, n);
	out[n] = '\0';
	*line += n;
	return true;
}

/* Only \\, \" and \n; QUOTED: up to the quotation mark, which is passed. */
static bool skip_text(const char **at, bool quoted)
{
	const char *p = *at;

	for (; *p && !(quoted && *p == '"'); p++) {
		if (*p != '\\')
			continue;
		p++;
		if (*p != '\\' && *p != 'n' && !(quoted && *p == '"'))
			return false;
	}
	if (quoted && *p++ != '"')
		return false;
	*at = p;
	return true;
}

static const char *take_help(struct reader *r, const char *line)
{
	char name[NAME_MAX_LEN];

	if (!take_name(&line, name) || *line++ != ' ' || !*line)
		return "a HELP without a name or a text";
	if (strs_has(&r->metrics, name))
		return "a second HELP of this metric";
	if (!skip_text(&line, false))
		return "a bad backslash";
	strs_add(&r->metrics, name);
	memcpy(r->metric, name, sizeof name);
	r->typed = r->sampled = false;
	return NULL;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), len = strlen(end);

	return n >= len && strcmp(text + n - len, end) == 0;
}

static const char *take_type(struct reader *r, const char *line)
{
	char name[NAME_MAX_LEN];

	if (!take_name(&line, name) || strcmp(name, r->metric) != 0)
		return "a TYPE that does not follow its HELP";
	if (r->typed || r->sampled)
		return "a TYPE that comes too late";
	if (strcmp(line, " counter") != 0 && strcmp(line, " gauge") != 0)
		return "neither a counter nor a gauge";
	r->typed = true;
	r->counter = line[1] == 'c';
	if (r->counter != ends_with(name, "_total"))
		return "a counter that is not called _total, or a gauge that is";
	return NULL;
}

/* "{a="1",b="2"}"; *LINE is moved behind it. */
static const char *take_labels(const char **line)
{
	scoped_strs struct strs seen = { 0 };
	char name[NAME_MAX_LEN];
	const char *p = *line;

	if (*p != '{')
		return NULL;
	do {
		p++;
		if (!take_name(&p, name) || *p++ != '=' || *p++ != '"' || !skip_text(&p, true))
			return "a bad label";
		if (strs_has(&seen, name))
			return "a label twice";
		strs_add(&seen, name);
	} while (*p == ',');
	if (*p++ != '}')
		return "labels without an end";
	*line = p;
	return NULL;
}

static const char *take_sample(struct reader *r, const char *line)
{
	const char *begin = line, *wrong;
	char name[NAME_MAX_LEN], *end;

	if (!take_name(&line, name))
		return "a sample without a name";
	if (strcmp(name, r->metric) != 0 || !r->typed)
		return "a sample that does not stand with its metric";
	wrong = take_labels(&line);
	if (wrong)
		return wrong;

	scoped_str char *series = str_printf("%.*s", (int)(line - begin), begin);
	if (strs_has(&r->series, series))
		return "a sample twice";
	strs_add(&r->series, series);
	r->sampled = true;
	if (*line++ != ' ' || !strchr("0123456789-+", *line) || !*line)
		return "a sample without a number";
	double value = strtod(line, &end);
	if (*end)
		return "something behind the number";
	return r->counter && value < 0 ? "a counter below 0" : NULL;
}

static const char *take_line(struct reader *r, const char *line)
{
	if (strncmp(line, "# HELP ", 7) == 0)
		return take_help(r, line + 7);
	if (strncmp(line, "# TYPE ", 7) == 0)
		return take_type(r, line + 7);
	return *line == '#' ? "a comment" : take_sample(r, line);
}

char *prometheus_problem(const char *text)
{
	struct reader r = { 0 };
	char *problem = NULL;
	size_t n = strlen(text);

	if (n == 0 || text[n - 1] != '\n')
		return str_dup("it does not end with a newline");
	for (size_t number = 1; *text && !problem; number++) {
		size_t len = strcspn(text, "\n");
		scoped_str char *line = str_printf("%.*s", (int)len, text);
		const char *wrong = take_line(&r, line);

		if (wrong)
			problem = str_printf("line %zu: %s: %s", number, wrong, line);
		text += len + 1;
	}
	strs_free(&r.metrics);
	strs_free(&r.series);
	return problem;
}

char *prometheus_value(const char *text, const char *series)
{
	scoped_str char *want = str_printf("%s ", series);

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		if (strncmp(line, want, strlen(want)) == 0)
			return str_printf("%.*s", (int)(strcspn(line, "\n") - strlen(want)),
					  line + strlen(want));
	return NULL;
}
