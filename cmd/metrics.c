/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"
#include "cmd/http.h"
#include "cmd/listen.h"
#include "cmd/scrape.h"
#include "cmd/signals.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>

struct metrics_options {
	const char *listen; /* NULL: the socket passed, else the default */
};

static const char default_address[] = "127.0.0.1:9310";

/* --- what there is --- */

static const char index_page[] = "<!DOCTYPE html>\n"
				 "<html><head><title>nfrun</title></head><body>\n"
				 "<h1>nfrun</h1>\n"
				 "<p><a href=\"/metrics\">/metrics</a>: what each VNF uses, for "
				 "Prometheus</p>\n"
				 "</body></html>\n";

static void put_metrics(const struct invocation *in, struct http_answer *out)
{
	struct err e = { 0 };

	out->type = "text/plain; version=0.0.4; charset=utf-8";
	if (scrape(in->root, NULL, 0, &out->body, &e) == 0)
		return;
	complain(in, &e);
	out->status = 500;
	out->type = "text/plain; charset=utf-8";
	out->body = str_printf("%s%s%s\n", e.text, err_colon(&e), err_cause(&e));
}

static void handle(const char *path, struct http_answer *out, void *arg)
{
	const struct invocation *in = arg;

	*out = (struct http_answer){ .status = 200, .type = "text/html; charset=utf-8" };
	if (strcmp(path, "/metrics") == 0) {
		put_metrics(in, out);
	} else if (strcmp(path, "/") == 0) {
		out->body = str_dup(index_page);
	} else {
		out->status = 404;
		out->type = "text/plain; charset=utf-8";
		out->body = str_dup("there is /metrics\n");
	}
}

/* --- serving it --- */

static int open_listener(const struct metrics_options *o, struct err *e)
{
	struct sockaddr_storage at;
	int fd = -1;

	if (!o->listen) {
		fd = listen_passed(e);
		if (fd >= 0 || e->code)
			return fd;
	}
	if (listen_parse(o->listen ? o->listen : default_address, &at, e) < 0)
		return -1;
	return listen_open(&at, e);
}

static int serve(struct http *h, int end, struct err *e)
{
	struct pollfd p[] = { { .fd = http_fd(h), .events = POLLIN },
			      { .fd = end, .events = POLLIN } };

	while (!(p[1].revents & POLLIN)) {
		if (poll(p, ARRAY_LEN(p), http_timeout_ms(h)) < 0 && errno != EINTR)
			return err_set(e, errno, "wait for callers");
		if (http_run(h, e) < 0)
			return -1;
	}
	return 0;
}

static int run(const struct invocation *in, struct err *e)
{
	scoped_fd int end = signals_take(false, e);
	scoped_fd int listener = end < 0 ? -1 : open_listener(in->options, e);
	struct http *h = NULL;
	char where[LISTEN_TEXT];

	if (listener < 0)
		return RUN_FAILED;
	(void)signal(SIGPIPE, SIG_IGN); /* who asked may be gone */
	listen_text(listener, where);
	if (http_open(listener, handle, (void *)(uintptr_t)in, &h, e) < 0)
		return RUN_FAILED;
	(void)fd_take(&listener); /* the server's */
	printf("serving http://%s/metrics\n", where);

	int r = fflush(stdout) == 0 ? serve(h, end, e)
				    : err_set(e, errno, "write to standard output");
	http_close(h);
	return r < 0 ? RUN_FAILED : 0;
}

static int opt_listen(const char *text, void *member, struct err *e)
{
	struct sockaddr_storage ignored;

	*(const char **)member = text;
	return listen_parse(text, &ignored, e);
}

static const struct opt options[] = {
	{ "listen", 0, "ADDRESS:PORT", "where (default: 127.0.0.1:9310)", opt_listen,
	  offsetof(struct metrics_options, listen), NULL },
};

const struct command cmd_metrics = {
	.name = "metrics",
	.args = "",
	.summary = "serve what VNFs use to Prometheus",
	.about =
		"Answers GET /metrics over HTTP with what 'nfrun stats --format prometheus' prints, read anew each\n"
		"time, until SIGTERM or Ctrl-C. There is no encryption and nobody is asked who they are: keep it to\n"
		"the loopback address, or to a network of your own. Without --listen it takes the socket that systemd\n"
		"passes. VNFs that do not run are told as nfrun_vnf_up 0.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct metrics_options){ 0 },
	.size = sizeof(struct metrics_options),
	.run = run,
};
