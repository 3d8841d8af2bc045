/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/view.h"
#include "runtime/base/scope.h"

#include <signal.h>

struct stop_options {
	int signal;
	int64_t timeout;
	bool kill;
};

static int stop(const struct invocation *in, const char *name, struct err *e)
{
	const struct stop_options *o = in->options;
	struct vnf_stop how = { .signal = o->signal, .timeout_ms = o->kill ? 0 : o->timeout };

	return vnf_stop(in->root, name, &how, e);
}

static int run(const struct invocation *in, struct err *e)
{
	const struct stop_options *o = in->options;

	if (o->kill && (o->signal || o->timeout >= 0)) {
		err_set(e, 0,
			"--kill goes without --signal and --timeout: it sends SIGKILL at once");
		return RUN_USAGE;
	}
	return view_each(in, stop);
}

static const struct opt options[] = {
	{ "signal", 's', "SIGNAL", "what to send first (default: the descriptor's stop_signal)",
	  opt_signal, offsetof(struct stop_options, signal), "TERM INT HUP QUIT USR1 USR2 KILL" },
	{ "timeout", 't', "TIME", "when to send SIGKILL (default: the descriptor's stop_timeout)",
	  opt_duration, offsetof(struct stop_options, timeout), "0s 1s 10s 1m" },
	{ "kill", 'k', NULL, "send SIGKILL at once", opt_switch,
	  offsetof(struct stop_options, kill), NULL },
};

const struct command cmd_stop = {
	.name = "stop",
	.args = "NAME...",
	.summary = "stop VNFs",
	.about =
		"Ends each VNF with all its processes, links and control groups. Its state and its log stay, for\n"
		"'nfrun status', 'nfrun logs' and 'nfrun start NAME'. One that is stopped already is fine.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct stop_options){ .timeout = -1 },
	.size = sizeof(struct stop_options),
	.min_args = 1,
	.max_args = -1,
	.completes = COMPLETE_NAME,
	.run = run,
};
