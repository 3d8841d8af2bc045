/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/table.h"
#include "runtime/base/strs.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

struct cell {
	char *text;
	enum colour colour;
};

static bool is_colourful(FILE *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	/* no-color.org: set and not empty. */
	return !(no && *no) && term && strcmp(term, "dumb") != 0 && isatty(fileno(out));
}

const char *colour_on(enum colour c, FILE *out)
{
	static const char *const codes[] = {
		[COLOUR_NONE] = "",         [COLOUR_GOOD] = "\033[32m", [COLOUR_BAD] = "\033[31m",
		[COLOUR_FAINT] = "\033[2m", [COLOUR_BOLD] = "\033[1m",
	};

	return is_colourful(out) ? codes[c] : "";
}

const char *colour_off(enum colour c, FILE *out)
{
	return c != COLOUR_NONE && is_colourful(out) ? "\033[0m" : "";
}

void table_add(struct table *t, enum colour c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *text = str_vprintf(fmt, ap);
	va_end(ap);
	t->cells = mem_grow(t->cells, t->n_cells + 1, sizeof *t->cells);
	t->cells[t->n_cells++] = (struct cell){ text, c };
}

static int width(const struct table *t, size_t column)
{
	size_t w = strlen(t->columns[column].title);

	for (size_t i = column; i < t->n_cells; i += t->n_columns)
		if (strlen(t->cells[i].text) > w)
			w = strlen(t->cells[i].text);
	return (int)w;
}

/* The blanks stand outside the colour; none after the last cell. */
static void print_cell(const struct table *t, FILE *out, size_t column, const struct cell *c)
{
	int pad = width(t, column) - (int)strlen(c->text);
	bool right = t->columns[column].right, last = column + 1 == t->n_columns;

	if (right)
		fprintf(out, "%*s", pad, "");
	fprintf(out, "%s%s%s", colour_on(c->colour, out), c->text, colour_off(c->colour, out));
	if (last)
		putc('\n', out);
	else
		fprintf(out, "%*s", 2 + (right ? 0 : pad), "");
}

void table_print(const struct table *t, FILE *out, int indent)
{
	assert(t->n_columns > 0);
	for (size_t i = 0; i < t->n_columns; i++) {
		const struct cell title = { (char *)t->columns[i].title, COLOUR_BOLD };

		fprintf(out, "%*s", i ? 0 : indent, "");
		print_cell(t, out, i, &title);
	}
	for (size_t i = 0; i < t->n_cells; i++) {
		fprintf(out, "%*s", i % t->n_columns ? 0 : indent, "");
		print_cell(t, out, i % t->n_columns, &t->cells[i]);
	}
}

void table_drop(struct table *t)
{
	for (size_t i = 0; i < t->n_cells; i++)
		free(t->cells[i].text);
	free(t->cells);
	t->cells = NULL;
	t->n_cells = 0;
}
