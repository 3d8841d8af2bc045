/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/help.h"
#include "cmd/command.h"

#include <string.h>

enum { OPTION_COLUMN = 26 };

void help_usage(FILE *out, const struct command *c)
{
	if (!c)
		fputs("usage: nfrun [OPTIONS] VERB [ARGUMENTS]\n", out);
	else
		fprintf(out, "usage: nfrun %s%s%s%s\n", c->name, c->n_options ? " [OPTIONS]" : "",
			*c->args ? " " : "", c->args);
}

static void print_options(FILE *out, const struct opt *o, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char left[64];
		char letter[] = { '-', o[i].letter, ',', ' ', '\0' };

		snprintf(left, sizeof left, "%s--%s%s%s", o[i].letter ? letter : "    ", o[i].name,
			 o[i].arg ? " " : "", o[i].arg ? o[i].arg : "");
		fprintf(out, "  %-*s %s\n", OPTION_COLUMN, left, o[i].help);
	}
}

void help_all(FILE *out)
{
	size_t n;
	const struct command *const *all = commands_all(&n);

	help_usage(out, NULL);
	fputs("\nRuns network functions as Linux containers.\n\nverbs:\n", out);
	for (size_t i = 0; i < n; i++)
		if (!all[i]->hidden)
			fprintf(out, "  %-11s %s\n", all[i]->name, all[i]->summary);
	fputs("\noptions:\n", out);

	const struct opt *globals = global_options(&n);
	print_options(out, globals, n);
	fputs("\n'nfrun VERB --help' tells more; so do nfrun(1) and, about descriptors, nfrun-vnf(5).\n",
	      out);
}

void help_command(FILE *out, const struct command *c)
{
	size_t n;
	const struct opt *globals = global_options(&n);

	help_usage(out, c);
	fprintf(out, "\n%s\n\noptions:\n", c->about);
	print_options(out, c->options, c->n_options);
	print_options(out, globals, n - 1); /* --version belongs to nfrun as a whole */
}

struct help_options {
	bool man;
};

static int run(const struct invocation *in, struct err *e)
{
	const struct help_options *o = in->options;
	const struct command *c = in->argc > 0 ? command_find(in->argv[0]) : NULL;

	if (in->argc > 0 && !c) {
		err_set(e, 0, "unknown verb '%s'", in->argv[0]);
		return RUN_USAGE;
	}
	if (o->man)
		man_sections(stdout);
	else if (c)
		help_command(stdout, c);
	else
		help_all(stdout);
	return 0;
}

static const struct opt options[] = {
	{ "man", 0, NULL, "the generated part of nfrun(1), in roff", opt_switch,
	  offsetof(struct help_options, man), NULL },
};

const struct command cmd_help = {
	.name = "help",
	.args = "[VERB]",
	.summary = "show help for nfrun or for a verb",
	.about = "Shows what nfrun can do, or with VERB what 'nfrun VERB --help' shows.",
	.options = options,
	.n_options = 1,
	.defaults = &(const struct help_options){ .man = false },
	.size = sizeof(struct help_options),
	.max_args = 1,
	.unprivileged = true,
	.completes = COMPLETE_VERB,
	.run = run,
};
