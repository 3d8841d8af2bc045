/* SPDX-License-Identifier: Apache-2.0 */
/* CPUs of a VNF's own: cpuset.cpus.partition on v2, an error on v1. The last CPU is taken. */
#include "tests/priv/cgroups/group_test.h"

#include <sched.h>

static struct cgroup *neighbour;
static char *last; /* CPU, as text */

static void begin(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	last = str_printf("%ld", cpus - 1);
}

static void end(void)
{
	group_clean();
	group = neighbour;
	group_clean();
	free(last);
}

static char words[][9] = { "member", "root", "isolated", "alone" };
enum { MEMBER, ROOT, ISOLATED, ALONE };
static char first[] = "0", list_file[] = "cpuset.cpus";

TestSuite(partition, .init = begin, .fini = end, .timeout = 60);

/* Only there is anything to see. */
static bool has_partitions(void)
{
	return !host_is_hybrid() && sysconf(_SC_NPROCESSORS_ONLN) > 1;
}

static struct cgroup_limits isolated(void)
{
	struct cgroup_limits l = no_limits();

	l.cpus = last;
	l.cpu_partition = words[ISOLATED];
	return l;
}

static struct cgroup *make_neighbour(const struct cgroup_limits *l)
{
	neighbour = group_make("neighbour", l);
	group = NULL;
	return neighbour;
}

static void assert_text(const char *dir, const char *file, const char *want)
{
	scoped_str char *path = str_printf("%s/%s", dir, file), *text = read_text(path);

	text[strcspn(text, "\n")] = '\0';
	cr_assert_str_eq(text, want, "%s: '%s', not '%s'", path, text, want);
}

static char *nest_of(struct cgroup *c)
{
	return dir_above(part_v2(c)->dir);
}

Test(partition, v1_has_none_and_says_where)
{
	struct cgroup_limits l = isolated();
	struct err e;

	if (!host_is_hybrid())
		return;
	struct cgroup *c = group_plan("none");
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert(strstr(e.text, "cpuset.cpus.partition isolated: controller cpuset is on cgroup "
				 "v1 here ("),
		  "%s", e.text);
	l.cpu_partition = words[MEMBER];
	must(cgroup_create(c, &l, &why));
}

static bool may_use_last(cpu_set_t *set)
{
	sched_getaffinity(0, sizeof *set, set);
	return CPU_ISSET((size_t)sysconf(_SC_NPROCESSORS_ONLN) - 1, set);
}

static int run_there(void)
{
	cpu_set_t set;

	return may_use_last(&set) && CPU_COUNT(&set) == 1 ? 0 : 1;
}

static int run_elsewhere(void)
{
	cpu_set_t set;

	return may_use_last(&set) ? 1 : 0;
}

Test(partition, others_are_kept_out_until_it_goes)
{
	struct cgroup_limits l = isolated(), plain = no_limits();

	if (!has_partitions())
		return;
	struct cgroup *other = make_neighbour(&plain);
	struct cgroup *c = group_make("own", &l);
	scoped_str char *nest = nest_of(c);

	assert_text(part_v2(c)->dir, "cpuset.cpus.partition", "isolated");
	assert_text(nest, "cpuset.cpus.exclusive", last);
	assert_text("/sys/fs/cgroup", "cpuset.cpus.isolated", last);
	cr_assert_eq(wait_for(group_spawn(c, 0, run_there)), 0);
	cr_assert_eq(wait_for(group_spawn(other, 0, run_elsewhere)), 0);

	must(cgroup_update(c, &l, &why)); /* again: nothing changes */
	assert_text(part_v2(c)->dir, "cpuset.cpus.partition", "isolated");

	must(cgroup_remove(c, &why));
	assert_text(nest, "cpuset.cpus.exclusive", "");
	assert_text("/sys/fs/cgroup", "cpuset.cpus.isolated", "");
}

Test(partition, its_cpus_are_refused_to_others_by_name)
{
	struct cgroup_limits l = isolated(), plain = no_limits();
	struct err e;

	if (!has_partitions())
		return;
	struct cgroup *owner = make_neighbour(&l), *c = group_plan("late");
	scoped_str char *told = str_printf("CPU %s belongs to the partition %s (isolated)", last,
					   part_v2(owner)->dir);
	scoped_str char *list = str_printf("0-%s", last);

	plain.cpus = list;
	must_fail(cgroup_create(c, &plain, &e), e);
	cr_assert(strstr(e.text, told), "%s", e.text);
	assert_text(part_v2(owner)->dir, "cpuset.cpus.partition", "isolated");
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert(strstr(e.text, told), "%s", e.text);
	plain.cpus = NULL;
	plain.unified = &(struct limits_file){ list_file, list };
	plain.n_unified = 1;
	must_fail(cgroup_create(c, &plain, &e), e);
	cr_assert(strstr(e.text, told), "%s", e.text);
	assert_text(part_v2(owner)->dir, "cpuset.cpus.partition", "isolated");
}

