/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_HOST_H
#define NFRUN_CGROUPS_HOST_H

/* The cgroup hierarchies of this host, as this process sees them. Inside cgroups/ only. */

#include "cgroups/group.h"

struct hierarchy {
	char *controllers; /* of those nfrun uses, "cpu,cpuacct"; "" on v2 */
	char *mount;       /* where it is mounted */
	char *root;        /* the group that the mount shows as its root */
	char *own;         /* the caller's group, in the terms of ROOT; NULL: not told */
	dev_t dev;
	bool v2;
};

struct cgroup_host {
	struct hierarchy *v;
	size_t n;
};

/* From the texts of /proc/self/mountinfo and /proc/self/cgroup; touches no file, so it cannot tell
 * which of the mounts are hidden by others. v1 hierarchies without a controller that nfrun uses are
 * left out. */
void host_parse(struct cgroup_host *h, const char *mountinfo, const char *self_cgroup);

/* The caller's own group as a directory; the mount point where that group is not below what the
 * mount shows. The caller frees. */
char *hierarchy_own_dir(const struct hierarchy *h);

/* Is one of those controllers that every group has in this v1 LIST? The others (devices, freezer,
 * blkio, ...) are for OCI callers. */
bool controllers_are_core(const char *list);

/* Is WORD in LIST, whose words are separated by commas, blanks or newlines? */
bool words_have(const char *list, const char *word);

#endif
