/* SPDX-License-Identifier: Apache-2.0 */
/* Where an OCI caller's group lies, on hosts that are directories below /tmp. */
#include "cgroups/group.h"
#include "cgroups/host.h"
#include "tests/support/support.h"

#include <string.h>
#include <sys/stat.h>

static char top[] = "/tmp/nfrun-plan-XXXXXX";
static struct cgroup_host *host;
static struct cgroup *group;

static void begin(void)
{
	cr_assert_not_null(mkdtemp(top));
	host = mem_alloc(sizeof *host);
}

static void end(void)
{
	cgroup_host_free(host);
	cgroup_free(group);
	must_run("rm", "-rf", top);
}

TestSuite(plan, .init = begin, .fini = end);

/* A mount of hierarchy NAME at top/NAME in which the caller's group is OWN. */
static void mounted(const char *name, const char *type, const char *options, const char *own)
{
	scoped_str char *dir = str_printf("%s/%s", top, name);
	scoped_str char *line =
		str_printf("1 2 0:%zu / %s rw - %s x rw,%s\n", host->n + 1, dir, type, options);
	scoped_str char *in = str_printf("%s%s", dir, own);
	scoped_str char *mine = strcmp(type, "cgroup2") ? str_printf("7:%s:%s\n", options, own)
							: str_printf("0::%s\n", own);

	make_dirs(in);
	host_parse(host, line, mine);
}

static void planned(const char *path)
{
	struct err e = { 0 };

	cgroup_free(group);
	group = NULL;
	cr_assert_eq(cgroup_plan_at(host, path, &group, &e), 0, "%s", e.text);
}

/* The group in the hierarchy with CONTROLLER ("": v2) is top/WANT. */
static void assert_at(const char *controller, const char *want)
{
	scoped_str char *dir = want ? str_printf("%s/%s", top, want) : NULL;
	const struct part *p = *controller ? NULL : part_v2(group);

	for (size_t i = 0; i < group->n && *controller; i++)
		if (part_has(&group->parts[i], controller))
			p = &group->parts[i];
	cr_assert_eq(p != NULL, want != NULL, "%s", controller);
	if (want)
		cr_assert_str_eq(p->dir, dir, "%s: %s, not %s", controller, p->dir, dir);
}

Test(plan, pure_v2)
{
	mounted("cg", "cgroup2", "nsdelegate", "/user/session");
	planned("/a/b");
	assert_at("", "cg/a/b");
	planned("a/b");
	assert_at("", "cg/a/b");
	cr_assert(group->exact);
	cr_assert_not(group_is_hybrid(group));
	scoped_str char *leaf = part_leaf(group, part_v2(group));
	cr_assert_str_eq(leaf, part_v2(group)->dir);
}

Test(plan, hybrid)
{
	mounted("cpu", "cgroup", "cpu,cpuacct", "/svc");
	mounted("devices", "cgroup", "devices", "/");
	mounted("systemd", "cgroup", "name=systemd", "/svc");
	mounted("unified", "cgroup2", "x", "/svc");
	planned("a/b");
	assert_at("cpu", "cpu/svc/a/b");
	assert_at("cpuacct", "cpu/svc/a/b");
	assert_at("devices", "devices/a/b");
	assert_at("", "unified/a/b");
	assert_at(SYSTEMD, NULL);
	cr_assert(group_is_hybrid(group));
	planned("/a");
	assert_at("cpu", "cpu/a");
	assert_at("", "unified/a");
}

/* systemd on v1 keeps track of services by a hierarchy of its own; the record keeps it too. */
Test(plan, v1_alone)
{
	scoped_strs struct strs paths = { 0 }, same = { 0 };
	struct err e = { 0 };

	mounted("cpu", "cgroup", "cpu,cpuacct", "/svc");
	mounted("systemd", "cgroup", "name=systemd", "/svc");
	mounted("net", "cgroup", "net_cls,net_prio", "/");
	planned("x");
	assert_at(SYSTEMD, "systemd/svc/x");
	assert_at("net_prio", "net/x");
	for (size_t i = 0; i < group->n; i++)
		cr_assert_eq(part_is_lazy(group, &group->parts[i]),
			     part_has(&group->parts[i], "net_cls"));

	cgroup_paths(group, &paths);
	cgroup_free(group);
	group = NULL;
	cr_assert_eq(cgroup_from_paths(&paths, &group, &e), 0, "%s", e.text);
	cr_assert(group->exact, "also without a v2 part to say it");
	assert_at(SYSTEMD, "systemd/svc/x");
	cgroup_paths(group, &same);
	cr_assert_eq(paths.n, same.n);
	for (size_t i = 0; i < paths.n; i++)
		cr_assert_str_eq(paths.v[i], same.v[i]);
}

Test(plan, a_network_controller_on_v1_makes_no_hybrid_host)
{
	mounted("cg", "cgroup2", "x", "/");
	mounted("net", "cgroup", "net_cls", "/");
	planned("x");
	cr_assert_not(group_is_hybrid(group));
	cr_assert_not(cgroup_host_is_hybrid(host));
}

Test(plan, nothing_mounted)
{
	struct err e = { 0 };

	cr_assert_eq(cgroup_plan_at(host, "/x", &group, &e), -1);
	cr_assert(strstr(e.text, "no control groups to be had"), "%s", e.text);
}
