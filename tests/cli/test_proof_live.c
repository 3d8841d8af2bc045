/* SPDX-License-Identifier: Apache-2.0 */
/* What `nfrun update` changes holds within 100 ms of its return, and as a whole or not at all. */
#include "tests/cli/proof.h"

#include <dirent.h>
#include <sched.h>

enum { SOON_MS = 100 };

/* --- within 100 ms --- */

/* What it used in the SOON_MS after a change that took all but 0.1 CPU from it, beyond what the
 * quota gives it in that time; in ms. */
static double excess_after_a_cut(const char *name)
{
	scoped_str char *dir = group_dir(name, ""), *file = str_printf("%s/cpu.stat", dir);

	must_run_nfrun("update", "--cpus", "0.1", name);
	scoped_str char *before = read_text(file);
	int64_t began = now_ms();
	sleep_ms(SOON_MS);
	scoped_str char *after = read_text(file);
	double used = (double)(strtoull(after + 11, NULL, 10) - strtoull(before + 11, NULL, 10));

	return used / 1000 - 0.1 * (double)(now_ms() - began);
}

/* Two CPUs' worth of work without a cap would be 200 ms; one period's quota, of 10 ms, may be given
 * out at once at the begin, and the last slice, of 5 ms, may be overdrawn on each CPU. */
HostTest(proof_live, a_lower_quota_holds_at_once)
{
	double excess = 1000;

	start_capped("q", BURN " & " BURN, "\"cpu\": { \"limit\": 2 }");
	outweigh_the_host("q", 10);
	for (int try = 0; try < TRIES && excess > 20; try++) {
		must_run_nfrun("update", "--cpus", "2", "q");
		sleep_ms(300);
		excess = excess_after_a_cut("q");
	}
	cr_expect_leq(excess, 20, "%.1f ms too much", excess);
	delete_vnf("q");
}

HostTest(proof_live, a_raised_quota_ends_the_throttling_at_once)
{
	double used = 0;

	start_capped("q", BURN, "\"cpu\": { \"limit\": 0.05 }");
	outweigh_the_host("q", 10);
	scoped_str char *dir = group_dir("q", ""), *file = str_printf("%s/cpu.stat", dir);
	for (int try = 0; try < TRIES && used < 30; try++) {
		must_run_nfrun("update", "--cpus", "0.05", "q");
		sleep_ms(300);
		must_run_nfrun("update", "--cpus", "max", "q");
		scoped_str char *before = read_text(file);
		sleep_ms(SOON_MS);
		scoped_str char *after = read_text(file);
		used = (double)(strtoull(after + 11, NULL, 10) - strtoull(before + 11, NULL, 10)) /
		       1000;
	}
	/* the cap would have let it have 10 ms at most */
	cr_expect_geq(used, 30, "%.1f ms in %d", used, SOON_MS);
	delete_vnf("q");
}

HostTest(proof_live, a_lower_pids_limit_holds_at_once)
{
	start_capped("p", "sleep 1000", "\"pids\": 100");
	must_run_nfrun("exec", "p", "--", "sh", "-c",
		       "for i in 1 2 3 4 5; do sleep 1 & done; wait");
	must_run_nfrun("update", "--pids", "5", "p");
	scoped_run struct run r = run_nfrun("exec", "p", "--", "sh", "-c",
					    "for i in 1 2 3 4 5; do sleep 1 & done; wait");
	cr_expect_neq(r.status, 0);
	cr_expect(has(r.err, "ork"), "%s", r.err); /* "Cannot fork" */
	expect_says("stats", "p", ".[0].pids.limit", "5");
	delete_vnf("p");
}

static int cpu_of(pid_t pid) /* the 39th of proc(5)'s stat: on which it ran last */
{
	scoped_str char *path = str_printf("/proc/%d/stat", pid), *text = read_text(path);
	const char *at = strrchr(text, ')');

	for (int i = 2; i < 39; i++)
		at = strchr(at + 1, ' ');
	return atoi(at);
}

HostTest(proof_live, a_cpu_list_moves_it_at_once)
{
	start_capped("c", BURN, "\"cpu\": { \"limit\": 0.9 }");
	outweigh_the_host("c", 10);
	pid_t pid = process_of("c");

	for (unsigned cpu = 0; cpu < 2; cpu++) {
		scoped_str char *list = str_printf("%u", cpu);
		cpu_set_t set;

		must_run_nfrun("update", "--cpuset", list, "c");
		cr_assert_eq(sched_getaffinity(pid, sizeof set, &set), 0);
		cr_expect(CPU_COUNT(&set) == 1 && CPU_ISSET(cpu, &set));
		sleep_ms(SOON_MS);
		cr_expect_eq(cpu_of(pid), (int)cpu);
	}
	delete_vnf("c");
}

