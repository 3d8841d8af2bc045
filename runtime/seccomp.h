/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_SECCOMP_H
#define NFRUN_RUNTIME_SECCOMP_H

/* System call filters: all of libseccomp. */

#include "runtime/base/err.h"
#include "runtime/base/caps.h"
#include "runtime/spec/seccomp_load.h"

#include <stdbool.h>
#include <stddef.h>

struct seccomp_program { /* BPF as seccomp(2) takes it; n 0: unconfined */
	void *bpf;
	size_t n;       /* instructions */
	unsigned flags; /* SECCOMP_FILTER_FLAG_*, from a profile; NEW_LISTENER: it notifies */
};

/* The filter for POLICY: "default" (nfrun's allow-list; CAPS widen it as Docker's does, e.g.
 * SYS_ADMIN allows mount), "unconfined", or the path of a profile in OCI's format. Built once and
 * kept in CACHE_DIR (root-owned, made when missing), keyed by library version, architecture and
 * policy; a cached file that is not root's own, or damaged, is built anew. */
int seccomp_prepare(const char *policy, caps_mask caps, const char *cache_dir,
		    struct seccomp_program *out, struct err *e);
/* The same for linux.seccomp of a config.json. System calls that libseccomp does not know are left
 * out, and those newer than the profile get ENOSYS when it refuses with an errno, as runc has it.
 */
int seccomp_prepare_profile(const struct seccomp_profile *p, const char *cache_dir,
			    struct seccomp_program *out, struct err *e);
void seccomp_drop(struct seccomp_program *p);

/* In the process to be confined, right before exec; needs no_new_privs or CAP_SYS_ADMIN.
 * (libseccomp has a seccomp_load of its own.) */
int seccomp_apply(const struct seccomp_program *p, struct err *e);

/* --- filters that notify: SCMP_ACT_NOTIFY --- */

bool seccomp_notifies(const struct seccomp_program *p);

/* Once the filter is on, the process may not be able to tell the agent: sendmsg may be what waits
 * for the agent's answer. So a thread, which the filter does not reach, stands ready before: it
 * sends the listener and STATE (the JSON of "containerProcessState") over AGENT, then closes both.
 * AGENT is its from here on; nobody else may hold it open, as its end is the agent's sign. */
struct seccomp_listener;
int seccomp_listener_start(int agent, const char *state, struct seccomp_listener **out,
			   struct err *e);
/* seccomp_apply, and back when the agent has been told. L is used up. */
int seccomp_apply_listener(const struct seccomp_program *p, struct seccomp_listener *l,
			   struct err *e);

/* --- for `features`: what of seccomp_known_X() works here; each list ended by NULL --- */

void seccomp_supported_archs(struct strs *out);
void seccomp_supported_flags(struct strs *out);
char *seccomp_library_version(void); /* "2.5.4"; the caller frees */

#endif
