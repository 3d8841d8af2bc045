/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs called in another network namespace than the one where the VNF's links are. */
#include "tests/priv/runtime/engine_test.h"

#include <net/if.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT                                                                                       \
	"\"interfaces\":[{\"name\":\"eth0\",\"bridge\":\"br0\",\"ipv4\":[\"10.0.0.1/24\"]}],"      \
	"\"restart\":{\"policy\":\"always\",\"backoff\":\"100ms\"},"

/* Run WHAT there; its result. */
static int elsewhere(int (*what)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWNET) < 0 ? 99 : what());
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static int stop_it(void)
{
	const struct vnf_stop how = { .timeout_ms = 0 };
	struct err e = { 0 };

	return vnf_stop(host_root(), "a", &how, &e) < 0;
}

static int delete_it(void)
{
	struct err e = { 0 };

	return vnf_delete(host_root(), "a", true, &e) < 0;
}

static int look_at_it(void)
{
	struct vnf_view v;
	struct err e = { 0 };

	if (vnf_look(host_root(), "a", &v, &e) < 0)
		return 1;
	vnf_view_drop(&v);
	return 0;
}

static int start_it(void)
{
	struct err e = { 0 };

	return start("{\"name\":\"a\"," PORT SLEEP "}", &e) < 0;
}

HostTest(elsewhere, stop_and_delete_work_on_the_links_where_they_are)
{
	must_start("{\"name\":\"a\"," PORT SLEEP "}");
	cr_expect_eq(elsewhere(stop_it), 0);
	cr_expect_eq(status_of("a"), STATUS_STOPPED);
	cr_expect_eq(if_nametoindex("br0"), 0);
	must_start("{\"name\":\"a\"," PORT SLEEP "}");
	cr_expect_eq(elsewhere(delete_it), 0);
	cr_expect_eq(if_nametoindex("br0"), 0);
}

HostTest(elsewhere, a_supervisor_started_there_restarts_it_here)
{
	must_start("{\"name\":\"a\"," PORT SLEEP "}");
	pid_t init = init_of("a");
	kill_and_wait(supervisor_of("a"));
	cr_expect_eq(elsewhere(look_at_it), 0);
	kill_and_wait(init);
	cr_expect(wait_until(status_of("a") == STATUS_RUNNING && init_of("a") != init, 5000));
	struct vnf_view v = look("a");
	cr_expect_eq(v.rec.warnings.n, 0, "%s", v.rec.warnings.v[0]);
	cr_expect_gt(if_nametoindex(v.rec.ports[0].host_name), 0);
	vnf_view_drop(&v);
	must_delete("a");
}

/* What held the namespace was the supervisor alone. */
HostTest(elsewhere, one_whose_host_is_gone_can_be_stopped_and_deleted)
{
	for (int forced = 0; forced < 2; forced++) {
		cr_assert_eq(elsewhere(start_it), 0);
		kill_and_wait(supervisor_of("a"));
		if (!forced)
			cr_expect_eq(stop_it(), 0);
		cr_expect_eq(delete_it(), 0);
	}
}
