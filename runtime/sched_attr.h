/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_SCHED_ATTR_H
#define NFRUN_RUNTIME_SCHED_ATTR_H

/* sched_setattr(2), which glibc 2.36 has no wrapper for. */

#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

struct sched_attr { /* its first version */
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period; /* ns */
};

enum { SCHED_DEADLINE_POLICY = 6 };
enum { SCHED_RESETS_ON_FORK = 1, SCHED_RECLAIMS = 2 }; /* SCHED_FLAG_... */

static inline int sched_attr_set(pid_t tid, const struct sched_attr *a)
{
	struct sched_attr sized = *a;

	sized.size = sizeof sized;
	return (int)syscall(SYS_sched_setattr, tid, &sized, 0);
}

static inline int sched_attr_get(pid_t tid, struct sched_attr *out)
{
	return (int)syscall(SYS_sched_getattr, tid, out, sizeof *out, 0);
}

#endif
