/* SPDX-License-Identifier: Apache-2.0 */
/* One container: what is to be watched of it in the state that it is in. */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/ending.h"
#include "runtime/event_watch.h"
#include "runtime/pidfd_exit.h"
#include "runtime/vnf.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>

/* How long a verb may take that has ended the supervisor and has still to say so; and how long
 * somebody who has to wait for an OCI container's process. */
enum { CHECK_MS = 200, WAIT_MS = 500, WAIT_LOOK_MS = 20 };

/* --- its counters --- */

void followed_look(struct follower *f, struct followed *it)
{
	struct cgroup_counts now;
	struct err gone = { 0 };

	it->look_at = 0;
	if (!it->group || cgroup_counts_read(it->group, &now, &gone) < 0)
		return; /* how it ended is recorded */
	int64_t next = event_vnf_counts(&it->v, &now, &f->out);
	if (next >= 0)
		it->look_at = f->out.ms + next;
}

static void unwatch_group(struct follower *f, struct followed *it)
{
	cgroup_watch_remove(f->watch, it);
	cgroup_free(it->group);
	it->group = NULL;
	it->look_at = 0;
}

/* FIRST: what happened before us is not told. */
static void watch_group(struct follower *f, struct followed *it, const struct record *r, bool first)
{
	scoped_strs struct strs untold = { 0 };
	struct cgroup_counts now;
	struct err e = { 0 };

	if (it->group || r->cgroup.n == 0 || cgroup_from_paths(&r->cgroup, &it->group, &e) < 0)
		return;
	cgroup_watch_add(f->watch, it->group, it, &untold);
	for (size_t i = 0; i < untold.n; i++)
		event_notice(f, it->v.name, untold.v[i]);
	if (first && cgroup_counts_read(it->group, &now, &e) == 0)
		it->v.counts = now;
	followed_look(f, it);
}

/* --- its processes --- */

static int supervisor_ready(struct follower *f, void *arg, uint32_t events, struct err *e)
{
	struct followed *it = arg;

	(void)events;
	(void)e;
	event_source_drop(&it->supervisor);
	it->check_at = f->out.ms + CHECK_MS;
	return 0;
}

/* Its status comes with its parent's wait; before Linux 6.15 nobody else is told. */
static void tell_process_ended(struct follower *f, struct followed *it)
{
	int wstatus = pidfd_exit_status(it->process.fd);

	if (wstatus == PIDFD_EXIT_NOT_YET && f->out.ms < it->wait_at)
		return;
	event_source_drop(&it->process);
	it->wait_at = 0;
	followed_look(f, it);
	event_vnf_ended(&it->v, wstatus, &f->out);
}

static int process_ready(struct follower *f, void *arg, uint32_t events, struct err *e)
{
	struct followed *it = arg;

	(void)events;
	it->wait_at = f->out.ms + WAIT_MS;
	tell_process_ended(f, it);
	if (it->process.fd < 0)
		return 0;
	/* It stays readable from now on: look from time to time, for a while. */
	return epoll_ctl(f->epoll, EPOLL_CTL_DEL, it->process.fd, NULL) < 0
		       ? err_set(e, errno, "wait for a process")
		       : 0;
}

static void watch_process(struct follower *f, struct event_source *s, const struct proc_id *p,
			  int (*ready)(struct follower *, void *, uint32_t, struct err *))
{
	struct followed *it = s->arg;
	struct err e = { 0 };

	event_source_drop(s);
	if (p->pid == 0)
		return;
	s->ready = ready;
	s->fd = proc_id_open(p, &e);
	if (s->fd >= 0 && event_source_add(f, s, EPOLLIN, &e) < 0)
		event_source_drop(s);
	if (s->fd < 0 && s == &it->supervisor)
		it->check_at = f->out.ms + CHECK_MS;
}

/* VNF: who makes or keeps it. Only a change, as the check is not to begin anew all the time. */
static void watch_processes(struct follower *f, struct followed *it, const struct record *r,
			    const struct proc_id *was_init, const struct proc_id *was_supervisor)
{
	if (!r->vnf && r->init.pid != was_init->pid && r->status != STATUS_STOPPED)
		watch_process(f, &it->process, &r->init, process_ready);
	if (!r->vnf || r->status == STATUS_STOPPED) {
		event_source_drop(&it->supervisor);
		it->check_at = 0;
	} else if (r->supervisor.pid != was_supervisor->pid ||
		   r->supervisor.start != was_supervisor->start) {
		it->check_at = 0;
		watch_process(f, &it->supervisor, &r->supervisor, supervisor_ready);
	}
}

/* --- its record --- */

static int64_t backoff_of(const struct record *r)
{
	scoped_strs struct strs problems = { 0 };
	struct vnf *v = NULL;

	if (r->status != STATUS_RESTARTING || !r->descriptor ||
	    vnf_load_bytes(r->descriptor, strlen(r->descriptor), "state file", NULL, &v,
			   &problems) < 0)
		return -1;
	int64_t ms = (int64_t)ending_backoff_ms(v, r);
	vnf_free(v);
	return ms;
}

