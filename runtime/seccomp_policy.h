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
/* All that shapes the program for P, told apart by more than a hash: whoever may give profiles
 * could look for one with the hash of another's. The caller frees. */
char *seccomp_profile_text(const struct seccomp_profile *p);

/* A program that SECCOMP_SET_MODE_FILTER takes. Numbers beyond the last that P knows get ENOSYS
 * when P refuses with an errno otherwise: C libraries fall back to an older call on ENOSYS only. */
int seccomp_build(const struct seccomp_profile *p, caps_mask caps, struct seccomp_program *out,
		  struct err *e);

/* seccomp(2) has failed with CODE. */
int seccomp_refused(int code, struct err *e);

/* The directory for programs, made when missing; -1 when it is not ours alone: do without. */
int seccomp_cache_open(const char *path);
/* What a program was made of; TEXT has to be the same to the letter, "" where KEY says it all. */
struct seccomp_key {
	uint64_t hash;
	const char *text;
};
/* False: there is none for KEY that can be trusted. */
bool seccomp_cache_read(int dir, struct seccomp_key key, struct seccomp_program *out);
/* Failure is not told: the program is there, the next start builds it again. */
void seccomp_cache_write(int dir, struct seccomp_key key, const struct seccomp_program *p);

/* --- seccomp_head.c --- */

enum { SECCOMP_ARCHS_MAX = 8 };

/* The last system call that a profile knows, by architecture. */
struct seccomp_last {
	uint32_t arch; /* SCMP_ARCH_* */
	uint32_t nr;   /* 0: it knows none */
};
enum { SECCOMP_HEAD_MAX = SECCOMP_ARCHS_MAX * 8 };
/* To be put in front of a program; at most SECCOMP_HEAD_MAX instructions to OUT; their number. */
struct sock_filter;
size_t seccomp_head(const struct seccomp_last *last, size_t n, struct sock_filter *out);

#endif
