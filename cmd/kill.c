/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"
#include "runtime/base/scope.h"
#include "runtime/oci.h"

#include <string.h>

struct kill_options {
	bool all;
};

static int run(const struct invocation *in, struct err *e)
{
	const struct kill_options *o = in->options;
	int signal = SIGTERM;

	/* 0, as with kill(2): only whether it is there to be sent one */
	if (in->argc > 1 && strcmp(in->argv[1], "0") == 0) {
		signal = 0;
	} else if (in->argc > 1 && opt_signal(in->argv[1], &signal, e) < 0) {
		err_wrap(e, "'%s'", in->argv[1]);
		return RUN_USAGE;
	}
	if (oci_kill(in->root, in->argv[0], signal, o->all, e) < 0)
		return err_wrap(e, "%s", in->argv[0]);
	return 0;
}

static const struct opt options[] = {
	{ "all", 'a', NULL, "to every process of the container", opt_switch,
	  offsetof(struct kill_options, all), NULL },
};

const struct command cmd_kill = {
	.name = "kill",
	.args = "ID [SIGNAL]",
	.summary = "send a signal to an OCI container",
	.about =
		"Sends SIGNAL, a name or a number, to the container's process; SIGTERM without one. With --all, to\n"
		"all its processes; then it is no error that it has ended.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct kill_options){ .all = false },
	.size = sizeof(struct kill_options),
	.min_args = 1,
	.max_args = 2,
	.completes = COMPLETE_NAME,
	.run = run,
};
