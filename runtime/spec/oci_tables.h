/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_OCI_TABLES_H
#define NFRUN_SPEC_OCI_TABLES_H

/* The tables of config.json, by the file that holds them, and the loaders that more than one of
 * them uses. Internal to runtime/spec. All are open: config.md (Extensibility) forbids an error for
 * an unknown key. What programs in Go leave out when it is empty (omitempty) may also be there and
 * be empty. */

#include "runtime/spec/fields.h"
#include "runtime/spec/spec.h"

/* Rows of the table for STRUCT, which each table defines. */
#define MEMBER(m)       .offset = offsetof(STRUCT, m)
#define LIST(list, num) .offset = offsetof(STRUCT, list), .also = offsetof(STRUCT, num)
#define OBJECT_TABLE(f)                                                                            \
	{                                                                                          \
		.fields = (f), .n = ARRAY_LEN(f), .open = true, .size = sizeof(STRUCT)             \
	}
#define REQUIRED_KEY     .required = true
#define RANGE(low, high) .min = (low), .max = (high)

/* oci_load.c */
extern const struct field_table oci_table; /* struct spec */

/* oci_process.c */
extern const struct field_table oci_process_table; /* struct spec_process */
field_loader load_process;                         /* the same, and the rules across its keys */

/* oci_scheduling.c */
extern const struct field_table oci_scheduler_table;   /* struct spec_scheduler */
extern const struct field_table oci_io_priority_table; /* struct spec_io_priority */
extern const struct field_table oci_affinity_table;    /* struct spec_process */
field_loader load_scheduler, load_io_priority;

/* oci_mounts.c */
extern const struct field_table oci_mount_table; /* struct spec_mount */
field_loader load_mounts;

/* oci_linux.c */
extern const struct field_table oci_linux_table; /* struct spec */
extern const struct field_table oci_idmap_table; /* struct spec_idmap */
extern const char *const oci_propagation_words[];

/* oci_devices.c */
extern const struct field_table oci_device_table;  /* struct spec_device */
extern const struct field_table oci_allowed_table; /* struct limits_device */
field_loader load_nodes, load_allowed;

/* oci_kernel.c: what the kernel has beside namespaces and groups */
extern const struct field_table oci_rdt_table;           /* struct spec_rdt */
extern const struct field_table oci_memory_policy_table; /* struct spec_memory_policy */
extern const struct field_table oci_personality_table;   /* struct spec */
field_loader load_rdt, load_memory_policy, load_personality, load_net_devices, load_settings;

/* oci_resources.c */
extern const struct field_table oci_resources_table; /* struct cgroup_limits */
field_loader load_resources;

/* oci_hooks.c */
extern const struct field_table oci_hooks_table; /* struct spec */

/* oci_check.c: the rules across keys. */
void oci_check(struct reading *r, const struct spec *s);
/* Overlaps, and ids beyond the last one. */
void oci_check_idmaps(struct reading *r, const struct spec_idmaps *m, const struct where *at);

/* --- oci_loaders.c --- */

/* A text that may be empty, which is as good as none: NULL. */
field_loader load_optional;
/* An absolute path; a list of them. */
field_loader load_path, load_paths;
/* A text and its key, one more struct spec_pair. */
field_loader load_pair;
/* Texts as they are. */
field_loader load_strings;
/* int, int64_t */
field_loader load_int, load_i64;
/* A bool, or an object; ALSO is the bool that says that it is there. */
field_loader load_flag, load_given;
/* Words of F, each a bit from F->min on, added to what is in an int or a uint64_t. */
field_loader load_int_bits, load_u64_bits;

#endif
