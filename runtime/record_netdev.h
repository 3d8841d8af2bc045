/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_RECORD_NETDEV_H
#define NFRUN_RUNTIME_RECORD_NETDEV_H

/* For record.c: the lent network devices in the state file. */

#include "runtime/record.h"

struct json_t;

struct json_t *netdevs_save(const struct netdevs *l);
/* OUT is filled up to where it failed; NULL, as there was no such key once, is the empty list. */
int netdevs_load(struct json_t *v, struct netdevs *out, struct err *e);

#endif
