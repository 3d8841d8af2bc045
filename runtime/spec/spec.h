/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_SPEC_H
#define NFRUN_SPEC_SPEC_H

/* What the engine builds: one container, whichever face asked for it. The terms are those of the
 * OCI runtime-spec; vnf_expand() makes one from a descriptor. Plain values, no JSON. */

#include "runtime/base/caps.h"
#include "runtime/base/inet.h"
#include "runtime/base/limits.h"
#include "runtime/base/packet_cpu.h"
#include "runtime/base/strs.h"
#include "runtime/spec/seccomp_load.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum spec_root_kind {
	SPEC_ROOT_DIR,       /* path, as it is */
	SPEC_ROOT_OVERLAY,   /* path below a writable layer */
	SPEC_ROOT_HOST_VIEW, /* the host's /usr, an /etc of its own, empty /run, /tmp, /var */
};

struct spec_root {
	enum spec_root_kind kind;
	char *path;
	char *upper; /* overlay: a host directory that keeps the changes; NULL: tmpfs */
	bool readonly;
	bool as_vnf; /* laid out as a VNF's (rootfs.h), which any kind but DIR has to be; else as
			runtime-spec has a bundle's (rootfs_oci.h) */
};

struct spec_idmap { /* one line of uid_map: user_namespaces(7) */
	uint32_t inside, outside, size;
};

struct spec_idmaps {
	struct spec_idmap *v;
	size_t n;
};

enum spec_idmapped { SPEC_IDMAP_NO, SPEC_IDMAP_TOP, SPEC_IDMAP_RECURSIVE };

struct spec_mount {
	char *type;       /* "bind", "tmpfs", "proc", "sysfs", "devpts", "mqueue", ... */
	char *source;     /* bind: absolute path on the host */
	char *target;     /* absolute path inside */
	uint64_t attrs;   /* MOUNT_ATTR_RDONLY, _NOSUID, _NODEV, _NOEXEC ... */
	bool recursive;   /* rbind */
	bool optional;    /* the host may refuse it */
	char access[4];   /* a device node that the VNF may use: "r", "w", "rw"; "": other than that
			   */
	struct strs data; /* file system options: "size=1048576", "mode=1777" */

	/* --- OCI: runtime-spec config.md, "Linux mount options" --- */
	uint64_t attrs_clear;        /* "rw", "suid": of what the source has. Of two contrary words
					the last counts, and only that one is in ATTRS or here */
	uint64_t rec_set, rec_clear; /* "rro", "rsuid": of it and of all mounts below it */
	unsigned long propagation;   /* MS_SHARED, _SLAVE, _PRIVATE, _UNBINDABLE, with MS_REC for
					"rshared"; 0: not asked for */
	bool remount;                /* "remount": change what is mounted at the target */
	bool copy_up;                /* "tmpcopyup" */
	bool no_follow;              /* "src-nofollow", "dest-nofollow" as runc has them */
	enum spec_idmapped idmapped; /* "idmap", "ridmap", or uidMappings given */
	struct spec_idmaps uid_maps, gid_maps; /* empty: the container's own */
};

/* A namespace to be joined instead of made. */
struct spec_join {
	int type; /* CLONE_NEW* */
	char *path;
};

struct spec_time_offset { /* time_namespaces(7) */
	bool given;
	int64_t secs;
	uint32_t nanosecs;
};

struct spec_device { /* a node to be made, config-linux.md, "Devices" */
	char *path;
	char type;            /* 'b', 'c', 'p' */
	int64_t major, minor; /* 'p': 0 */
	bool has_mode;        /* mode, uid, gid: 0666, 0, 0 unless given */
	mode_t mode;
	uint32_t uid, gid;
};

struct spec_hook { /* config.md, "POSIX-platform Hooks" */
	char *path;
	struct strs args, env; /* args empty: the path alone */
	int timeout_s;         /* 0: none */
};

enum spec_hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	HOOK_KINDS
};

struct spec_hooks {
	struct spec_hook *v;
	size_t n;
};

struct spec_scheduler { /* sched_setattr(2) */
	bool given;
	int policy;
	int nice;
	uint32_t priority;
	uint64_t flags, runtime, deadline, period; /* ns */
};

struct spec_io_priority { /* ioprio_set(2) */
	bool given;
	int class; /* IOPRIO_CLASS_* */
	int priority;
};

struct spec_rdt { /* config-linux.md, "IntelRdt" */
	bool given;
	char *clos_id, *l3_schema, *mem_bw_schema;
	struct strs schemata;
	bool enable_monitoring, enable_cmt, enable_mbm;
};

struct spec_memory_policy { /* set_mempolicy(2) */
	bool given;
	int mode; /* MPOL_*, with the MPOL_F_* of flags in it */
	char *nodes;
};

struct spec_net_device {       /* config-linux.md, "Network Devices": moved in, and given back */
	char name[IFNAMSIZ];   /* on the host */
	char rename[IFNAMSIZ]; /* inside; "" : the same */
};

struct spec_dir {
	char *path;
	mode_t mode;
	char *owner; /* "user:group", names of the VNF or numbers; NULL: root */
};

struct spec_file { /* a small file of the container's own, put over what the root has there */
	char *path;
	char *text;
};

struct spec_rlimit {
	int resource;
	uint64_t soft, hard;
};

