/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_CENSUS_H
#define NFRUN_TESTS_CENSUS_H

/* Between the files of tests/support. */

#include "runtime/base/strs.h"

#include <sys/types.h>

/* What the names of our state root's control groups start with; "" (any) without a state root. */
const char *host_group_prefix(void);

/* All that descends from this process, zombies left out; *OUT is the caller's to free. One line
 * each is added to LINES. Returns how many. */
size_t census_pids(pid_t **out, struct strs *lines);

/* Directories of our control groups in all hierarchies, parents before their children. */
void census_groups(struct strs *out);

#endif
