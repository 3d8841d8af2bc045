/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_OCI_H
#define NFRUN_RUNTIME_OCI_H

/* The verbs of the OCI face: runtime-spec runtime.md, "Operations", with what runc's callers expect
 * beyond it. ROOT is the state root's path, ID the container's. "container does not exist" and
 * "container not running" are texts that callers match (E->code ENOENT, ESRCH). */

#include "runtime/base/err.h"
#include "runtime/base/limits.h"
#include "runtime/container.h"
#include "runtime/record.h"
#include "runtime/spec/spec.h"

#include <signal.h>

/* Whose verbs ID follows: true unless it is a VNF's name, also when there is no such container. */
bool oci_is(const char *root, const char *id);
bool oci_exists(const char *root, const char *id); /* an OCI container of that id */

/* One as a verb that only looks sees it. */
struct oci_view {
	struct record rec;
	const char *status; /* "created", "running", "paused", "stopped", "creating" */
	pid_t pid;          /* 0: none */
};
int oci_look(const char *root, const char *id, struct oci_view *out, struct err *e);
void oci_view_drop(struct oci_view *v);

/* The JSON that `state` prints; the caller frees. */
int oci_state(const char *root, const char *id, char **text, struct err *e);

/* What is to be said beside an error. Frees with oci_words_drop. */
struct oci_words {
	struct strs warnings; /* what the user should know */
	struct strs problems; /* all that is wrong with a document; E has the first of them */
};
void oci_words_drop(struct oci_words *w);

struct oci_create {
	const char *bundle; /* absolute */
	const char *config; /* the file; NULL: config.json of the bundle */
	const char *console_socket, *pid_file, *pidfd_socket; /* NULL: none */
	unsigned preserve_fds; /* that many from 3 on are for the process */
	struct oci_how
		how; /* but what comes from elsewhere: first_fd, console_socket, wait_outside */
};

/* Make it, up to the state "created". The pid file appears, whole, when it is in its final group.
 * The program is started again from a sealed copy first
 * (selfexe.h): call it before anything is printed. */
int oci_create(const char *root, const char *id, const struct oci_create *how,
	       struct oci_words *said, struct err *e);
int oci_start(const char *root, const char *id, struct err *e);

struct oci_run {
	struct oci_create create;
	bool detach, keep, subreaper;
};
/* create, start, and unless DETACH stay until it has ended, then delete it unless KEEP. Returns
 * what to exit with, or -1. */
int oci_run(const char *root, const char *id, const struct oci_run *how, struct oci_words *said,
	    struct err *e);

struct oci_exec {
	const char *process; /* a file with a process object; NULL: the container's, changed by: */
	const struct strs *args;        /* instead of its own */
	const char *cwd, *user;         /* NULL: its own */
	const struct strs *env;         /* in addition */
	const struct strs *caps;        /* names, in addition */
	const struct strs *groups;      /* ids, in addition */
	const char *apparmor, *selinux; /* NULL: its own */
	bool terminal, no_new_privs;

	bool detach, ignore_paused;
	const char *console_socket, *pid_file, *pidfd_socket, *subgroup;
	unsigned preserve_fds;
};
/* One more process in a running container. Returns what to exit with, or -1: it never ran. The
 * program may be started again from a sealed copy first, see oci_create. */
int oci_exec(const char *root, const char *id, const struct oci_exec *how, struct oci_words *said,
	     struct err *e);

/* ALL: every process of its group; then a stopped container is no error. */
int oci_kill(const char *root, const char *id, int signal, bool all, struct err *e);
/* FORCE: a running one is killed first, and one that does not exist is fine. */
int oci_delete(const char *root, const char *id, bool force, struct strs *warnings, struct err *e);

int oci_pause(const char *root, const char *id, struct err *e);
int oci_resume(const char *root, const char *id, struct err *e);
struct oci_update {
	const char *file;                      /* a resources object, "-": stdin; NULL: none */
	struct cgroup_limits *limits;          /* without a file; devices' numbers are filled in */
	const char *l3_schema, *mem_bw_schema; /* NULL: none */
	struct packet_changes packet;          /* borrowed; kept in config.json's copy */
};
/* All of it holds, or none. */
int oci_update(const char *root, const char *id, const struct oci_update *how,
	       struct oci_words *said, struct err *e);
/* Is the systemd driver to be had (how.systemd)? The error has a remedy for each caller. */
int oci_systemd_check(struct err *e);
/* The pids in its group, malloc'd. */
int oci_pids(const char *root, const char *id, pid_t **pids, size_t *n, struct err *e);

#endif