struct spec_process {
	struct strs args; /* empty: PID 1 holds the container */
	struct strs env;
	char *cwd;
	char *user;         /* "uid[:gid]" or names, looked up inside; NULL: 0:0 */
	struct strs groups; /* names or numbers */
	mode_t umask;
	struct spec_rlimit *rlimits;
	size_t n_rlimits;
	struct caps_sets caps;
	bool no_new_privs;
	bool terminal;

	/* --- OCI: runtime-spec config.md, "Process" --- */
	bool has_caps;  /* capabilities are given, if only as none */
	bool has_umask; /* else the caller's stays; the VNF face always has one */
	uint32_t console_rows, console_columns; /* 0: not given */
	bool has_oom_score_adj;
	int oom_score_adj;
	struct spec_scheduler scheduler;
	struct spec_io_priority io_priority;
	char *affinity_initial, *affinity_final; /* execCPUAffinity: CPU lists */
	char *apparmor, *selinux;
};

struct spec_bridge {
	char name[IFNAMSIZ];
	bool create;
	uint32_t mtu;
	bool has_mac;
	uint8_t mac[MAC_LEN];
	struct ipaddr *addrs;
	size_t n_addrs;
};

struct spec_route {
	struct ipaddr to, via;
	uint32_t metric;
	bool onlink;
};

struct spec_port { /* one veth pair: a host end in the bridge, the other inside */
	char name[IFNAMSIZ];
	char bridge[IFNAMSIZ];
	uint8_t mac[MAC_LEN]; /* zero: to be derived, see spec_derive_macs */
	uint32_t mtu;
	struct ipaddr *addrs;
	size_t n_addrs;
	struct spec_route *routes; /* gateways among them */
	size_t n_routes;
	bool dad;
	struct packet_cpu packet_cpu; /* not given: the spec's */
};

struct spec_pair {
	char *key, *value;
};

struct spec {
	char *id;
	bool oci; /* made of a config.json: PID 1 is the process itself, paths and mounts follow
		     runtime-spec to the letter */
	bool own_init; /* PID 1 is nfrun's own: it runs setup, reaps, forwards signals, and holds
			  the container by itself where the process has no args */
	char *hostname, *domainname;
	uint64_t namespaces; /* CLONE_NEW* to make */
	struct spec_join *joins;
	size_t n_joins;
	struct spec_idmaps uid_maps, gid_maps; /* OCI; the VNF face has the range below */
	struct spec_time_offset monotonic, boottime;
	uint32_t id_base, id_size; /* user namespace: host ids from id_base; size 0: the root asks
				      for a range */
	bool ids_given;
	struct spec_root root;
	struct spec_mount *mounts;
	size_t n_mounts;
	struct spec_dir *dirs;
	size_t n_dirs;
	struct spec_file *files;
	size_t n_files;
	struct strs masked_paths, readonly_paths;
	struct spec_pair *sysctl;
	size_t n_sysctl;
	struct strs *setup;
	size_t n_setup;
	struct spec_process process;
	char *seccomp; /* "default", "unconfined" or the path of a profile; NULL: the profile below,
			  and unconfined without one */
	struct seccomp_profile *profile; /* linux.seccomp */
	struct cgroup_limits resources;
	struct spec_bridge *bridges;
	size_t n_bridges;
	struct spec_port *ports;
	size_t n_ports;
	struct packet_cpu packet_cpu;
	struct spec_pair *annotations;
	size_t n_annotations;

	/* --- OCI --- */
	struct spec_device *devices;
	size_t n_devices;
	unsigned long root_propagation; /* as a mount's; 0: MS_PRIVATE | MS_REC */
	char *mount_label;
	bool has_personality;
	unsigned long personality; /* personality(2) */
	struct spec_rdt rdt;
	struct spec_memory_policy memory_policy;
	struct spec_net_device *net_devices;
	size_t n_net_devices;
	struct spec_hooks hooks[HOOK_KINDS];
	char *cgroups_path; /* NULL: nfrun's own place */
};

void spec_free(struct spec *s); /* NULL is fine */
void spec_process_drop(struct spec_process *p);

/* Give the ports without a MAC the one that is always that of this container and interface. */
void spec_derive_macs(struct spec *s, const char *id);

/* A namespace of that type (CLONE_NEW*) of its own, made or joined; else it has its maker's. */
bool spec_has_ns(const struct spec *s, int type);
/* Somebody inside may have CAP_SYS_ADMIN, if only in a user namespace of the container's own. */
bool spec_may_mount(const struct spec *s);
/* Any but the kernel's default way with packets, for whichever of its ports. */
bool spec_has_packet_cpu(const struct spec *s);
/* Any that the parent runs while the root is assembled and not yet entered. */
bool spec_has_runtime_hooks(const struct spec *s);
/* Its root is a bundle's directory, mounted as runtime-spec has it; else rootfs.h's kinds. */
bool spec_has_bundle_root(const struct spec *s);
const char *spec_join_path(const struct spec *s, int type); /* NULL: it joins none */

struct vnf;
/* Never fails: what vnf_load accepted can be expressed. The default mounts, masked paths, MTUs,
 * derived MACs (stable for VNF and interface name), gateways as routes, in an order in which the
 * kernel takes them, and the quota over a period of 100 ms are filled in here. The caller frees
 * with spec_free. */
struct spec *vnf_expand(const struct vnf *v);

#endif
