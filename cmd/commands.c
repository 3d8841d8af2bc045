/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all verbs. */
#include "cmd/args.h"
#include "runtime/base/scope.h"

#include <string.h>

static const struct opt global_rows[] = {
	{ "root", 0, "DIR", "where the state is (default: $NFRUN_ROOT, else /run/nfrun)", opt_text,
	  offsetof(struct globals, root), NULL },
	{ "help", 'h', NULL, "show help and do nothing else", opt_switch,
	  offsetof(struct globals, help), NULL },
	{ "version", 0, NULL, "show the version and do nothing else", opt_switch,
	  offsetof(struct globals, version), NULL },
};

static const struct command *const commands[] = {
	&cmd_start, &cmd_stop,  &cmd_restart,    &cmd_list,      &cmd_status, &cmd_logs,
	&cmd_exec,  &cmd_stats, &cmd_update,     &cmd_state,     &cmd_delete, &cmd_check,
	&cmd_spec,  &cmd_help,  &cmd_completion, &cmd_supervise,
};

const struct opt *global_options(size_t *n)
{
	*n = ARRAY_LEN(global_rows);
	return global_rows;
}

const struct command *const *commands_all(size_t *n)
{
	*n = ARRAY_LEN(commands);
	return commands;
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

const char *command_suggest(const char *word)
{
	const char *names[ARRAY_LEN(commands)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!commands[i]->hidden)
			names[n++] = commands[i]->name;
	return suggest(word, names, n);
}
