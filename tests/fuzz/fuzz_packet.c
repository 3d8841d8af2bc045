/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of how packets are processed: beside the state file, and as exposed as that. */
#include "runtime/packet_parts.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet *p = NULL;
	struct err e = { 0 };

	if (packet_load_bytes((const char *)data, size, &p, &e) == 0)
		packet_free(p);
	return 0;
}
