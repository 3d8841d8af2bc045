/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_JOINER_H
#define NFRUN_RUNTIME_JOINER_H

/* Namespaces that are joined by path, and a time namespace with offsets, cannot be had from
 * clone3(2) alone: a process of ours enters them first and clones init from there, as a child of
 * this process. */

#include "runtime/container.h"

#include <linux/sched.h>

bool joiner_needed(const struct spec *s);

/* As sys_clone3(ARGS): 0 in the child. In the parent the pid, and c->init_pidfd is set;
 * JOINER_FAILED with the whole error in E. */
enum { JOINER_FAILED = -2 };
pid_t joiner_clone(struct container *c, const struct clone_args *args, struct err *e);

#endif