static bool is_watched_status(enum status s)
{
	return s == STATUS_RUNNING || s == STATUS_CREATED || s == STATUS_RESTARTING;
}

static void take_record(struct follower *f, struct followed *it, const struct record *r, bool first)
{
	const struct proc_id init = it->v.init, supervisor = it->v.supervisor;
	bool new_run = it->v.status != r->status || init.pid != r->init.pid;

	followed_look(f, it); /* what led to it comes before it */
	if (!is_watched_status(r->status))
		unwatch_group(f, it);
	if (first)
		event_vnf_first(&it->v, r, f->how->now, &f->out);
	else
		event_vnf_record(&it->v, r, backoff_of(r), &f->out);
	watch_processes(f, it, r, &init, &supervisor);
	if (is_watched_status(r->status) && !r->of_past_boot)
		watch_group(f, it, r, first);
	followed_find_home(f, it, r);
	if (new_run && r->status == STATUS_RUNNING)
		followed_look_at_links(f, it, NULL);
}

static void take_gone(struct follower *f, struct followed *it)
{
	followed_look(f, it);
	unwatch_group(f, it);
	event_source_drop(&it->supervisor);
	event_source_drop(&it->process);
	it->check_at = it->wait_at = 0;
	event_vnf_record(&it->v, NULL, -1, &f->out);
	it->v.init = it->v.supervisor = (struct proc_id){ 0 };
}

/* Every verb that looks at a VNF sees to it that it has one, and this one looks all the time. */
static void see_to_supervisor(struct follower *f, struct followed *it)
{
	struct vnf_view view = { 0 };
	struct err e = { 0 };

	if (vnf_look(f->root, it->v.name, &view, &e) < 0 && e.code != ENOENT) {
		scoped_str char *text = str_printf("%s%s%s", e.text, err_colon(&e), err_cause(&e));

		event_notice(f, it->v.name, text);
	}
	vnf_view_drop(&view);
}

/* A VNF that ran when the machine went down does not run, and the first look records that. */
static int load(struct follower *f, struct followed *it, struct record *r, struct err *e)
{
	for (bool again = true;; again = false) {
		scoped_fd int dir = vnf_log_dir(f->root, it->v.name, e);

		if (dir < 0 || record_load(dir, r, e) < 0)
			return -1;
		if (!again || !r->of_past_boot || !r->vnf || r->status == STATUS_STOPPED)
			return 0;
		record_drop(r);
		see_to_supervisor(f, it);
	}
}

void followed_refresh(struct follower *f, struct followed *it, bool first)
{
	struct err e = { 0 };
	struct record r;

	event_stamp(f);
	if (load(f, it, &r, &e) == 0) {
		take_record(f, it, &r, first);
		record_drop(&r);
	} else if (e.code == ENOENT) {
		take_gone(f, it);
	} else {
		scoped_str char *text = str_printf("its record cannot be read: %s%s%s", e.text,
						   err_colon(&e), err_cause(&e));

		event_notice(f, it->v.name, text);
	}
}

void followed_free(struct follower *f, struct followed *it)
{
	unwatch_group(f, it);
	event_source_drop(&it->supervisor);
	event_source_drop(&it->process);
	event_vnf_drop(&it->v);
	free(it);
}

/* --- a supervisor that is missed --- */

static bool is_in_hand(const struct follower *f, const struct followed *it)
{
	struct err ignored = { 0 };
	scoped_fd int dir = vnf_log_dir(f->root, it->v.name, &ignored);

	return dir >= 0 && flock(dir, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

static void check_supervisor(struct follower *f, struct followed *it)
{
	it->check_at = 0;
	followed_refresh(f, it, false);
	if (!it->v.known || !it->v.vnf || it->v.status == STATUS_STOPPED || it->check_at ||
	    proc_id_alive(&it->v.supervisor))
		return;
	if (is_in_hand(f, it)) {
		it->check_at = f->out.ms + CHECK_MS;
		return;
	}
	event_vnf_supervisor_died(&it->v, &f->out);
	see_to_supervisor(f, it);
}

/* --- time --- */

static void due(int64_t at, int64_t *first)
{
	if (at && at < *first)
		*first = at;
}

int64_t followed_due(const struct followed *it)
{
	int64_t first = INT64_MAX;

	due(it->check_at, &first);
	due(it->look_at, &first);
	if (it->wait_at)
		due(event_now_ms() + WAIT_LOOK_MS, &first);
	return first;
}

void followed_tick(struct follower *f, struct followed *it)
{
	if (it->look_at && it->look_at <= f->out.ms)
		followed_look(f, it);
	if (it->wait_at)
		tell_process_ended(f, it);
	if (it->check_at && it->check_at <= f->out.ms)
		check_supervisor(f, it);
}
