/* SPDX-License-Identifier: Apache-2.0 */
/* The engine through its verbs: what is made, and what is left. */
#include "tests/priv/runtime/engine_test.h"

#include <errno.h>
#include <unistd.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>

HostTest(engine, a_vnf_lives_in_namespaces_of_its_own_and_stops_without_trace)
{
	static const char *const all[] = { "pid", "mnt",    "net",  "uts",
					   "ipc", "cgroup", "time", "user" };
	const struct vnf_stop how = { .timeout_ms = -1 };
	struct err e = { 0 };

	must_start("{\"name\":\"a\"," SLEEP "}");
	cr_expect_eq(status_of("a"), STATUS_RUNNING);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		cr_expect(!same_ns(payload_of("a"), all[i]), "shares the host's %s namespace",
			  all[i]);
	cr_expect_eq(vnf_stop(host_root(), "a", &how, &e), 0, "%s", e.text);
	cr_expect_eq(status_of("a"), STATUS_STOPPED);
	cr_expect_eq(vnf_stop(host_root(), "a", &how, &e), 0, "stopping twice: %s", e.text);
	must_delete("a");
	cr_expect_eq(vnf_delete(host_root(), "a", true, &e), -1);
	cr_expect_str_eq(e.text, "container does not exist");
}

HostTest(engine, starting_what_runs_changes_nothing)
{
	struct err e = { 0 };

	must_start("{\"name\":\"a\"," SLEEP "}");
	pid_t before = init_of("a");
	cr_expect_eq(start("{\"name\":\"a\"," SLEEP "}", &e), -1);
	cr_expect_eq(e.code, EEXIST);
	cr_expect(strstr(e.text, "already running"), "%s", e.text);
	cr_expect_eq(init_of("a"), before);
	must_delete("a");
}

/* The census of HostTest is the point: nothing is left by any of them. */
HostTest(engine, failure_at_any_step_says_why_and_leaves_nothing)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{ "{\"name\":\"a\",\"rootfs\":{\"path\":\"/no/such/rootfs\"}," SLEEP "}",
		  "/no/such/rootfs" },
		{ "{\"name\":\"a\",\"process\":{\"args\":[\"/no/such/program\"]}}",
		  "exec /no/such/program" },
		{ "{\"name\":\"a\",\"process\":{\"args\":[\"nosuchprogram\"]}}",
		  "exec nosuchprogram: not found in PATH" },
		{ "{\"name\":\"a\",\"process\":{\"args\":[\"/etc/hosts\"]}}", "exec /etc/hosts" },
		{ "{\"name\":\"a\",\"setup\":[[\"/bin/true\"],[\"/bin/sh\",\"-c\",\"echo "
		  "alas >&2; exit 3\"]]," SLEEP "}",
		  "setup: command 2: /bin/sh exited with 3, saying: alas" },
		{ "{\"name\":\"a\",\"sysctl\":{\"net.ipv4.nonsense\":\"1\"}," SLEEP "}",
		  "net.ipv4.nonsense" },
		{ "{\"name\":\"a\",\"sysctl\":{\"kernel.pid_max\":\"100\"}," SLEEP "}",
		  "kernel.pid_max" },
		{ "{\"name\":\"a\",\"interfaces\":[{\"name\":\"eth0\",\"bridge\":\"br-"
		  "no\"}],"
		  "\"links\":[{\"bridge\":\"br-no\",\"create\":false}]," SLEEP "}",
		  "br-no" },
		{ "{\"name\":\"a\",\"interfaces\":[{\"name\":\"eth0\",\"bridge\":\"br0\"},"
		  "{\"name\":\"eth1\",\"bridge\":\"nobridge\"}]," SLEEP "}",
		  "no bridge" },
		{ "{\"name\":\"a\",\"process\":{\"args\":[\"/bin/"
		  "true\"],\"user\":\"nosuchuser\"}}",
		  "nosuchuser" },
		{ "{\"name\":\"a\",\"process\":{\"args\":[\"/bin/true\"],\"cwd\":\"/no/"
		  "where\"}}",
		  "/no/where" },
		{ "{\"name\":\"a\",\"resources\":{\"cpu\":{\"cpus\":\"900\"}}," SLEEP "}", "900" },
	};

	must_run("ip", "link", "add", "nobridge", "type", "veth", "peer", "name", "nobridge2");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		scoped_strs struct strs before = { 0 }, after = { 0 };
		struct err e = { 0 };

		census_take(&before);
		cr_expect_eq(start(bad[i].text, &e), -1, "%s started", bad[i].text);
		cr_expect(strstr(e.text, bad[i].error), "%s: said '%s'", bad[i].text, e.text);
		/* The first start of all makes the root's own folders. */
		bool clean = wait_until(census_equal(&after, &before), 2000);
		scoped_str char *diff = census_diff(&before, &after);
		if (i > 0)
			cr_expect(clean, "%s left %s", bad[i].text, diff);
	}
	must_run("ip", "link", "del", "nobridge");
}

