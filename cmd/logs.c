/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/logs.h"
#include "cmd/view.h"
#include "runtime/base/scope.h"
#include "runtime/logfile.h"

#include <errno.h>
#include <time.h>

struct logs_options {
	bool follow;
	const char *since;
	int64_t tail;
	bool timestamps;
};

/* A P entry is a part of a line, whose end comes with a later entry of the same stream. */
int logs_show(const struct log_entry *entry, void *data)
{
	struct logs_shown *s = data;
	FILE *out = entry->stream == LOG_STDERR ? stderr : stdout;
	char time[REPORT_TIME];

	if (s->timestamps && !s->within_line[entry->stream])
		fprintf(out, "%s ", report_time(&entry->time, time));
	s->within_line[entry->stream] = entry->partial;
	fwrite(entry->text, 1, entry->len, out);
	if (!entry->partial)
		putc('\n', out);
	/* Both streams often are one terminal or one file: what was written first shall stand
	 * first. */
	return fflush(out) == 0 ? 0 : -1;
}

static int query_of(const struct logs_options *o, struct log_query *q, struct err *e)
{
	struct timespec now;

	*q = (struct log_query){ .tail = o->tail, .follow = o->follow, .stop_fd = -1 };
	if (!o->since)
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	if (!log_since_parse(o->since, now, &q->since))
		return err_set(
			e, 0, "--since: '%s': is not a time: say 10m (ago) or 2026-11-23T04:27:42Z",
			o->since);
	q->has_since = true;
	return 0;
}

static int run(const struct invocation *in, struct err *e)
{
	const struct logs_options *o = in->options;
	const char *name = in->argv[0];
	struct logs_shown shown = { .timestamps = o->timestamps };
	scoped_view struct vnf_view v = { 0 };
	struct log_query q;

	if (query_of(o, &q, e) < 0)
		return RUN_USAGE;
	if (view_look(in, name, &v, e) < 0)
		return RUN_FAILED;

	scoped_fd int dir = vnf_log_dir(in->root, name, e);
	if (dir < 0)
		return err_wrap(e, "%s", name);
	scoped_fd int end = o->follow ? vnf_end_fd(in->root, name, e) : -1;
	if (o->follow && end < 0 && e->code != ESRCH)
		return err_wrap(e, "%s", name);
	q.stop_fd = end;
	q.follow = end >= 0; /* nothing more will come of a VNF that has ended */
	if (log_read(dir, &q, logs_show, &shown, e) < 0)
		return err_wrap(e, "%s", name);
	return 0;
}

static const struct opt options[] = {
	{ "follow", 'f', NULL, "go on with what comes, until the VNF has ended for good",
	  opt_switch, offsetof(struct logs_options, follow), NULL },
	{ "since", 0, "TIME", "only what is newer: 10m (ago) or 2026-11-23T04:27:42Z", opt_text,
	  offsetof(struct logs_options, since), "1m 10m 1h 24h" },
	{ "tail", 'n', "N", "only the last N entries, or 'all'", opt_tail,
	  offsetof(struct logs_options, tail), "10 100 all" },
	{ "timestamps", 't', NULL, "with the time in front of each line", opt_switch,
	  offsetof(struct logs_options, timestamps), NULL },
};

const struct command cmd_logs = {
	.name = "logs",
	.args = "NAME",
	.summary = "show what a VNF has written",
	.about =
		"Shows the log: what the VNF wrote to its standard output goes to standard output, what it wrote to\n"
		"its standard error goes to standard error.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct logs_options){ .tail = -1 },
	.size = sizeof(struct logs_options),
	.min_args = 1,
	.max_args = 1,
	.completes = COMPLETE_NAME,
	.run = run,
};
