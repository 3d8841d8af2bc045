/* SPDX-License-Identifier: Apache-2.0 */
/* attach_run against a bare container: namespaces, a group and a sleeping PID 1, nothing else. */
#include "cgroups/cgroup.h"
#include "runtime/attach.h"
#include "runtime/base/sys.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define BIT(cap) ((caps_mask)1 << (cap))

static struct err e;
static struct record rec;
static struct cgroup *group;

/* PID 1: its own /proc and terminals in the host's tree. */
static void box_main(int go, bool userns)
{
	char c;

	if (read(go, &c, 1) != 1 || (userns && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)))
		_exit(1);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("proc", "/proc", "proc", 0, NULL) < 0 ||
	    mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666") < 0 ||
	    mount("/dev/pts/ptmx", "/dev/ptmx", NULL, MS_BIND, NULL) < 0)
		_exit(2);
	(void)sethostname("box", 3);
	(void)prctl(PR_SET_NAME, "box"); /* ready */
	for (;;)
		pause();
}

static void map_ids(pid_t pid)
{
	scoped_str char *uids = str_printf("/proc/%d/uid_map", pid);
	scoped_str char *gids = str_printf("/proc/%d/gid_map", pid);

	rec.id_base = 700000000;
	rec.id_size = 65536;
	write_text(uids, "0 %u %u\n", rec.id_base, rec.id_size);
	write_text(gids, "0 %u %u\n", rec.id_base, rec.id_size);
}

static bool has_own_proc(pid_t pid)
{
	scoped_str char *path = str_printf("/proc/%d/root/proc/1/comm", pid);
	scoped_str char *text = access(path, R_OK) == 0 ? read_text(path) : NULL;

	return text && strcmp(text, "box") == 0;
}

static void make_group(void)
{
	scoped_str char *name = str_printf("test-%d-attach", getpid());
	struct cgroup_limits limits;
	struct cgroup_host *host = NULL;

	cgroup_limits_init(&limits);
	limits.pids_max = 20;
	cr_assert_eq(cgroup_host_open(&host, &e), 0, "%s", e.text);
	cr_assert_eq(cgroup_plan(host, name, &group, &e), 0, "%s", e.text);
	cgroup_host_free(host);
	cr_assert_eq(cgroup_create(group, &limits, &e), 0, "%s", e.text);
	cgroup_paths(group, &rec.cgroup);
}

static void box_start(bool userns)
{
	struct clone_args args = { .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
					    CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP |
					    CLONE_NEWTIME | (userns ? CLONE_NEWUSER : 0),
				   .exit_signal = SIGCHLD };
	int go[2];

	need_root();
	record_init(&rec);
	make_group();
	cr_assert_eq(pipe2(go, O_CLOEXEC), 0);
	pid_t pid = sys_clone3(&args);
	if (pid == 0)
		box_main(go[0], userns);
	cr_assert_gt(pid, 0);
	if (userns)
		map_ids(pid);
	cr_assert_eq(proc_id_of(pid, &rec.init, &e), 0);
	cr_assert_eq(write(go[1], "x", 1), 1);
	close(go[0]);
	close(go[1]);
	cr_assert(wait_until(has_own_proc(pid), 5000), "the container did not come up");
}

static void box_end(void)
{
	if (rec.init.pid > 0) {
		kill(rec.init.pid, SIGKILL);
		waitpid(rec.init.pid, NULL, 0);
	}
	if (group) {
		(void)cgroup_kill(group, 5000, &e);
		(void)cgroup_remove(group, &e);
		cgroup_free(group);
	}
	group = NULL;
	record_drop(&rec);
}

TestSuite(attach, .fini = box_end, .timeout = 60);

struct job {
	const char *const *argv;
	const char *user, *cwd;
	caps_mask caps;
	bool no_new_privs, confined, terminal;
};

/* attach_run as nfrun exec has it. */
static int attach(const struct job *j)
{
	char *env[] = { "PATH=/usr/bin:/bin", "COLOUR=blue" };
	struct spec_process p = {
		.env = { env, 2 },
		.cwd = (char *)(j->cwd ? j->cwd : "/"),
		.user = (char *)j->user,
		.umask = 022,
		.no_new_privs = j->no_new_privs,
		.caps = { .bounding = j->caps, .effective = j->caps, .permitted = j->caps }
	};
	struct seccomp_program filter = { 0 };
	struct attach a = { ATTACH_NONE, .rec = &rec, .process = &p, .seccomp = &filter,
			    .terminal = j->terminal };
	struct err why = { 0 };
	int status = 0;

	p.args.v = (char **)j->argv;
	while (j->argv[p.args.n])
		p.args.n++;
	if (seccomp_prepare(j->confined ? "default" : "unconfined", j->caps, "/dev/null/no-cache",
			    &filter, &why) < 0)
		return 250;
	if (attach_run(&a, &status, &why) < 0)
		printf("error: %s%s%s\n", why.text, err_colon(&why), err_cause(&why));
	fflush(stdout);
	seccomp_drop(&filter);
	return status;
}