HostTest(engine, restarts_on_failure_up_to_the_limit_under_the_same_names)
{
	must_start("{\"name\":\"a\",\"interfaces\":[{\"name\":\"eth0\",\"bridge\":"
		   "\"br0\",\"ipv4\":[\"10.0.0.1/"
		   "24\"]}],\"restart\":{\"policy\":\"on-failure\",\"max_retries\":2,"
		   "\"backoff\":\"100ms\"}," SH("ip -o addr show eth0; exit 5") "}");
	cr_assert(wait_until(status_of("a") == STATUS_STOPPED, 15000));
	struct vnf_view v = look("a");
	cr_expect_eq(v.rec.restarts, 2);
	cr_expect_eq(v.rec.end.exit_code, 5);
	vnf_view_drop(&v);
	scoped_str char *log = log_of("a");
	size_t runs = 0;
	for (const char *at = log; (at = strstr(at, "inet 10.0.0.1/24")); at++)
		runs++;
	cr_expect_eq(runs, 3, "%s", log);
	must_delete("a");
}

HostTest(engine, the_process_is_confined_and_holds_nothing_of_the_host)
{
	must_start("{\"name\":\"a\",\"capabilities\":[\"NET_ADMIN\"]," SH(
		"ls -l /proc/self/fd; grep -E '^(Cap|NoNew|Seccomp:)' /proc/self/status; "
		"echo done; exec sleep 1000") "}");
	cr_assert(wait_until(log_has("a", "done"), 5000));
	scoped_str char *log = log_of("a");
	cr_expect(strstr(log, "CapEff:\t0000000000001000"), "%s", log);
	cr_expect(strstr(log, "CapBnd:\t0000000000001000"), "%s", log);
	cr_expect(strstr(log, "NoNewPrivs:\t1"), "%s", log);
	cr_expect(strstr(log, "Seccomp:\t2"), "%s", log);
	/* 0, 1, 2, and 3 which ls itself has open on the directory. */
	cr_expect(strstr(log, " 3 -> /proc/"), "%s", log);
	cr_expect(!strstr(log, " 4 -> "), "%s", log);
	cr_expect(strstr(log, " 0 -> /dev/null"), "%s", log);

	scoped_str char *status = proc_text(init_of("a"), "status");
	cr_expect(strstr(status, "CapEff:\t0000000000000020"), "PID 1: %s", status);
	cr_expect(strstr(status, "Seccomp:\t2"), "PID 1: %s", status);
	must_delete("a");
}

/* Its number is told to whoever holds it. */
HostTest(engine, the_callers_session_keyring_stays_outside)
{
	long ours = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	scoped_str char *code = str_printf("print syscall(%d, %d, %d, 0), qq(\\n)", SYS_keyctl,
					   KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING);
	scoped_str char *vnf = str_printf(
		"{\"name\":\"a\",\"seccomp\":\"unconfined\"," SH("perl -e '%s'; sleep 1000") "}",
		code);

	cr_assert_gt(ours, 0, "%s", strerror(errno));
	must_start(vnf);
	cr_assert(wait_until(log_has("a", " F "), 5000));
	scoped_str char *log = log_of("a");
	scoped_str char *number = str_printf(" F %ld", ours);
	cr_expect(!strstr(log, number), "%s", log);
	scoped_run struct run in = run_nfrun("exec", "a", "perl", "-e", code);
	cr_expect_eq(in.status, 0, "%s", in.err);
	cr_expect_neq(strtol(in.out, NULL, 10), ours);
	must_delete("a");
}