static uint64_t memory_of(const char *name)
{
	scoped_str char *text = group_text(name, "memory", "memory.current");

	return strtoull(text, NULL, 10);
}

/* The kernel reclaims before the write returns. The compiler proper is large, and in nobody else's
 * page cache. */
HostTest(proof_live, a_lower_memory_high_holds_at_once_or_is_refused)
{
	start_capped("m", "sleep 1000", "\"memory\": { \"limit\": \"100M\" }");
	if (is_v1("m", "memory")) {
		scoped_run struct run r = run_nfrun("update", "--memory-high", "16M", "m");

		cr_expect_eq(r.status, 1);
		cr_expect(has(r.err, "memory.high: controller memory is on cgroup v1 here"), "%s",
			  r.err);
	} else {
		must_run_nfrun("exec", "m", "--", "sh", "-c",
			       "cat /usr/lib/gcc/*/*/cc1 /usr/lib/gcc/*/*/lto1 >/dev/null");
		cr_expect_gt(memory_of("m"), 24 << 20);
		must_run_nfrun("update", "--memory-high", "16M", "m");
		cr_expect_leq(memory_of("m"), 16 << 20);
	}
	delete_vnf("m");
}

/* --- all or none --- */

/* Every number that a file of the group's directories sets; counters and statistics left out. */
static char *settings_of(const char *name)
{
	static const char script[] =
		"for d in $(jq -r '.cgroup[]' \"$0/$1/state.json\" | cut -d= -f2); do\n"
		"cd $d && for f in *; do\n"
		"[ -f $f ] && [ -w $f ] && case $(stat -c %a $f) in 644) ;; *) continue ;; esac &&\n"
		"case $f in *procs|*threads|tasks|*pressure|*usage*|*peak|*failcnt|*stat|*current"
		"|cgroup.*|notify_on_release|*force_empty|*event*) ;;\n"
		"*) echo \"$f: $(cat $f 2>&1 | tr '\\n' ' ')\" ;; esac; done; done";
	scoped_run struct run r = run_cmd("sh", "-c", script, host_root(), name);

	cr_assert_eq(r.status, 0, "%s", r.err);
	cr_assert(has(r.out, "pids.max"), "%s", r.out);
	return str_dup(r.out);
}

/* One part of each cannot be had, by nfrun's word or, when others are written already, by the
 * kernel's; the others could. */
HostTest(proof_live, a_change_of_which_one_part_fails_leaves_all_as_it_was)
{
	static const char *const bad[][3] = {
		{ "--memory", "16M", "--force" },          /* v1: 60M cannot be had back */
		{ "--unified", "memory.oom.group=7", "" }, /* v2: EINVAL */
		{ "--pids", "99999999", "" },              /* above the kernel's PID_MAX_LIMIT */
		{ "--cpuset", "900", "" },                 /* not there */
		{ "--packet-cpu", "pinned,cpus=900", "" },
	};

	start_capped("all", "dd if=/dev/zero of=/tmp/x bs=1M count=60 2>/dev/null; sleep 1000",
		     "\"cpu\": { \"limit\": 0.5, \"weight\": 200, \"cpus\": \"0\" },"
		     " \"memory\": { \"limit\": \"100M\" }, \"pids\": 50");
	cr_assert(
		wait_until(says("stats", "all", ".[0].memory.current > 60000000", "true"), 20000));
	scoped_str char *files = settings_of("all"), *told = ask("status", "all", ".limits");
	bool v1 = is_v1("all", "memory");
	for (size_t i = v1 ? 0 : 1; i < ARRAY_LEN(bad); i++) {
		scoped_run struct run r =
			run_cmd("sh", "-c", "exec \"$0\" update --cpus 0.3 --cpu-weight 300 $@ all",
				nfrun_path(), bad[i][0], bad[i][1], bad[i][2]);
		scoped_str char *now = settings_of("all");

		cr_expect_eq(r.status, 1, "%s %s: %d: %s", bad[i][0], bad[i][1], r.status, r.err);
		cr_expect_str_eq(now, files, "after %s", bad[i][0]);
		expect_says("status", "all", ".limits", told);
	}
	must_run_nfrun("update", "--cpus", "0.3", "all"); /* and it is no worse for it */
	expect_says("status", "all", ".limits.cpu", "0.3");
	must_run_nfrun("restart", "all");
	expect_says("status", "all", ".limits.cpu", "0.3");
	expect_says("status", "all", ".limits.pids", "50");
	delete_vnf("all");
}
