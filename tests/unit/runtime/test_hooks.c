/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/hooks.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define STATE "{\"id\":\"c1\"}"

static char dir[] = "/tmp/nfrun-hooks-XXXXXX";

static void setup(void)
{
	cr_assert(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
}

static void teardown(void)
{
	must_run("rm", "-rf", dir);
}

TestSuite(hooks, .init = setup, .fini = teardown, .timeout = 60);

static struct spec_hook shell(const char *script)
{
	struct spec_hook h = { .path = str_dup("/bin/sh") };

	strs_add(&h.args, "sh");
	strs_add(&h.args, "-c");
	strs_add(&h.args, script);
	return h;
}

static void hook_drop(struct spec_hook *h)
{
	free(h->path);
	strs_free(&h->args);
	strs_free(&h->env);
}
#define scoped_hook scoped(hook_drop)

static int run(struct spec_hook *h, const char *state, const char *cwd, struct err *e)
{
	const struct spec_hooks one = { h, 1 };

	*e = (struct err){ 0 };
	return hooks_run(&one, state, cwd, e);
}

static void works(const char *script)
{
	scoped_hook struct spec_hook h = shell(script);
	struct err e;

	cr_assert_eq(run(&h, STATE, NULL, &e), 0, "%s: %s", script, e.text);
}

static void fails(const char *script, const char *text)
{
	scoped_hook struct spec_hook h = shell(script);
	struct err e;

	cr_assert_eq(run(&h, STATE, NULL, &e), -1, "%s", script);
	cr_assert_str_eq(e.text, text);
	cr_assert_str_eq(err_cause(&e), "");
}

static void no_children(void)
{
	cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
	cr_expect_eq(errno, ECHILD);
}

Test(hooks, every_kind_has_its_name)
{
	static const char *const names[HOOK_KINDS] = { "prestart",        "createRuntime",
						       "createContainer", "startContainer",
						       "poststart",       "poststop" };

	for (int k = 0; k < HOOK_KINDS; k++)
		cr_expect_str_eq(hook_kind_name((enum spec_hook_kind)k), names[k]);
}

Test(hooks, state_args_env_and_cwd_arrive)
{
	scoped_hook struct spec_hook h = shell("cat >state; cat /dev/stdin >again; pwd >cwd; "
					       "echo \"$0 $1\" >args; env >env");
	struct err e;

	strs_add(&h.args, "zero");
	strs_add(&h.args, "one two");
	strs_add(&h.env, "HOOK=yes");
	strs_add(&h.env, "PATH=/usr/bin:/bin");
	cr_assert_eq(mkdir("in", 0755), 0);
	setenv("LEAKED", "1", 1);
	cr_assert_eq(run(&h, STATE, "in", &e), 0, "%s", e.text);

	scoped_str char *state = read_text("in/state"), *cwd = read_text("in/cwd"),
			*args = read_text("in/args"), *env = read_text("in/env"),
			*again = read_text("in/again"), *want = str_printf("%s/in", dir);
	cr_expect_str_eq(state, STATE);
	cr_expect_str_eq(again, STATE, "read a second time by name: '%s'", again);
	cr_expect_str_eq(cwd, want);
	cr_expect_str_eq(args, "zero one two");
	cr_expect(strstr(env, "HOOK=yes") && !strstr(env, "LEAKED"), "%s", env);
}

Test(hooks, without_args_and_env_it_has_its_path_and_nothing)
{
	struct spec_hook h = { .path = str_printf("%s/probe", dir) };
	struct err e;

	/* A script's $0 is the path; what it was given as argv and environ, /proc tells. */
	write_text(h.path,
		   "#!/bin/sh\nwhile read -r l; do :; done </proc/$$/environ\n"
		   "tr '\\0' '\\n' </proc/$$/cmdline >%s/args\n"
		   "tr '\\0' '\\n' </proc/$$/environ >%s/env\n",
		   dir, dir);
	cr_assert_eq(chmod(h.path, 0755), 0);
	cr_assert_eq(run(&h, STATE, NULL, &e), 0, "%s", e.text);

	scoped_str char *args = read_text("args"), *env = read_text("env"),
			*want = str_printf("/bin/sh\n%s", h.path);
	cr_expect_str_eq(args, want);
	cr_expect_str_eq(env, "");
	hook_drop(&h);
}

Test(hooks, a_state_of_any_size_that_nobody_reads_is_no_matter)
{
	scoped_str char *big = mem_alloc(3 << 20);
	scoped_hook struct spec_hook deaf = shell("exec <&-; sleep 0.2"),
				     reads = shell("cat >state");
	struct err e;

	memset(big, 'x', (3 << 20) - 1);
	cr_assert_eq(run(&deaf, big, NULL, &e), 0, "%s", e.text);
	cr_assert_eq(run(&reads, big, NULL, &e), 0, "%s", e.text);

	struct stat st;
	cr_assert_eq(stat("state", &st), 0);
	cr_expect_eq(st.st_size, (3 << 20) - 1);
}

Test(hooks, a_failing_one_is_told_with_its_last_words)
{
	fails("exit 3", "hook 0 (/bin/sh): exited with 3");
	fails("echo out; echo 'no such\tthing' >&2; echo >&2; exit 1",
	      "hook 0 (/bin/sh): exited with 1, saying: no such thing");
	fails("echo only out; exit 1", "hook 0 (/bin/sh): exited with 1, saying: only out");
	fails("echo oh >&2; kill -SEGV $$",
	      "hook 0 (/bin/sh): was killed by signal 11 (SIGSEGV), saying: oh");
	no_children();
}

Test(hooks, more_output_than_any_pipe_holds_does_not_block)
{
	scoped_hook struct spec_hook h =
		shell("head -c 3000000 /dev/zero | tr '\\0' x >&2; head -c 3000000 /dev/zero; "
		      "echo the end >&2; exit 1");
	struct err e;

	cr_assert_eq(run(&h, STATE, NULL, &e), -1);
	cr_expect_str_eq(e.text + strlen(e.text) - strlen("xxthe end"), "xxthe end");
	cr_expect(strlen(e.text) < 500);
}

Test(hooks, they_run_in_order_until_one_fails)
{
	struct spec_hook three[] = { shell("echo a >>log"), shell("echo b >>log; exit 1"),
				     shell("echo c >>log") };
	const struct spec_hooks h = { three, 3 };
	struct err e = { 0 };

	cr_assert_eq(hooks_run(&h, STATE, NULL, &e), -1);
	cr_expect_str_eq(e.text, "hook 1 (/bin/sh): exited with 1");
	cr_assert_eq(hooks_run_one(&h, 2, STATE, NULL, &e), 0);

	scoped_str char *log = read_text("log");
	cr_expect_str_eq(log, "a\nb\nc");
	for (int i = 0; i < 3; i++)
		hook_drop(&three[i]);
}

Test(hooks, one_that_takes_too_long_is_killed)
{
	scoped_hook struct spec_hook h = shell("echo waiting >&2; exec sleep 100"),
				     talks = shell("while :; do echo x; done");
	int64_t start = now_ms();
	struct err e;

	h.timeout_s = talks.timeout_s = 1;
	cr_assert_eq(run(&h, STATE, NULL, &e), -1);
	cr_expect_str_eq(e.text, "hook 0 (/bin/sh): ran past its timeout of 1 s and was killed, "
				 "saying: waiting");
	cr_assert_eq(run(&talks, STATE, NULL, &e), -1);
	cr_expect(strstr(e.text, "timeout of 1 s"), "%s", e.text);
	cr_expect_lt(now_ms() - start, 10000);
	cr_expect_geq(now_ms() - start, 2000);
	no_children();
}

Test(hooks, what_it_leaves_behind_is_not_waited_for)
{
	int64_t start = now_ms();

	works("sleep 20 & echo $! >left"); /* holds stdout and stderr */
	cr_expect_lt(now_ms() - start, 10000);

	scoped_str char *left = read_text("left");
	cr_expect_eq(kill(atoi(left), SIGKILL), 0);
}

Test(hooks, one_that_cannot_be_run_says_why)
{
	struct spec_hook h = { .path = str_printf("%s/none", dir) };
	scoped_hook struct spec_hook sh = shell("exit 0");
	struct err e;

	cr_assert_eq(run(&h, STATE, NULL, &e), -1);
	cr_expect(strstr(e.text, "/none): cannot be run: it, or"), "%s", e.text);
	cr_expect_eq(e.code, ENOENT);
	write_text(h.path, "no program");
	cr_assert_eq(run(&h, STATE, NULL, &e), -1);
	cr_expect(strstr(e.text, "not an executable"), "%s", e.text);
	cr_assert_eq(chmod(h.path, 0755), 0);
	cr_assert_eq(run(&h, STATE, NULL, &e), -1);
	cr_expect_eq(e.code, ENOEXEC, "%s", e.text);
	cr_assert_eq(run(&sh, STATE, "nowhere", &e), -1);
	cr_expect(strstr(e.text, "directory to run it in"), "%s", e.text);
	hook_drop(&h);
	no_children();
}

Test(hooks, signals_are_default_there_and_untouched_here)
{
	sigset_t block, now;
	struct sigaction chld;

	sigfillset(&block);
	sigprocmask(SIG_SETMASK, &block, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_IGN);
	works("grep -q '^SigBlk:[[:space:]]*0*$' /proc/self/status && "
	      "grep -q '^SigIgn:[[:space:]]*0*$' /proc/self/status");
	fails("exit 7", "hook 0 (/bin/sh): exited with 7"); /* the status, though it is ignored */

	sigprocmask(SIG_SETMASK, NULL, &now);
	sigaction(SIGCHLD, NULL, &chld);
	cr_expect_eq(sigismember(&now, SIGUSR1), 1);
	cr_expect_eq(chld.sa_handler, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &block, NULL);
}

Test(hooks, no_descriptor_but_the_first_three)
{
	int kept = open("/dev/null", O_RDONLY); /* as --preserve-fds leaves them */

	cr_assert_geq(kept, 3);
	works("for i in 3 4 5 6 7 8 9 10 11 12; do test ! -e /proc/$$/fd/$i || exit 1; done");
	close(kept);
}

Test(hooks, it_works_where_the_caller_has_closed_its_own)
{
	pid_t pid = fork();

	if (pid == 0) {
		scoped_hook struct spec_hook h = shell("cat >state && echo x && echo y >&2");
		struct err e;

		close_range(0, 2, 0);
		_exit(run(&h, STATE, NULL, &e) == 0 ? 0 : 1);
	}

	int status = -1;
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect_eq(status, 0);

	scoped_str char *state = read_text("state");
	cr_expect_str_eq(state, STATE);
}
