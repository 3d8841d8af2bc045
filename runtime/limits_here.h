/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_LIMITS_HERE_H
#define NFRUN_RUNTIME_LIMITS_HERE_H

#include "runtime/base/err.h"
#include "runtime/spec/spec.h"

/* What of S's limits only this host can tell, before anything is made or changed: which disks and
 * devices its paths are, whether there are the CPUs that exec shall land on. */
int limits_here(struct spec *s, struct err *e);

#endif
