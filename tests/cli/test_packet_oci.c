/* SPDX-License-Identifier: Apache-2.0 */
/* packet_cpu of OCI containers: the same, with a keeper instead of a supervisor. */
#include "tests/cli/bundle.h"
#include "tests/cli/packet.h"

#include <signal.h>

#define WITH(packet_cpu)                                                                           \
	".annotations[\"io.nfrun.interfaces\"] = ([{ name: \"eth0\", bridge: \"br0\", "            \
	"ipv4: [\"10.7.0.2/24\"] }] | tojson) | .annotations[\"io.nfrun.packet-cpu\"] = "          \
	"\"" packet_cpu "\" | .process.capabilities[] |= (. + [\"CAP_NET_ADMIN\"] | unique)"

static pid_t keeper(void)
{
	scoped_str char *pid = packet("box", ".keeper[0]");

	return (pid_t)strtol(pid, NULL, 10);
}

static bool ended(pid_t pid)
{
	scoped_str char *path = str_printf("/proc/%d/stat", pid);
	struct err gone = { 0 };
	scoped_str char *text = NULL;

	/* nobody has reaped it: it was orphaned to this process */
	return fs_read_at(AT_FDCWD, path, &text, NULL, &gone) < 0 || has(text, ") Z ");
}

HostTest(packet_oci, a_keeper_stays_and_places_new_threads)
{
	scoped_bundle char *bundle = bundle_with(WITH("own,limit=20%"));

	must_run_detached(bundle, "box");
	pid_t tid = thread_of("box", "eth0", "false"), who = keeper();
	cr_expect(is_placed(tid));
	cr_expect_eq(policy_of(tid), DEADLINE);
	cr_expect_gt(who, 1);
	bounce_link("box");
	cr_expect(comes_anew("box", tid));
	must_run_nfrun("delete", "--force", "box");
	cr_expect(wait_until(ended(who), 1000));
}

HostTest(packet_oci, pause_and_resume_and_the_end_of_the_process)
{
	scoped_bundle char *bundle = bundle_with(WITH("own"));

	must_run_detached(bundle, "box");
	pid_t tid = thread_of("box", "eth0", "false"), who = keeper();
	must_run_nfrun("pause", "box");
	expect_says("state", "box", ".status", "paused");
	must_run_nfrun("resume", "box");
	expect_says("state", "box", ".status", "running");
	cr_expect(is_placed(tid));
	must_run_nfrun("kill", "box", "KILL");
	cr_expect(wait_until(ended(who), 2000), "the keeper outlives its container");
	must_run_nfrun("delete", "box");
}

HostTest(packet_oci, an_update_starts_a_keeper_where_there_is_none)
{
	scoped_bundle char *bundle = bundle_with(WITH("shared"));

	must_run_detached(bundle, "box");
	must_run_nfrun("update", "--packet-cpu", "own,limit=10%", "box");
	pid_t tid = thread_of("box", "eth0", "false"), who = keeper();
	cr_expect(is_placed(tid));
	kill(who, SIGKILL);
	cr_expect(wait_until(ended(who), 1000));
	must_run_nfrun("update", "--packet-cpu", "own", "box");
	cr_expect_neq(keeper(), who);
	cr_expect_neq(policy_of(tid), DEADLINE);
	bounce_link("box");
	cr_expect(comes_anew("box", tid));
	must_run_nfrun("update", "--packet-cpu", "shared", "box");
	must_run_nfrun("delete", "--force", "box");
}

/* Links are taken down with its network namespace, and the kernel waits for a thread that may not
 * run. Here somebody keeps the namespace, so that what has become of the thread can be seen. */
HostTest(packet_oci, the_keeper_lifts_caps_when_its_container_ends)
{
	scoped_bundle char *bundle = bundle_with(WITH("own"));

	must_run_detached(bundle, "box");
	pid_t tid = thread_of("box", "eth0", "false"), who = keeper();
	scoped_str char *init = ask("state", "box", ".pid");
	scoped_str char *path = str_printf("/proc/%s/ns/net", init);
	scoped_str char *number = str_printf("%d", tid);
	scoped_fd int netns = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert(netns >= 0);
	must_run("chrt", "--deadline", "--sched-runtime", "1000000", "--sched-deadline", "10000000",
		 "--sched-period", "10000000", "--pid", "0", number);
	cr_assert_eq(policy_of(tid), DEADLINE);
	must_run_nfrun("kill", "box", "KILL");
	cr_expect(wait_until(ended(who), 2000));
	cr_assert(is_napi(tid), "its link is gone");
	cr_expect_neq(policy_of(tid), DEADLINE);
	must_run_nfrun("delete", "box");
}
