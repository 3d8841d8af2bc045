/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_LIMITS_H
#define NFRUN_CGROUPS_LIMITS_H

/* From a limit to the kernel files that hold it. Inside cgroups/ only. */

#include "cgroups/group.h"

/* One file to be written. */
struct setting {
	char *path;
	char *text;
	char *old; /* what stood there before, once it is written */
};

struct settings {
	struct setting *v;
	size_t n;
};

void settings_add(struct settings *s, const char *dir, const char *file, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void settings_drop(struct settings *s);
/* Write all in order. UNDO: when one fails, what was written is put back in reverse order. */
int settings_write(struct settings *s, bool undo, struct err *e);

/* Does any limit of L, other than cpus, need CONTROLLER? */
bool limits_need(const struct cgroup_limits *l, const char *controller);

/* Write L to the group: for create, and with UNDO for update. */
int limits_apply(struct cgroup *c, const struct cgroup_limits *l, bool undo, struct err *e);

/* A limit: set and not "max". */
static inline bool is_limited(uint64_t value)
{
	return value < CGROUP_NO_LIMIT;
}

/* A number or "max" (or MAX's other spelling) into OUT of 24 bytes; returns OUT. */
const char *limit_text(uint64_t value, const char *max, char *out);

/* --- v1 (limits_v1.c): each adds what brings DIR from what it has now to what L says --- */

int v1_cpu_max(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e);
int v1_cpu_weight(struct settings *s, const char *dir, const struct cgroup_limits *l,
		  struct err *e);
int v1_memory_high(struct settings *s, const char *dir, const struct cgroup_limits *l,
		   struct err *e);
int v1_memory_max(struct settings *s, const char *dir, const struct cgroup_limits *l,
		  struct err *e);

/* cpu.weight's 100 is cpu.shares' 1024, and both are proportional: systemd's conversion, bounded as
 * the kernel bounds shares (2..262144). Every weight comes back as itself. */
uint64_t shares_from_weight(uint64_t weight);
uint64_t weight_from_shares(uint64_t shares);

/* What v1 says for "no limit": LONG_MAX rounded down to a page. */
bool v1_is_unlimited(uint64_t bytes);

/* Is there swap on this host now? Without it, and without the files to limit it, "no swap" holds by
 * itself. */
bool host_has_swap(void);

#endif
