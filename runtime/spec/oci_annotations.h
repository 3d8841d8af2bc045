/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_OCI_ANNOTATIONS_H
#define NFRUN_SPEC_OCI_ANNOTATIONS_H

/* What a config.json cannot say stands in annotations whose keys begin with "io.nfrun.":
 * docs/oci-vnf.md. Internal to runtime/spec. */

#include "runtime/spec/fields.h"
#include "runtime/spec/spec.h"

/* The value, or NULL. */
const char *oci_annotation(const struct spec *s, const char *key);

/* The engine is to choose the ids, so there are no uidMappings and gidMappings. */
bool oci_annotations_choose_ids(const struct spec *s);

/* Read those in S, all else of which is loaded, into S. AT is the object "annotations". */
void oci_annotations_apply(struct reading *r, struct spec *s, const struct where *at);

#endif
