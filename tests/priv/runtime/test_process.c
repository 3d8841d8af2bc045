/* SPDX-License-Identifier: Apache-2.0 */
/* Each property of an OCI process, as /proc and the kernel show it to the program. */
#include "tests/priv/runtime/process_test.h"

#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>

static void odd_umask(void)
{
	umask(0035);
}

Test(process, umask_is_set_only_when_asked)
{
	struct spec_process p = { .caps = ALL_CAPS };
	struct seen kept = sh(&p, NULL, "umask", odd_umask);

	expect(&kept, 0, "0035");
	p.has_umask = true;
	p.umask = 0007;
	struct seen set = sh(&p, NULL, "umask", odd_umask);
	expect(&set, 0, "0007");
}

Test(process, home_user_and_groups)
{
	static char *ids[] = { "7", "4294967294" };
	struct spec_process p = { .user = "65534:12", .groups = { ids, 2 } };
	struct seen s =
		sh(&p, NULL,
		   "echo $HOME; awk '/^(Uid|Gid|Groups)/ { $1 = \"\"; print }' /proc/self/status",
		   NULL);

	expect(&s, 0, "/nonexistent\n 65534 65534 65534 65534\n 12 12 12 12\n 7 4294967294");

	static char *home[] = { "HOME=", "HOME=/h", NULL };
	p.env = (struct strs){ home, 2 };
	struct seen own = sh(&p, NULL, "echo $HOME", NULL);
	expect(&own, 0, "/h");
}

/* Two numbers do not need a readable list of names. */
static void broken_passwd(void)
{
	unshare(CLONE_NEWNS);
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mount("/dev/null", "/etc/passwd", NULL, MS_BIND, NULL);
}

Test(process, numbers_need_no_passwd)
{
	struct spec_process p = { .user = "5:6" };
	struct seen s = sh(&p, NULL, "echo $HOME $(id -u):$(id -g)", broken_passwd);

	need_root();
	expect(&s, 0, "/ 5:6");
}

Test(process, personality)
{
	struct spec_process p = { 0 };
	const struct spec c = { .has_personality = true, .personality = PER_LINUX32 };
	struct seen s = sh(&p, &c, "cat /proc/self/personality; uname -m", NULL);

	cr_expect_eq(strncmp(s.text, "00000008\n", 9), 0, "%s", s.text);
	cr_expect_null(strstr(s.text, "_64"), "%s", s.text);
}

Test(process, memory_policy)
{
	struct spec_process p = { 0 };
	struct spec c = { .memory_policy = { true, MPOL_BIND | MPOL_F_STATIC_NODES, "0" } };
	char *script = "awk '{ print $2; exit }' /proc/self/numa_maps";
	struct seen s = sh(&p, &c, script, NULL);

	expect(&s, 0, "bind=static:0");
	c.memory_policy = (struct spec_memory_policy){ true, MPOL_DEFAULT, NULL };
	struct seen plain = sh(&p, &c, script, NULL);
	expect(&plain, 0, "default");

	c.memory_policy = (struct spec_memory_policy){ true, MPOL_BIND, "63" };
	struct seen none = sh(&p, &c, script, NULL);
	expect(&none, 1,
	       "set memory policy 0x2, nodes '63': not for these nodes, or not all of them have "
	       "memory and are in its group's cpuset");
	c.memory_policy.nodes = "x";
	struct seen bad = sh(&p, &c, script, NULL);
	expect(&bad, 1, "memory policy: 'x' is not a list of nodes (\"0-1\")");
}

/* --- limits --- */

Test(process, rlimits_are_the_program_s)
{
	struct spec_rlimit limits[] = { { RLIMIT_NOFILE, 20, 30 }, { RLIMIT_CORE, 0, 0 } };
	struct spec_process p = { .rlimits = limits, .n_rlimits = 2 };
	struct seen s = sh(&p, NULL, "ulimit -Sn; ulimit -Hn; ulimit -Hc", NULL);

	expect(&s, 0, "20\n30\n0");
}

static void without_resource(void)
{
	caps_mask held;

	(void)caps_effective(&held, &e);
	held &= ~((caps_mask)1 << CAP_SYS_RESOURCE);
	(void)caps_set(&(struct caps_sets){ .permitted = held, .effective = held }, &e);
}

static void lowered(void)
{
	const struct rlimit l = { 40, 50 };

	without_resource();
	(void)setrlimit(RLIMIT_NOFILE, &l);
}

