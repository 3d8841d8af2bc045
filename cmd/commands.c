/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all verbs. */
#include "cmd/args.h"
#include "runtime/base/scope.h"

#include <string.h>

static int word_of(const char *text, const char *const *words, int *out)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(text, words[i]) == 0) {
			*out = i;
			return 0;
		}
	return -1;
}

static int opt_log_format(const char *text, void *member, struct err *e)
{
	static const char *const words[] = { "text", "json", NULL };

	return word_of(text, words, member) < 0 ? err_set(e, 0, "must be 'text' or 'json'") : 0;
}

static int opt_cgroups(const char *text, void *member, struct err *e)
{
	static const char *const words[] = { "cgroupfs", "systemd", "disabled", NULL };

	return word_of(text, words, member) < 0
		       ? err_set(e, 0, "must be 'cgroupfs', 'systemd' or 'disabled'")
		       : 0;
}

/* runc's "auto" asks who calls; nfrun's caller is root. */
static int opt_rootless(const char *text, void *member, struct err *e)
{
	static const char *const words[] = { "false", "true", "auto", NULL };
	int word = 0;

	if (word_of(text, words, &word) < 0)
		return err_set(e, 0, "must be 'true', 'false' or 'auto'");
	*(bool *)member = word == 1;
	return 0;
}

static const struct opt global_rows[] = {
	{ "root", 0, "DIR", "where the state is (default: $NFRUN_ROOT, else /run/nfrun)", opt_text,
	  offsetof(struct globals, root), NULL },
	{ "log", 0, "FILE", "also write an error there, for programs (default: to stderr alone)",
	  opt_any, offsetof(struct globals, log), NULL },
	{ "log-format", 0, "FORMAT", "how: 'text', or 'json': one object {level, time, msg}",
	  opt_log_format, offsetof(struct globals, log_format), "text json" },
	{ "debug", 0, NULL, "show on stderr what is done and how long it takes", opt_switch,
	  offsetof(struct globals, debug), NULL },
	{ "cgroup-manager", 0, "WORD",
	  "OCI: 'cgroupfs', 'systemd' (a scope of its), or 'disabled' (no group)", opt_cgroups,
	  offsetof(struct globals, cgroups), "cgroupfs systemd disabled" },
	{ "systemd-cgroup", 0, NULL, "OCI: the same as --cgroup-manager systemd", opt_switch,
	  offsetof(struct globals, systemd), NULL },
	{ "rootless", 0, "WORD",
	  "OCI: 'true': a control group is made only where that is permitted", opt_rootless,
	  offsetof(struct globals, rootless), "true false auto" },
	{ "help", 'h', NULL, "show help and do nothing else", opt_switch,
	  offsetof(struct globals, help), NULL },
	{ "version", 'v', NULL, "show the version and do nothing else", opt_switch,
	  offsetof(struct globals, version), NULL },
};

static const struct command *const commands[] = {
	&cmd_start, &cmd_stop,       &cmd_restart,   &cmd_list,     &cmd_status,     &cmd_logs,
	&cmd_exec,  &cmd_stats,      &cmd_metrics,   &cmd_update,   &cmd_state,      &cmd_delete,
	&cmd_check, &cmd_create,     &cmd_run,       &cmd_kill,     &cmd_ps,         &cmd_events,
	&cmd_pause, &cmd_resume,     &cmd_spec,      &cmd_features, &cmd_checkpoint, &cmd_restore,
	&cmd_help,  &cmd_completion, &cmd_supervise,
};

const struct opt *global_options(size_t *n)
{
	*n = ARRAY_LEN(global_rows);
	return global_rows;
}

const char *driver_systemd(const struct globals *g)
{
	if (g->cgroups == CGROUPS_DISABLED)
		return NULL;
	return g->systemd                      ? "--systemd-cgroup"
	       : g->cgroups == CGROUPS_SYSTEMD ? "--cgroup-manager systemd"
					       : NULL;
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
