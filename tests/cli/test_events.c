/* SPDX-License-Identifier: Apache-2.0 */
/* What `nfrun events` tells, and how soon. */
#include "tests/cli/bundle.h"
#include "tests/cli/cli.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum {
	SOON_MS = 1000, /* from cause to line */
	PSI_MS = 5000   /* without CAP_SYS_RESOURCE the kernel looks every 2 s */
};

struct listener {
	pid_t pid;
	int out;
};

/* It is at work when it answers: a name that is made is told of. */
static void await_ready(const struct listener *l);

static pid_t spawn(int out, const char *arg1, const char *arg2)
{
	pid_t pid = fork();

	if (pid == 0) {
		dup2(out, STDOUT_FILENO);
		execl(nfrun_path(), "nfrun", "events", arg1, arg2, NULL);
		_exit(127);
	}
	return pid;
}

static struct listener listen_to(const char *arg1, const char *arg2)
{
	struct listener l = { .out = memfd_create("events", MFD_CLOEXEC) };

	l.pid = spawn(l.out, arg1, arg2);
	await_ready(&l);
	return l;
}

static char *heard(const struct listener *l)
{
	struct stat st;

	cr_assert_eq(fstat(l->out, &st), 0);
	char *text = mem_alloc((size_t)st.st_size + 1);
	cr_assert_geq(pread(l->out, text, (size_t)st.st_size, 0), 0);
	return text;
}

static int times(const struct listener *l, const char *type, const char *name)
{
	scoped_str char *text = heard(l);
	scoped_str char *line = str_printf("\"type\":\"%s\",\"name\":\"%s\"", type, name);
	int n = 0;

	for (const char *p = text; (p = strstr(p, line)); p++)
		n++;
	return n;
}

/* The data of the last event of TYPE has PART in it. */
static bool last_has(const struct listener *l, const char *type, const char *name, const char *part)
{
	scoped_str char *text = heard(l);
	scoped_str char *line = str_printf("\"type\":\"%s\",\"name\":\"%s\"", type, name);
	char *last = NULL;

	for (char *p = text; (p = strstr(p, line)); p++)
		last = p;
	if (!last)
		return false;
	last[strcspn(last, "\n")] = '\0';
	return has(last, part);
}

#define expect_told(l, type, name, n, within)                                                      \
	do {                                                                                       \
		bool told_ = wait_until(times(l, type, name) >= (n), within);                      \
		scoped_str char *all_ = heard(l);                                                  \
		cr_assert(told_, "no '%s' of %s within %d ms in:\n%s", type, name, (int)(within),  \
			  all_);                                                                   \
	} while (0)
#define expect_data(l, type, name, part)                                                           \
	do {                                                                                       \
		scoped_str char *all_ = heard(l);                                                  \
		cr_expect(last_has(l, type, name, part), "'%s' of %s says nothing of %s in:\n%s",  \
			  type, name, part, all_);                                                 \
	} while (0)

static void end_listening(struct listener *l)
{
	int status = -1;

	cr_assert_eq(kill(l->pid, SIGTERM), 0);
	cr_assert_eq(waitpid(l->pid, &status, 0), l->pid);
	cr_expect_eq(status, 0, "it ended with %d", status);
	fd_drop(&l->out);
}

/* Its signalfd is made before all else that matters. */
static void await_ready(const struct listener *l)
{
	scoped_str char *dir = str_printf("/proc/%d/wchan", l->pid);

	cr_assert(wait_until(({
				     scoped_str char *where = read_text(dir);
				     has(where, "ep_poll") || has(where, "epoll");
			     }),
			     10000),
		  "it does not get to wait");
}

static const char with_link[] =
	", \"interfaces\": [{ \"name\": \"eth0\", \"bridge\": \"br0\", \"ipv4\": [\"10.0.1.1/24\"] }],"
	"\"restart\": { \"policy\": \"always\", \"backoff\": \"100ms\" }";

