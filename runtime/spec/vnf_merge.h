/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_VNF_MERGE_H
#define NFRUN_SPEC_VNF_MERGE_H

/* Internal to runtime/spec: the limits' part of vnf_merge. */

#include "runtime/spec/vnf.h"

#include <jansson.h>

void vnf_merge_resources(json_t *doc, const struct vnf_resources *change);

#endif
