/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_CONTAINER_H
#define NFRUN_RUNTIME_CONTAINER_H

/* One container while a process of ours works on it: its state directory, locked, and what is known
 * of it. life.h builds and undoes it. */

#include "cgroups/cgroup.h"
#include "netns/port.h"
#include "runtime/base/err.h"
#include "runtime/record.h"
#include "runtime/seccomp.h"
#include "runtime/spec/spec.h"

#include <stdbool.h>

/* One page of ROOT/ID/exit, mapped by PID 1 and by who waits: how the process ended outlives both
 * the supervisor and PID 1, and no descriptor is needed inside for it. */
struct exit_page {
	uint32_t ended;  /* 1 once WSTATUS holds */
	int32_t wstatus; /* as wait(2) has it */
};

struct pump;
struct packet;

/* What the OCI face's caller wants besides the description. */
struct oci_how {
	unsigned first_fd; /* those from 3 to below it are the caller's, for the process */
	bool no_pivot, no_new_keyring;
	bool rootless;      /* no group where it may not make one */
	bool no_cgroup;     /* it stays in the caller's group */
	bool systemd;       /* its group is a scope of systemd's */
	bool wait_outside;  /* create: init waits for `start` from another process */
	int console_socket; /* gets the master of the terminal; -1: the caller keeps it */
};

struct container {
	const char *root; /* the state root's path */
	const char *id;
	int root_fd;       /* the state root */
	int dir_fd;        /* ROOT/ID; its flock is the container's lock */
	bool fresh;        /* this process made the state directory */
	struct record rec; /* rec.id NULL: there is no state file */
	struct spec *spec; /* NULL when only undoing */
	struct cgroup *cgroup;
	struct net *net;
	struct packet *packet; /* how its packets are processed; NULL: as the kernel has it */
	struct seccomp_program seccomp;
	struct pump *pump; /* where its output goes; NULL: it has the caller's */
	struct exit_page *page;
	int init_pidfd;
	int stage;     /* our end of the stage socket */
	int hangup_fd; /* a socket whose peer asked for this; -1: nobody does */
	int signals;   /* the supervisor's signalfd, which owns it; -1: none */
	bool told_to_look;

	/* --- OCI face --- */
	const struct oci_how *how; /* NULL: the VNF face */
	int listener; /* where init waits for `start`; -1: it waits on the stage socket */
	int agent;    /* connected to the seccomp agent; -1: none */
	int console;  /* master of the process's terminal, once there is one; -1: none */
};

/* Open and lock the state directory, loading the record if there is one. MAKE: the root and the
 * directory are made when missing; else E->code ENOENT says that there is no such container. */
int container_open(const char *root, const char *id, bool make, struct container *c, struct err *e);
void container_close(struct container *c);

/* Let others have it for a while. Locking again loads the record afresh; E->code ENOENT: it has
 * been deleted meanwhile. */
void container_unlock(struct container *c);
int container_lock(struct container *c, struct err *e);
/* The same without waiting: *LOCKED false: somebody else has it. */
int container_try_lock(struct container *c, bool *locked, struct err *e);

/* True: SIGTERM has come, to the supervisor at work on it. SIGHUP asks for a look at what verbs
 * have changed: told_to_look. Everything else is noise there (SIGCHLD: the pidfd tells more). */
bool container_told_to_go(struct container *c);

/* The state root's own hash: part of the names of links and groups. */
int container_root_hash(const char *root, uint32_t *out, struct err *e);

int exit_page_map(struct container *c, struct err *e); /* the file is made when missing */
void exit_page_unmap(struct container *c);

#endif