static void kill_pid_of(const char *name, const char *which, int sig)
{
	scoped_str char *pid = ask("status", name, which);

	cr_assert_eq(kill(atoi(pid), sig), 0, "kill %s", pid);
}

HostTest(events, a_life)
{
	scoped_str char *file = shell_vnf("fw", "sleep 60", with_link);
	struct listener l = listen_to(NULL, NULL);

	must_run_nfrun("start", file);
	expect_told(&l, "started", "fw", 1, SOON_MS);
	cr_expect_eq(times(&l, "starting", "fw"), 1);
	kill_pid_of("fw", ".pid", SIGKILL);
	expect_told(&l, "exited", "fw", 1, SOON_MS);
	expect_data(&l, "exited", "fw", "\"exit_code\":null,\"signal\":\"SIGKILL\"");
	expect_told(&l, "restarting", "fw", 1, SOON_MS);
	expect_data(&l, "restarting", "fw", "\"restart\":1,\"backoff_ms\":100");
	expect_told(&l, "restarted", "fw", 1, SOON_MS);
	expect_data(&l, "restarted", "fw", "\"restarts\":1");
	must_run_nfrun("stop", "--kill", "fw");
	expect_told(&l, "stopped", "fw", 1, SOON_MS);
	cr_expect_eq(times(&l, "exited", "fw"), 2);
	cr_expect_eq(times(&l, "link-removed", "fw"), 0, "links that go with it are no news");
	must_run_nfrun("delete", "fw");
	expect_told(&l, "deleted", "fw", 1, SOON_MS);
	end_listening(&l);
}

HostTest(events, a_start_that_fails)
{
	scoped_str char *file = shell_vnf("bad", "sleep 60", ", \"setup\": [[\"/bin/false\"]]");
	struct listener l = listen_to(NULL, NULL);
	scoped_run struct run r = run_nfrun("start", file);

	cr_expect_eq(r.status, 1);
	expect_told(&l, "start-failed", "bad", 1, SOON_MS);
	end_listening(&l);
}

HostTest(events, links)
{
	scoped_str char *file = shell_vnf("fw", "sleep 60", with_link);

	must_run_nfrun("start", file);
	scoped_str char *link = ask("status", "fw", ".interfaces[0].host_name");
	struct listener l = listen_to("fw", NULL);

	must_run("ip", "link", "set", link, "down");
	expect_told(&l, "link-down", "fw", 1, SOON_MS);
	expect_data(&l, "link-down", "fw", "\"interface\":\"eth0\"");
	must_run("ip", "link", "set", link, "up");
	expect_told(&l, "link-up", "fw", 1, SOON_MS);
	must_run("ip", "link", "set", link, "nomaster");
	expect_told(&l, "link-changed", "fw", 1, SOON_MS);
	expect_data(&l, "link-changed", "fw", "\"bridge\":null");
	must_run("ip", "link", "delete", link);
	expect_told(&l, "link-removed", "fw", 1, SOON_MS);
	end_listening(&l);
	must_run_nfrun("delete", "-f", "fw");
}

HostTest(events, a_supervisor_is_missed_and_replaced)
{
	scoped_str char *file = shell_vnf("fw", "sleep 60", "");

	must_run_nfrun("start", file);
	struct listener l = listen_to(NULL, NULL);
	scoped_str char *supervisor = ask("status", "fw", ".supervisor.pid");

	cr_assert_eq(kill(atoi(supervisor), SIGKILL), 0);
	cr_assert_eq(waitpid(atoi(supervisor), NULL, 0), atoi(supervisor));
	expect_told(&l, "supervisor-died", "fw", 1, SOON_MS);
	expect_data(&l, "supervisor-died", "fw", supervisor);
	expect_told(&l, "supervisor-started", "fw", 1, 10000);
	cr_expect_eq(times(&l, "exited", "fw"), 0);
	must_run_nfrun("delete", "-f", "fw");
	expect_told(&l, "deleted", "fw", 1, SOON_MS);
	cr_expect_eq(times(&l, "supervisor-died", "fw"), 1, "the end of its work is no death");
	end_listening(&l);
}

