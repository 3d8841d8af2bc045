/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_SECCOMP_FIELDS_H
#define NFRUN_SPEC_SECCOMP_FIELDS_H

/* The reading of seccomp profiles, inside runtime/spec: tables and loaders that the two kinds of
 * documents share, and the door for the loader of config.json. */

#include "runtime/spec/fields.h"
#include "runtime/spec/seccomp_load.h"

/* linux.seccomp of a config.json, V, at AT: config-linux.md, "Seccomp". Problems go to R. OUT is to
 * be dropped in either case. */
void seccomp_profile_fill(struct reading *r, json_t *v, struct seccomp_profile *out,
			  const struct where *at);

extern const struct field_table profile_arg_table;
extern const struct profile_rule profile_rule_defaults;

/* A flag of seccomp_known_flags, no more. */
field_loader load_seccomp_flags;

/* Each rule of the list at AT has names. */
void seccomp_check_rules(struct reading *r, const struct seccomp_profile *p,
			 const struct where *at);

#endif
