/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_SETTINGS_H
#define NFRUN_CGROUPS_SETTINGS_H

/* A list of files to be written, all or none. Inside cgroups/ only. */

#include "runtime/base/err.h"
#include "runtime/base/strs.h"

#include <stdbool.h>
#include <stdint.h>

struct setting;
/* Does what was written to IT hold? For files that take it and say later that they do not. */
typedef int setting_check(const struct setting *it, struct err *e);

struct setting {
	char *path;
	char *text;
	char *old;            /* what stood there before, once it is written */
	char *key;            /* the file has a line for each key; this is about KEY's alone */
	const char *none;     /* what clears KEY's line */
	bool bare;            /* KEY is in what is read, not in what is written */
	bool blind;           /* the file may not be readable; then it cannot be put back */
	setting_check *check; /* NULL: a write that succeeds holds */
	setting_check *why;   /* it was refused with E: says why */
	bool once;            /* it is not put back */
	bool word; /* the file tells more than it takes: its first word is what is put back */
};

struct settings {
	struct setting *v;
	size_t n;
};

void settings_add(struct settings *s, const char *dir, const char *file, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* "KEY VALUE" into a file that keeps a line for each KEY, such as io.max. "KEY NONE" is how a line
 * that was not there is taken back. */
void settings_add_keyed(struct settings *s, const char *path, const char *key, const char *value,
			const char *none);
/* VALUE into a file that shows it as "KEY VALUE". */
void settings_add_bare(struct settings *s, const char *dir, const char *file, const char *key,
		       const char *value);
/* WORD into a file that tells a word, and perhaps more; CHECK looks at it then. */
void settings_add_word(struct settings *s, const char *dir, const char *file, const char *word,
		       setting_check *check);
/* TEXT as it is into a file of which nothing is known, line by line. */
void settings_add_lines(struct settings *s, const char *dir, const char *file, const char *text);
void settings_drop(struct settings *s);

/* Write all in order. UNDO: when one fails, what was written is put back in reverse order. */
int settings_write(struct settings *s, bool undo, struct err *e);
/* Put back all that settings_write wrote with UNDO, adding to E what cannot be. */
void settings_put_back(struct settings *s, struct err *e);

/* What to write so that the line of KEY is again what OLD, the file's text, says; the caller frees.
 */
char *settings_old_line(const char *old, const char *key, const char *none);

#endif