static bool logs_say(const char *name, const char *what)
{
	scoped_run struct run r = run_nfrun("logs", name);

	return has(r.out, what);
}

HostTest(events, out_of_memory)
{
	scoped_str char *file = descriptor(
		"fat",
		"\"process\": { \"args\": [\"/bin/sh\", \"-c\", \"sleep 0.2; dd if=/dev/zero of=/dev/null bs=200M count=1; echo over; sleep 60\"] },"
		"\"resources\": { \"memory\": { \"limit\": \"20M\" } }");
	struct listener l = listen_to(NULL, NULL);

	must_run_nfrun("start", file);
	cr_assert(wait_until(logs_say("fat", "over"), 20000));
	expect_told(&l, "oom", "fat", 1, SOON_MS);
	expect_data(&l, "oom", "fat", "\"kills\":1,\"total_kills\":1");
	must_run_nfrun("delete", "-f", "fat");
	end_listening(&l);
}

HostTest(events, throttling)
{
	scoped_str char *file = shell_vnf("busy", "while :; do :; done",
					  ", \"resources\": { \"cpu\": { \"limit\": 0.2 } }");
	struct listener l = listen_to(NULL, NULL);

	if (access("/proc/pressure/cpu", R_OK) != 0) {
		must_run_nfrun("start", file);
		expect_told(&l, "notice", "busy", 1, SOON_MS);
		expect_data(&l, "notice", "busy", "throttling is not told");
	} else {
		must_run_nfrun("start", file);
		expect_told(&l, "throttled", "busy", 1, PSI_MS);
		must_run_nfrun("update", "--cpus", "2", "busy");
		expect_told(&l, "throttled-end", "busy", 1, PSI_MS);
		/* and a limit that is set while it runs */
		must_run_nfrun("update", "--cpus", "0.1", "busy");
		expect_told(&l, "throttled", "busy", 2, PSI_MS);
	}
	must_run_nfrun("delete", "-f", "busy");
	end_listening(&l);
}

HostTest(events, the_present_first)
{
	scoped_str char *one = shell_vnf("one", "sleep 60", with_link);
	scoped_str char *two = shell_vnf("two", "true", "");

	must_run_nfrun("start", one);
	must_run_nfrun("start", two);
	cr_assert(wait_until(says("status", "two", ".status", "stopped"), 10000));
	struct listener l = listen_to("--now", NULL);

	expect_told(&l, "running", "one", 1, SOON_MS);
	expect_told(&l, "stopped", "two", 1, SOON_MS);
	cr_expect_eq(times(&l, "started", "one"), 0);
	must_run_nfrun("delete", "-f", "one");
	expect_told(&l, "deleted", "one", 1, SOON_MS);
	must_run_nfrun("delete", "two");
	end_listening(&l);
}

HostTest(events, of_those_that_are_named)
{
	scoped_str char *one = shell_vnf("one", "sleep 60", "");
	scoped_str char *two = shell_vnf("two", "sleep 60", "");
	int status = -1;

	must_run_nfrun("start", one);
	struct listener l = listen_to("one", NULL);
	must_run_nfrun("start", two);
	must_run_nfrun("delete", "-f", "two");
	must_run_nfrun("delete", "-f", "one");
	cr_assert_eq(waitpid(l.pid, &status, 0), l.pid, "it goes on though all are deleted");
	cr_expect_eq(status, 0);
	cr_expect_eq(times(&l, "deleted", "one"), 1);
	cr_expect_eq(times(&l, "started", "two"), 0);
	fd_drop(&l.out);

	scoped_run struct run r = run_nfrun("events", "one");
	cr_expect_eq(r.status, 1);
	cr_expect(has(r.err, "one: container does not exist"), "%s", r.err);
}

static int switches(pid_t pid)
{
	scoped_str char *path = str_printf("/proc/%d/status", pid);
	scoped_str char *text = read_text(path);
	const char *at = strstr(text, "\nvoluntary_ctxt_switches:");

	return at ? atoi(at + strlen("\nvoluntary_ctxt_switches:")) : -1;
}

