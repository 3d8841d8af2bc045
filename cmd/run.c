/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/create.h"
#include "runtime/base/scope.h"

struct run_options {
	struct create_options create;
	const char *config;
	bool detach, keep, no_subreaper;
};

static int run(const struct invocation *in, struct err *e)
{
	const struct run_options *o = in->options;
	scoped_words struct oci_words said = { 0 };
	struct oci_run how = { .detach = o->detach,
			       .keep = o->keep,
			       .subreaper = !o->no_subreaper };

	if (create_load(in, &o->create, o->config, &how.create, e) < 0)
		return RUN_FAILED;
	int status = oci_run(in->root, in->argv[0], &how, &said, e);
	create_tell(in, &said);
	return status < 0 ? RUN_FAILED : status;
}

static const struct opt options[] = {
	CREATE_ROWS(run_options),
	{ "config", 'f', "FILE", "the configuration (default: config.json of the bundle)", opt_text,
	  offsetof(struct run_options, config), NULL },
	{ "detach", 'd', NULL, "return once the process has been started", opt_switch,
	  offsetof(struct run_options, detach), NULL },
	{ "keep", 0, NULL, "keep the container's state when it has ended", opt_switch,
	  offsetof(struct run_options, keep), NULL },
	{ "no-subreaper", 0, NULL, "do not adopt what its processes leave behind", opt_switch,
	  offsetof(struct run_options, no_subreaper), NULL },
};

const struct command cmd_run = {
	.name = "run",
	.args = "ID",
	.summary = "make and start an OCI container, and wait for its end",
	.about =
		"create and start in one go. In the foreground nfrun passes signals on, relays a terminal, exits as\n"
		"the process does (128 and the signal that killed it) and deletes the container.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct run_options){ .detach = false },
	.size = sizeof(struct run_options),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
