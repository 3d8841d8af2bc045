/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/help.h"

#include <string.h>

static void put_options(FILE *out, const struct command *c)
{
	size_t n;
	const struct opt *globals = global_options(&n);

	for (size_t i = 0; i < c->n_options; i++)
		fprintf(out, "%s--%s", i ? " " : "", c->options[i].name);
	for (size_t i = 0; i + 1 < n; i++)
		fprintf(out, "%s--%s", i || c->n_options ? " " : "", globals[i].name);
}

static void put_verbs(FILE *out)
{
	size_t n;
	const struct command *const *all = commands_all(&n);

	fputs("\tlocal verbs='", out);
	for (size_t i = 0; i < n; i++)
		if (!all[i]->hidden)
			fprintf(out, "%s%s", i ? " " : "", all[i]->name);
	fputs("'\n", out);
}

/* What may follow an option that takes an argument: "VERB:OPTION" to the values, or to nothing. */
static void put_values(FILE *out)
{
	size_t n;
	const struct command *const *all = commands_all(&n);

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < all[i]->n_options; k++) {
			const struct opt *o = &all[i]->options[k];

			if (!o->arg)
				continue;
			fprintf(out, "\t%s:--%s", all[i]->name, o->name);
			if (o->letter)
				fprintf(out, "|%s:-%c", all[i]->name, o->letter);
			fprintf(out, ") words='%s' ;;\n", o->values ? o->values : "");
		}
	}
}

static void put_arguments(FILE *out)
{
	static const char *const kinds[] = {
		[COMPLETE_NOTHING] = ":",
		[COMPLETE_NAME] = "words+=\" $(_nfrun_names)\"",
		[COMPLETE_FILE] = "files=json",
		[COMPLETE_NAME_OR_FILE] = "words+=\" $(_nfrun_names)\"; files=json",
		[COMPLETE_VERB] = "words+=\" $verbs\"",
	};
	size_t n;
	const struct command *const *all = commands_all(&n);

	for (size_t i = 0; i < n; i++) {
		if (all[i]->hidden)
			continue;
		fprintf(out, "\t%s)\n\t\tif [[ $cur == -* ]]; then\n\t\t\twords='", all[i]->name);
		put_options(out, all[i]);
		fprintf(out, "'\n\t\telse\n\t\t\t%s\n\t\tfi ;;\n", kinds[all[i]->completes]);
	}
}

/* Names are asked for under the same --root as the line that is being typed. */
static const char head[] =
	"# bash completion for nfrun; made by 'nfrun completion bash'\n"
	"_nfrun_names() {\n"
	"\t\"${COMP_WORDS[0]}\" ${root:+--root \"$root\"} list --quiet 2>/dev/null\n"
	"}\n\n"
	"_nfrun() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"\tlocal verb='' root='' words='' files='' i\n";

static const char find_verb[] = "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
				"\t\tcase ${COMP_WORDS[i]} in\n"
				"\t\t--root) root=${COMP_WORDS[++i]} ;;\n"
				"\t\t=) ;;\n"
				"\t\t-*) ;;\n"
				"\t\t*) [[ -n $verb ]] || verb=${COMP_WORDS[i]} ;;\n"
				"\t\tesac\n"
				"\tdone\n"
				"\tif [[ $prev == --root ]]; then\n"
				"\t\tCOMPREPLY=($(compgen -d -- \"$cur\"))\n"
				"\t\treturn\n"
				"\tfi\n"
				"\tcase $verb:$prev in\n";

static const char tail[] =
	"\tesac ;;\n"
	"\tesac\n"
	"\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	"\tif [[ -n $files ]]; then\n"
	"\t\tCOMPREPLY+=($(compgen -f -X '!*.json' -- \"$cur\") $(compgen -d -- \"$cur\"))\n"
	"\t\tcompopt -o filenames 2>/dev/null\n"
	"\tfi\n"
	"}\n"
	"complete -F _nfrun nfrun\n";

void completion_bash(FILE *out)
{
	size_t n;
	const struct opt *globals = global_options(&n);

	fputs(head, out);
	put_verbs(out);
	fputs(find_verb, out);
	put_values(out);
	fputs("\t*) case $verb in\n\t'')\n\t\twords=\"$verbs", out);
	for (size_t i = 0; i < n; i++)
		fprintf(out, " --%s", globals[i].name);
	fputs("\" ;;\n", out);
	put_arguments(out);
	fputs(tail, out);
}

static int run(const struct invocation *in, struct err *e)
{
	if (strcmp(in->argv[0], "bash") != 0) {
		err_set(e, 0, "there is none for '%s', only for bash", in->argv[0]);
		return RUN_USAGE;
	}
	completion_bash(stdout);
	return 0;
}

const struct command cmd_completion = {
	.name = "completion",
	.args = "bash",
	.summary = "print the completion script of a shell",
	.about =
		"Prints the completion script, for a shell that has not got it from the installation:\n\n"
		"  source <(nfrun completion bash)",
	.min_args = 1,
	.max_args = 1,
	.unprivileged = true,
	.hidden = true,
	.run = run,
};
