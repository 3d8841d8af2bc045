/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_SECCOMP_H
#define NFRUN_RUNTIME_SECCOMP_H

/* System call filters: all of libseccomp. */

#include "runtime/base/err.h"
#include "runtime/base/caps.h"

#include <stdbool.h>
#include <stddef.h>

struct seccomp_program { /* BPF as seccomp(2) takes it; n 0: unconfined */
	void *bpf;
	size_t n;       /* instructions */
	unsigned flags; /* SECCOMP_FILTER_FLAG_*, from a profile */
};

/* The filter for POLICY: "default" (nfrun's allow-list; CAPS widen it as Docker's does, e.g.
 * SYS_ADMIN allows mount), "unconfined", or the path of a profile in OCI's format. Built once and
 * kept in CACHE_DIR (root-owned, made when missing), keyed by library version, architecture and
 * policy; a cached file that is not root's own, or damaged, is built anew. */
int seccomp_prepare(const char *policy, caps_mask caps, const char *cache_dir,
		    struct seccomp_program *out, struct err *e);
void seccomp_drop(struct seccomp_program *p);

/* In the process to be confined, right before exec; needs no_new_privs or CAP_SYS_ADMIN.
 * (libseccomp has a seccomp_load of its own.) */
int seccomp_apply(const struct seccomp_program *p, struct err *e);

#endif
