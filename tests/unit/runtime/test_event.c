/* SPDX-License-Identifier: Apache-2.0 */
/* From changes of the record, of counters and of links to what is told of them. */
#include "runtime/event_parts.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

/* All that has been told since the last look: "starting started exited exit_code=3 ..." */
static char said[4000];

static void hear(const struct event *ev, void *arg)
{
	size_t n = strlen(said);

	(void)arg;
	n += (size_t)snprintf(said + n, sizeof said - n, "%s%s", n ? " " : "", ev->type);
	for (size_t i = 0; i < ev->n_data; i++) {
		const struct event_member *m = &ev->data[i];

		if (m->kind == EVENT_TEXT)
			n += (size_t)snprintf(said + n, sizeof said - n, " %s=%s", m->key, m->text);
		else if (m->kind != EVENT_NULL)
			n += (size_t)snprintf(said + n, sizeof said - n, " %s=%lld", m->key,
					      (long long)m->number);
	}
}

static struct event_out out = { .say = hear, .time = { 1000, 0 }, .ms = 5000 };

static struct event_vnf new_vnf(void)
{
	said[0] = '\0';
	return (struct event_vnf){ .name = strdup("x") };
}

#define expect_said(want)                                                                          \
	do {                                                                                       \
		cr_expect_str_eq(said, want, "told '%s', wanted '%s'", said, want);                \
		said[0] = '\0';                                                                    \
	} while (0)

static struct record a_record(enum status s, pid_t init)
{
	return (struct record){ .vnf = true,
				.status = s,
				.init = { init, 1 },
				.supervisor = { 7, 7 },
				.created = { 1, 0 } };
}

static void end_with(struct record *r, int64_t at, int exit_code, int sig)
{
	r->has_ended = true;
	r->end = (struct record_end){ .exit_code = exit_code,
				      .signal = sig,
				      .time = { .tv_sec = at } };
}

static void tell(struct event_vnf *v, const struct record *r)
{
	event_vnf_record(v, r, 100, &out);
}

static struct event_vnf running(pid_t init)
{
	struct event_vnf v = new_vnf();
	const struct record r = a_record(STATUS_RUNNING, init);

	event_vnf_first(&v, &r, false, &out);
	cr_expect_str_empty(said, "told '%s' of what was there before", said);
	return v;
}

Test(event, a_start)
{
	struct event_vnf v = new_vnf();
	struct record r = a_record(STATUS_CREATING, 0);

	tell(&v, &r);
	expect_said("starting");
	tell(&v, &r); /* the record is saved several times on the way */
	expect_said("");
	r = a_record(STATUS_RUNNING, 10);
	tell(&v, &r);
	expect_said("started kind=vnf pid=10 restarts=0");
	tell(&v, &r);
	expect_said("");
	event_vnf_drop(&v);
}

Test(event, a_start_that_fails)
{
	struct event_vnf v = new_vnf();
	struct record r = a_record(STATUS_CREATING, 0);

	tell(&v, &r);
	event_vnf_record(&v, NULL, -1, &out);
	expect_said("starting start-failed");
	r.created.tv_sec++;
	tell(&v, &r);
	r.status = STATUS_STOPPED;
	tell(&v, &r);
	expect_said("starting start-failed");
	event_vnf_record(&v, NULL, -1, &out);
	expect_said("deleted was=stopped");
	event_vnf_record(&v, NULL, -1, &out);
	expect_said("");
	event_vnf_drop(&v);
}

Test(event, an_end_and_a_restart)
{
	struct event_vnf v = running(10);
	struct record r = a_record(STATUS_RESTARTING, 0);

	end_with(&r, 50, 3, 0);
	tell(&v, &r);
	expect_said("exited exit_code=3 oom_kill=0 unknown=0 restarting restart=1 backoff_ms=100");
	r.init = (struct proc_id){ 11, 2 }; /* saved before its setup */
	r.restarts = 1;
	tell(&v, &r);
	expect_said("");
	r.status = STATUS_RUNNING;
	tell(&v, &r);
	expect_said("restarted kind=vnf pid=11 restarts=1");
	end_with(&r, 60, -1, SIGKILL);
	r.status = STATUS_STOPPED;
	tell(&v, &r);
	expect_said("exited signal=SIGKILL oom_kill=0 unknown=0 stopped");
	event_vnf_drop(&v);
}

