/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_PACKET_JSON_H
#define NFRUN_SPEC_PACKET_JSON_H

/* packet_cpu back into JSON. Internal to runtime/spec. */

#include "runtime/base/err.h"
#include "runtime/base/packet_cpu.h"

#include <jansson.h>

/* The object that load_packet_cpu reads. */
json_t *packet_cpu_json(const struct packet_cpu *p);

/* Put the change of one interface into INTERFACES, a list as the descriptor has it. */
int packet_merge_interface(json_t *interfaces, const struct packet_change *c, struct err *e);

#endif
