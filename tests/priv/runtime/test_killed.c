/* SPDX-License-Identifier: Apache-2.0 */
/* Makers, callers, supervisors that die: nothing leaks, nothing goes down with them. */
#include "tests/priv/runtime/engine_test.h"

#include <errno.h>
#include <net/if.h>
#include <sys/wait.h>
#include <unistd.h>

HostTest(killed, a_start_whose_caller_goes_away_is_undone)
{
	struct vnf *v = load("{\"name\":\"a\",\"setup\":[[\"/bin/sleep\",\"100\"]]," SLEEP "}");
	struct err e = { 0 };
	int ticket = -1;

	cr_assert_eq(vnf_start_begin(host_root(), v, &ticket, &e), 0);
	scoped_str char *state = str_printf("%s/a/state.json", host_root());
	cr_assert(wait_until(access(state, F_OK) == 0, 5000));
	fd_drop(&ticket);
	cr_expect(wait_until(access(state, F_OK) != 0, 10000), "it went on");
	vnf_free(v);
}

HostTest(killed, a_start_whose_maker_is_killed_is_undone_by_the_next_verb)
{
	struct vnf *v =
		load("{\"name\":\"a\",\"interfaces\":[{\"name\":\"eth0\",\"bridge\":\"br0\"}],"
		     "\"setup\":[[\"/bin/sleep\",\"100\"]]," SLEEP "}");
	struct vnf_view view;
	struct err e = { 0 };
	scoped_fd int ticket = -1;

	cr_assert_eq(vnf_start_begin(host_root(), v, &ticket, &e), 0);
	cr_assert(wait_until(if_nametoindex("br0") > 0, 5000));
	kill_and_wait(supervisor_of("a"));
	cr_expect_eq(vnf_start_wait(&ticket, NULL, &e), -1);
	cr_expect_eq(vnf_look(host_root(), "a", &view, &e), -1);
	cr_expect_eq(e.code, ENOENT, "%s", e.text);
	vnf_free(v);
}

HostTest(killed, a_killed_supervisor_takes_nothing_down_and_is_replaced)
{
	must_start("{\"name\":\"a\"," SH("while :; do echo tick; sleep 0.1; done") "}");
	pid_t init = init_of("a"), supervisor = supervisor_of("a");
	cr_assert(wait_until(log_has("a", "tick"), 5000));
	kill_and_wait(supervisor);

	struct vnf_view v = look("a");
	cr_expect(v.supervisor_restarted);
	cr_expect_eq(v.rec.status, STATUS_RUNNING);
	cr_expect_eq(v.rec.init.pid, init);
	cr_expect_neq(v.rec.supervisor.pid, supervisor);
	vnf_view_drop(&v);
	v = look("a");
	cr_expect(!v.supervisor_restarted, "one is enough");
	vnf_view_drop(&v);
	must_delete("a");
}

HostTest(killed, an_end_that_nobody_saw_is_known_all_the_same)
{
	must_start("{\"name\":\"a\"," SH(
		"trap 'exit 7' USR1; echo up; while :; do sleep 0.05; done") "}");
	cr_assert(wait_until(log_has("a", "up"), 5000));
	pid_t supervisor = supervisor_of("a"), payload = payload_of("a"), init = init_of("a");
	struct err e = { 0 };
	struct proc_id p;

	kill_and_wait(supervisor);
	cr_assert_eq(proc_id_of(init, &p, &e), 0);
	kill(payload, SIGUSR1);
	cr_assert(wait_until(!proc_id_alive(&p), 5000));
	struct vnf_view v = look("a");
	cr_expect_eq(v.rec.status, STATUS_STOPPED);
	cr_expect(v.rec.has_ended && !v.rec.end.unknown);
	cr_expect_eq(v.rec.end.exit_code, 7);
	vnf_view_drop(&v);
	must_delete("a");
}

HostTest(killed, a_maker_may_be_killed_at_any_moment)
{
	kill_makers(
		"{\"name\":\"a\",\"resources\":{\"pids\":50},\"interfaces\":[{\"name\":\"eth0\","
		"\"bridge\":\"br0\",\"ipv4\":[\"10.0.0.1/24\"]}]," SLEEP "}",
		40, 700);
}

HostTest(killed, the_next_supervisor_restarts_it_too)
{
	must_start(
		"{\"name\":\"a\",\"restart\":{\"policy\":\"always\",\"backoff\":\"100ms\"}," SLEEP
		"}");
	pid_t init = init_of("a");
	kill_and_wait(supervisor_of("a"));
	cr_assert_eq(init_of("a"), init);
	kill_and_wait(init);
	cr_expect(wait_until(status_of("a") == STATUS_RUNNING && init_of("a") != init, 3000));
	struct vnf_view v = look("a");
	cr_expect_eq(v.rec.warnings.n, 0, "%s", v.rec.warnings.v[0]);
	vnf_view_drop(&v);
	must_delete("a");
}

/* Fails again and again; once SLOW is there its setup does not come to an end. */
static char *slow_vnf(const char *flags)
{
	make_dirs(flags);
	return str_printf(
		"{\"name\":\"a\",\"mounts\":[{\"type\":\"bind\",\"source\":\"%s\",\"target\":"
		"\"/flags\"}],\"interfaces\":[{\"name\":\"eth0\",\"bridge\":\"br0\"}],"
		"\"setup\":[[\"/bin/sh\",\"-c\",\"test -e /flags/slow && sleep 100; true\"]],"
		"\"restart\":{\"policy\":\"always\",\"backoff\":\"100ms\"},"
		"\"process\":{\"args\":[\"/bin/sh\",\"-c\",\"until test -e /flags/slow; do sleep "
		"0.02; done\"]}}",
		flags);
}

