/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_STATUS_H
#define NFRUN_CMD_STATUS_H

/* A part of what status says. */

#include "runtime/report.h"

/* "limits", and what is used of them. */
void status_say_limits(const struct report_vnf *v);

#endif
