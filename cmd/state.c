/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/view.h"
#include "runtime/base/strs.h"
#include "runtime/oci.h"

static int show_oci(const struct invocation *in, struct err *e)
{
	scoped_str char *text = NULL;

	if (oci_state(in->root, in->argv[0], &text, e) < 0)
		return err_wrap(e, "%s", in->argv[0]);
	fputs(text, stdout);
	return 0;
}

static int run(const struct invocation *in, struct err *e)
{
	if (oci_is(in->root, in->argv[0]))
		return show_oci(in, e);

	scoped_view struct vnf_view v = { 0 };

	if (view_look(in, in->argv[0], &v, e) < 0)
		return RUN_FAILED;

	scoped_str char *text = report_state(in->root, &v);
	fputs(text, stdout);
	return 0;
}

const struct command cmd_state = {
	.name = "state",
	.args = "NAME|ID",
	.summary = "show the OCI state of a VNF or container",
	.about = "Prints the state as the OCI runtime specification has it, in JSON.",
	.min_args = 1,
	.max_args = 1,
	.completes = COMPLETE_NAME,
	.run = run,
};
