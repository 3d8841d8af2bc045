/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_OCI_LOAD_H
#define NFRUN_SPEC_OCI_LOAD_H

/* A bundle's config.json (runtime-spec 1.3.0, Linux) to a struct spec. Unknown keys are passed over
 * (config.md, Extensibility); what violates the specification is told with its JSON pointer, all of
 * it in one run. Nothing is made, and no file but the named one is read. */

#include "runtime/base/err.h"
#include "runtime/base/packet_cpu.h"
#include "runtime/spec/spec.h"

#include <stddef.h>

/* JSON is the document's text; NAME what problems call it; BUNDLE, absolute, is where a relative
 * root.path (and a relative source of a bind mount) starts. 0 and *OUT, the caller's, or -1 and at
 * least one line in PROBLEMS. WARNINGS gets what the specification wants warned of, or lets a
 * runtime ignore with a word. The id is the caller's to set. */
int oci_load_bytes(const char *json, size_t n, const char *name, const char *bundle,
		   struct spec **out, struct strs *problems, struct strs *warnings);

/* A process object by itself, as `exec --process FILE` takes it. OUT is to be dropped in either
 * case. */
int oci_process_load(const char *json, size_t n, const char *name, struct spec_process *out,
		     struct strs *problems);

/* A resources object by itself, as `update --resources FILE` takes it: all that is not in it is
 * CGROUP_UNSET. OUT is to be dropped in either case. */
int oci_resources_load(const char *json, size_t n, const char *name, struct cgroup_limits *out,
		       struct strs *problems);

/* What `update --packet-cpu` does to a configuration: *OUT is JSON with CHANGES in its annotations,
 * not checked yet; the caller frees. */
int oci_merge_packet(const char *json, size_t n, const struct packet_changes *changes, char **out,
		     struct err *e);

/* A configuration without an allow-list gets that of every container, as runc has it: the default
 * devices of config-linux.md alone. Where one is given, oci_load_bytes has put these behind it. */
void oci_default_devices(struct cgroup_limits *l);

/* What `features` has to say about the loader, ended by NULL: the words of mount options and so on
 * are in the tables that load them. */
const char *const *oci_mount_words(void);
const char *const *oci_namespace_words(void);
const char *const *oci_memory_modes(void);
const char *const *oci_memory_flags(void);

#endif