static char seen[4096];

/* In a child with its output collected into SEEN; the caller's stdin is /dev/null. */
static int attach_and_see(const struct job *j)
{
	int out[2], status = -1;
	size_t n = 0;

	cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY); /* not CLOEXEC: it must not get in */

		dup2(null, 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		_exit(attach(j));
	}
	close(out[1]);
	for (ssize_t got; (got = read(out[0], seen + n, sizeof seen - 1 - n)) > 0;)
		n += (size_t)got;
	seen[n] = '\0';
	close(out[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define ARGV(...)                                                                                  \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define SH(script) ARGV("sh", "-c", script)

static void check_exit_codes(void)
{
	static const struct {
		const char *argv[4];
		int status;
		const char *out;
	} rows[] = {
		{ { "true" }, 0, "" },
		{ { "sh", "-c", "exit 3" }, 3, "" },
		{ { "no-such" }, 127, "error: exec no-such: not found in PATH" },
		{ { "/no/such" }, 127, "error: exec /no/such: No such file or directory\n" },
		{ { "/etc/passwd" }, 126, "error: exec /etc/passwd: Permission denied\n" },
		{ { "sh", "-c", "kill -TERM $$" }, 143, "" },
		{ { "sh", "-c", "kill -KILL $$" }, 137, "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct job j = { .argv = rows[i].argv };

		cr_expect_eq(attach_and_see(&j), rows[i].status, "row %zu: %s", i, seen);
		cr_expect_eq(strncmp(seen, rows[i].out, strlen(rows[i].out)), 0, "row %zu: %s", i,
			     seen);
		cr_expect(*rows[i].out || !*seen, "row %zu: %s", i, seen);
	}
}

Test(attach, exit_codes)
{
	box_start(true);
	check_exit_codes();
}

Test(attach, exit_codes_without_a_user_namespace)
{
	box_start(false);
	check_exit_codes();
}

Test(attach, all_namespaces_are_the_container_s)
{
	static const char *const kinds[] = { "user", "mnt", "pid",    "net",
					     "uts",  "ipc", "cgroup", "time" };
	struct job j = { .argv = SH("for n in user mnt pid net uts ipc cgroup time; do readlink "
				    "/proc/self/ns/$n; done; hostname; echo $PPID") };
	char want[2048] = "", link[64], path[64];

	box_start(true);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		snprintf(path, sizeof path, "/proc/%d/ns/%s", rec.init.pid, kinds[i]);
		ssize_t n = readlink(path, link, sizeof link - 1);

		cr_assert_gt(n, 0);
		snprintf(want + strlen(want), sizeof want - strlen(want), "%.*s\n", (int)n, link);
	}
	strcat(want, "box\n0\n");
	cr_expect_eq(attach_and_see(&j), 0);
	cr_expect_str_eq(seen, want);
}

Test(attach, no_descriptor_gets_in)
{
	struct job j = { .argv = SH("ls /proc/$$/fd; readlink /proc/$$/fd/0") };
	int stray = open("/etc/passwd", O_RDONLY), dir = open("/", O_RDONLY | O_DIRECTORY);

	box_start(true);
	cr_assert(stray > 2 && dir > 2);
	cr_expect_eq(attach_and_see(&j), 0);
	cr_expect_str_eq(seen, "0\n1\n2\n/dev/null\n", "%s", seen);
}

/* The only process in the group when it is called COMM, else 0: the helper comes and goes. */
static pid_t member(const char *comm)
{
	pid_t *pids = NULL, pid = 0;
	size_t n = 0;

	cr_assert_eq(cgroup_pids(group, &pids, &n, &e), 0, "%s", e.text);
	if (n == 1) {
		scoped_str char *path = str_printf("/proc/%d/comm", pids[0]);
		scoped_str char *text = access(path, R_OK) == 0 ? read_text(path) : NULL;

		pid = text && strcmp(text, comm) == 0 ? pids[0] : 0;
	}
	free(pids);
	return pid;
}

/* Seen from outside, in every hierarchy that the record names. */
Test(attach, runs_in_the_container_s_groups)
{
	struct job j = { .argv = ARGV("sleep", "60") };
	int status;

	box_start(true);
	pid_t pid = fork();
	if (pid == 0)
		_exit(attach(&j));
	cr_expect(wait_until(member("sleep") > 0, 3000));
	cr_assert_gt(member("sleep"), 0);
	kill(member("sleep"), SIGINT);
	waitpid(pid, &status, 0);
	cr_expect_eq(WEXITSTATUS(status), 130);
}

Test(attach, limit_of_processes_holds_and_is_told)
{
	struct job many = { .argv = SH("for i in $(seq 30); do sleep 3 & done; wait") };

	box_start(true);
	attach_and_see(&many);
	cr_expect_not_null(strstr(seen, "fork"), "%s", seen);
}

Test(attach, user_directory_and_environment_are_what_was_asked_for)
{
	struct job j = { .argv = SH("grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/self/status; "
				    "id -u; id -G; pwd; umask; echo $COLOUR"),
			 .user = "5:7",
			 .cwd = "/tmp",
			 .caps = BIT(CAP_CHOWN) | BIT(CAP_NET_RAW),
			 .no_new_privs = true,
			 .confined = true };

	box_start(true);
	cr_expect_eq(attach_and_see(&j), 0);
	cr_expect_str_eq(seen, "CapBnd:\t0000000000002001\nNoNewPrivs:\t1\nSeccomp:\t2\n"
			       "5\n7\n/tmp\n0022\nblue\n");
}

Test(attach, terminal)
{
	struct job j = {
		.argv = SH("tty; stty size; readlink /proc/$$/fd/1; stat -c %u $(tty); "
			   "ls -1 /proc/$$/fd; ps -o sid= -p $$ | tr -d ' '; echo $$; exit 9"),
		.user = "5",
		.terminal = true
	};
	static const char head[] = "/dev/pts/0\r\n40 90\r\n/dev/pts/0\r\n5\r\n0\r\n1\r\n2\r\n";
	struct winsize size = { .ws_row = 40, .ws_col = 90 };
	int terminal, slave, status;
	size_t n = 0;
	char sid[40];

	box_start(true);
	cr_assert_eq(openpty(&terminal, &slave, NULL, NULL, &size), 0);
	pid_t pid = fork();
	if (pid == 0) {
		setsid();
		for (int fd = 0; fd < 3; fd++)
			dup2(slave, fd);
		_exit(attach(&j));
	}
	close(slave);
	for (ssize_t got; (got = read(terminal, seen + n, sizeof seen - 1 - n)) > 0;)
		n += (size_t)got;
	seen[n] = '\0';
	waitpid(pid, &status, 0);
	cr_expect_eq(WEXITSTATUS(status), 9);
	cr_expect_eq(strncmp(seen, head, sizeof head - 1), 0, "%s", seen);
	int leader = atoi(seen + sizeof head - 1);
	snprintf(sid, sizeof sid, "\r\n%d\r\n%d\r\n", leader, leader);
	cr_expect_not_null(strstr(seen, sid), "it leads no session: %s", seen);
}

Test(attach, signals_reach_the_process_and_the_end_of_the_container_too)
{
	struct job j = { .argv = SH(
				 "trap 'exit 44' TERM; echo ready; while :; do sleep 0.05; done") };
	static const int kinds[] = { SIGTERM, SIGKILL }, wants[] = { 44, 137 };

	box_start(true);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		int out[2], status;
		char line[8];

		cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
		pid_t pid = fork();
		if (pid == 0) {
			dup2(out[1], 1);
			_exit(attach(&j));
		}
		close(out[1]);
		cr_assert_eq(read(out[0], line, sizeof line), 6);
		kill(kinds[i] == SIGTERM ? pid : rec.init.pid, kinds[i]);
		waitpid(pid, &status, 0);
		close(out[0]);
		cr_expect_eq(WEXITSTATUS(status), wants[i], "%d", WEXITSTATUS(status));
	}
}

Test(attach, container_that_is_gone)
{
	struct job j = { .argv = ARGV("true") };

	box_start(true);
	rec.init.start++; /* another process by now */
	cr_expect_eq(attach_and_see(&j), 1);
	cr_expect_eq(strncmp(seen, "error: ", 7), 0, "%s", seen);
	rec.init.start--;
}
