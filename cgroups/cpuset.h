/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_CPUSET_H
#define NFRUN_CGROUPS_CPUSET_H

/* CPU lists. Inside cgroups/ only. */

#include "cgroups/limits.h"

/* v1: a new group has no CPU and no memory node, and takes no process until it has (cpusets(7)):
 * fill what is empty in DIR from the groups above it. */
int cpuset_inherit(const char *dir, struct err *e);

/* Is LIST within ALLOWED, both as the kernel writes them? The error names ALLOWED and WHOSE it is.
 */
int cpus_check(const char *list, const char *allowed, const char *whose, struct err *e);
/* Does this host have all of LIST, which of those PRESENT are ONLINE? */
int cpus_check_online(const char *list, const char *online, const char *present, struct err *e);
/* May group DIR have CPUs LIST: are they online, and within what the group above it may use, but
 * for OWN (NULL: none), which DIR has for itself already? */
int cpuset_check_cpus(const char *dir, const char *list, const char *own, struct err *e);
/* The same for memory nodes. */
int cpuset_check_mems(const char *dir, const char *list, struct err *e);

/* The first line of a file of DIR; NULL: there is no such file. The caller frees. */
char *cpuset_read(const char *dir, const char *file);
/* Are A and B the same CPUs, however they are written? False where one is none. */
bool cpus_are_same(const char *a, const char *b);

/* Rows of the table of limits: checked against what the group may use. */
limit_translator v1_cpuset_cpus, cpuset_mems;

#endif
