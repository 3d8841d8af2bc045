/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"
#include "runtime/oci.h"

static int pause_it(const struct invocation *in, struct err *e)
{
	return oci_pause(in->root, in->argv[0], e) < 0 ? err_wrap(e, "%s", in->argv[0]) : 0;
}

static int resume_it(const struct invocation *in, struct err *e)
{
	return oci_resume(in->root, in->argv[0], e) < 0 ? err_wrap(e, "%s", in->argv[0]) : 0;
}

const struct command cmd_pause = {
	.name = "pause",
	.args = "ID",
	.summary = "freeze all processes of an OCI container",
	.about =
		"Freezes the container's control group: its processes get no CPU time until 'nfrun resume'.",
	.min_args = 1,
	.max_args = 1,
	.completes = COMPLETE_NAME,
	.run = pause_it,
};

const struct command cmd_resume = {
	.name = "resume",
	.args = "ID",
	.summary = "thaw a paused OCI container",
	.about = "Ends what 'nfrun pause' began.",
	.min_args = 1,
	.max_args = 1,
	.completes = COMPLETE_NAME,
	.run = resume_it,
};