Test(process, rlimits_that_cannot_be_are_told)
{
	struct spec_rlimit limits[] = { { RLIMIT_NOFILE, 60, RLIM_INFINITY } };
	struct spec_process p = { .rlimits = limits, .n_rlimits = 1 };
	struct seen s = sh(&p, NULL, "true", lowered);

	expect(&s, 1,
	       "set RLIMIT_NOFILE to 60 (hard unlimited): the hard limit in force is 50, and raising "
	       "it takes CAP_SYS_RESOURCE and no more than fs.nr_open");
	limits[0] = (struct spec_rlimit){ RLIMIT_STACK, 60, 50 };
	struct seen crossed = sh(&p, NULL, "true", NULL);
	expect(&crossed, 1,
	       "set RLIMIT_STACK to 60 (hard 50): the soft limit is above the hard one");
}

/* A process to be worked on from outside. */
static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

Test(process, rlimits_from_outside_raise_only)
{
	struct rlimit core, now;
	pid_t pid = sleeper();

	cr_assert_eq(getrlimit(RLIMIT_CORE, &core), 0);
	struct spec_rlimit limits[] = { { RLIMIT_CORE, 0, core.rlim_max },
					{ RLIMIT_NOFILE, 1, 2 } };
	const struct spec_process p = { .rlimits = limits, .n_rlimits = 2 };
	cr_expect_eq(process_rlimits(pid, &p, &e), 0, "%s", e.text);
	cr_assert_eq(prlimit(pid, RLIMIT_NOFILE, NULL, &now), 0);
	cr_expect_gt(now.rlim_cur, 2);

	const struct rlimit low = { 0, 10 };
	cr_assert_eq(prlimit(pid, RLIMIT_MSGQUEUE, &low, NULL), 0);
	struct spec_rlimit raised[] = { { RLIMIT_MSGQUEUE, 5, 11 } };
	const struct spec_process q = { .rlimits = raised, .n_rlimits = 1 };
	if (process_rlimits(pid, &q, &e) == 0) { /* a host that has CAP_SYS_RESOURCE */
		cr_assert_eq(prlimit(pid, RLIMIT_MSGQUEUE, NULL, &now), 0);
		cr_expect(now.rlim_max == 11 && now.rlim_cur == 0);
	} else {
		cr_expect_str_eq(e.text,
				 "set RLIMIT_MSGQUEUE to 5 (hard 11): the hard limit in force "
				 "is 10, and raising it takes CAP_SYS_RESOURCE");
		cr_expect(e.whole && e.code == EPERM);
	}
	end(pid);
}

Test(process, oom_score)
{
	pid_t pid = sleeper();
	scoped_str char *path = str_printf("/proc/%d/oom_score_adj", pid), *now = NULL;
	struct spec_process p = { .has_oom_score_adj = true, .oom_score_adj = 800 };

	cr_assert_eq(process_oom_score(pid, &p, &e), 0, "%s", e.text);
	cr_assert_eq(fs_read_at(AT_FDCWD, path, &now, NULL, &e), 0);
	cr_expect_str_eq(now, "800\n");
	p.oom_score_adj = -1000;
	if (process_oom_score(pid, &p, &e) < 0) { /* no CAP_SYS_RESOURCE here */
		cr_expect_eq(e.code, EACCES);
		cr_expect_str_eq(e.text,
				 "set oom_score_adj to -1000: lowering it (800 is in force) "
				 "takes CAP_SYS_RESOURCE");
		cr_expect(e.whole);
	}
	p.has_oom_score_adj = false;
	cr_expect_eq(process_oom_score(pid, &p, &e), 0);
	end(pid);
}

/* --- when and where --- */

Test(process, scheduler_and_io_priority)
{
	pid_t pid = sleeper();
	const struct spec_scheduler batch = { .given = true, .policy = SCHED_BATCH, .nice = 7 };
	const struct spec_scheduler wrong = { .given = true, .policy = SCHED_FIFO };
	const struct spec_scheduler iso = { .given = true, .policy = 4 };
	const struct spec_io_priority io = { .given = true, .class = 3, .priority = 0 };

	cr_assert_eq(process_scheduler(pid, &batch, &e), 0, "%s", e.text);
	cr_expect_eq(sched_getscheduler(pid), SCHED_BATCH);
	cr_expect_eq(getpriority(PRIO_PROCESS, (id_t)pid), 7);
	cr_expect_eq(process_scheduler(pid, &wrong, &e), -1);
	cr_expect_str_eq(
		e.text,
		"set SCHED_FIFO, nice 0, priority 0, flags 0x0, runtime 0, deadline 0, period "
		"0: the kernel does not take these together (sched(7))");
	cr_expect_eq(process_scheduler(pid, &iso, &e), -1);
	cr_expect_neq(strstr(e.text, "SCHED_ISO"), NULL);
	cr_expect_eq(process_scheduler(pid, &(struct spec_scheduler){ 0 }, &e), 0);

	cr_assert_eq(process_io_priority(pid, &io, &e), 0, "%s", e.text);
	cr_expect_eq(syscall(SYS_ioprio_get, 1, pid), 3 << 13);
	end(pid);
}

