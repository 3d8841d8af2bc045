/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_RDT_H
#define NFRUN_RUNTIME_RDT_H

/* Shares of caches and memory bandwidth, by the kernel's resctrl file system: config-linux.md,
 * "IntelRdt". MOUNT is where it is mounted. A container has a class of service: a directory there,
 * by the name of closID or else of its own ID, and a monitoring group of its ID in it when it is to
 * be monitored. */

#include "runtime/base/err.h"
#include "runtime/spec/spec.h"

/* *MOUNT is the caller's. That there is none is an error. */
int rdt_find(char **mount, struct err *e);

/* Make or check the class, write its schemata. Nothing unless r->given. */
int rdt_create(const char *mount, const struct spec_rdt *r, const char *id, struct err *e);
/* PID, and what it will start, goes into it. */
int rdt_enter(const char *mount, const struct spec_rdt *r, const char *id, pid_t pid,
	      struct err *e);
/* What rdt_create has made for this container alone: a class that closID names stays. Gone is fine.
 */
int rdt_remove(const char *mount, const struct spec_rdt *r, const char *id, struct err *e);

/* For rdt_find: the mount point by the text of /proc/self/mountinfo, NULL: none. The caller frees.
 */
char *rdt_mount_in(const char *mountinfo);

/* Whether the schemata WANTED (lines "L3:0=7f;1=f") hold in CURRENT, a schemata file: numbers
 * count, not how many zeroes the kernel writes before them. */
bool rdt_schemata_hold(const char *wanted, const char *current);

#endif
