/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_SCRAPE_H
#define NFRUN_CMD_SCRAPE_H

#include "runtime/base/err.h"

/* What the N NAMES use, or all of ROOT when N is 0, as Prometheus text; the caller frees it. One
 * that does not run is an error when it was named, and not up among all. */
int scrape(const char *root, char *const *names, int n, char **text, struct err *e);

#endif
