/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_VNF_H
#define NFRUN_RUNTIME_VNF_H

/* The verbs of the VNF face: all that cmd/ calls. ROOT is the state root's path; NAME a VNF's.
 * "container does not exist" and "container not running" are the texts callers match (code ENOENT,
 * ESRCH). A verb that looks at a VNF notices a dead supervisor and starts another (stop and
 * delete need none), and each that names a VNF whose maker died half-way undoes what was left. */

#include "runtime/base/err.h"
#include "runtime/record.h"
#include "runtime/spec/vnf_load.h"
#include "runtime/usage.h"

#include <stdint.h>

/* Start in the background. Returns when its links are up, setup is through and its process has been
 * exec'd, or with the whole reason why not, nothing left behind. A name that runs: E->code EEXIST.
 * WARNINGS (may be NULL) gets what the user should know. */
int vnf_start(const char *root, const struct vnf *v, struct strs *warnings, struct err *e);

/* The same in two halves, so that several can be under way at once: begin forks the supervisor,
 * wait hears from it (and owns *TICKET's end: -1 afterwards). */
int vnf_start_begin(const char *root, const struct vnf *v, int *ticket, struct err *e);
int vnf_start_wait(int *ticket, struct strs *warnings, struct err *e);

/* Again from the record: a stopped VNF is started, a running one stopped first. */
int vnf_restart(const char *root, const char *name, struct strs *warnings, struct err *e);

struct vnf_stop {
	int signal;         /* 0: the descriptor's stop_signal */
	int64_t timeout_ms; /* -1: the descriptor's; 0: SIGKILL at once */
};

/* Ends it and all its links, groups and processes; state and log stay. Stopped already is fine. */
int vnf_stop(const char *root, const char *name, const struct vnf_stop *how, struct err *e);

/* Remove state and log too. Running: an error, unless FORCE, which stops it first (SIGKILL). */
int vnf_delete(const char *root, const char *name, bool force, struct err *e);

/* One VNF as a verb sees it: the record, and the descriptor loaded again. */
struct vnf_view {
	struct record rec;
	struct vnf *vnf;           /* NULL for an OCI container */
	bool supervisor_restarted; /* this call had to start another */
	const char *oci;           /* an OCI container's status; NULL: a VNF */
};
void vnf_view_drop(struct vnf_view *v);
int vnf_look(const char *root, const char *name, struct vnf_view *out, struct err *e);
int vnf_look_running(const char *root, const char *name, struct vnf_view *v, struct err *e);

/* All of ROOT, by name; a root that does not exist is empty. What cannot be read becomes a line in
 * PROBLEMS. */
int vnf_list(const char *root, struct vnf_view **out, size_t *n, struct strs *problems,
	     struct err *e);
void vnf_list_free(struct vnf_view *v, size_t n);

/* Where its log is: a directory descriptor for log_read; the caller owns it. */
int vnf_log_dir(const char *root, const char *name, struct err *e);
/* Becomes readable when the VNF has ended for good (a pidfd of its supervisor); the caller owns it.
 */
int vnf_end_fd(const char *root, const char *name, struct err *e);

struct vnf_exec {
	const struct strs *args;
	const char *cwd, *user; /* NULL: the VNF's own */
	const struct strs *env; /* added to the VNF's */
	bool terminal;
};
/* *STATUS: what nfrun exits with; see attach_run. For a VNF without a user namespace the program is
 * started again from a sealed copy first (selfexe.h): call it before anything is printed. */
int vnf_exec(const char *root, const char *name, const struct vnf_exec *x, int *status,
	     struct err *e);

/* The hidden verb "supervise": see supervisor_resume in supervisor.h. */
int vnf_supervise(const char *root, const char *name, struct err *e);

/* Live limits and packet_cpu: only what is set, and all of it or nothing; kept in the record's
 * descriptor, so that a restart has them too. */
int vnf_update(const char *root, const char *name, const struct vnf_change *change,
	       struct strs *warnings, struct err *e);

/* All that it uses; of an OCI container, too. OUT is overwritten; drop it, also after a failure.
 * E->code ESRCH: it does not run. */
int vnf_usage_of(const char *root, const struct vnf_view *v, struct usage *out, struct err *e);
int vnf_usage(const char *root, const char *name, struct usage *out, struct err *e);

#endif