HostTest(events, nothing_is_asked_for_in_between)
{
	scoped_str char *file = shell_vnf(
		"calm", "exec sleep 60",
		", \"resources\": { \"cpu\": { \"limit\": 0.5 }, \"memory\": { \"limit\": \"50M\" } }");

	must_run_nfrun("start", file);
	struct listener l = listen_to("--now", NULL);
	expect_told(&l, "running", "calm", 1, SOON_MS);
	sleep_ms(3000); /* a throttled start may still be told of */

	int before = switches(l.pid);
	sleep_ms(2000);
	cr_expect_geq(before, 1);
	cr_expect_eq(switches(l.pid), before, "it woke up %d times", switches(l.pid) - before);
	end_listening(&l);
	must_run_nfrun("delete", "-f", "calm");
}

HostTest(events, it_ends_with_its_reader)
{
	scoped_str char *file = shell_vnf("x", "sleep 60", "");

	must_run_nfrun("start", file);
	scoped_run struct run r =
		run_cmd("bash", "-c", "set -o pipefail; timeout 10 \"$0\" events --now | head -n 1",
			nfrun_path());
	cr_expect_eq(r.status, 0, "%d: %s", r.status, r.err);
	cr_expect_str_empty(r.err);
	cr_expect(has(r.out, "\"type\":\"running\",\"name\":\"x\""), "%s", r.out);
	must_run_nfrun("delete", "-f", "x");
}

/* Two names in turn, as the kernel tells of the same only once. */
static void overflow_queue(void)
{
	scoped_str char *text = read_text("/proc/sys/fs/inotify/max_queued_events");
	scoped_str char *a = str_printf("%s/.a", host_root());
	scoped_str char *b = str_printf("%s/.b", host_root());

	for (int i = 0; i < atoi(text); i += 2)
		for (int k = 0; k < 2; k++) {
			const char *path = k ? b : a;

			cr_assert_eq(mkdir(path, 0700), 0);
			cr_assert_eq(rmdir(path), 0);
		}
}

HostTest(events, a_reader_that_sleeps_misses_nothing_for_good)
{
	scoped_str char *file = shell_vnf("fw", "sleep 60", "");
	struct listener l = listen_to(NULL, NULL);

	cr_assert_eq(kill(l.pid, SIGSTOP), 0);
	overflow_queue();
	must_run_nfrun("start", file);
	cr_assert_eq(kill(l.pid, SIGCONT), 0);
	expect_told(&l, "started", "fw", 1, 5000);

	scoped_str char *text = heard(&l);
	cr_expect(has(text, "more happened than the kernel could tell of"), "%s", text);
	must_run_nfrun("delete", "-f", "fw");
	expect_told(&l, "deleted", "fw", 1, SOON_MS);
	end_listening(&l);
}

/* Of several, or with --now, an OCI container is told of like a VNF. */
HostTest(events, an_oci_container)
{
	scoped_bundle char *bundle = bundle_with(".");
	struct listener l = listen_to(NULL, NULL);

	must_run_detached(bundle, "box");
	expect_told(&l, "started", "box", 1, SOON_MS);
	expect_data(&l, "started", "box", "\"kind\":\"oci\"");
	scoped_str char *pid = ask("state", "box", ".pid");
	cr_assert_eq(kill(atoi(pid), SIGKILL), 0);
	cr_assert_eq(waitpid(atoi(pid), NULL, 0), atoi(pid)); /* orphans are ours here */
	expect_told(&l, "exited", "box", 1, SOON_MS);
	/* before Linux 6.15 only its parent knows how */
	cr_expect(last_has(&l, "exited", "box", "\"signal\":\"SIGKILL\"") ||
		  last_has(&l, "exited", "box", "\"unknown\":true"));
	must_run_nfrun("delete", "box");
	expect_told(&l, "deleted", "box", 1, SOON_MS);
	end_listening(&l);
}
