/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_PACKET_SCHED_H
#define NFRUN_RUNTIME_PACKET_SCHED_H

/* How much CPU time a kernel thread may, or is sure to, have: SCHED_DEADLINE. By thread numbers
 * alone; docs/packet-cpu.md says what it does and costs. */

#include "runtime/base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { PACKET_RUNTIME_MIN_NS = 1024 }; /* the kernel's (2^DL_SCALE) */

/* RUNTIME_NS of CPU time in every PERIOD_NS, before all threads that have no deadline, and no more:
 * guarantee and cap at once, within 0.5 %. A thread that has used it up waits for the next period,
 * and whoever waits for it (a link going down) waits with it: so keep the period short, and take
 * the deadline away first.
 *
 * RECLAIM makes it a guarantee without a cap, but a greedy one: beyond RUNTIME_NS the thread goes
 * on, still before all that have no deadline, for as long as the other deadline threads leave it
 * any of the 95 % of a CPU (seen: 1 ms of 10 became 64-95 % of a CPU beside busy ordinary
 * processes, on Linux 6.12 and 6.18). The kernel has no way to go on as an ordinary thread when
 * the runtime is used up; who wants that alternates: deadline for the first part of a window of
 * 100 ms, packet_sched_normal for the rest of it, in windows that find the thread at its cap (seen:
 * 25 ms of every 100 beside four busy processes on two CPUs gave 42-45 % instead of 38 and 25).
 *
 * E->code EBUSY: the machine has promised too much already; the text says how much is left. EPERM:
 * we may not, or its CPUs are fewer than the machine's. That is checked here alone: with a deadline
 * it can be moved into a narrower group. ESRCH: no such kernel thread. EINVAL: out of range. */
int packet_sched_deadline(pid_t tid, uint64_t runtime_ns, uint64_t period_ns, bool reclaim,
			  struct err *e);
/* An ordinary thread again, if it had a deadline; ESRCH as above. Linux (6.12 and 6.18 seen) never
 * takes back what it promised to a thread that sleeps in that moment, until a change of cpusets or
 * a CPU unplugged makes it count anew: so the deadline is first made worth nothing. That too is
 * refused to a thread that is bound to some CPUs, which therefore has to be let go first
 * (cgroup_packet_let_go), or the machine has that much less for all. One that ends with its
 * deadline takes nothing with it. */
int packet_sched_normal(pid_t tid, struct err *e);

struct packet_sched {
	bool deadline; /* false: the rest is 0 */
	bool reclaim;
	uint64_t runtime_ns, period_ns;
};
int packet_sched_read(pid_t tid, struct packet_sched *out, struct err *e);

/* CPU time the thread has used since it was made, in ns. ESRCH: it has ended. */
int packet_sched_cpu_ns(pid_t tid, uint64_t *ns, struct err *e);

/* How much of WANTED, in 1/1000 of a CPU, the machine could promise now; found by trying it on
 * throw-away processes of ours, as nothing in /proc tells. EPERM: we cannot try (our own CPUs are
 * fewer than the machine's). */
int packet_sched_left(uint32_t wanted, uint32_t *left, struct err *e);

#endif
