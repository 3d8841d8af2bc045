/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of a live group for `events`, out-of-memory events, and ownership. */
#include "tests/priv/cgroups/group_test.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>

TestSuite(oci_stats, .fini = oci_clean, .timeout = 60);

static struct cgroup *limited(void)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = oci_plan("stats");

	l.memory_max = 32 << 20;
	l.memory_and_swap = 32 << 20;
	l.pids_max = 20;
	l.cpu_quota_us = 10000;
	l.cpu_period_us = 100000;
	must(cgroup_create(c, &l, &why));
	return c;
}

static __attribute__((noreturn)) int run_work(void)
{
	enum { SIZE = 8 << 20 };
	char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		memset(p, 1, SIZE);
}

static uint64_t raw(const struct cgroup_oci_stats *s, const char *name)
{
	for (size_t i = 0; i < s->n_memory_raw; i++)
		if (strcmp(s->memory_raw[i].name, name) == 0)
			return s->memory_raw[i].value;
	return CGROUP_UNSET;
}

Test(oci_stats, what_the_group_uses)
{
	struct cgroup *c = limited();
	pid_t pid = group_spawn(c, 0, run_work);
	struct cgroup_oci_stats s;

	memset(&s, 0, sizeof s);
	cr_assert(wait_until((cgroup_oci_stats_drop(&s),
			      cgroup_oci_stats_read(c, &s, &(struct err){ 0 }) == 0 &&
				      s.cpu.throttled_periods > 2 && s.memory.usage > 8 << 20),
			     20000));
	cr_assert_gt(s.cpu.total_ns, 10000000);
	cr_assert_neq(s.cpu.user_ns, CGROUP_UNSET);
	cr_assert_neq(s.cpu.kernel_ns, CGROUP_UNSET);
	cr_assert_gt(s.cpu.periods, 2);
	cr_assert_gt(s.cpu.throttled_periods, 2);
	cr_assert_gt(s.cpu.throttled_ns, 0);
	cr_assert_gt(s.memory.usage, 8 << 20);
	cr_assert_leq(s.memory.usage, 32 << 20);
	cr_assert_geq(s.memory.max, s.memory.usage);
	cr_assert_eq(s.memory.limit, 32 << 20);
	cr_assert_neq(s.memory.failcnt, CGROUP_UNSET);
	cr_assert_eq(s.swap.limit, 32 << 20);
	cr_assert_neq(s.memory_cache, CGROUP_UNSET);
	cr_assert_gt(s.n_memory_raw, 20);
	cr_assert_gt(raw(&s, host_is_hybrid() ? "rss" : "anon"), 4 << 20);
	cr_assert_eq(s.pids_current, 1);
	cr_assert_eq(s.pids_limit, 20);
	if (host_is_hybrid()) {
		uint64_t sum = 0;

		cr_assert_gt(s.cpu.percpu.n, 0);
		cr_assert_eq(s.cpu.percpu_user.n, s.cpu.percpu_kernel.n);
		for (size_t i = 0; i < s.cpu.percpu.n; i++)
			sum += s.cpu.percpu.v[i];
		cr_assert_gt(sum, s.cpu.total_ns / 2);
	}
	cgroup_oci_stats_drop(&s);
	cgroup_oci_stats_drop(&s); /* twice is fine */
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
}

Test(oci_stats, without_limits_there_are_none_and_gone_is_an_error)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = oci_plan("stats");
	struct cgroup_oci_stats s;
	struct err e;

	must(cgroup_create(c, &l, &why));
	must(cgroup_oci_stats_read(c, &s, &why));
	cr_assert_eq(s.memory.limit, CGROUP_UNSET);
	cr_assert_eq(s.pids_limit, CGROUP_UNSET);
	cgroup_oci_stats_drop(&s);
	must(cgroup_remove(c, &why));
	must_fail(cgroup_oci_stats_read(c, &s, &e), e);
	cr_assert_eq(e.code, ENOENT);
	cgroup_oci_stats_drop(&s);
}

static int run_hog(void)
{
	enum { SIZE = 64 << 20 };
	char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(p, 1, SIZE);
	return 0;
}

static enum cgroup_event next(struct cgroup *c, int fd, int timeout_ms)
{
	enum cgroup_event what = CGROUP_NOTHING;
	int64_t end = now_ms() + timeout_ms;

	for (int64_t left; what == CGROUP_NOTHING && (left = end - now_ms()) > 0;) {
		(void)poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, (int)left);
		must(cgroup_oom_read(c, fd, &what, &why));
	}
	return what;
}

Test(oci_stats, out_of_memory_wakes_who_waits)
{
	struct cgroup *c = limited();
	pid_t other = group_spawn(c, 0, run_pause);
	struct err e = { 0 };
	scoped_fd int fd = cgroup_oom_fd(c, &e);

	cr_assert_geq(fd, 0, "%s: %s", e.text, strerror(e.code));
	cr_assert(wait_until(is_inside(c, other), 5000));
	cr_assert_eq(next(c, fd, 300), CGROUP_NOTHING);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(wait_for(group_spawn(c, 0, run_hog)), 128 + SIGKILL);
		cr_assert_eq(next(c, fd, 5000), CGROUP_OOM);
		cr_assert_eq(next(c, fd, 200), CGROUP_NOTHING);
	}
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(other), 128 + SIGKILL);
	must(cgroup_remove(c, &why));
	cr_assert_eq(next(c, fd, 5000), CGROUP_ENDED);
}

Test(oci_stats, a_group_that_is_given_away)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = oci_plan("given");
	struct stat st;

	must(cgroup_create(c, &l, &why));
	must(cgroup_give(c, 12345, &why));
	scoped_str char *procs = str_printf("%s/cgroup.procs", part_v2(c)->dir);
	scoped_str char *events = str_printf("%s/cgroup.events", part_v2(c)->dir);
	uid_t want = host_is_hybrid() ? 0 : 12345;
	cr_assert_eq(stat(part_v2(c)->dir, &st), 0);
	cr_assert_eq(st.st_uid, want);
	cr_assert_eq(stat(procs, &st), 0);
	cr_assert_eq(st.st_uid, want);
	cr_assert_eq(stat(events, &st), 0);
	cr_assert_eq(st.st_uid, 0);
}
