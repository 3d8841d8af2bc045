/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"
#include "cmd/descriptor.h"
#include "runtime/base/strs.h"

static int run(const struct invocation *in, struct err *e)
{
	int status = 0;

	(void)e;
	for (int i = 0; i < in->argc; i++) {
		struct vnf *v = descriptor_load(in, in->argv[i]);

		if (v)
			printf("%s: ok\n", in->argv[i]);
		else
			status = 1;
		vnf_free(v);
	}
	return status;
}

const struct command cmd_check = {
	.name = "check",
	.args = "FILE...",
	.summary = "validate descriptors and do nothing else",
	.about =
		"Reads each descriptor and prints 'FILE: ok', or its problems, up to 20 a file, each with its\n"
		"place: what is no such value, and what contradicts something else. Whether paths and bridges exist\n"
		"or limits can be enforced here, only a start can tell.",
	.min_args = 1,
	.max_args = -1,
	.unprivileged = true,
	.completes = COMPLETE_FILE,
	.run = run,
};
