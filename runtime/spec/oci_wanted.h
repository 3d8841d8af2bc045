/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_OCI_WANTED_H
#define NFRUN_SPEC_OCI_WANTED_H

/* What the annotations of a config.json ask for: between oci_annotations*.c. */

#include "runtime/spec/fields.h"
#include "runtime/spec/spec.h"
#include "runtime/spec/vnf.h"

/* The order of the words in oci_annotations.c. */
enum wanted_root { ROOT_BUNDLE, ROOT_DIR, ROOT_OVERLAY, ROOT_HOST_VIEW };
enum wanted_init { INIT_NO, INIT_PROCESS, INIT_ALONE };
enum wanted_ids { IDS_MAPPED, IDS_AUTO, IDS_CLAIM };

struct wanted {
	struct vnf vnf; /* first: vnf_free frees all of it */
	int root, init, ids;
	struct spec_file *files;
	size_t n_files;
};

/* The rules across annotations, and between them and the rest of the document. */
void wanted_check(struct reading *r, const struct spec *s, struct wanted *w,
		  const struct where *annotations);

#endif