HostTest(engine, a_vnf_without_a_process_is_held_by_pid_1)
{
	const struct vnf_stop how = { .timeout_ms = 5000 };
	struct err e = { 0 };

	must_start("{\"name\":\"a\",\"setup\":[[\"/bin/true\"]]}");
	cr_expect_eq(status_of("a"), STATUS_RUNNING);
	int64_t before = now_ms();
	cr_expect_eq(vnf_stop(host_root(), "a", &how, &e), 0);
	cr_expect_lt(now_ms() - before, 4000, "it had to be killed");
	struct vnf_view v = look("a");
	cr_expect_eq(v.rec.end.exit_code, 0);
	vnf_view_drop(&v);
	must_delete("a");
}

HostTest(engine, pid_1_passes_signals_on_and_reaps_orphans)
{
	const struct vnf_stop how = { .signal = SIGUSR1, .timeout_ms = 5000 };
	struct err e = { 0 };

	must_start(
		"{\"name\":\"a\"," SH("trap 'exit 42' USR1; (sleep 0.01 & sleep 0.02 &); echo up; "
				      "while :; do sleep 0.05; done") "}");
	cr_assert(wait_until(log_has("a", "up"), 5000));
	pid_t init = init_of("a");
	sleep_ms(200);
	scoped_str char *file = str_printf("task/%d/children", init);
	scoped_str char *children = proc_text(init, file);
	cr_expect_null(strchr(strchr(children, ' ') + 1, ' '), "zombies: '%s'", children);
	cr_expect_eq(vnf_stop(host_root(), "a", &how, &e), 0);
	struct vnf_view v = look("a");
	cr_expect_eq(v.rec.end.exit_code, 42);
	vnf_view_drop(&v);
	must_delete("a");
}

HostTest(engine, each_vnf_has_ids_of_its_own_and_keeps_them)
{
	const struct vnf_stop how = { .timeout_ms = 0 };
	struct err e = { 0 };

	must_start("{\"name\":\"a\"," SLEEP "}");
	must_start("{\"name\":\"b\"," SLEEP "}");
	struct vnf_view a = look("a"), b = look("b");
	cr_expect_eq(a.rec.id_size, 65536);
	cr_expect_neq(a.rec.id_base, b.rec.id_base);
	uint32_t base = a.rec.id_base;
	vnf_view_drop(&a);
	vnf_view_drop(&b);
	cr_expect_eq(vnf_stop(host_root(), "a", &how, &e), 0);
	must_start("{\"name\":\"a\"," SLEEP "}");
	a = look("a");
	cr_expect_eq(a.rec.id_base, base);
	vnf_view_drop(&a);
	must_delete("a");
	must_delete("b");
}

HostTest(engine, an_address_on_a_link_belongs_to_one_running_vnf)
{
#define AT(name)                                                                                   \
	"{\"name\":\"" name "\",\"interfaces\":[{\"name\":\"eth0\",\"bridge\":"                    \
	"\"br0\",\"ipv4\":[\"10.0.0.1/24\"]}]," SLEEP "}"
	const struct vnf_stop how = { .timeout_ms = 0 };
	struct err e = { 0 };

	must_start(AT("a"));
	cr_expect_eq(start(AT("b"), &e), -1);
	cr_expect(strstr(e.text, "10.0.0.1 is in use on bridge br0 by VNF 'a'"), "%s", e.text);
	cr_expect_eq(vnf_stop(host_root(), "a", &how, &e), 0);
	must_start(AT("b"));
	must_delete("a");
	must_delete("b");
}

HostTest(engine, a_name_that_is_being_started_is_refused_at_once)
{
	struct vnf *v = load("{\"name\":\"a\",\"setup\":[[\"/bin/sleep\",\"100\"]]," SLEEP "}");
	struct err e = { 0 };
	scoped_fd int first = -1;
	int second = -1;

	cr_assert_eq(vnf_start_begin(host_root(), v, &first, &e), 0);
	scoped_str char *state = str_printf("%s/a/state.json", host_root());
	cr_assert(wait_until(access(state, F_OK) == 0, 5000));
	cr_expect_eq(vnf_start_begin(host_root(), v, &second, &e), -1);
	cr_expect_eq(e.code, EEXIST);
	cr_expect(strstr(e.text, "is being started"), "%s", e.text);
	fd_drop(&first);
	cr_expect(wait_until(access(state, F_OK) != 0, 10000));
	vnf_free(v);
}
