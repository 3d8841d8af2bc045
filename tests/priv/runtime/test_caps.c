/* SPDX-License-Identifier: Apache-2.0 */
/* The caps of a VNF hold for real: on a hybrid host and, run by tests/vm, on
 * pure cgroup v2. */
#include "runtime/base/scope.h"
#include "runtime/spec/vnf_load.h"
#include "runtime/vnf.h"
#include "tests/support/support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define SH(cmd)   "\"process\":{\"args\":[\"/bin/sh\",\"-c\",\"" cmd "\"]}"
#define BURN      SH("while :; do :; done")
#define RES(text) "\"resources\":{" text "},"

static void must_start(const char *text)
{
	scoped_strs struct strs problems = { 0 };
	struct err e = { 0 };
	struct vnf *v = NULL;

	if (vnf_load_bytes(text, strlen(text), "test", "/", &v, &problems) < 0)
		cr_assert_fail("%s", problems.v[0]);
	cr_assert_eq(vnf_start(host_root(), v, NULL, &e), 0, "%s: %s", e.text, strerror(e.code));
	vnf_free(v);
}

static void must_delete(const char *name)
{
	struct err e = { 0 };

	cr_assert_eq(vnf_delete(host_root(), name, true, &e), 0, "%s", e.text);
}

static struct vnf_view look(const char *name)
{
	struct vnf_view v;
	struct err e = { 0 };

	cr_assert_eq(vnf_look(host_root(), name, &v, &e), 0, "%s", e.text);
	return v;
}

static struct usage usage_of(const char *name)
{
	struct usage u;
	struct err e = { 0 };

	cr_assert_eq(vnf_usage(host_root(), name, &u, &e), 0, "%s", e.text);
	return u;
}

/* All VNFs together weigh as much as one process of the host, where that is in the root group:
 * beside a busy build a VNF may well get less than its cap. Not in these tests. */
static void outweigh_the_host(const char *name)
{
	struct vnf_view v = look(name);

	for (size_t i = 0; i < v.rec.cgroup.n; i++) {
		const char *controllers = v.rec.cgroup.v[i];
		scoped_str char *dir = str_dup(strchr(controllers, '=') + 1);

		*strrchr(dir, '/') = '\0'; /* nfrun/, above the VNF's own */
		scoped_str char *shares = str_printf("%s/cpu.shares", dir);
		scoped_str char *weight = str_printf("%s/cpu.weight", dir);
		if (access(shares, F_OK) == 0)
			write_text(shares, "262144");
		if (access(weight, F_OK) == 0)
			write_text(weight, "10000");
	}
	vnf_view_drop(&v);
}

/* CPUs in use, by the group's own clock, over MS. */
static double cpus_used(const char *name, int ms)
{
	struct usage a = usage_of(name);
	sleep_ms(ms);
	struct usage b = usage_of(name);
	double used = (double)(b.cgroup.cpu_usage_us - a.cgroup.cpu_usage_us) * 1000 /
		      (double)(b.time_ns - a.time_ns);

	usage_drop(&a);
	usage_drop(&b);
	return used;
}

HostTest(caps, half_a_cpu_is_half_a_cpu_and_can_be_changed_live)
{
	struct vnf_resources change = VNF_RESOURCES_UNSET;
	struct err e = { 0 };

	must_start("{\"name\":\"a\"," RES("\"cpu\":{\"limit\":0.5}") BURN "}");
	outweigh_the_host("a");
	double used = cpus_used("a", 4000);
	cr_expect(fabs(used - 0.5) < 0.025, "used %.3f CPUs", used);
	struct usage u = usage_of("a");
	cr_expect_gt(u.cgroup.cpu_throttled, 0);
	usage_drop(&u);

	change.cpu_limit = 250;
	cr_assert_eq(vnf_update(host_root(), "a", &(struct vnf_change){ .resources = &change },
				NULL, &e),
		     0, "%s", e.text);
	used = cpus_used("a", 4000);
	cr_expect(fabs(used - 0.25) < 0.0125, "used %.3f CPUs", used);

	change.cpu_limit = VNF_NO_LIMIT;
	cr_assert_eq(vnf_update(host_root(), "a", &(struct vnf_change){ .resources = &change },
				NULL, &e),
		     0, "%s", e.text);
	used = cpus_used("a", 1000);
	cr_expect_gt(used, 0.5, "used %.3f CPUs", used);
	must_delete("a");
}

HostTest(caps, who_exceeds_its_memory_is_killed_alone_and_it_is_told)
{
	must_start("{\"name\":\"good\"," RES("\"memory\":{\"limit\":\"200M\"}")
			   SH("sleep 1000") "}");
	must_start("{\"name\":\"bad\"," RES("\"memory\":{\"limit\":\"100M\"}")
			   SH("exec tail /dev/zero") "}");
	cr_assert(wait_until(({
				     struct vnf_view v = look("bad");
				     bool over = v.rec.status == STATUS_STOPPED;
				     vnf_view_drop(&v);
				     over;
			     }),
			     60000));
	struct vnf_view v = look("bad");
	cr_expect(v.rec.end.oom);
	cr_expect_geq(v.rec.oom_kills, 1);
	cr_expect_eq(v.rec.end.signal, SIGKILL);
	vnf_view_drop(&v);
	v = look("good");
	cr_expect_eq(v.rec.status, STATUS_RUNNING);
	cr_expect_eq(v.rec.oom_kills, 0);
	vnf_view_drop(&v);
	must_delete("good");
	must_delete("bad");
}

HostTest(caps, a_fork_bomb_stops_at_its_pids_limit)
{
	must_start("{\"name\":\"a\"," RES("\"pids\":20") SH(
		"(while :; do sleep 1000 & done) 2>/dev/null & wait; exec sleep 1000") "}");
	sleep_ms(1500);
	struct usage u = usage_of("a");
	cr_expect_leq(u.cgroup.pids_current, 20);
	cr_expect_geq(u.cgroup.pids_current, 1);
	cr_expect_eq(u.cgroup.pids_limit, 20);
	usage_drop(&u);
	must_delete("a");
}

HostTest(caps, a_cpu_list_holds_its_processes)
{
	must_start("{\"name\":\"a\"," RES("\"cpu\":{\"cpus\":\"1\"}") SH("sleep 1000") "}");
	struct vnf_view v = look("a");
	scoped_str char *path = str_printf("/proc/%d/status", v.rec.init.pid);
	scoped_str char *status = read_text(path);

	cr_expect(strstr(status, "Cpus_allowed_list:\t1\n"), "%s", status);
	vnf_view_drop(&v);
	must_delete("a");
}

HostTest(caps, a_live_change_holds_as_a_whole_or_not_at_all)
{
	struct vnf_resources change = VNF_RESOURCES_UNSET;
	struct err e = { 0 };

	must_start("{\"name\":\"a\"," RES("\"pids\":30,\"cpu\":{\"cpus\":\"0\"}")
			   SH("sleep 1000") "}");
	change.pids = 40;
	change.cpus = (char *)"900";
	cr_expect_eq(vnf_update(host_root(), "a", &(struct vnf_change){ .resources = &change },
				NULL, &e),
		     -1);
	struct usage u = usage_of("a");
	cr_expect_eq(u.cgroup.pids_limit, 30);
	usage_drop(&u);
	must_delete("a");
}
