/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_NETWORK_HOME_H
#define NFRUN_RUNTIME_NETWORK_HOME_H

/* The network namespace that plays the host for a container: its bridges and host ends are there,
 * wherever the verb that works on them was called. */

#include "runtime/base/err.h"
#include "runtime/record.h"

#include <stdbool.h>

/* The cookie of this process's network namespace: unlike the inode, never used again as long as the
 * machine is up. Linux 5.14, SO_NETNS_COOKIE. */
int network_here(uint64_t *cookie, struct err *e);

/* Enter R's; *BACK, -1 when it is this one already, is where the caller was: for network_return.
 * *GONE: no process and no mount has it, so its links are gone, too; nothing is entered. */
int network_go_home(const struct record *r, int *back, bool *gone, struct err *e);
int network_return(int *back, struct err *e); /* closes it */

#endif