/* The kernel takes the word and makes it "invalid"; so does nfrun not. */
Test(partition, cpus_of_others_are_named_and_all_is_as_before)
{
	struct cgroup_limits l = isolated(), plain = no_limits(), one = no_limits();
	scoped_str char *list = str_printf("0-%s", last);
	struct err e;

	if (!has_partitions())
		return;
	plain.cpus = list;
	one.cpus = first;
	struct cgroup *other = make_neighbour(&plain), *c = group_make("late", &one);
	scoped_str char *nest = nest_of(c);
	scoped_str char *told = str_printf("%s/cpuset.cpus has %s", part_v2(other)->dir, list);

	must_fail(cgroup_update(c, &l, &e), e);
	cr_assert(strstr(e.text, told), "%s", e.text);
	assert_text(part_v2(c)->dir, "cpuset.cpus.partition", "member");
	assert_text(part_v2(c)->dir, "cpuset.cpus", "0");
	assert_text(part_v2(c)->dir, "cpuset.cpus.exclusive", "");
	assert_text(nest, "cpuset.cpus.exclusive", "");
}

Test(partition, comes_and_goes_live_and_comes_back_after_a_failure)
{
	struct cgroup_limits l = isolated(), plain = no_limits();
	struct err e;

	if (!has_partitions())
		return;
	struct cgroup *c = group_make("live", &plain);
	const char *dir = part_v2(c)->dir;
	scoped_str char *nest = nest_of(c);

	must(cgroup_update(c, &l, &why));
	assert_text(dir, "cpuset.cpus.partition", "isolated");
	l.cpu_partition = words[ROOT];
	must(cgroup_update(c, &l, &why));
	assert_text(dir, "cpuset.cpus.partition", "root");

	l.cpu_partition = words[MEMBER];
	l.pids_max = 1ULL << 40; /* refused */
	must_fail(cgroup_update(c, &l, &e), e);
	assert_text(dir, "cpuset.cpus.partition", "root");
	assert_text(nest, "cpuset.cpus.exclusive", last);

	l = isolated();
	l.cpu_partition = NULL;
	l.cpus = first; /* what it is stays, the CPU is another */
	must(cgroup_update(c, &l, &why));
	assert_text(dir, "cpuset.cpus.partition", "root");
	assert_text(dir, "cpuset.cpus.effective", "0");
	assert_text(nest, "cpuset.cpus.exclusive", "0");

	l = no_limits();
	l.cpu_partition = words[MEMBER];
	must(cgroup_update(c, &l, &why));
	assert_text(dir, "cpuset.cpus.partition", "member");
	assert_text(nest, "cpuset.cpus.exclusive", "");
}

Test(partition, what_cannot_be_one)
{
	struct cgroup_limits l = isolated();
	scoped_str char *all = str_printf("0-%s", last);
	struct err e;

	if (!has_partitions())
		return;
	struct cgroup *c = group_plan("cannot");
	l.cpus = NULL;
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert_str_eq(e.text, "cpuset.cpus.partition isolated: say which CPUs (cpus)");
	l.cpus = all;
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert(strstr(e.text, "leave one to the host"), "%s", e.text);
	l.cpus = last;
	l.cpu_partition = words[ALONE];
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert_str_eq(e.text, "cpuset.cpus.partition alone: not member, root or isolated");
}

Test(partition, by_the_name_of_its_file_it_is_looked_at_too)
{
	struct cgroup_limits l = no_limits();
	static char file[] = "cpuset.cpus.partition";
	struct limits_file files[] = { { list_file, last }, { file, words[ISOLATED] } };
	struct err e;

	if (!has_partitions())
		return;
	struct cgroup *c = group_plan("unified");
	l.unified = files; /* nothing reserves the CPU in the nest */
	l.n_unified = 2;
	l.cpus = first; /* hands cpuset on */
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert(strstr(e.text, "cpuset.cpus.partition: "), "%s", e.text);
	cr_assert(strstr(e.text, "cannot have CPUs "), "%s", e.text);
}

/* kill -9 between the group's end and the nest's: the next VNF sets it right. */
Test(partition, a_nest_that_still_reserves_is_mended)
{
	struct cgroup_limits l = isolated(), plain = no_limits();

	if (!has_partitions())
		return;
	struct cgroup *other = make_neighbour(&plain), *c = group_make("killed", &l);
	scoped_str char *nest = nest_of(other);

	scoped_str char *leaf = part_leaf(c, part_v2(c));
	must_run("rmdir", leaf);
	must_run("rmdir", part_v2(c)->dir);
	assert_text(nest, "cpuset.cpus.exclusive", last);
	must(cgroup_update(other, &plain, &why));
	assert_text(nest, "cpuset.cpus.exclusive", "");
}

Test(partition, a_nest_that_somebody_has_set_is_left_alone)
{
	struct cgroup_limits l = isolated(), plain = no_limits();
	struct err e;

	if (!has_partitions())
		return;
	plain.cpus = first; /* so that the nest has the files */
	struct cgroup *other = make_neighbour(&plain), *c = group_plan("guest");
	scoped_str char *nest = nest_of(other),
			*file = str_printf("%s/cpuset.cpus.exclusive", nest);

	write_text(file, "%s", last);
	must(cgroup_create(c, &l, &why));
	must(cgroup_remove(c, &why));
	assert_text(nest, "cpuset.cpus.exclusive", last);
	must(cgroup_remove(other, &why));
	plain.cpus = NULL;
	must(cgroup_create(other, &plain, &why));
	l.cpus = first;
	write_text(file, "%s", last);
	must_fail(cgroup_create(c, &l, &e), e);
	cr_assert(strstr(e.text, "not 0, and is not nfrun's to change"), "%s", e.text);
}
