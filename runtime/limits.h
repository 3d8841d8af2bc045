/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_LIMITS_H
#define NFRUN_RUNTIME_LIMITS_H

#include "cgroups/cgroup.h"
#include "runtime/spec/spec.h"

/* The description's resources as cgroups/ takes them, which knows nothing of descriptions. Borrows
 * R's strings. */
void limits_of(const struct spec_resources *r, struct cgroup_limits *l);

#endif
