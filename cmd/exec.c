/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/create.h"
#include "cmd/view.h"
#include "runtime/base/strs.h"

#include <string.h>

struct exec_options {
	enum choice terminal;
	const char *user, *cwd;
	struct strs env;

	/* --- of OCI containers alone --- */
	const char *process, *pid_file, *console_socket, *pidfd_socket, *subgroup;
	const char *selinux, *apparmor;
	struct strs caps, groups;
	uint64_t preserve_fds;
	bool detach, no_new_privs, ignore_paused;
};

static bool wants_terminal(enum choice c)
{
	if (c == CHOICE_AUTO)
		return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	return c == CHOICE_YES;
}

/* The command stands from there on in argv. */
static int first_word(const struct invocation *in)
{
	return in->argc > 1 && strcmp(in->argv[1], "--") == 0 ? 2 : 1;
}

enum { EXIT_NEVER_RAN = 255 }; /* runc's: no program's own exit code, as far as they can be told */

static int exec_oci(const struct invocation *in, struct err *e)
{
	const struct exec_options *o = in->options;
	int first = first_word(in);
	scoped_words struct oci_words said = { 0 };
	const struct strs args = { in->argv + first, (size_t)(in->argc - first) };
	const struct oci_exec how = {
		.process = o->process,
		.args = &args,
		.cwd = o->cwd,
		.user = o->user,
		.env = &o->env,
		.caps = &o->caps,
		.groups = &o->groups,
		.apparmor = o->apparmor,
		.selinux = o->selinux,
		.terminal = o->terminal == CHOICE_YES,
		.no_new_privs = o->no_new_privs,
		.detach = o->detach,
		.ignore_paused = o->ignore_paused,
		.console_socket = o->console_socket,
		.pid_file = o->pid_file,
		.pidfd_socket = o->pidfd_socket,
		.subgroup = o->subgroup,
		.preserve_fds = (unsigned)o->preserve_fds,
	};

	if (!o->process && args.n == 0) {
		err_set(e, 0, "expected a command behind %s, or --process FILE", in->argv[0]);
		return RUN_USAGE;
	}
	int status = oci_exec(in->root, in->argv[0], &how, &said, e);
	create_tell(in, &said);
	if (status < 0) {
		err_wrap(e, "%s", in->argv[0]);
		complain(in, e);
		return oci_exists(in->root, in->argv[0]) ? EXIT_NEVER_RAN : 1;
	}
	return status;
}

/* The first option given that a VNF has no use for, or NULL. */
static const char *oci_option(const struct exec_options *o)
{
	const struct {
		const char *name;
		bool given;
	} all[] = {
		{ "process", o->process },
		{ "pid-file", o->pid_file },
		{ "console-socket", o->console_socket },
		{ "pidfd-socket", o->pidfd_socket },
		{ "cgroup", o->subgroup },
		{ "process-label", o->selinux },
		{ "apparmor", o->apparmor },
		{ "cap", o->caps.n > 0 },
		{ "additional-gids", o->groups.n > 0 },
		{ "preserve-fds", o->preserve_fds > 0 },
		{ "detach", o->detach },
		{ "no-new-privs", o->no_new_privs },
		{ "ignore-paused", o->ignore_paused },
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i].given)
			return all[i].name;
	return NULL;
}

static int run(const struct invocation *in, struct err *e)
{
	const struct exec_options *o = in->options;
	const char *name = in->argv[0];
	int first = first_word(in), status = 1;

	if (first == 1 && in->argc > 1 && in->argv[1][0] == '-') {
		err_set(e, 0,
			"option '%s' behind the name: options stand before it, the command after '--'",
			in->argv[first]);
		return RUN_USAGE;
	}
	if (oci_is(in->root, name))
		return exec_oci(in, e);
	if (oci_option(o)) {
		err_set(e, 0, "--%s is for OCI containers, and %s is a VNF", oci_option(o), name);
		return RUN_USAGE;
	}
	if (first >= in->argc) {
		err_set(e, 0, "expected a command behind %s", name);
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

#define MEMBER(m) offsetof(struct exec_options, m)
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
	{ "process", 'p', "FILE", "OCI: the process object to run, in place of COMMAND", opt_text,
	  MEMBER(process), NULL },
	{ "detach", 'd', NULL, "OCI: return once it has been started", opt_switch, MEMBER(detach),
	  NULL },
	{ "pid-file", 0, "FILE", "OCI: write its pid there", opt_text, MEMBER(pid_file), NULL },
	{ "console-socket", 0, "PATH", "OCI: a socket that is sent the terminal's master", opt_text,
	  MEMBER(console_socket), NULL },
	{ "pidfd-socket", 0, "PATH", "OCI: a socket that is sent a pidfd of it", opt_text,
	  MEMBER(pidfd_socket), NULL },
	{ "additional-gids", 'g', "GID", "OCI: a supplementary group more; may be repeated",
	  opt_list, MEMBER(groups), NULL },
	{ "cap", 'c', "CAP", "OCI: a capability more; may be repeated", opt_list, MEMBER(caps),
	  NULL },
	{ "no-new-privs", 0, NULL, "OCI: exec gives it no privileges", opt_switch,
	  MEMBER(no_new_privs), NULL },
	{ "preserve-fds", 0, "N", "OCI: descriptors 3 to 2+N are for it", opt_unsigned,
	  MEMBER(preserve_fds), NULL },
	{ "ignore-paused", 0, NULL, "OCI: also in a paused container", opt_switch,
	  MEMBER(ignore_paused), NULL },
	{ "cgroup", 0, "PATH", "OCI: in this group below the container's", opt_text,
	  MEMBER(subgroup), NULL },
	{ "process-label", 0, "LABEL", "OCI: its SELinux label", opt_text, MEMBER(selinux), NULL },
	{ "apparmor", 0, "PROFILE", "OCI: its AppArmor profile", opt_text, MEMBER(apparmor), NULL },
};
#undef MEMBER

const struct command cmd_exec = {
	.name = "exec",
	.args = "NAME|ID [--] COMMAND [ARGUMENT...]",
	.summary = "run a command inside a running VNF or container",
	.about =
		"Runs a command inside the VNF's namespaces, with its limits, capabilities and system call filter,\n"
		"and exits as the command does: with its exit code, or with 128 and the signal that killed it. 127\n"
		"says that there is no such command, 126 that it cannot be run. Options stand before NAME. In an OCI\n"
		"container the process is like its own but for what the options say, and has a terminal with --tty\n"
		"only.",
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
