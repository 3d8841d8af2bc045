/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_SECCOMP_LOAD_H
#define NFRUN_SPEC_SECCOMP_LOAD_H

/* A system call profile: OCI's seccomp object (runtime-spec config-linux.md, Seccomp), with the
 * keys that Docker's and Podman's profile files add to it (archMap, includes, excludes). Plain
 * values. */

#include "runtime/base/strs.h"

#include <stdbool.h>
#include <stdint.h>

enum profile_action {               /* the order of seccomp_known_actions */
		      PROFILE_KILL, /* the thread */
		      PROFILE_KILL_THREAD,
		      PROFILE_KILL_PROCESS,
		      PROFILE_TRAP,
		      PROFILE_ERRNO,
		      PROFILE_TRACE,
		      PROFILE_LOG,
		      PROFILE_ALLOW,
		      PROFILE_NOTIFY,
};

enum profile_op {
	PROFILE_NE,
	PROFILE_LT,
	PROFILE_LE,
	PROFILE_EQ,
	PROFILE_GE,
	PROFILE_GT,
	PROFILE_MASKED_EQ, /* (argument & value) == value_two */
};

struct profile_arg {
	uint32_t index; /* 0..5 */
	int op;         /* enum profile_op */
	uint64_t value, value_two;
};

struct profile_when {
	struct strs caps;   /* includes: all of them held; excludes: any of them */
	struct strs arches; /* Go's names: "amd64", "arm64" */
	char *min_kernel;   /* "4.8"; NULL: any */
};

struct profile_rule {
	struct strs names;        /* of system calls; those that nobody knows are left out */
	int action;               /* enum profile_action */
	uint32_t errno_ret;       /* for PROFILE_ERRNO and PROFILE_TRACE */
	struct profile_arg *args; /* all have to hold, but those for the same argument: any */
	size_t n_args;
	struct profile_when includes, excludes;
};

struct profile_arch { /* an architecture and what else its kernels run */
	char *name;   /* "SCMP_ARCH_X86_64" */
	struct strs sub;
};

struct seccomp_profile {
	int default_action;
	uint32_t default_errno;
	uint32_t last_known; /* the highest native number it decides about; 0: the highest it names
			      */
	struct strs architectures; /* "SCMP_ARCH_X86" ... */
	struct profile_arch *arch_map;
	size_t n_arch_map;
	struct strs flags; /* "SECCOMP_FILTER_FLAG_LOG" ... */
	struct profile_rule *rules;
	size_t n_rules;
	char *listener_path, *listener_metadata; /* OCI: who answers PROFILE_NOTIFY */
};

/* Whether any of its actions is PROFILE_NOTIFY. */
bool seccomp_profile_notifies(const struct seccomp_profile *p);

/* NAME is what problems call the document. -1 with at least one line in PROBLEMS, each with its
 * JSON pointer; OUT is to be freed in either case. */
int seccomp_profile_load(const char *json, size_t n, const char *name, struct seccomp_profile *out,
			 struct strs *problems);
void seccomp_profile_drop(struct seccomp_profile *p);

/* The words of the specification, each list ended by NULL. What of them this kernel and this
 * libseccomp can do: runtime/seccomp.h. */
const char *const *seccomp_known_actions(void);
const char *const *seccomp_known_operators(void);
const char *const *seccomp_known_archs(void);
const char *const *seccomp_known_flags(void);

#endif
