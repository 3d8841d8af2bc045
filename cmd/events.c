/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"
#include "runtime/base/scope.h"
#include "runtime/event.h"
#include "runtime/oci_events.h"

#include <errno.h>
#include <stdio.h>

struct events_options {
	bool stats, now;
	int64_t interval; /* -1: not given */
};

enum { INTERVAL_MS = 5000 };

static int say(const char *line, struct err *e)
{
	fputs(line, stdout);
	return fflush(stdout) == 0 ? 0 : err_set(e, errno, "write to standard output");
}

/* As runc does it. */
static int run_oci(const struct invocation *in, struct err *e)
{
	const struct events_options *o = in->options;
	int64_t interval = o->interval < 0 ? INTERVAL_MS : o->interval;
	scoped_str char *line = NULL;
	int r = o->stats ? oci_stats(in->root, in->argv[0], &line, e)
			 : oci_events(in->root, in->argv[0], interval, say, e);

	if (r == 0 && line)
		r = say(line, e);
	return r < 0 ? err_wrap(e, "%s", in->argv[0]) : 0;
}

static int run_all(const struct invocation *in, struct err *e)
{
	const struct events_options *o = in->options;
	scoped_strs struct strs names = { 0 };

	for (int i = 0; i < in->argc; i++)
		strs_add(&names, in->argv[i]);
	return events_follow(
		in->root,
		&(struct event_how){ .names = &names, .now = o->now, .out = STDOUT_FILENO }, e);
}

static int run(const struct invocation *in, struct err *e)
{
	const struct events_options *o = in->options;
	bool of_oci = o->stats || o->interval >= 0;

	if (o->interval == 0) {
		err_set(e, 0, "--interval: must be longer than nothing");
		return RUN_USAGE;
	}
	if (of_oci && (in->argc != 1 || o->now)) {
		err_set(e, 0, "%s is for one OCI container", o->stats ? "--stats" : "--interval");
		return RUN_USAGE;
	}
	if (of_oci || (in->argc == 1 && !o->now && events_is_oci(in->root, in->argv[0])))
		return run_oci(in, e);
	return run_all(in, e);
}

static const struct opt options[] = {
	{ "now", 0, NULL, "begin with an event for each that is there", opt_switch,
	  offsetof(struct events_options, now), NULL },
	{ "stats", 0, NULL, "an OCI container's statistics, once", opt_switch,
	  offsetof(struct events_options, stats), NULL },
	{ "interval", 0, "TIME", "how often an OCI container's statistics are shown (default: 5s)",
	  opt_duration, offsetof(struct events_options, interval), NULL },
};

const struct command cmd_events = {
	.name = "events",
	.args = "[NAME|ID...]",
	.summary = "show what happens, as it happens, as JSON lines",
	.about =
		"Writes one JSON object a line, {time, type, name, data}, for what happens to the VNFs given, or to all\n"
		"VNFs and OCI containers, those that come later too: started, exited, restarting, out of memory,\n"
		"throttled, links down, ... (see JSON OUTPUT in nfrun(1)). The kernel tells, nothing is asked for in\n"
		"between. It goes on until SIGINT or SIGTERM, or until all that were given are deleted.\n"
		"\n"
		"For the ID of one OCI container, without --now, it writes what runc does, until the container has\n"
		"ended: {type, id, data}, with type \"stats\" every --interval, and \"oom\" each time it has run out of\n"
		"memory.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct events_options){ .interval = -1 },
	.size = sizeof(struct events_options),
	.max_args = -1,
	.completes = COMPLETE_NAME,
	.run = run,
};
