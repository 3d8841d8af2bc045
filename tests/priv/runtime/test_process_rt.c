/* SPDX-License-Identifier: Apache-2.0 */
/* Real-time policies in a v1 cpu group: the kernel wants the group to have runtime for them. */
#include "cgroups/cgroup.h"
#include "runtime/process.h"
#include "runtime/process_rt.h"
#include "tests/support/support.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static struct err e;

static struct cgroup *make_group(void)
{
	struct cgroup_host *h = NULL;
	struct cgroup_limits none;
	struct cgroup *c = NULL;
	scoped_str char *name = str_printf("test-%d-realtime", getpid());

	cgroup_limits_init(&none);
	cr_assert_eq(cgroup_host_open(&h, &e), 0, "%s", e.text);
	cr_assert_eq(cgroup_plan(h, name, &c, &e), 0, "%s", e.text);
	cr_assert_eq(cgroup_create(c, &none, &e), 0, "%s", e.text);
	cgroup_host_free(h);
	return c;
}

static pid_t sleeper_in(struct cgroup *c)
{
	int ready[2];
	char byte;

	cr_assert_eq(pipe(ready), 0);
	cr_assert_eq(cgroup_open_entries(c, false, &e), 0, "%s", e.text);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (cgroup_enter(c, &e) < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], &byte, 1), 1, "%s", e.text);
	close(ready[0]);
	return pid;
}

HostTest(process_rt, a_group_without_runtime_is_named)
{
	const struct spec_scheduler fifo = { .given = true, .policy = SCHED_FIFO, .priority = 5 };
	struct cgroup *c = make_group();
	pid_t pid = sleeper_in(c);
	scoped_str char *file = process_rt_file(pid);

	if (file) {
		scoped_str char *text = str_printf(
			"set SCHED_FIFO, priority 5: its cpu group has no real-time runtime; give it "
			"some in %s, and in the groups above (linux.resources.cpu.realtimeRuntime)",
			file);

		cr_expect_eq(process_scheduler(pid, &fifo, &e), -1);
		cr_expect_str_eq(e.text, text);
		cr_expect(strstr(file, "-realtime/cpu.rt_runtime_us"), "%s", file);
	} else { /* v2 has no such file, and the policy is taken */
		cr_expect_eq(process_scheduler(pid, &fifo, &e), 0, "%s", e.text);
		cr_expect_eq(sched_getscheduler(pid), SCHED_FIFO);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	cr_expect_eq(cgroup_remove(c, &e), 0, "%s", e.text);
	cgroup_free(c);
}
