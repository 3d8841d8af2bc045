/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_SECCOMP_POLICY_H
#define NFRUN_RUNTIME_SECCOMP_POLICY_H

/* The parts of seccomp.c: a policy in, instructions out, and the files they are kept in. */

#include "runtime/base/caps.h"
#include "runtime/base/err.h"
#include "runtime/seccomp.h"
#include "runtime/spec/seccomp_load.h"

/* nfrun's own policy. */
extern const struct seccomp_profile seccomp_default;

/* A seed for cache keys: versions of nfrun and libseccomp, architecture. */
uint64_t seccomp_builder_hash(void);
/* That and all that shapes the program for P under these capabilities. */
uint64_t seccomp_table_hash(const struct seccomp_profile *p, caps_mask caps);

/* A program that SECCOMP_SET_MODE_FILTER takes. Numbers beyond the last that P knows get ENOSYS
 * when P refuses with EPERM otherwise: C libraries fall back to an older call on ENOSYS only. */
int seccomp_build(const struct seccomp_profile *p, caps_mask caps, struct seccomp_program *out,
		  struct err *e);

/* The directory for programs, made when missing; -1 when it is not ours alone: do without. */
int seccomp_cache_open(const char *path);
/* False: there is none for KEY that can be trusted. */
bool seccomp_cache_read(int dir, uint64_t key, struct seccomp_program *out);
/* Failure is not told: the program is there, the next start builds it again. */
void seccomp_cache_write(int dir, uint64_t key, const struct seccomp_program *p);

#endif