/* Without privileges, in the process's own group. */
static int refused_scheduler(void)
{
	const struct spec_scheduler fifo = { .given = true, .policy = SCHED_FIFO, .priority = 5 };
	const struct spec_scheduler nice = { .given = true, .nice = -5 };

	if (caps_set(&(struct caps_sets){ 0 }, &e) < 0 || process_scheduler(0, &nice, &e) == 0)
		return 1;
	if (strcmp(e.text,
		   "set SCHED_OTHER, nice -5: it takes CAP_SYS_NICE, or an RLIMIT_NICE of 25"))
		return 2;
	if (process_scheduler(0, &fifo, &e) == 0)
		return 3;
	/* In a group without real-time runtime that is the reason, privileged or not. */
	return strncmp(e.text, "set SCHED_FIFO, priority 5: it", 30) == 0 && e.whole ? 0 : 4;
}

Test(process, schedulers_that_are_refused)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(refused_scheduler());
	waitpid(pid, &status, 0);
	cr_expect_eq(status, 0, "0x%x", status);
}

Test(process, affinity)
{
	pid_t pid = sleeper();
	cpu_set_t set;

	cr_assert_eq(process_affinity(pid, "0", &e), 0, "%s", e.text);
	cr_assert_eq(sched_getaffinity(pid, sizeof set, &set), 0);
	cr_expect(CPU_COUNT(&set) == 1 && CPU_ISSET(0, &set));
	cr_expect_eq(process_affinity(pid, NULL, &e), 0);
	cr_expect_eq(process_affinity(pid, "1000", &e), -1);
	cr_expect_str_eq(e.text,
			 "set CPU affinity 1000: none of these is a CPU of this host and of "
			 "its group's cpuset");
	cr_expect_eq(process_affinity(pid, "1-", &e), -1);
	cr_expect_str_eq(e.text, "CPU affinity '1-' is not a list of CPUs (\"0-3,7\")");
	end(pid);
}

/* --- labels --- */

/* A file of proc, and one that can be written to: the name of the thread. */
static void cover_attr(void)
{
	(void)unshare(CLONE_NEWNS);
	(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	(void)prctl(PR_SET_NAME, "mine");
	if (mount("/proc/thread-self/comm", "/proc/thread-self/attr/exec", NULL, MS_BIND, NULL) < 0)
		dprintf(1, "mount: %d\n", errno);
	else
		dprintf(1, "covered ");
}

static void cover_proc(void)
{
	(void)unshare(CLONE_NEWNS);
	(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	(void)mount("/", "/proc", NULL, MS_BIND, NULL);
}

/* CVE-2025-52881: who can mount inside would have it written elsewhere, and run without a label. */
Test(process, labels_are_not_written_to_what_covers_proc)
{
	struct spec_process p = { .apparmor = "docker-default" };
	struct seen s = sh(&p, NULL, "true", cover_attr);

	cr_expect_eq(s.status, 1);
	cr_expect_str_eq(s.text,
			 "covered AppArmor profile \"docker-default\": /proc/thread-self/attr/"
			 "exec is covered by another mount: nothing is written there");
	s = sh(&p, NULL, "true", cover_proc);
	cr_expect_eq(s.status, 1);
	cr_expect_str_eq(s.text, "AppArmor profile \"docker-default\": /proc is not the kernel's: "
				 "that takes a mount of proc there");
	p = (struct spec_process){ .selinux = "system_u:system_r:container_t:s0" };
	s = sh(&p, NULL, "true", cover_attr);
	cr_expect_eq(s.status, 1);
	cr_expect(strstr(s.text, "is covered by another mount"), "%s", s.text);
}

Test(process, labels_without_their_module_are_refused)
{
	struct spec_process p = { .apparmor = "unconfined" };

	cr_expect_eq(process_lsm_check(&p, &e), 0, "%s", e.text);
	if (access("/sys/module/apparmor", F_OK) < 0) {
		p.apparmor = "docker-default";
		cr_expect_eq(process_lsm_check(&p, &e), -1);
		cr_expect_eq(strncmp(e.text, "process.apparmorProfile is \"docker-default\", but",
				     strlen("process.apparmorProfile is \"docker-default\", but")),
			     0, "%s", e.text);
		struct seen s = sh(&p, NULL, "true", NULL);
		cr_expect_eq(s.status, 1);
		cr_expect_eq(strncmp(s.text, "AppArmor profile \"docker-default\": ", 35), 0, "%s",
			     s.text);
	}
	if (access("/sys/fs/selinux", F_OK) < 0) {
		p = (struct spec_process){ .selinux = "system_u:system_r:container_t:s0" };
		cr_expect_eq(process_lsm_check(&p, &e), -1);
		cr_expect_eq(strncmp(e.text, "process.selinuxLabel is ", 24), 0, "%s", e.text);
		struct seen s = sh(&p, NULL, "true", NULL);
		cr_expect_eq(s.status, 1);
	}
}