static pid_t child_of(pid_t parent)
{
	scoped_str char *file = str_printf("task/%d/children", parent);
	scoped_str char *children = proc_text(parent, file);

	return (pid_t)strtol(children, NULL, 10);
}

/* Until the setup of its restart hangs; that init. */
static pid_t await_hanging_restart(const char *flags)
{
	scoped_str char *slow = str_printf("%s/slow", flags);
	pid_t supervisor = supervisor_of("a"), first = init_of("a"), now = 0;

	write_text(slow, "%s", "x");
	cr_assert(wait_until(status_of("a") == STATUS_RESTARTING, 5000));
	cr_assert(wait_until((now = child_of(supervisor)) > 0 && now != first && child_of(now) > 0,
			     5000));
	unlink(slow);
	return now;
}

HostTest(killed, a_supervisor_may_be_killed_in_the_middle_of_a_restart)
{
	scoped_str char *flags = str_printf("%s/.flags", host_root());
	scoped_str char *vnf = slow_vnf(flags);
	struct err e = { 0 };
	struct proc_id init;

	must_start(vnf);
	cr_assert_eq(proc_id_of(await_hanging_restart(flags), &init, &e), 0);
	kill_and_wait(supervisor_of("a"));
	cr_expect(wait_until(status_of("a") == STATUS_RUNNING, 5000));
	cr_expect(!proc_id_alive(&init), "two of them at once");
	must_delete("a");
	must_run("rmdir", flags);
}

HostTest(killed, stop_ends_a_restart_whose_setup_hangs)
{
	scoped_str char *flags = str_printf("%s/.flags", host_root());
	scoped_str char *vnf = slow_vnf(flags);
	const struct vnf_stop how = { .timeout_ms = -1 };
	struct err e = { 0 };
	int64_t began;

	must_start(vnf);
	await_hanging_restart(flags);
	began = now_ms();
	cr_expect_eq(vnf_stop(host_root(), "a", &how, &e), 0, "%s", e.text);
	cr_expect_lt(now_ms() - began, 10000);
	cr_expect_eq(status_of("a"), STATUS_STOPPED);
	must_delete("a");
	must_run("rmdir", flags);
}

HostTest(killed, a_start_whose_setup_hangs_can_be_stopped_and_deleted)
{
	struct vnf *v = load("{\"name\":\"a\",\"setup\":[[\"/bin/sleep\",\"100\"]]," SLEEP "}");
	const struct vnf_stop how = { .timeout_ms = -1 };
	scoped_str char *state = str_printf("%s/a/state.json", host_root());

	for (int forced = 0; forced < 2; forced++) {
		struct err e = { 0 };
		int ticket = -1, r;

		cr_assert_eq(vnf_start_begin(host_root(), v, &ticket, &e), 0);
		cr_assert(wait_until(access(state, F_OK) == 0, 5000));
		r = forced ? vnf_delete(host_root(), "a", true, &e)
			   : vnf_stop(host_root(), "a", &how, &e);
		cr_expect_eq(r, 0, "%d: %s", forced, e.text);
		cr_expect_eq(vnf_start_wait(&ticket, NULL, &e), -1);
		cr_expect(strstr(e.text, "told to stop"), "%s", e.text);
		cr_expect(access(state, F_OK) != 0);
	}
	vnf_free(v);
}

HostTest(killed, what_ran_before_a_reboot_is_stopped)
{
	must_start(
		"{\"name\":\"a\",\"restart\":{\"policy\":\"always\"},\"interfaces\":[{\"name\":\"eth0\","
		"\"bridge\":\"br0\"}]," SLEEP "}");
	scoped_str char *state = str_printf("%s/a/state.json", host_root());
	pid_t init = init_of("a");

	/* Nothing but the state root outlives a boot. */
	kill_and_wait(supervisor_of("a"));
	kill_and_wait(init);
	must_run("sed", "-i", "s/\"boot_id\":\"[^\"]*\"/\"boot_id\":\"another\"/", state);
	must_run("ip", "link", "del", "br0");
	struct vnf_view v = look("a");
	cr_expect_eq(v.rec.status, STATUS_STOPPED);
	cr_expect(v.rec.end.unknown);
	vnf_view_drop(&v);
	must_start("{\"name\":\"a\"," SLEEP "}");
	must_delete("a");
}

HostTest(killed, a_look_does_not_wait_for_a_stop)
{
	must_start(
		"{\"name\":\"a\"," SH("trap '' TERM; echo up; while :; do sleep 0.05; done") "}");
	cr_assert(wait_until(log_has("a", "up"), 5000));
	kill_and_wait(supervisor_of("a"));

	pid_t stopper = fork();
	if (stopper == 0) {
		const struct vnf_stop how = { .timeout_ms = 3000 };
		struct err e = { 0 };

		_exit(vnf_stop(host_root(), "a", &how, &e) < 0);
	}
	sleep_ms(300);
	int64_t before = now_ms();
	struct vnf_view v = look("a");
	cr_expect_lt(now_ms() - before, 1000);
	cr_expect(!v.supervisor_restarted);
	vnf_view_drop(&v);
	cr_expect_eq(waitpid(stopper, NULL, 0), stopper);
	cr_expect_eq(status_of("a"), STATUS_STOPPED);
	must_delete("a");
}
