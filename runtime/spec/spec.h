/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_SPEC_H
#define NFRUN_SPEC_SPEC_H

/* What the engine builds: one container, whichever face asked for it. The terms are those of the
 * OCI runtime-spec; vnf_expand() makes one from a descriptor. Plain values, no JSON. */

#include "runtime/base/caps.h"
#include "runtime/base/inet.h"
#include "runtime/base/limits.h"
#include "runtime/base/strs.h"

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
};

struct spec_mount {
	char *type;       /* "bind", "tmpfs", "proc", "sysfs", "devpts", "mqueue", ... */
	char *source;     /* bind: absolute path on the host */
	char *target;     /* absolute path inside */
	uint64_t attrs;   /* MOUNT_ATTR_RDONLY, _NOSUID, _NODEV, _NOEXEC ... */
	bool recursive;   /* rbind */
	bool optional;    /* the host may refuse it */
	struct strs data; /* file system options: "size=1048576", "mode=1777" */
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
	uint8_t mac[MAC_LEN]; /* always set: derived where the description had none */
	uint32_t mtu;
	struct ipaddr *addrs;
	size_t n_addrs;
	struct spec_route *routes; /* gateways among them */
	size_t n_routes;
	bool dad;
};

struct spec_pair {
	char *key, *value;
};

struct spec {
	char *id;
	char *hostname;
	uint64_t namespaces;       /* CLONE_NEW* to make */
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
	char *seccomp; /* "default", "unconfined" or the path of a profile */
	struct cgroup_limits resources;
	struct spec_bridge *bridges;
	size_t n_bridges;
	struct spec_port *ports;
	size_t n_ports;
	struct spec_pair *annotations;
	size_t n_annotations;
};

void spec_free(struct spec *s); /* NULL is fine */

struct vnf;
/* Never fails: what vnf_load accepted can be expressed. The default mounts, masked paths, MTUs,
 * derived MACs (stable for VNF and interface name), gateways as routes, in an order in which the
 * kernel takes them, and the quota over a period of 100 ms are filled in here. The caller frees
 * with spec_free. */
struct spec *vnf_expand(const struct vnf *v);

#endif
