/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_STATS_H
#define NFRUN_CGROUPS_STATS_H

/* Reading the kernel's counters. Inside cgroups/ only. */

#include "cgroups/group.h"

#include <stddef.h>

/* The number in TEXT: of the line that begins with KEY, or with KEY NULL the first one. "max" and
 * "-1" are CGROUP_UNSET. False: no such line. */
bool stats_find(const char *text, const char *key, uint64_t *out);

/* --- the tables (stats_tables.c) --- */

/* How a file's number becomes ours. OVER_ZERO: 0 is none. */
enum stats_unit { PLAIN, NANOSECONDS, TICKS, V1_BYTES, SHARES, OVER_ZERO };

/* One counter. Rows of one file stand together: it is read once. A file or key that the host does
 * not have leaves the field unset. */
struct stats_row {
	const char *controller; /* v1: in which hierarchy */
	const char *file, *key; /* no key: the file is one number */
	size_t offset;          /* in struct cgroup_stats */
	enum stats_unit unit;
};

struct stats_table {
	const struct stats_row *v;
	size_t n;
};
extern const struct stats_table stats_v2, stats_v1;         /* always */
extern const struct stats_table stats_v2_all, stats_v1_all; /* cgroup_stats_read_all, too */

/* --- what takes more than one number --- */

/* A file of group DIR. NULL: this host has no such file, or the controller is not there. The caller
 * frees. */
char *stats_text(const char *dir, const char *file);
char *stats_line(const char *dir, const char *file); /* its first line */
/* CGROUP_UNSET: no such file or line. */
uint64_t stats_number(const char *dir, const char *file, const char *key);

void stats_read_pressure(const char *dir, const char *file, struct cgroup_pressure *out);
/* v1: of the files that may have it, the first one that has anything. */
void stats_read_io_v1(const char *dir, enum cgroup_io_table table, struct cgroup_io_list *out);
/* By page size; reservations where they are counted, as the limits. False: not told. */
bool stats_read_hugetlb(const struct part *p, struct cgroup_hugetlb_use **v, size_t *n);

/* Limits that are words or lists, of every part. */
void stats_read_limits(struct cgroup *c, struct cgroup_limits *out);
/* The lists of cgroup_stats_read_all. */
void stats_read_lists(struct cgroup *c, struct cgroup_stats *out);

#endif
