/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/ending.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static uint64_t oom_kills(struct container *c)
{
	struct err ignored = { 0 };
	uint64_t n = CGROUP_UNSET;

	if (!c->cgroup && c->rec.cgroup.n > 0)
		(void)cgroup_from_paths(&c->rec.cgroup, &c->cgroup, &ignored);
	if (c->cgroup)
		n = cgroup_oom_kills(c->cgroup);
	return n == CGROUP_UNSET ? 0 : n; /* the group is gone: nothing more to learn */
}

void ending_note(struct container *c, bool killed)
{
	struct record_end *end = &c->rec.end;
	uint64_t kills = oom_kills(c);

	*end = (struct record_end){ .exit_code = -1 };
	clock_gettime(CLOCK_REALTIME, &end->time);
	if (c->page && __atomic_load_n(&c->page->ended, __ATOMIC_ACQUIRE)) {
		int status = c->page->wstatus;

		end->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	} else if (killed || kills > c->rec.oom_kills) {
		end->signal = SIGKILL; /* PID 1 had no time to write it down */
	} else {
		end->unknown = true;
	}
	/* A function whose worker was killed for want of memory may well end by itself, later. */
	end->oom = kills > c->rec.oom_kills;
	if (end->oom)
		c->rec.oom_kills = kills;
	c->rec.has_ended = true;
}

static int64_t ms_between(const struct timespec *from, const struct timespec *to)
{
	return (int64_t)(to->tv_sec - from->tv_sec) * 1000 +
	       (to->tv_nsec - from->tv_nsec) / 1000000;
}

bool ending_wants_restart(const struct vnf *v, struct record *r)
{
	if (ms_between(&r->started, &r->end.time) >= ENDING_GOOD_RUN_MS)
		r->restarts = 0;
	if (v->restart == VNF_RESTART_NO)
		return false;
	if (v->restart == VNF_RESTART_ON_FAILURE && r->end.exit_code == 0)
		return false;
	return v->max_retries == 0 || r->restarts < v->max_retries;
}

uint64_t ending_backoff_ms(const struct vnf *v, const struct record *r)
{
	uint64_t ms = v->backoff;

	for (uint32_t i = 0; i < r->restarts && ms < ENDING_BACKOFF_MAX_MS; i++)
		ms *= 2;
	return ms < ENDING_BACKOFF_MAX_MS || ms == v->backoff ? ms : ENDING_BACKOFF_MAX_MS;
}
