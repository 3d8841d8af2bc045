/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"
#include "runtime/vnf.h"

static int run(const struct invocation *in, struct err *e)
{
	return vnf_supervise(in->root, in->argv[0], e);
}

/* A supervisor in a sealed copy of nfrun is started by this, see runtime/supervisor.h. */
const struct command cmd_supervise = {
	.name = "supervise",
	.args = "NAME",
	.about = "For nfrun itself.",
	.min_args = 1,
	.max_args = 1,
	.hidden = true,
	.run = run,
};
