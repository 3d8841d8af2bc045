/* SPDX-License-Identifier: Apache-2.0 */
/* Freezing and signalling. */
#include "tests/priv/cgroups/group_test.h"

#include <sys/mman.h>

static void clean(void)
{
	struct err e = { 0 };

	if (group)
		(void)cgroup_freeze(group, false, 1000, &e);
	oci_clean();
}

TestSuite(freeze, .fini = clean, .timeout = 60);

static volatile unsigned long *counter; /* shared with run_count */

static __attribute__((noreturn)) int run_count(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		(*counter)++;
		sleep_ms(1);
	}
}

static struct cgroup *make(bool exact)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = exact ? oci_plan("freeze") : group_plan("freeze");

	counter = mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	cr_assert_neq((void *)counter, MAP_FAILED);
	must(cgroup_create(c, &l, &why));
	return c;
}

static bool is_frozen(struct cgroup *c)
{
	bool frozen;

	must(cgroup_is_frozen(c, &frozen, &why));
	return frozen;
}

static bool counts(void)
{
	unsigned long before = *counter;

	sleep_ms(100);
	return *counter != before;
}

static void assert_freezes(struct cgroup *c)
{
	pid_t pid = group_spawn(c, 0, run_count);

	cr_assert(wait_until(*counter > 0, 5000));
	cr_assert_not(is_frozen(c));
	for (int i = 0; i < 3; i++) {
		must(cgroup_freeze(c, true, 5000, &why));
		cr_assert(is_frozen(c));
		cr_assert_not(counts());
		must(cgroup_freeze(c, true, 5000, &why)); /* once more is fine */
		must(cgroup_freeze(c, false, 5000, &why));
		cr_assert_not(is_frozen(c));
		cr_assert(counts());
	}
	must(cgroup_freeze(c, true, 5000, &why));
	must(cgroup_kill(c, 5000, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
}

Test(freeze, an_exact_group)
{
	struct cgroup *c = make(true);

	assert_freezes(c);
	must(cgroup_remove(c, &why));
	cr_assert_not(is_frozen(c), "gone");
}

Test(freeze, a_group_of_our_own)
{
	struct cgroup *c = make(false);

	assert_freezes(c);
	must(cgroup_remove(c, &why));
	cgroup_free(c);
	group = NULL;
}

static int run_family(void)
{
	for (int i = 0; i < 50; i++)
		if (fork() == 0)
			return run_pause();
	return run_pause();
}

Test(freeze, a_signal_reaches_everyone)
{
	struct cgroup *c = make(true);
	pid_t pid = group_spawn(c, 0, run_family), *pids;
	size_t n = 0;

	for (int i = 0; i < 500 && n != 51; i++) {
		must(cgroup_pids(c, &pids, &n, &why));
		free(pids);
		sleep_ms(10);
	}
	cr_assert_eq(n, 51);
	must(cgroup_signal(c, SIGTERM, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGTERM);
	for (int i = 0; i < 500 && n != 0; i++) {
		must(cgroup_pids(c, &pids, &n, &why));
		free(pids);
		sleep_ms(10);
	}
	cr_assert_eq(n, 0);
	must(cgroup_signal(c, SIGTERM, &why)); /* none is fine */
}

Test(freeze, sigkill_reaches_the_frozen)
{
	struct cgroup *c = make(true);
	pid_t pid = group_spawn(c, 0, run_count);

	cr_assert(wait_until(*counter > 0, 5000));
	must(cgroup_freeze(c, true, 5000, &why));
	must(cgroup_signal(c, SIGKILL, &why));
	cr_assert_eq(wait_for(pid), 128 + SIGKILL);
}

Test(freeze, a_frozen_group_is_not_created_into)
{
	struct cgroup_limits l = no_limits();
	struct cgroup *c = make(true);
	struct err e;

	must(cgroup_freeze(c, true, 5000, &why));
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert(strstr(e.text, " is frozen"), "%s", e.text);
	c->refused = false;
}

Test(freeze, without_a_group_it_says_so)
{
	struct cgroup *c = NULL;
	struct err e;

	must(cgroup_plan_none(&c));
	cr_assert_not(is_frozen(c));
	must_fail(cgroup_freeze(c, true, 10, &e), e);
	cr_assert_str_eq(e.text, "freeze: the cgroup manager is disabled");
	must_fail(cgroup_signal(c, SIGTERM, &e), e);
	cgroup_free(c);
}
