/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/features.h"
#include "cmd/command.h"
#include "runtime/base/scope.h"

static int run(const struct invocation *in, struct err *e)
{
	scoped_str char *text = features_json();

	(void)in;
	(void)e;
	fputs(text, stdout);
	return 0;
}

const struct command cmd_features = {
	.name = "features",
	.args = "",
	.summary = "show what of the OCI specification this build carries out",
	.about =
		"Prints the features document of the OCI runtime specification, in JSON. It tells of "
		"this program, not of this host.",
	.unprivileged = true,
	.run = run,
};
