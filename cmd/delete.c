/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/view.h"
#include "runtime/base/scope.h"

struct delete_options {
	bool force;
};

static int delete (const struct invocation *in, const char *name, struct err *e)
{
	const struct delete_options *o = in->options;

	return vnf_delete(in->root, name, o->force, e);
}

static int run(const struct invocation *in, struct err *e)
{
	(void)e;
	return view_each(in, delete);
}

static const struct opt options[] = {
	{ "force", 'f', NULL, "stop a running one first, with SIGKILL", opt_switch,
	  offsetof(struct delete_options, force), NULL },
};

const struct command cmd_delete = {
	.name = "delete",
	.args = "NAME...",
	.summary = "remove the state and the log of stopped VNFs",
	.about = "Removes all that is left of each stopped VNF: its record, its log, its id range.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct delete_options){ .force = false },
	.size = sizeof(struct delete_options),
	.min_args = 1,
	.max_args = -1,
	.completes = COMPLETE_NAME,
	.run = run,
};
