/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_VNF_H
#define NFRUN_SPEC_VNF_H

/* The VNF descriptor as plain structs: what vnf.json says, no more. See nfrun-vnf(5). */

#include "runtime/base/inet.h"
#include "runtime/base/limits.h"
#include "runtime/base/packet_cpu.h"
#include "runtime/base/strs.h"
#include "runtime/base/units.h"

#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define VNF_UNSET    UINT64_MAX
#define VNF_NO_LIMIT (UINT64_MAX - 1) /* in a change of limits: lift it; never in a descriptor */

enum { VNF_NAME_MAX = 63 };

struct vnf_rootfs {
	char *path; /* NULL: the host view */
	bool overlay;
	char *upper; /* NULL: on tmpfs */
	bool readonly;
};

struct vnf_dir {
	char *path;
	uint32_t mode; /* "0755" */
	char *owner;   /* "user:group", names or numbers; NULL: root */
};

enum vnf_mount_type { VNF_MOUNT_BIND, VNF_MOUNT_TMPFS };

struct vnf_mount {
	enum vnf_mount_type type;
	char *source; /* bind only */
	char *target;
	bool readonly;
	uint64_t size;       /* tmpfs only, bytes; VNF_UNSET: the kernel's default */
	struct strs options; /* nosuid, nodev, noexec, ... */
};

/* What the VNF may do with a device; the words are those of the descriptor. */
enum vnf_access { VNF_ACCESS_RW, VNF_ACCESS_R, VNF_ACCESS_W };
extern const char *const vnf_access_words[]; /* ended by NULL */

struct vnf_device {
	char *path; /* below /dev, on the host and in the VNF */
	enum vnf_access access;
};

struct vnf_rlimit {
	int resource;        /* RLIMIT_NOFILE, ... */
	uint64_t soft, hard; /* RLIM_INFINITY for "unlimited" */
};

struct vnf_process {
	struct strs args; /* empty: PID 1 holds the VNF */
	struct strs env;  /* "KEY=value" */
	char *cwd;        /* NULL: / */
	char *user;       /* "uid[:gid]" or names; NULL: 0:0 */
	struct strs groups;
	uint32_t umask;
	struct vnf_rlimit *rlimits;
	size_t n_rlimits;
	int stop_signal;       /* SIGTERM */
	uint64_t stop_timeout; /* ms; 10 s */
};

struct vnf_ids {
	bool given;
	uint32_t base, size; /* host ids base..base+size-1 show as 0..size-1 */
};

struct vnf_resources {
	uint64_t cpu_limit;  /* in 1/1000 of a CPU: 0.5 is 500 */
	uint64_t cpu_weight; /* 1..10000 */
	char *cpus;          /* CPU list */
	char *exec_cpus;     /* CPU list: where exec and setup land; NULL: see vnf_exec_cpus */
	uint64_t memory_limit, memory_high,
		memory_swap; /* bytes; swap: of swap alone, as v2 means it */
	uint64_t pids;
	struct cgroup_limits
		more; /* all others, as the group takes them; the above are unset here */
};
/* An initializer: nothing is asked for. */
#define VNF_RESOURCES_UNSET                                                                        \
	{                                                                                          \
		.cpu_limit = VNF_UNSET, .cpu_weight = VNF_UNSET, .memory_limit = VNF_UNSET,        \
		.memory_high = VNF_UNSET, .memory_swap = VNF_UNSET, .pids = VNF_UNSET,             \
		.more = CGROUP_LIMITS_UNSET                                                        \
	}
/* numbers: VNF_UNSET when absent */

struct vnf_link { /* a virtual link: the bridge */
	char bridge[IFNAMSIZ];
	bool create;  /* true; false: it has to exist */
	uint32_t mtu; /* 0: the kernel's minimum over its ports */
	bool has_mac;
	uint8_t mac[MAC_LEN];
	struct ipaddr *addrs; /* the host's on it, ipv4 then ipv6 */
	size_t n_addrs;
};

struct vnf_route {
	struct ipaddr to;  /* "default" is 0.0.0.0/0 or ::/0 by the family of via */
	struct ipaddr via; /* family 0: on the link itself */
	uint32_t metric;   /* 0: the kernel's default */
	bool onlink;
};

struct vnf_iface { /* a connection point */
	char name[IFNAMSIZ];
	char bridge[IFNAMSIZ];
	bool has_mac;
	uint8_t mac[MAC_LEN];
	uint32_t mtu;         /* 0: 1500 */
	struct ipaddr *addrs; /* ipv4 then ipv6 */
	size_t n_addrs;
	struct ipaddr gateway4, gateway6; /* family 0: none */
	struct vnf_route *routes;
	size_t n_routes;
	bool dad;                     /* wait for duplicate address detection */
	struct packet_cpu packet_cpu; /* not given: the VNF's */
};

struct vnf_pair {
	char *key, *value;
};

enum vnf_restart { VNF_RESTART_NO, VNF_RESTART_ON_FAILURE, VNF_RESTART_ALWAYS };

struct vnf {
	char *name;
	struct vnf_rootfs rootfs;
	char *hostname;    /* never NULL after loading */
	struct strs hosts; /* lines */
	struct strs dns_servers, dns_search;
	struct vnf_dir *dirs;
	size_t n_dirs;
	struct vnf_mount *mounts;
	size_t n_mounts;
	bool has_devices; /* false: nothing is filtered */
	struct vnf_device *devices;
	size_t n_devices;
	struct strs *setup; /* argv lists */
	size_t n_setup;
	struct vnf_process process;
	struct strs capabilities; /* "NET_ADMIN", without CAP_, upper case */
	bool no_new_privs;
	char *seccomp; /* "default", "unconfined" or a path */
	bool userns;
	struct vnf_ids ids;
	struct vnf_resources resources;
	struct vnf_link *links;
	size_t n_links;
	struct vnf_iface *interfaces;
	size_t n_interfaces;
	struct packet_cpu packet_cpu;
	struct vnf_pair *sysctl;
	size_t n_sysctl;
	struct vnf_pair *annotations;
	size_t n_annotations;
	enum vnf_restart restart;
	uint32_t max_retries;  /* 0: no limit */
	uint64_t backoff;      /* ms before the first restart, doubled each time */
	uint64_t log_max_size; /* bytes */
	uint32_t log_files;
	char *text; /* the descriptor itself as compact JSON, with relative paths made absolute:
		       what the record keeps */
};

void vnf_free(struct vnf *v); /* NULL is fine */
void vnf_resources_drop(struct vnf_resources *r);
/* The housekeeping CPUs: those that are given, or of a VNF that owns its CPUs the first; malloc'd.
 * NULL: any. */
char *vnf_exec_cpus(const struct vnf_resources *r);

#endif
