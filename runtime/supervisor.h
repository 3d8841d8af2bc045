/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_SUPERVISOR_H
#define NFRUN_RUNTIME_SUPERVISOR_H

/* The process that stays with a VNF: it makes it, writes its log, sees it end, starts it again.
 * Nothing depends on its life: killed, the VNF goes on, and any verb that looks at the VNF starts
 * another. */

#include "runtime/base/err.h"
#include "runtime/spec/vnf.h"

#include <stdbool.h>

/* Fork one that makes V. *TICKET: a stage socket on which it says STAGE_READY, with warnings as its
 * remark, or why not; when the caller closes it before that, everything is undone. */
int supervisor_start(const char *root, const struct vnf *v, int *ticket, struct err *e);

/* Fork one for a VNF that lost its own; returns once it has dealt with what happened meanwhile.
 * USERNS: whether the VNF has a user namespace. */
int supervisor_adopt(const char *root, const char *id, bool userns, struct err *e);

/* What the sealed copy of nfrun runs that such a fork becomes for a VNF without a user namespace
 * (selfexe.h), with its job in descriptors 3 and 4. Returns only to report a failure. */
int supervisor_resume(const char *root, const char *id, struct err *e);

#endif
