/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/help.h"

#include <string.h>

/* Text as man(7) takes it: a hyphen that is to be typed is \-, a backslash is \e, and a dot or an
 * apostrophe that begins a line would be a request. */
static void put_text(FILE *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((text[i] == '.' || text[i] == '\'') && (i == 0 || text[i - 1] == '\n'))
			fputs("\\&", out);
		if (text[i] == '-')
			fputs("\\-", out);
		else if (text[i] == '\\')
			fputs("\\e", out);
		else
			putc(text[i], out);
	}
}

static void put_string(FILE *out, const char *text)
{
	put_text(out, text, strlen(text));
}

/* Paragraphs at blank lines; runs of lines that begin with two spaces are examples. */
static void put_about(FILE *out, const char *about)
{
	bool literal = false;

	while (*about) {
		size_t n = strcspn(about, "\n");
		bool example = n > 2 && strncmp(about, "  ", 2) == 0;

		if (example != literal)
			fputs(example ? ".RS 4\n.EX\n" : ".EE\n.RE\n", out);
		literal = example;
		if (n == 0) {
			fputs(".PP\n", out);
		} else {
			put_text(out, about + (example ? 2 : 0), n - (example ? 2 : 0));
			putc('\n', out);
		}
		about += n + (about[n] == '\n');
	}
	if (literal)
		fputs(".EE\n.RE\n", out);
}

static void put_options(FILE *out, const struct opt *o, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fputs(".TP\n\\fB", out);
		if (o[i].letter)
			fprintf(out, "\\-%c\\fR, \\fB", o[i].letter);
		fputs("\\-\\-", out);
		put_string(out, o[i].name);
		fputs("\\fR", out);
		if (o[i].arg) {
			fputs(" \\fI", out);
			put_string(out, o[i].arg);
			fputs("\\fR", out);
		}
		putc('\n', out);
		put_string(out, o[i].help);
		fputs(".\n", out);
	}
}

static void put_command(FILE *out, const struct command *c)
{
	fprintf(out, ".SS nfrun %s\n.B nfrun %s\n", c->name, c->name);
	if (c->n_options)
		fputs(".RI [ options ]\n", out);
	if (*c->args) {
		fputs("\\fI", out);
		put_string(out, c->args);
		fputs("\\fR\n", out);
	}
	fputs(".PP\n", out);
	put_about(out, c->about);
	put_options(out, c->options, c->n_options);
}

void man_sections(FILE *out)
{
	size_t n;
	const struct opt *globals = global_options(&n);

	fputs(".SH OPTIONS\nThese stand before the verb; all but \\fB\\-\\-version\\fR may also stand after it.\n",
	      out);
	put_options(out, globals, n);
	fputs(".SH COMMANDS\n", out);

	const struct command *const *all = commands_all(&n);
	for (size_t i = 0; i < n; i++)
		if (!all[i]->hidden)
			put_command(out, all[i]);
}
