/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_COMMAND_H
#define NFRUN_CMD_COMMAND_H

/* A verb is a value: what it takes, what it says about itself, and what runs. Parsing, --help, the
 * man page and the completion all come out of these tables. */

#include "cmd/options.h"
#include "runtime/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct opt {
	const char *name;   /* --name */
	char letter;        /* -l; 0: none */
	const char *arg;    /* what it takes, for help: "TIME"; NULL: a switch */
	const char *help;   /* one phrase */
	opt_load *load;     /* text to member */
	size_t offset;      /* of the member */
	const char *values; /* for completion: "table json"; NULL: free */
};

enum completes {
	COMPLETE_NOTHING,
	COMPLETE_NAME,
	COMPLETE_FILE,
	COMPLETE_NAME_OR_FILE,
	COMPLETE_VERB
};

struct command;

struct globals;

struct invocation {
	const struct command *command;
	const struct globals *globals;
	const char *root;    /* of the state, absolute */
	const void *options; /* the command's own struct, filled */
	int argc;
	char **argv; /* what is left after the options; NULL-terminated */
};

/* What run returns besides an exit status from 0 to 255. */
enum { RUN_FAILED = -1, RUN_USAGE = -2 };

struct command {
	const char *name;
	const char *args;    /* "NAME..." */
	const char *summary; /* one line */
	const char *about;   /* for --help and the man page: paragraphs; lines with two spaces in
				front stay */
	const struct opt *options;
	size_t n_options;
	const void *defaults; /* of the struct that the options fill, SIZE bytes */
	size_t size;
	int min_args, max_args; /* max -1: any number */
	bool options_first;     /* the first argument ends the options: what follows is a command */
	bool one_dash;          /* "-detach" will do for "--detach", as for programs in Go */
	bool unprivileged;      /* works without root */
	bool hidden;            /* for the build, not for people */
	enum completes completes;
	int (*run)(const struct invocation *in, struct err *e);
};

/* Every verb, in the order that help shows them; *N of them. */
const struct command *const *commands_all(size_t *n);
const struct command *command_find(const char *name);
/* The verb that WORD was likely meant to be, or NULL. */
const char *command_suggest(const char *word);

/* The options that stand before a verb, and after it too, and what they fill. */
enum cgroups { CGROUPS_CGROUPFS, CGROUPS_SYSTEMD, CGROUPS_DISABLED };
enum log_format { LOG_TEXT, LOG_JSON };

struct globals {
	const char *root;
	const char *log;
	enum log_format log_format;
	enum cgroups cgroups;
	bool debug, systemd, rootless;
	bool help, version;
};
const struct opt *global_options(size_t *n);
/* The option that asks for systemd's driver, NULL: none does. Verbs on a container that is there
 * take it and do not need it: the record knows. */
const char *driver_systemd(const struct globals *g);

/* main.c's, the only ones that write to stderr. For a verb that goes on after one of several
 * arguments has failed: "nfrun: stop: edge-fw: ..." */
void complain(const struct invocation *in, const struct err *e);
/* The same for what comes in addition to an error: not into --log, whose readers expect one. */
void complain_more(const struct invocation *in, const struct err *e);
/* "nfrun: warning: edge-fw: ..." */
void warn(const char *about, const char *text);

extern const struct command cmd_check, cmd_checkpoint, cmd_completion, cmd_create, cmd_delete,
	cmd_events, cmd_exec, cmd_features, cmd_help, cmd_kill, cmd_list, cmd_logs, cmd_metrics,
	cmd_pause, cmd_ps, cmd_restart, cmd_restore, cmd_resume, cmd_run, cmd_spec, cmd_start,
	cmd_state, cmd_stats, cmd_status, cmd_stop, cmd_supervise, cmd_update;

#endif
