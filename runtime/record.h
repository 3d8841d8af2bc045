/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_RECORD_H
#define NFRUN_RUNTIME_RECORD_H

/* What is known of a container, on disk in ROOT/NAME/state.json before the first kernel object is
 * made. Everything needed to undo a container after a crash at any point is in it. */

#include "netns/netdev.h"
#include "runtime/base/err.h"
#include "runtime/base/strs.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum status {
	STATUS_CREATING, /* links, groups, processes are being made (or the maker died at it) */
	STATUS_CREATED,  /* OCI: waiting for start */
	STATUS_RUNNING,
	STATUS_RESTARTING, /* ended; the supervisor starts it again after the back-off */
	STATUS_STOPPED,    /* ended for good; only the state directory is left */
};
const char *status_name(enum status s);

struct proc_id {        /* a process beyond doubt: its number and when it started */
	pid_t pid;      /* 0: none */
	uint64_t start; /* clock ticks after boot, field 22 of /proc/PID/stat */
};

struct record_port {
	char name[IFNAMSIZ];      /* inside */
	char host_name[IFNAMSIZ]; /* the host end's */
	char bridge[IFNAMSIZ];
};

struct netdevs { /* devices of the host that it was lent */
	struct netdev *v;
	size_t n;
};
void netdevs_free(struct netdevs *l); /* leaves the empty list */

struct record_end {    /* how the process ended last; valid when HAS_ENDED */
	int exit_code; /* -1: not by exit, or unknown */
	int signal;    /* 0: none */
	bool oom;      /* the group's OOM kill counter rose in this run */
	bool unknown;  /* nobody was there to see it */
	struct timespec time;
};

struct record {
	char *id;
	bool vnf; /* made by the VNF face, of DESCRIPTOR; else by the OCI face */
	enum status status;
	struct proc_id init, supervisor;
	struct timespec created, started;
	bool has_ended;
	struct record_end end;
	uint32_t restarts;         /* since start or the last good run */
	uint64_t oom_kills;        /* in runs that are over */
	uint32_t id_base, id_size; /* 0, 0: no user namespace */
	uint32_t mark, bridge_mark;
	uint64_t host_netns; /* cookie of the network namespace that the host ends are in */
	struct strs cgroup;  /* as cgroup_paths gives them */
	struct record_port *ports;
	size_t n_ports;
	struct netdevs net_devices;
	struct strs bridges; /* all that it uses: released with it */
	struct strs claims;  /* "KIND/KEY", see claims.h */
	struct strs warnings;
	char *descriptor;  /* VNF: vnf->text */
	char *bundle;      /* OCI: the bundle's directory, absolute */
	char *rootfs;      /* OCI: the root directory, absolute */
	char *boot_id;     /* of the boot it belongs to */
	bool of_past_boot; /* load: that is over, and all that it tells of but files with it */
};

void record_init(struct record *r); /* zeroes, no status */
void record_drop(struct record *r);

/* DIR is the container's state directory. Load refuses what is not wholly a record. */
int record_load(int dir, struct record *r, struct err *e);
int record_load_bytes(const char *bytes, size_t n, struct record *r, struct err *e);
int record_save(int dir, const struct record *r, struct err *e);
void record_add_port(struct record *r, const struct record_port *p);
void record_add_net_device(struct record *r, const struct netdev *d); /* takes D over */

/* /proc/sys/kernel/random/boot_id; the caller frees. A record of another boot says nothing about
 * processes: load forgets its pids. */
int boot_id_read(char **out, struct err *e);

/* Field 22 of a /proc/PID/stat line; 0: not such a line. */
uint64_t proc_start_parse(const char *stat);
int proc_id_of(pid_t pid, struct proc_id *out, struct err *e);
bool proc_id_alive(const struct proc_id *p);              /* there and no zombie */
int proc_id_open(const struct proc_id *p, struct err *e); /* a pidfd; E->code ESRCH: it is gone */

pid_t proc_pid_of(int pidfd, struct err *e); /* as this /proc counts; -1: it is gone */

#endif
