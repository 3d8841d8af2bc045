/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PROCESS_PARTS_H
#define NFRUN_RUNTIME_PROCESS_PARTS_H

/* The parts of process.c, each in a file of its own: process_X.c. */

#include "runtime/process.h"
#include "runtime/users.h"

/* Whom the process runs as. */
struct identity {
	struct user user;
	gid_t *groups;
	size_t n_groups;
};

/* As the files below "/" have it. The caller drops OUT, also after an error. */
int identity_find(const struct spec_process *p, struct identity *out, struct err *e);
void identity_drop(struct identity *id);

/* "permission denied": strerror, as Go's programs write it. */
const char *process_cause(int code, char *out, size_t size);

/* Exactly these limits for the caller. */
int process_set_rlimits(const struct spec_process *p, struct err *e);

/* The other end of process_scheduler_serve. */
int process_scheduler_ask(int sock, struct err *e);

/* To the next exec of the caller. Needs a /proc. */
int process_label(const struct spec_process *p, struct err *e);

/* The environment as the program gets it: of two settings of one variable the last, and HOME. */
void process_env(const struct spec_process *p, const char *home, struct strs *out);

/* Go there as far as the caller's rights reach; *REFUSED: they do not, the user's may. */
int process_enter_cwd(const struct process_launch *l, bool *refused, struct err *e);
/* What was resolved through a descriptor or /proc may lie outside: CVE-2024-21626. */
int process_check_cwd(struct err *e);

/* Exec it. Returns only to report a failure. */
int process_exec(const struct process_launch *l, const struct strs *env, struct err *e);

#endif
