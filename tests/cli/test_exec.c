/* SPDX-License-Identifier: Apache-2.0 */
/* nfrun exec in a VNF from its descriptor. What attach_run does without one: test_attach.c. */
#include "tests/support/support.h"

#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void start_vnf(const char *more)
{
	scoped_str char *path = str_printf("%s/box.json", host_root());

	write_text(path,
		   "{ \"name\": \"box\", \"process\": { \"args\": [\"/bin/sleep\", \"1000\"],"
		   "  \"env\": { \"COLOUR\": \"blue\", \"SHAPE\": \"round\" }, \"cwd\": \"/tmp\" }"
		   " %s }",
		   more);
	must_run_nfrun("start", path);
}

static void stop_vnf(void)
{
	scoped_str char *path = str_printf("%s/box.json", host_root());

	must_run_nfrun("delete", "--force", "box");
	unlink(path);
}

HostTest(exec, exit_codes)
{
	static const struct {
		const char *args[5];
		int status;
		const char *err;
	} rows[] = {
		{ { "true" }, 0, "" },
		{ { "--", "sh", "-c", "exit 3" }, 3, "" },
		{ { "sh", "-c", "kill -KILL $$" }, 137, "" },
		{ { "no-such" }, 127, "nfrun: exec: box: exec no-such: not found in PATH\n" },
		{ { "/no/such" },
		  127,
		  "nfrun: exec: box: exec /no/such: No such file or directory\n" },
		{ { "/etc/passwd" },
		  126,
		  "nfrun: exec: box: exec /etc/passwd: Permission denied\n" },
	};

	start_vnf("");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *argv[8] = { nfrun_path(), "exec", "box" };

		memcpy(argv + 3, rows[i].args, sizeof rows[i].args);
		scoped_run struct run r = run_program(argv, NULL);
		cr_expect_eq(r.status, rows[i].status, "row %zu: %d", i, r.status);
		cr_expect_str_eq(r.err, rows[i].err, "row %zu: %s", i, r.err);
	}
	stop_vnf();

	scoped_run struct run gone = run_nfrun("exec", "box", "true");
	cr_expect_eq(gone.status, 1);
	cr_expect_not_null(strstr(gone.err, "container does not exist"), "%s", gone.err);
}

HostTest(exec, environment_directory_user_and_input)
{
	start_vnf("");
	scoped_run struct run own = run_nfrun("exec", "box", "sh", "-c",
					      "echo $COLOUR $SHAPE; pwd; id -u; ls /proc/$$/fd");
	cr_expect_str_eq(own.out, "blue round\n/tmp\n0\n0\n1\n2\n", "%s%s", own.out, own.err);

	scoped_run struct run other =
		run_nfrun("exec", "-e", "COLOUR=red", "-w", "/usr", "-u", "7:9", "box", "sh", "-c",
			  "echo $COLOUR $SHAPE; pwd; id -u; id -g");
	cr_expect_str_eq(other.out, "red round\n/usr\n7\n9\n", "%s%s", other.out, other.err);

	scoped_run struct run piped = run_nfrun_with(
		&((struct run_how){ .input = "some\nlines\n" }), "exec", "box", "wc", "-l");
	cr_expect_str_eq(piped.out, "2\n");

	static const struct {
		const char *option, *value, *err;
	} bad[] = {
		{ "-u", "nobody-we-know", "nobody-we-know" },
		{ "-w", "/no/such/dir", "go to directory /no/such/dir: No such file or directory" },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		scoped_run struct run r =
			run_nfrun("exec", bad[i].option, bad[i].value, "box", "true");

		cr_expect_eq(r.status, 1, "%s: %d", bad[i].option, r.status);
		cr_expect_not_null(strstr(r.err, bad[i].err), "%s", r.err);
	}
	stop_vnf();
}

/* Its own process and what exec starts differ in nothing that confines them. */
static void check_confinement(const char *more)
{
	static const char script[] =
		"for p in 2 $$; do grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)' /proc/$p/status; "
		"for n in user mnt pid net uts ipc cgroup time; do readlink /proc/$p/ns/$n; done; "
		"cat /proc/$p/cgroup; echo; done";

	start_vnf(more);
	scoped_run struct run r = run_nfrun("exec", "box", "bash", "-c", script);
	char *second = strstr(r.out, "\n\n");

	cr_assert(r.status == 0 && second, "%d: %s%s", r.status, r.out, r.err);
	*second = '\0';
	second += 2;
	second[strlen(second) - 1] = '\0';
	second[strlen(second) - 1] = '\0';
	cr_expect_str_eq(r.out, second, "payload:\n%s\nexec:\n%s", r.out, second);
	cr_expect_not_null(strstr(second, "\nSeccomp:\t2\n"));
	cr_expect_null(strstr(second, "nfrun"), "a group's path shows: %s", second);
	stop_vnf();
}

HostTest(exec, is_confined_as_the_payload)
{
	check_confinement("");
	check_confinement(", \"capabilities\": [\"NET_ADMIN\", \"SYS_PTRACE\"]");
	check_confinement(", \"userns\": false, \"capabilities\": [\"NET_RAW\"]");
}

HostTest(exec, terminal_when_there_is_one)
{
	struct winsize size = { .ws_row = 42, .ws_col = 84 };
	char text[1000] = "";
	size_t n = 0;
	int terminal, status;

	start_vnf("");
	pid_t pid = forkpty(&terminal, NULL, NULL, &size);
	if (pid == 0) {
		execl(nfrun_path(), "nfrun", "exec", "box", "sh", "-c",
		      "tty; stty size; ls -1 /proc/$$/fd; exit 5", NULL);
		_exit(99);
	}
	for (ssize_t got; (got = read(terminal, text + n, sizeof text - 1 - n)) > 0;)
		n += (size_t)got;
	waitpid(pid, &status, 0);
	close(terminal);
	cr_expect_eq(WEXITSTATUS(status), 5);
	cr_expect_str_eq(text, "/dev/pts/0\r\n42 84\r\n0\r\n1\r\n2\r\n", "%s", text);

	scoped_run struct run piped =
		run_nfrun("exec", "box", "sh", "-c", "tty; ls -1 /proc/$$/fd");
	cr_expect_str_eq(piped.out, "not a tty\n0\n1\n2\n", "%s", piped.out);
	stop_vnf();
}

HostTest(exec, ends_with_the_vnf)
{
	int status;

	start_vnf("");
	pid_t pid = fork();
	if (pid == 0) {
		execl(nfrun_path(), "nfrun", "exec", "box", "sleep", "1000", NULL);
		_exit(99);
	}
	scoped_str char *comm = str_printf("/proc/%d/task/%d/children", pid, pid);
	cr_expect(wait_until(access(comm, R_OK) == 0, 2000));
	sleep_ms(500);
	stop_vnf();
	waitpid(pid, &status, 0);
	cr_expect_eq(WEXITSTATUS(status), 137, "%d", WEXITSTATUS(status));
}
