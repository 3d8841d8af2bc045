/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_OCI_STATE_H
#define NFRUN_RUNTIME_OCI_STATE_H

/* What an OCI container is at this moment: nobody watches it, so the record says what was begun,
 * and its process and its group say the rest. */

#include "runtime/container.h"

enum oci_status { OCI_CREATING, OCI_CREATED, OCI_RUNNING, OCI_PAUSED, OCI_STOPPED };
enum oci_status oci_status_of(const struct record *r);
const char *oci_status_name(enum oci_status s);

/* Its description, from the copy of config.json that create kept; DIR is its state directory. */
int oci_spec_load(int dir, const struct record *r, struct spec **out, struct err *e);

/* Those that run in the runtime's namespaces and in the bundle, with the state on stdin. c->spec is
 * set. */
int oci_run_hooks(struct container *c, enum spec_hook_kind kind, const char *status, struct err *e);
/* The same for poststop: a failure is a line in WARNINGS, and the next ones run all the same. */
void oci_run_poststop(struct container *c, struct strs *warnings);

/* The JSON that `state` prints; the caller frees. */
char *oci_state_text(const struct record *r, const struct spec *s);

#endif
