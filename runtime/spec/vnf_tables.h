/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_VNF_TABLES_H
#define NFRUN_SPEC_VNF_TABLES_H

/* The tables of the descriptor, by the file that holds them. Internal to runtime/spec; the test
 * that holds share/vnf.schema.json against them walks down from vnf_table. To add a key: a row
 * here, a property there, a paragraph in nfrun-vnf(5), a sample. */

#include "runtime/spec/fields.h"

enum { OPTIONAL = false, REQUIRED = true };

/* vnf_load.c */
extern const struct field_table vnf_table;  /* struct vnf */
char *vnf_document_text(const json_t *doc); /* compact; the caller frees */

/* vnf_load_files.c */
extern const struct field_table rootfs_table; /* struct vnf_rootfs */
extern const struct field_table dns_table;    /* struct vnf */
extern const struct field_table dir_table;    /* struct vnf_dir */
field_loader load_name, load_hostname, load_hosts;
/* "user", "user:group", names or numbers. */
field_loader load_owner;
bool is_user_or_group(const char *text, size_t len);

/* vnf_load_mounts.c */
extern const struct field_table mount_table;  /* struct vnf_mount */
extern const struct field_table device_table; /* struct vnf_device: use load_devices */
field_loader load_devices;                    /* paths and objects, to struct vnf */

/* vnf_load_process.c */
extern const struct field_table process_table; /* struct vnf_process */
field_loader load_setup, load_groups;

/* vnf_load_security.c */
extern const struct field_table ids_table; /* struct vnf_ids */
field_loader load_ids, load_capabilities, load_seccomp, load_sysctl, load_annotations;

#define SIZE_MAX_ALLOWED (INT64_C(1) << 50)

/* vnf_load_resources.c */
extern const struct field_table resources_table; /* struct vnf_resources */
field_loader load_cpulist;                       /* char * */
field_loader load_duration_us;                   /* uint64_t */

/* vnf_load_io.c */
extern const struct field_table io_device_table; /* of its own: use load_io_devices */
field_loader load_io_devices;                    /* a list to struct cgroup_limits */

/* vnf_load_limits.c */
extern const struct field_table restart_table; /* struct vnf */
extern const struct field_table log_table;     /* struct vnf */

/* vnf_load_net.c */
extern const struct field_table link_table;  /* struct vnf_link */
extern const struct field_table iface_table; /* struct vnf_iface */
/* A key of a later version. */
field_loader load_later;

/* vnf_load_packet.c */
extern const struct field_table packet_table; /* of its own: use load_packet_cpu */
field_loader load_packet_cpu;                 /* an object to struct packet_cpu */
/* The same, or a text as `nfrun update --packet-cpu` has it. */
field_loader load_packet_cpu_text;

#endif
