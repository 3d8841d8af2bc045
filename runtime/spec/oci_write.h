/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_OCI_WRITE_H
#define NFRUN_SPEC_OCI_WRITE_H

#include "runtime/spec/spec.h"

/* What vnf_expand() made, as a config.json that oci_load_bytes() makes the same of, but for the id,
 * which the OCI command line gives. What a config.json cannot say is in annotations,
 * docs/oci-vnf.md. Members that only the OCI face sets are not looked at. The caller frees. */
char *oci_write(const struct spec *s);

/* The document that a new bundle starts with: sh on a terminal in rootfs/, little allowed. With
 * ROOTLESS for a caller who is not root, whose UID and GID become root's. The caller frees. */
struct oci_default {
	bool rootless;
	uid_t uid;
	gid_t gid;
};
char *oci_write_default(const struct oci_default *how);

#endif
