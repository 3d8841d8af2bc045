/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_SYSCTL_H
#define NFRUN_RUNTIME_SYSCTL_H

#include "runtime/base/err.h"
#include "runtime/spec/spec.h"

/* Write the settings through the container's own /proc/sys, from inside. With a user namespace the
 * kernel itself refuses what is not the container's; without one only the namespaced prefixes are
 * tried, as anything else would be the host's. */
int sysctl_apply(const struct spec *s, struct err *e);

/* "net.ipv4.ip_forward" or "net/ipv4/conf/eth0.1/forwarding" to a path below /proc/sys; as in
 * sysctl(8), the first separator in the key tells which it is. The caller frees. */
char *sysctl_path(const char *key);

#endif
