/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/supervise.h"
#include "runtime/base/scope.h"
#include "runtime/ending.h"
#include "runtime/life.h"
#include "runtime/packet_engine.h"
#include "runtime/pump.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* False: it has been said before. */
static bool warn(struct container *c, const char *what, const struct err *e)
{
	scoped_str char *text = str_printf("%s: %s%s%s", what, e->text, err_colon(e), err_cause(e));

	if (strs_has(&c->rec.warnings, text))
		return false;
	strs_add(&c->rec.warnings, text);
	return true;
}

/* For `status`; the record is replaced under its lock. */
static void note_warning(struct supervisor *s, const char *what, const struct err *why)
{
	struct err e = { 0 };
	bool locked = false;

	if (container_try_lock(&s->c, &locked, &e) < 0 || !locked)
		return;
	if (warn(&s->c, what, why))
		(void)record_save(s->c.dir_fd, &s->c.rec, &e); /* then it is not told of */
	container_unlock(&s->c);
}

/* Anew, as there are new links, or a verb has changed what is to be kept. */
static void keep_packets(struct supervisor *s)
{
	struct err e = { 0 };

	packet_keeper_free(s->keeper);
	s->keeper = NULL;
	if (packet_keeper_open(&s->c, &s->keeper, &e) < 0)
		note_warning(s, "packet_cpu", &e);
}

static void run_keeper(struct supervisor *s, const struct pollfd *p)
{
	struct err e = { 0 };

	if (packet_keeper_run(s->keeper, p, &s->c, &e) < 0)
		note_warning(s, "packet_cpu", &e);
}

/* Serve the FIFOs until the process has ended (true) or we are told to go. UNTIL_MS -1: no limit;
 * reaching it is true as well. */
static bool serve(struct supervisor *s, int64_t until_ms)
{
	for (;;) {
		struct pollfd p[2 + PACKET_FDS + PUMP_FDS] = {
			{ .fd = s->c.init_pidfd, .events = POLLIN },
			{ .fd = s->c.signals, .events = POLLIN }
		};
		int64_t left = until_ms < 0 ? -1 : until_ms - now_ms();

		if (until_ms >= 0 && left <= 0)
			return true;
		packet_keeper_poll(s->keeper, p + 2);
		pump_poll(s->c.pump, p + 2 + PACKET_FDS);
		if (poll(p, ARRAY_LEN(p), (int)left) < 0 && errno != EINTR)
			return false;
		pump_run(s->c.pump);
		if (p[1].revents && container_told_to_go(&s->c))
			return false;
		if (p[0].revents)
			return true;
		if (s->c.told_to_look) {
			s->c.told_to_look = false;
			keep_packets(s);
		} else {
			run_keeper(s, p + 2);
		}
	}
}

/* True: PID 1 itself was killed, as far as we can know. */
static bool reap(struct container *c)
{
	siginfo_t info = { 0 };

	/* ECHILD: an adopted VNF is not our child. */
	if (c->init_pidfd >= 0)
		(void)waitid(P_PIDFD, (id_t)c->init_pidfd, &info, WEXITED | WNOHANG);
	return info.si_code == CLD_KILLED && info.si_status == SIGKILL;
}

static void stop_for_good(struct supervisor *s)
{
	struct err e = { 0 };

	if (life_stop(&s->c, &e) == 0)
		return;
	(void)warn(&s->c, "cannot clean up", &e);
	s->c.rec.status = STATUS_STOPPED;
	(void)record_save(s->c.dir_fd, &s->c.rec, &e); /* delete tries again */
}

/* The process has ended, the container is locked, the end noted: again, or over? */
void supervise_follow_policy(struct supervisor *s)
{
	struct err e = { 0 };

	if (!ending_wants_restart(s->vnf, &s->c.rec)) {
		stop_for_good(s);
		return;
	}
	if (life_unplug(&s->c, &e) < 0)
		(void)warn(&s->c, "cannot clean up", &e);
	s->c.rec.status = STATUS_RESTARTING;
	(void)record_save(s->c.dir_fd, &s->c.rec,
			  &e); /* the old one says running with a dead init: same end */
}

/* False: somebody else (stop, delete) has dealt with it. */
static bool lock_if_still(struct supervisor *s, enum status want, const struct proc_id *init)
{
	struct err e = { 0 };

	return container_lock(&s->c, &e) == 0 && s->c.rec.status == want &&
	       s->c.rec.init.pid == init->pid && s->c.rec.init.start == init->start;
}

static bool handle_end(struct supervisor *s)
{
	const struct proc_id init = s->c.rec.init;
	bool ours, killed = reap(&s->c);

	pump_run(s->c.pump);
	packet_keeper_free(s->keeper);
	s->keeper = NULL;
	ours = lock_if_still(s, STATUS_RUNNING, &init);
	if (ours) {
		ending_note(&s->c, killed);
		supervise_follow_policy(s);
	}
	container_unlock(&s->c);
	return ours;
}

static bool handle_restart(struct supervisor *s)
{
	const struct proc_id none = { 0 };
	struct err e = { 0 };
	bool ours = lock_if_still(s, STATUS_RESTARTING, &none);

	if (ours) {
		s->c.rec.restarts++;
		if (life_replug(&s->c, &e) < 0) {
			(void)warn(&s->c, "restart", &e);
			s->c.rec.end = (struct record_end){ .exit_code = -1, .unknown = true };
			clock_gettime(CLOCK_REALTIME, &s->c.rec.end.time);
			clock_gettime(CLOCK_REALTIME, &s->c.rec.started);
			supervise_follow_policy(s);
		}
	}
	container_unlock(&s->c);
	return ours;
}

void supervise(struct supervisor *s)
{
	for (;;) {
		if (s->c.rec.status == STATUS_RUNNING) {
			keep_packets(s);
			if (!serve(s, -1) || !handle_end(s))
				return;
		} else if (s->c.rec.status == STATUS_RESTARTING) {
			int64_t pause = (int64_t)ending_backoff_ms(s->vnf, &s->c.rec);

			if (!serve(s, now_ms() + pause) || !handle_restart(s))
				return;
		} else {
			return;
		}
	}
}
