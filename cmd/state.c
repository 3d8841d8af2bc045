/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/view.h"
#include "runtime/base/strs.h"

static int run(const struct invocation *in, struct err *e)
{
	scoped_view struct vnf_view v = { 0 };

	if (view_look(in, in->argv[0], &v, e) < 0)
		return RUN_FAILED;

	scoped_str char *text = report_state(in->root, &v);
	fputs(text, stdout);
	return 0;
}

const struct command cmd_state = {
	.name = "state",
	.args = "NAME",
	.summary = "show the OCI state of a VNF",
	.about = "Prints the state as the OCI runtime specification has it, in JSON.",
	.min_args = 1,
	.max_args = 1,
	.completes = COMPLETE_NAME,
	.run = run,
};
