/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/attach_parts.h"
#include "runtime/process.h"
#include "runtime/record.h"

bool attach_is_helped(const struct attach *a)
{
	const struct spec_process *p = a->process;

	return a->agent >= 0 || p->n_rlimits > 0 || p->has_oom_score_adj || p->scheduler.given ||
	       p->io_priority.given || p->affinity_final;
}

bool attach_schedules_late(const struct attach *a)
{
	return process_scheduler_waits(&a->process->scheduler, a->agent >= 0);
}

int attach_set_outside(const struct attach *a, pid_t pid, struct err *e)
{
	const struct spec_process *p = a->process;

	if (process_rlimits(pid, p, e) < 0 || process_oom_score(pid, p, e) < 0 ||
	    process_affinity(pid, p->affinity_final, e) < 0 ||
	    process_io_priority(pid, &p->io_priority, e) < 0)
		return -1;
	return process_scheduler_early(pid, &p->scheduler, attach_schedules_late(a), e);
}

int attach_schedule(const struct attach *a, int sock, int pidfd, struct err *e)
{
	pid_t pid = attach_schedules_late(a) ? proc_pid_of(pidfd, e) : 0;

	if (pid == 0)
		return 0;
	return pid < 0 ? -1 : process_scheduler_serve(sock, pid, &a->process->scheduler, e);
}
