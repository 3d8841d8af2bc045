/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/view.h"
#include "runtime/base/strs.h"
#include "runtime/oci.h"

struct delete_options {
	bool force;
};

static int delete (const struct invocation *in, const char *name, struct err *e)
{
	const struct delete_options *o = in->options;
	scoped_strs struct strs warnings = { 0 };

	if (oci_is(in->root, name)) {
		int r = oci_delete(in->root, name, o->force, &warnings, e);

		view_warnings(name, &warnings);
		return r;
	}
	return vnf_delete(in->root, name, o->force, e);
}

static int run(const struct invocation *in, struct err *e)
{
	(void)e;
	return view_each(in, delete);
}

static const struct opt options[] = {
	{ "force", 'f', NULL,
	  "kill a running one first; of OCI containers, no error if there is none", opt_switch,
	  offsetof(struct delete_options, force), NULL },
};

const struct command cmd_delete = {
	.name = "delete",
	.args = "NAME|ID...",
	.summary = "remove what is left of stopped VNFs and containers",
	.about =
		"Removes all that is left of each stopped VNF: its record, its log, its id range; of a stopped or\n"
		"created OCI container: all of it, and runs its poststop hooks.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct delete_options){ .force = false },
	.size = sizeof(struct delete_options),
	.min_args = 1,
	.max_args = -1,
	.completes = COMPLETE_NAME,
	.run = run,
};
