/* SPDX-License-Identifier: Apache-2.0 */
/* What exceeds its memory, or forks without end, is held in its VNF, and it is told. */
#include "tests/cli/proof.h"

#define EAT "tail /dev/zero" /* keeps all of its last line, which never ends */

static bool is_stopped(const char *name)
{
	return says("status", name, ".status", "stopped");
}

/* What PATTERN finds in the line that `nfrun list` has for NAME. */
static bool is_listed(const char *name, const char *pattern)
{
	scoped_run struct run r = run_cmd("sh", "-c", "\"$0\" list | grep -q \"^$1 *$2 \"",
					  nfrun_path(), name, pattern);

	return r.status == 0;
}

HostTest(proof_memory, an_oom_ends_its_vnf_alone_and_the_reason_is_told)
{
	start_capped("good", "sleep 1000", "\"memory\": { \"limit\": \"100M\" }");
	start_capped("bad", "exec " EAT, "\"memory\": { \"limit\": \"50M\" }");
	cr_assert(wait_until(is_stopped("bad"), 60000));

	expect_says("status", "bad", ".last_end.oom_kill", "true");
	expect_says("status", "bad", ".last_end.signal", "SIGKILL");
	expect_says("status", "bad", ".oom_kills > 0", "true");
	expect_says("state", "bad", ".annotations[\"io.nfrun.oom-killed\"]", "true");
	cr_expect(is_listed("bad", "stopped (OOM)"));
	scoped_run struct run told = run_nfrun("status", "bad");
	cr_expect(has(told.out, "killed by SIGKILL, out of memory"), "%s", told.out);

	expect_says("status", "good", ".status", "running");
	expect_says("status", "good", ".oom_kills", "0");
	expect_says("state", "good", ".annotations", "{}");
	cr_expect(is_listed("good", "running"));
	delete_vnf("good");
	delete_vnf("bad");
}

/* The kernel picks the one that holds most; the VNF itself may well live on. */
HostTest(proof_memory, an_oom_that_its_vnf_survives_is_told_too)
{
	start_capped("b", EAT "; sleep 1000", "\"memory\": { \"limit\": \"50M\" }");
	cr_assert(wait_until(says("status", "b", ".oom_kills", "1"), 60000));
	expect_says("status", "b", ".status", "running");
	expect_says("stats", "b", ".[0].memory.oom_kills", "1");
	expect_says("stats", "b", ".[0].memory.peak <= .[0].memory.limit", "true");
	scoped_run struct run told = run_nfrun("status", "b");
	cr_expect(has(told.out, "OOM kills    1 (memory.limit was reached)"), "%s", told.out);

	must_run_nfrun("stop", "--timeout", "100ms", "b"); /* which is why it ends */
	expect_says("status", "b", ".last_end.oom_kill", "false");
	expect_says("status", "b", ".oom_kills", "1");
	cr_expect(is_listed("b", "stopped"));
	delete_vnf("b");
}

/* The group, and its counters with it, outlives a restart: each is counted once. */
HostTest(proof_memory, ooms_before_a_restart_are_counted_once)
{
	scoped_str char *file = shell_vnf(
		"r", "exec " EAT,
		", \"resources\": { \"memory\": { \"limit\": \"50M\" } }, \"restart\": { \"policy\":"
		" \"on-failure\", \"max_retries\": 1, \"backoff\": \"1s\" }");

	must_run_nfrun("start", file);
	cr_assert(wait_until(says("status", "r", ".status", "restarting"), 60000));
	expect_says("status", "r", ".oom_kills", "1");
	cr_assert(wait_until(is_stopped("r"), 60000));
	expect_says("status", "r", ".oom_kills", "2");
	delete_vnf("r");
}

/* --- fork bombs --- */

static uint64_t pids_of(const char *name)
{
	scoped_str char *text = group_text(name, "pids", "pids.current");

	return strtoull(text, NULL, 10);
}

HostTest(proof_memory, a_fork_bomb_is_contained_and_all_others_go_on_forking)
{
	scoped_str char *max = NULL;

	start_capped("good", "sleep 1000", "\"pids\": 20");
	start_capped("bomb", "(while :; do (exec sleep 1000) & done) 2>/dev/null; sleep 1000",
		     "\"pids\": 40");
	cr_assert(wait_until(pids_of("bomb") == 40, 30000), "%lu", (unsigned long)pids_of("bomb"));
	for (int i = 0; i < 20; i++) {
		cr_expect_leq(pids_of("bomb"), 40);
		must_run("/bin/true");
	}
	must_run_nfrun("exec", "good", "--", "sh", "-c",
		       "for i in 1 2 3 4 5 6 7 8; do sleep 0.2 & done; wait");
	max = group_text("bomb", "pids", "pids.events");
	cr_expect(strncmp(max, "max ", 4) == 0 && strtoul(max + 4, NULL, 10) > 0, "%s", max);
	expect_says("stats", "bomb", ".[0].pids.current", "40");
	delete_vnf("bomb");
	delete_vnf("good");
}
