/* SPDX-License-Identifier: Apache-2.0 */
/* From a change of the record to events. */
#include "runtime/base/scope.h"
#include "runtime/event_parts.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

void event_vnf_drop(struct event_vnf *v)
{
	free(v->name);
	free(v->links);
	*v = (struct event_vnf){ 0 };
}

static bool same_proc(const struct proc_id *a, const struct proc_id *b)
{
	return a->pid == b->pid && a->start == b->start;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static void say_plain(const struct event_vnf *v, const char *type, const struct event_out *out)
{
	struct event ev = event_new(out, type, v->name);

	event_say(&ev, out);
}

static void say_running(const struct event_vnf *v, const char *type, const struct record *r,
			const struct event_out *out)
{
	struct event ev = event_new(out, type, v->name);

	event_add_text(&ev, "kind", r->vnf ? "vnf" : "oci");
	event_add_number(&ev, "pid", r->init.pid);
	if (r->vnf)
		event_add_number(&ev, "restarts", r->restarts);
	event_say(&ev, out);
}

/* --- ends --- */

static void add_signal(struct event *ev, int sig, char *buffer, size_t size)
{
	const char *name = sig ? sigabbrev_np(sig) : NULL;

	if (name)
		snprintf(buffer, size, "SIG%s", name);
	else
		snprintf(buffer, size, "%d", sig);
	event_add_text(ev, "signal", sig ? buffer : NULL);
}

static void say_exited(const struct event_vnf *v, const struct record_end *end,
		       const struct event_out *out)
{
	struct event ev = event_new(out, "exited", v->name);
	char sig[32];

	if (end->time.tv_sec)
		ev.time = end->time;
	event_add_count(&ev, "exit_code",
			end->exit_code < 0 ? CGROUP_UNSET : (uint64_t)end->exit_code);
	add_signal(&ev, end->signal, sig, sizeof sig);
	event_add_bool(&ev, "oom_kill", end->oom);
	event_add_bool(&ev, "unknown", end->unknown);
	event_say(&ev, out);
}

/* Its group may be gone before anybody could look; the supervisor did. */
static void tell_kills(struct event_vnf *v, const struct record *r, const struct event_out *out)
{
	struct cgroup_counts now = v->counts;

	if (!r->end.oom || (now.oom_kills != CGROUP_UNSET && now.oom_kills >= r->oom_kills))
		return;
	now.oom_kills = r->oom_kills;
	(void)event_vnf_counts(v, &now, out);
}

static bool is_new_end(const struct event_vnf *v, const struct record *r)
{
	return r->has_ended && !same_time(&v->ended, &r->end.time);
}

/* A restart that failed is recorded as an end, too. */
static void tell_end(struct event_vnf *v, const struct record *r, const struct event_out *out)
{
	if (!is_new_end(v, r))
		return;
	v->ended = r->end.time;
	if (v->known && v->status == STATUS_RESTARTING && r->end.unknown) {
		say_plain(v, "restart-failed", out);
		return;
	}
	tell_kills(v, r, out);
	say_exited(v, &r->end, out);
}

void event_vnf_ended(struct event_vnf *v, int wstatus, const struct event_out *out)
{
	struct record_end end = { .exit_code = -1,
				  .unknown = wstatus < 0,
				  .oom = v->oom.told &&
					 out->ms - v->oom.last_told < EVENT_OOM_TOLD_MS,
				  .time = out->time };

	if (wstatus >= 0 && WIFEXITED(wstatus))
		end.exit_code = WEXITSTATUS(wstatus);
	else if (wstatus >= 0 && WIFSIGNALED(wstatus))
		end.signal = WTERMSIG(wstatus);
	say_exited(v, &end, out);
}

/* --- states --- */

static void tell_creating(struct event_vnf *v, const struct record *r, const struct event_out *out)
{
	if (v->known && v->status == STATUS_CREATING && same_time(&v->created, &r->created))
		return;
	event_counts_reset(v); /* it gets a new group */
	say_plain(v, "starting", out);
}

/* A first run's record knows of no end. */
static void tell_running(struct event_vnf *v, const struct record *r, const struct event_out *out)
{
	bool was_running = v->known && v->status == STATUS_RUNNING;

	if (was_running && same_proc(&v->init, &r->init))
		return;
	if (!r->has_ended && was_running)
		event_counts_reset(v);
	say_running(v, r->has_ended ? "restarted" : "started", r, out);
}

static void tell_restarting(const struct event_vnf *v, const struct record *r, bool ended,
			    int64_t backoff_ms, const struct event_out *out)
{
	struct event ev = event_new(out, "restarting", v->name);

	if (!ended && v->known && v->status == STATUS_RESTARTING)
		return;
	event_add_number(&ev, "restart", (int64_t)r->restarts + 1);
	event_add_count(&ev, "backoff_ms", backoff_ms < 0 ? CGROUP_UNSET : (uint64_t)backoff_ms);
	event_say(&ev, out);
}

static void tell_stopped(const struct event_vnf *v, const struct event_out *out)
{
	if (!v->known || v->status != STATUS_STOPPED)
		say_plain(v, v->known && v->status == STATUS_CREATING ? "start-failed" : "stopped",
			  out);
}

/* Another one keeps it while the same process runs: the last was killed. Nobody stays with an OCI
 * container. */
static void tell_supervisor(const struct event_vnf *v, const struct record *r,
			    const struct event_out *out)
{
	struct event ev = event_new(out, "supervisor-started", v->name);

	if (!v->known || !r->vnf || v->status != r->status || !same_proc(&v->init, &r->init) ||
	    !r->supervisor.pid || same_proc(&v->supervisor, &r->supervisor) ||
	    !same_time(&v->created, &r->created))
		return;
	event_add_number(&ev, "pid", r->supervisor.pid);
	event_say(&ev, out);
}

void event_vnf_supervisor_died(const struct event_vnf *v, const struct event_out *out)
{
	struct event ev = event_new(out, "supervisor-died", v->name);

	event_add_number(&ev, "pid", v->supervisor.pid);
	event_say(&ev, out);
}

static const struct event_link *link_of(const struct event_vnf *v, const struct record_port *p)
{
	for (size_t i = 0; i < v->n_links; i++)
		if (strcmp(v->links[i].host_name, p->host_name) == 0)
			return &v->links[i];
	return NULL;
}

static void take_links(struct event_vnf *v, const struct record *r)
{
	struct event_link *links = mem_alloc((r->n_ports + 1) * sizeof *links);
	bool same_run = v->known && v->status == STATUS_RUNNING && same_proc(&v->init, &r->init);

	for (size_t i = 0; i < r->n_ports; i++) {
		const struct event_link *old = same_run ? link_of(v, &r->ports[i]) : NULL;

		if (old)
			links[i] = *old;
		memcpy(links[i].name, r->ports[i].name, IFNAMSIZ);
		memcpy(links[i].host_name, r->ports[i].host_name, IFNAMSIZ);
	}
	free(v->links);
	v->links = links;
	v->n_links = r->n_ports;
}

static void take(struct event_vnf *v, const struct record *r)
{
	take_links(v, r);
	v->known = true;
	v->vnf = r->vnf;
	v->status = r->status;
	v->init = r->init;
	v->supervisor = r->supervisor;
	v->created = r->created;
	if (r->has_ended)
		v->ended = r->end.time;
}

static void tell_gone(struct event_vnf *v, const struct event_out *out)
{
	if (v->known && v->status == STATUS_CREATING) {
		say_plain(v, "start-failed", out);
	} else if (v->known) {
		struct event ev = event_new(out, "deleted", v->name);

		event_add_text(&ev, "was", status_name(v->status));
		event_say(&ev, out);
	}
	v->known = false;
	v->ended = (struct timespec){ 0 };
	v->n_links = 0;
	event_counts_reset(v);
}

void event_vnf_record(struct event_vnf *v, const struct record *r, int64_t backoff_ms,
		      const struct event_out *out)
{
	if (!r) {
		tell_gone(v, out);
		return;
	}
	bool ended = is_new_end(v, r);

	tell_end(v, r, out);
	switch (r->status) {
	case STATUS_CREATING:
		tell_creating(v, r, out);
		break;
	case STATUS_CREATED:
		if (!v->known || v->status != STATUS_CREATED)
			say_running(v, "created", r, out);
		break;
	case STATUS_RUNNING:
		tell_running(v, r, out);
		break;
	case STATUS_RESTARTING:
		tell_restarting(v, r, ended, backoff_ms, out);
		break;
	case STATUS_STOPPED:
		tell_stopped(v, out);
		break;
	}
	tell_supervisor(v, r, out);
	take(v, r);
}

void event_vnf_first(struct event_vnf *v, const struct record *r, bool now,
		     const struct event_out *out)
{
	if (now)
		say_running(v, status_name(r->status), r, out);
	event_counts_reset(v);
	take(v, r);
}
