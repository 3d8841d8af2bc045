/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_TABLE_H
#define NFRUN_CMD_TABLE_H

/* Columns for people: as wide as what is in them, no blanks at the end of a line. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_BAD, COLOUR_FAINT, COLOUR_BOLD };

struct column {
	const char *title;
	bool right; /* numbers */
};

struct cell;
struct table {
	const struct column *columns;
	size_t n_columns;
	struct cell *cells; /* row by row */
	size_t n_cells;
};

void table_add(struct table *t, enum colour c, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void table_print(const struct table *t, FILE *out, int indent);
void table_drop(struct table *t);
#define scoped_table __attribute__((cleanup(table_drop)))

/* The escape sequence for a colour; "" unless OUT is a terminal and NO_COLOR does not forbid it. */
const char *colour_on(enum colour c, FILE *out);
const char *colour_off(enum colour c, FILE *out);

#endif