/* Whoever reads late sees the newest record only. */
Test(event, an_end_that_was_slept_through)
{
	struct event_vnf v = running(10);
	struct record r = a_record(STATUS_RUNNING, 11);

	end_with(&r, 50, 0, 0);
	r.restarts = 1;
	tell(&v, &r);
	expect_said("exited exit_code=0 oom_kill=0 unknown=0 restarted kind=vnf pid=11 restarts=1");
	event_vnf_drop(&v);
}

Test(event, a_restart_that_fails_is_no_end)
{
	struct event_vnf v = running(10);
	struct record r = a_record(STATUS_RESTARTING, 0);

	end_with(&r, 50, 1, 0);
	tell(&v, &r);
	said[0] = '\0';
	end_with(&r, 51, -1, 0);
	r.end.unknown = true;
	r.restarts = 1;
	tell(&v, &r);
	expect_said("restart-failed restarting restart=2 backoff_ms=100");
	event_vnf_drop(&v);
}

Test(event, another_supervisor)
{
	struct event_vnf v = running(10);
	struct record r = a_record(STATUS_RUNNING, 10);

	event_vnf_supervisor_died(&v, &out);
	r.supervisor = (struct proc_id){ 8, 8 };
	tell(&v, &r);
	expect_said("supervisor-died pid=7 supervisor-started pid=8");
	event_vnf_drop(&v);
}

Test(event, the_present_state_on_demand)
{
	struct event_vnf v = new_vnf();
	struct record r = a_record(STATUS_RUNNING, 10);

	event_vnf_first(&v, &r, true, &out);
	expect_said("running kind=vnf pid=10 restarts=0");
	tell(&v, &r);
	expect_said("");
	event_vnf_drop(&v);
}

Test(event, an_oci_container)
{
	struct event_vnf v = new_vnf();
	struct record r = a_record(STATUS_CREATING, 0);

	r.vnf = false;
	tell(&v, &r);
	r.init.pid = 10;
	r.status = STATUS_CREATED;
	tell(&v, &r);
	r.status = STATUS_RUNNING;
	tell(&v, &r);
	expect_said("starting created kind=oci pid=10 started kind=oci pid=10");
	event_vnf_ended(&v, 3 << 8, &out);
	expect_said("exited exit_code=3 oom_kill=0 unknown=0");
	event_vnf_ended(&v, SIGTERM, &out);
	expect_said("exited signal=SIGTERM oom_kill=0 unknown=0");
	event_vnf_ended(&v, -1, &out);
	expect_said("exited oom_kill=0 unknown=1");
	event_vnf_drop(&v);
}

/* --- counters --- */

static int64_t count_at(struct event_vnf *v, int64_t ms, const struct cgroup_counts *c)
{
	out.ms = ms;
	return event_vnf_counts(v, c, &out);
}

Test(event, out_of_memory)
{
	struct event_vnf v = running(10);
	struct cgroup_counts c = { .ooms = 1 };

	cr_expect_eq(count_at(&v, 0, &c), EVENT_OOM_LOOK_MS, "nobody looks for who is killed");
	expect_said("");
	c.oom_kills = 2;
	cr_expect_eq(count_at(&v, 20, &c), -1);
	expect_said("oom kills=2 total_kills=2");
	c.ooms = 2; /* of the same spell */
	cr_expect_eq(count_at(&v, 30, &c), -1);
	expect_said("");
	event_vnf_drop(&v);
}

Test(event, out_of_memory_without_a_victim)
{
	struct event_vnf v = running(10);
	struct cgroup_counts c = { .ooms = CGROUP_UNSET };

	out.ms = 0;
	event_vnf_oom(&v, &out); /* v1's eventfd */
	cr_expect_eq(count_at(&v, 100, &c), EVENT_OOM_LOOK_MS);
	expect_said("");
	cr_expect_eq(count_at(&v, EVENT_OOM_MS, &c), -1);
	expect_said("oom kills=0 total_kills=0");
	event_vnf_drop(&v);
}

