/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/samples.h"
#include "cmd/signals.h"
#include "cmd/scrape.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum stats_format { STATS_TABLE, STATS_JSON, STATS_PROMETHEUS };

struct stats_options {
	enum stats_format format;
	int64_t interval; /* ms; -1: by mode */
	bool once;
};

enum { LIVE_MS = 1000, ONCE_MS = 500, INTERVAL_MIN_MS = 100, INTERVAL_MAX_MS = 3600 * 1000 };

static int pause_ms(int end_fd, int64_t ms)
{
	struct pollfd p = { .fd = end_fd, .events = POLLIN };

	return poll(&p, 1, (int)ms);
}

static int show_live(const struct invocation *in, int64_t interval, struct err *e)
{
	/* Ctrl-C and a polite kill end the live table as any other way out would. */
	scoped_fd int end = signals_take(false, e);
	scoped_samples struct samples last = { 0 };
	scoped(samples_watch_drop) struct samples_watch watch = SAMPLES_WATCH_NONE;

	if (end < 0)
		return RUN_FAILED;
	do {
		struct samples now;
		bool first = last.n == 0;

		if (samples_take(in, &watch, &last, &now, e) < 0) {
			samples_drop(&now);
			return RUN_FAILED;
		}
		last = now;
		if (last.n == 0 && in->argc && !first)
			break;                 /* all that were asked for have ended */
		fputs("\033[H\033[J", stdout); /* home, clear what is below */
		samples_print(&last, stdout);
		fflush(stdout);
	} while (pause_ms(end, interval) == 0);
	return 0;
}

static int show_once(const struct invocation *in, int64_t interval, struct err *e)
{
	const struct stats_options *o = in->options;
	scoped_samples struct samples first = { 0 };
	scoped_samples struct samples second = { 0 };
	scoped(samples_watch_drop) struct samples_watch watch = SAMPLES_WATCH_NONE;

	if (samples_take(in, &watch, &first, &second, e) < 0)
		return RUN_FAILED;
	first = second;
	second = (struct samples){ 0 };
	if (first.n)
		pause_ms(-1, interval);
	if (samples_take(in, &watch, &first, &second, e) < 0)
		return RUN_FAILED;
	if (o->format == STATS_JSON)
		samples_print_json(&second, stdout);
	else
		samples_print(&second, stdout);
	return 0;
}

static int show_prometheus(const struct invocation *in, struct err *e)
{
	scoped_str char *text = NULL;

	if (scrape(in->root, in->argv, in->argc, &text, e) < 0)
		return RUN_FAILED;
	fputs(text, stdout);
	return 0;
}

static int run(const struct invocation *in, struct err *e)
{
	const struct stats_options *o = in->options;
	bool live = !o->once && o->format == STATS_TABLE && isatty(STDOUT_FILENO);
	int64_t interval = o->interval >= 0 ? o->interval : live ? LIVE_MS : ONCE_MS;

	if (interval < INTERVAL_MIN_MS || interval > INTERVAL_MAX_MS) {
		err_set(e, 0, "--interval: must be from 100ms to 1h");
		return RUN_USAGE;
	}
	if (o->format == STATS_PROMETHEUS)
		return show_prometheus(in, e);
	return live ? show_live(in, interval, e) : show_once(in, interval, e);
}

static int opt_stats_format(const char *text, void *member, struct err *e)
{
	static const char *const words[] = {
		[STATS_TABLE] = "table", [STATS_JSON] = "json", [STATS_PROMETHEUS] = "prometheus"
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(text, words[i]) != 0)
			continue;
		*(enum stats_format *)member = (enum stats_format)i;
		return 0;
	}
	return err_set(e, 0, "must be 'table', 'json' or 'prometheus'");
}

static const struct opt options[] = {
	{ "format", 0, "FORMAT", "'table' for people, 'json' for programs, or 'prometheus'",
	  opt_stats_format, offsetof(struct stats_options, format), "table json prometheus" },
	{ "interval", 'i', "TIME", "between two readings (default: 1s live, else 500ms)",
	  opt_duration, offsetof(struct stats_options, interval), "500ms 1s 5s" },
	{ "once", '1', NULL, "one table, on a terminal too", opt_switch,
	  offsetof(struct stats_options, once), NULL },
};

const struct command cmd_stats = {
	.name = "stats",
	.args = "[NAME|ID...]",
	.summary = "show what VNFs use: CPU, memory, packets",
	.about =
		"Shows what the VNFs given, or all that run, use now; an OCI container when its id is given. On a\n"
		"terminal the table is refreshed until Ctrl-C. Otherwise, and as JSON, it is shown once: two readings\n"
		"are taken, an interval apart, so CPU and rates are those of that interval. CPU is in percent of one\n"
		"CPU; THROTTLED is how many of the enforcement periods (100 ms each) ran out of quota; MEM PRESSURE,\n"
		"for how much of the last 10 s something in it waited for memory. rx is what the VNF received.\n"
		"\n"
		"PACKET CPU is what the threads of packet_cpu used, part of CPU; CAPPED, the packets dropped because\n"
		"the VNF did not keep up. UNBILLED is an estimate of what its other interfaces' packets cost\n"
		"whoever happened to run; it is measured only while this verb watches.\n"
		"\n"
		"As Prometheus text it is one reading of counters, without rates and UNBILLED; of all, those that do\n"
		"not run are told as nfrun_vnf_up 0.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct stats_options){ .interval = -1 },
	.size = sizeof(struct stats_options),
	.max_args = -1,
	.completes = COMPLETE_NAME,
	.run = run,
};
