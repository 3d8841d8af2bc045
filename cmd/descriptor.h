/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_DESCRIPTOR_H
#define NFRUN_CMD_DESCRIPTOR_H

#include "cmd/command.h"
#include "runtime/spec/vnf_load.h"

/* The descriptor in FILE (free with vnf_free), or NULL after each of its problems has been printed.
 */
struct vnf *descriptor_load(const struct invocation *in, const char *file);

/* ARG has a '/' or ends in ".json": it means a file, not the name of a VNF. */
bool is_descriptor(const char *arg);

#endif
