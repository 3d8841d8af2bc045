/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/view.h"
#include "runtime/base/strs.h"

#include <string.h>

struct exec_options {
	enum choice terminal;
	const char *user, *cwd;
	struct strs env;
};

static bool wants_terminal(enum choice c)
{
	if (c == CHOICE_AUTO)
		return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	return c == CHOICE_YES;
}

static int run(const struct invocation *in, struct err *e)
{
	const struct exec_options *o = in->options;
	const char *name = in->argv[0];
	int first = in->argc > 1 && strcmp(in->argv[1], "--") == 0 ? 2 : 1, status = 1;

	if (first >= in->argc) {
		err_set(e, 0, "expected a command behind %s", name);
		return RUN_USAGE;
	}
	if (in->argv[first][0] == '-' && first == 1) {
		err_set(e, 0,
			"option '%s' behind the name: options stand before it, the command after '--'",
			in->argv[first]);
		return RUN_USAGE;
	}

	const struct strs args = { in->argv + first, (size_t)(in->argc - first) };
	const struct vnf_exec x = {
		.args = &args,
		.cwd = o->cwd,
		.user = o->user,
		.env = &o->env,
		.terminal = wants_terminal(o->terminal),
	};
	scoped_view struct vnf_view v = { 0 };

	if (view_look(in, name, &v, e) < 0)
		return RUN_FAILED;
	if (vnf_exec(in->root, name, &x, &status, e) == 0)
		return status;
	err_wrap(e, "%s", name);
	complain(in, e);
	return status; /* 127: there is no such program; as a shell has it */
}

static const struct opt options[] = {
	{ "tty", 't', NULL, "with a terminal of its own (default: when stdin and stdout are one)",
	  opt_yes, offsetof(struct exec_options, terminal), NULL },
	{ "no-tty", 'T', NULL, "without one", opt_no, offsetof(struct exec_options, terminal),
	  NULL },
	{ "user", 'u', "USER",
	  "as whom: name or number, with ':GROUP' if need be (default: the VNF's)", opt_text,
	  offsetof(struct exec_options, user), NULL },
	{ "cwd", 'w', "DIR", "where (default: the VNF's)", opt_text,
	  offsetof(struct exec_options, cwd), NULL },
	{ "env", 'e', "KEY=VALUE", "an environment variable more; may be repeated", opt_env,
	  offsetof(struct exec_options, env), NULL },
};

const struct command cmd_exec = {
	.name = "exec",
	.args = "NAME [--] COMMAND [ARGUMENT...]",
	.summary = "run a command inside a running VNF",
	.about =
		"Runs a command inside the VNF's namespaces, with its limits, capabilities and system call filter,\n"
		"and exits as the command does: with its exit code, or with 128 and the signal that killed it. 127\n"
		"says that there is no such command, 126 that it cannot be run. Options stand before NAME.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct exec_options){ .terminal = CHOICE_AUTO },
	.size = sizeof(struct exec_options),
	.min_args = 1,
	.max_args = -1,
	.options_first = true,
	.completes = COMPLETE_NAME,
	.run = run,
};
