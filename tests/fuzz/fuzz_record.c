/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: written by us, but lying where a crash or a curious hand may have been. */
#include "runtime/record.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record r;
	struct err e = { 0 };

	if (record_load_bytes((const char *)data, size, &r, &e) == 0)
		record_drop(&r);
	return 0;
}
