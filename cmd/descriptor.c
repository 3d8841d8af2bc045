/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/descriptor.h"
#include "runtime/base/strs.h"

#include <string.h>

struct vnf *descriptor_load(const struct invocation *in, const char *file)
{
	scoped_strs struct strs problems = { 0 };
	struct vnf *v = NULL;

	if (vnf_load_file(file, &v, &problems) == 0)
		return v;
	for (size_t i = 0; i < problems.n; i++) {
		struct err e = { 0 };

		err_set(&e, 0, "%s", problems.v[i]);
		complain(in, &e);
	}
	return NULL;
}

bool is_descriptor(const char *arg)
{
	size_t n = strlen(arg);

	return strchr(arg, '/') || (n > 5 && strcmp(arg + n - 5, ".json") == 0);
}