/* The group may be gone before its counter could be read. */
Test(event, an_end_for_want_of_memory_tells_of_the_kill_first_and_once)
{
	struct event_vnf v = running(10);
	struct record r = a_record(STATUS_STOPPED, 0);
	struct cgroup_counts c = { .oom_kills = 1 };

	end_with(&r, 50, -1, SIGKILL);
	r.end.oom = true;
	r.oom_kills = 1;
	tell(&v, &r);
	expect_said("oom kills=1 total_kills=1 exited signal=SIGKILL oom_kill=1 unknown=0 stopped");

	struct event_vnf w = running(10);
	count_at(&w, 0, &c);
	tell(&w, &r);
	expect_said("oom kills=1 total_kills=1 exited signal=SIGKILL oom_kill=1 unknown=0 stopped");
	event_vnf_drop(&v);
	event_vnf_drop(&w);
}

Test(event, throttling_has_a_beginning_and_an_end)
{
	struct event_vnf v = running(10);
	struct cgroup_counts c = { .periods = 10, .throttled = 4, .throttled_us = 900 };

	cr_expect_eq(count_at(&v, 100, &c), EVENT_SPELL_MS);
	expect_said("throttled count=4 periods=10 throttled_us=900");
	c = (struct cgroup_counts){ .periods = 20, .throttled = 9, .throttled_us = 2000 };
	cr_expect_eq(count_at(&v, 1100, &c), EVENT_SPELL_MS);
	cr_expect_eq(count_at(&v, 1200, &c), EVENT_SPELL_MS);
	expect_said("");
	cr_expect_eq(count_at(&v, 2100, &c), -1);
	expect_said("throttled-end count=9 periods=20 throttled_us=2000 duration_ms=1000");
	c.throttled++;
	count_at(&v, 9000, &c);
	expect_said("throttled count=1 periods=0 throttled_us=0");
	event_vnf_drop(&v);
}

Test(event, what_was_before_a_new_start_does_not_count)
{
	struct event_vnf v = running(10);
	struct record r = a_record(STATUS_CREATING, 0);
	struct cgroup_counts c = { .oom_kills = 5, .pids_max = 9 };

	v.counts = c;
	r.created.tv_sec++;
	tell(&v, &r);
	said[0] = '\0';
	c = (struct cgroup_counts){ .oom_kills = 1, .pids_max = 2, .memory_high = CGROUP_UNSET };
	count_at(&v, 0, &c);
	expect_said("oom kills=1 total_kills=1 pids-max count=2");
	event_vnf_drop(&v);
}

/* --- links --- */

Test(event, links)
{
	struct event_vnf v = running(10);
	struct event_link l = { .name = "eth0", .host_name = "x.1" };
	struct port_link is = { .up = true, .carrier = true, .bridge = "br0", .mtu = 1500 };

	event_vnf_link(&v, &l, &is, &out);
	expect_said("");
	is.up = is.carrier = false;
	event_vnf_link(&v, &l, &is, &out);
	expect_said("link-down interface=eth0 host_name=x.1 up=0 carrier=0 bridge=br0 mtu=1500");
	is.up = true;
	event_vnf_link(&v, &l, &is, &out);
	expect_said("link-changed interface=eth0 host_name=x.1 up=1 carrier=0 bridge=br0 mtu=1500");
	is.carrier = true;
	event_vnf_link(&v, &l, &is, &out);
	expect_said("link-up interface=eth0 host_name=x.1 up=1 carrier=1 bridge=br0 mtu=1500");
	is.bridge[0] = '\0';
	event_vnf_link(&v, &l, &is, &out);
	expect_said("link-changed interface=eth0 host_name=x.1 up=1 carrier=1 mtu=1500");
	event_vnf_link(&v, &l, NULL, &out);
	event_vnf_link(&v, &l, NULL, &out);
	expect_said("link-removed interface=eth0 host_name=x.1");
	event_vnf_drop(&v);
}

Test(event, a_line)
{
	struct event ev = event_new(&out, "restarting", "x");

	event_add_count(&ev, "backoff_ms", CGROUP_UNSET);
	event_add_text(&ev, "why", "a \"b\"");
	event_add_bool(&ev, "yes", true);
	char *line = event_line(&ev);
	cr_expect_str_eq(line, "{\"time\":\"1970-01-01T00:16:40.000Z\",\"type\":\"restarting\","
			       "\"name\":\"x\",\"data\":{\"backoff_ms\":null,"
			       "\"why\":\"a \\\"b\\\"\",\"yes\":true}}\n");
	free(line);
}
