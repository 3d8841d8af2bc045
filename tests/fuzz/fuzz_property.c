/* SPDX-License-Identifier: Apache-2.0 */
/* A property of a unit as an annotation has it, and the unit's place: NAME=VALUE, then cgroupsPath
 * in a line of its own. */
#include "cgroups/systemd.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(properties_drop) struct properties p = { 0 }, copy = { 0 };
	scoped_str char *text = mem_alloc(size + 1), *slice = NULL, *unit = NULL, *expanded = NULL;
	struct err e = { 0 };

	if (size > 0)
		memcpy(text, data, size);

	char *path = text;
	char *property = strsep(&path, "\n");
	if (properties_add_written(&p, property, &e) == 0)
		properties_add_all(&copy, &p);
	if (path && unit_names(path, &slice, &unit, &e) == 0)
		expanded = slice_expand(slice, &e);
	return 0;
}
