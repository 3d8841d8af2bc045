/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_STATS_H
#define NFRUN_CGROUPS_STATS_H

/* Reading the kernel's counters. Inside cgroups/ only. */

#include "cgroups/cgroup.h"

/* The number in TEXT: of the line that begins with KEY, or with KEY NULL the first one. "max" and
 * "-1" are CGROUP_UNSET. False: no such line. */
bool stats_find(const char *text, const char *key, uint64_t *out);

#endif
