/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_OOM_H
#define NFRUN_CGROUPS_OOM_H

/* Inside cgroups/ only. */

#include "runtime/base/err.h"

/* An eventfd that the kernel adds 1 to each time the v1 memory group DIR is out of memory, and once
 * more when the group goes (memory.txt, "OOM Control"). The caller closes it. */
int oom_v1_open(const char *dir, struct err *e);

#endif
