/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"
#include "runtime/base/scope.h"
#include "runtime/oci_events.h"

#include <errno.h>
#include <stdio.h>

struct events_options {
	bool stats;
	int64_t interval;
};

static int say(const char *line, struct err *e)
{
	fputs(line, stdout);
	return fflush(stdout) == 0 ? 0 : err_set(e, errno, "write to standard output");
}

static int run(const struct invocation *in, struct err *e)
{
	const struct events_options *o = in->options;
	scoped_str char *line = NULL;

	if (o->interval <= 0) {
		err_set(e, 0, "--interval: must be longer than nothing");
		return RUN_USAGE;
	}
	int r = o->stats ? oci_stats(in->root, in->argv[0], &line, e)
			 : oci_events(in->root, in->argv[0], o->interval, say, e);
	if (r == 0 && line)
		r = say(line, e);
	return r < 0 ? err_wrap(e, "%s", in->argv[0]) : 0;
}

static const struct opt options[] = {
	{ "stats", 0, NULL, "its statistics, once", opt_switch,
	  offsetof(struct events_options, stats), NULL },
	{ "interval", 0, "TIME", "how often statistics are shown (default: 5s)", opt_duration,
	  offsetof(struct events_options, interval), NULL },
};

const struct command cmd_events = {
	.name = "events",
	.args = "ID",
	.summary = "show what an OCI container uses, and when it is out of memory",
	.about =
		"Writes JSON lines as runc does, until the container has ended: {type, id, data}, with type \"stats\"\n"
		"every --interval, and \"oom\" each time it has run out of memory.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct events_options){ .interval = 5000 },
	.size = sizeof(struct events_options),
	.min_args = 1,
	.max_args = 1,
	.completes = COMPLETE_NAME,
	.run = run,
};
