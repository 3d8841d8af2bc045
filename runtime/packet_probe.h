/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PACKET_PROBE_H
#define NFRUN_RUNTIME_PACKET_PROBE_H

#include "runtime/base/err.h"

#include <stdbool.h>

/* Does a group's quota stop a kernel thread on this host? Up to Linux 6.17 it does, from 6.18 on it
 * does not; but kernels get patches, so it is tried: a thread of a link in a network namespace of
 * its own, flooded in a group of its own for as long as it takes to see (0.1 to 0.5 s). What came
 * of it is kept in ROOT/.packet-probe for as long as the machine stays up. Who comes while another
 * is at it waits for what that one finds. */
int packet_probe_quota(const char *root, bool *stops, struct err *e);

#endif
