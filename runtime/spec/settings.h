/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_SETTINGS_H
#define NFRUN_SPEC_SETTINGS_H

/* Names of kernel settings as sysctl(8) has them. */

#include <stdbool.h>

/* "net.ipv4.ip_forward", or with slashes where a part has a dot in it (sysctl(8)):
 * "net/ipv4/conf/eth0.7/forwarding". At least two parts, none empty, none "..". */
bool setting_is_name(const char *key);

/* The namespace, CLONE_NEW*, that has a value of its own of KEY; 0: all share one. */
int setting_namespace(const char *key);

#endif
