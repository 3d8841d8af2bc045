/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_GROUP_H
#define NFRUN_CGROUPS_GROUP_H

/* What a group consists of. Inside cgroups/ only. */

#include "cgroups/cgroup.h"

/* The group's directory in one hierarchy. */
struct part {
	char *controllers; /* v1: of those nfrun uses, "cpu,cpuacct"; v2: "" */
	char *dir;
	bool v2;
	int entry; /* cgroup_open_entries' descriptor or -1 */
};

#define SYSTEMD "name=systemd" /* in place of a controller */

enum { PARTS_MAX = 16 };

struct scope; /* systemd.h */

struct cgroup {
	struct part parts[PARTS_MAX];
	size_t n;
	int clone_fd;      /* -1 until asked for */
	bool exact;        /* an OCI caller's: processes are in the group itself, and what was there
			      before stays */
	uint64_t oom_seen; /* oom_kill when cgroup_oom_read last looked */
	struct scope *scope; /* systemd's unit of it; NULL: no such thing */
	bool refused; /* create found foreign processes in it: nothing here is ours to kill or
			 remove */
};

/* The v1 part that has CONTROLLER, else the v2 part (which may or may not have it), else NULL. */
struct part *part_of(struct cgroup *c, const char *controller);
struct part *part_v2(struct cgroup *c);                      /* NULL: none */
bool part_has(const struct part *p, const char *controller); /* v1 */

/* A v1 hierarchy whose part is made only when a limit asks for it: cpuset, as a group in it costs
 * more than in the others (two files to fill, scheduling domains to rebuild), and what hardly
 * anyone limits (hugetlb, net_cls, net_prio, rdma; a VNF's blkio and devices). */
bool part_is_lazy(const struct cgroup *c, const struct part *p);
bool part_exists(const struct part *p);
bool group_exists(const struct cgroup *c); /* any part of it: the first may be a lazy one */

/* Has the group a v1 part that holds one of the core controllers? */
bool group_is_hybrid(const struct cgroup *c);

/* Where the processes are: v2's leaf "app", so that its sibling "packet" can hold kernel threads,
 * which are neither frozen nor killed nor waited for; also on a hybrid host, where v2 freezes,
 * kills and counts CPU time. In an exact group, and on v1, it is the group itself. The caller
 * frees. */
char *part_leaf(const struct cgroup *c, const struct part *p);

char *dir_above(const char *dir); /* dirname(3) that allocates */

#endif
