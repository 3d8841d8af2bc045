/* SPDX-License-Identifier: Apache-2.0 */
/* The engine through its verbs: what is made, what is left, what happens when
 * somebody is killed.
 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/spec/vnf_load.h"
#include "runtime/vnf.h"
#include "tests/support/support.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLEEP   "\"process\":{\"args\":[\"/bin/sleep\",\"1000\"]}"
#define SH(cmd) "\"process\":{\"args\":[\"/bin/sh\",\"-c\",\"" cmd "\"]}"

static struct vnf *load(const char *text)
{
	scoped_strs struct strs problems = { 0 };
	struct vnf *v = NULL;

	if (vnf_load_bytes(text, strlen(text), "test", "/", &v, &problems) < 0)
		cr_assert_fail("%s", problems.v[0]);
	return v;
}

static int start(const char *text, struct err *e)
{
	struct vnf *v = load(text);
	int r = vnf_start(host_root(), v, NULL, e);

	vnf_free(v);
	return r;
}

static void must_start(const char *text)
{
	struct err e = { 0 };

	cr_assert_eq(start(text, &e), 0, "%s: %s", e.text, strerror(e.code));
}

static void must_delete(const char *name)
{
	struct err e = { 0 };

	cr_assert_eq(vnf_delete(host_root(), name, true, &e), 0, "%s: %s", e.text,
		     strerror(e.code));
}

static struct vnf_view look(const char *name)
{
	struct vnf_view v;
	struct err e = { 0 };

	cr_assert_eq(vnf_look(host_root(), name, &v, &e), 0, "%s: %s", e.text, strerror(e.code));
	return v;
}

static enum status status_of(const char *name)
{
	struct vnf_view v = look(name);
	enum status s = v.rec.status;

	vnf_view_drop(&v);
	return s;
}

static pid_t init_of(const char *name)
{
	struct vnf_view v = look(name);
	pid_t pid = v.rec.init.pid;

	vnf_view_drop(&v);
	return pid;
}

static pid_t supervisor_of(const char *name)
{
	struct vnf_view v = look(name);
	pid_t pid = v.rec.supervisor.pid;

	vnf_view_drop(&v);
	return pid;
}

static char *proc_text(pid_t pid, const char *file)
{
	scoped_str char *path = str_printf("/proc/%d/%s", pid, file);

	return read_text(path);
}

static void kill_and_wait(pid_t pid)
{
	struct err e = { 0 };
	struct proc_id p;

	cr_assert_eq(proc_id_of(pid, &p, &e), 0, "%s", e.text);
	kill(pid, SIGKILL);
	cr_assert(wait_until(!proc_id_alive(&p), 5000));
}

static pid_t payload_of(const char *name)
{
	pid_t init = init_of(name);
	scoped_str char *file = str_printf("task/%d/children", init);
	scoped_str char *children = proc_text(init, file);

	return (pid_t)strtol(children, NULL, 10);
}

static char *log_of(const char *name)
{
	scoped_str char *path = str_printf("%s/%s/log", host_root(), name);

	return read_text(path);
}

static bool log_has(const char *name, const char *text)
{
	scoped_str char *log = log_of(name);

	return strstr(log, text) != NULL;
}

static bool same_ns(pid_t pid, const char *ns)
{
	scoped_str char *path = str_printf("/proc/%d/ns/%s", pid, ns);
	scoped_str char *own = str_printf("/proc/self/ns/%s", ns);
	struct stat a, b;

	cr_assert(stat(path, &a) == 0 && stat(own, &b) == 0, "%s", path);
	return a.st_ino == b.st_ino;
}

/* Take it afresh; true: no difference. */
static bool census_equal(struct strs *now, const struct strs *before)
{
	strs_free(now);
	census_take(now);
	scoped_str char *diff = census_diff(before, now);
	return !diff;
}

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

HostTest(engine, a_start_whose_caller_goes_away_is_undone)
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

HostTest(engine, a_start_whose_maker_is_killed_is_undone_by_the_next_verb)
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

HostTest(engine, a_killed_supervisor_takes_nothing_down_and_is_replaced)
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

HostTest(engine, an_end_that_nobody_saw_is_known_all_the_same)
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

/* The maker is killed after ever longer times; whatever it had made by then
 * goes with the next verb. */
HostTest(engine, a_maker_may_be_killed_at_any_moment)
{
	struct vnf *v = load("{\"name\":\"a\",\"resources\":{\"pids\":50},\"interfaces\":[{"
			     "\"name\":\"eth0\","
			     "\"bridge\":\"br0\",\"ipv4\":[\"10.0.0.1/24\"]}]," SLEEP "}");
	scoped_strs struct strs before = { 0 };
	struct err e = { 0 };

	must_start("{\"name\":\"b\"," SLEEP "}"); /* the root's own folders come with the first */
	must_delete("b");
	census_take(&before);
	for (int i = 0; i < 40; i++) {
		scoped_strs struct strs after = { 0 };
		scoped_fd int ticket = -1;

		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		cr_assert_eq(vnf_start_begin(host_root(), v, &ticket, &e), 0);
		scoped_str char *file = str_printf("task/%d/children", getpid());
		scoped_str char *children = proc_text(getpid(), file);
		usleep((useconds_t)i * 700);
		kill_and_wait((pid_t)strtol(children, NULL, 10));
		cr_expect(vnf_delete(host_root(), "a", true, &e) == 0 || e.code == ENOENT, "%s",
			  e.text);
		cr_expect(wait_until((waitpid(-1, NULL, WNOHANG), census_equal(&after, &before)),
				     3000),
			  "after %d us: %s", i * 700, census_diff(&before, &after));
	}
	vnf_free(v);
}
