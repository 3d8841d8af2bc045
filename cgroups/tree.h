/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_TREE_H
#define NFRUN_CGROUPS_TREE_H

/* The directories of a group: making, removing, listing. Inside cgroups/ only. */

#include "cgroups/group.h"

/* Make P's directory, and what is missing above it, with the controllers that L needs in reach. An
 * empty leftover of our own is replaced by a new group; one that holds processes is EBUSY. */
int tree_make(const struct cgroup *c, const struct part *p, const struct cgroup_limits *l,
	      struct err *e);

/* Remove DIR with what is below it, waiting a little where it is still busy, and nfrun/ above it
 * when that is empty then. Kernel threads in its leaf are sent away. Gone is fine. */
int tree_remove(const char *dir, struct err *e);

/* Append the paths of the groups right below DIR. */
int tree_children(const char *dir, struct strs *out, struct err *e);

/* The root of DIR's hierarchy, or as far up as we can see; the caller frees. */
char *tree_top(const char *dir);

/* A growing list of pids. */
struct pids {
	pid_t *v;
	size_t n;
};

void pids_drop(struct pids *p);
void pids_parse(struct pids *out, const char *text); /* append */
/* Append what is in DIR and below it, but for the kernel threads of a leaf "packet"; nothing when
 * DIR is gone. */
int tree_pids(const char *dir, struct pids *out, struct err *e);
/* The group at or below DIR whose own process PID is; NULL: none. The caller frees. */
char *tree_find(const char *dir, pid_t pid);
void pids_sort(struct pids *p); /* and each but once */
int pids_compare(const void *a, const void *b);
/* "12, 13, 14 and 5 more" into OUT; returns OUT. */
const char *pids_format(const struct pids *p, char *out, size_t size);

#endif
