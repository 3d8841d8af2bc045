/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/view.h"
#include "runtime/base/strs.h"

static int restart(const struct invocation *in, const char *name, struct err *e)
{
	scoped_strs struct strs warnings = { 0 };

	if (vnf_restart(in->root, name, &warnings, e) < 0)
		return -1;
	puts(name);
	view_warnings(name, &warnings);
	return 0;
}

static int run(const struct invocation *in, struct err *e)
{
	(void)e;
	return view_each(in, restart);
}

const struct command cmd_restart = {
	.name = "restart",
	.args = "NAME...",
	.summary = "stop VNFs and start them again",
	.about =
		"Starts each VNF again from its record, in new namespaces, with the same addresses, MACs and ids.\n"
		"A running one is stopped first. The descriptor's file is not read again: for that, stop the VNF\n"
		"and start the file.",
	.min_args = 1,
	.max_args = -1,
	.completes = COMPLETE_NAME,
	.run = run,
};
