/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_REPORT_PACKET_JSON_H
#define NFRUN_RUNTIME_REPORT_PACKET_JSON_H

/* The objects "packet_cpu" in what programs are told: nfrun(1). Part of report_json.c. */

#include "runtime/report.h"

#include <jansson.h>

/* nfrun status: of the VNF, and of an interface of it. USAGE may be NULL. */
json_t *report_packet_json(const struct packet_cpu *wish, const struct usage *usage);
json_t *report_packet_port_json(const struct report_port *p, const struct usage *usage);

/* nfrun stats. */
json_t *report_packet_use_json(const struct report_use *u);
json_t *report_packet_port_use_json(const struct report_use *u, const char *port);

#endif
