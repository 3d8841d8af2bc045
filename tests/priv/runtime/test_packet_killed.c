/* SPDX-License-Identifier: Apache-2.0 */
/* A crash while the kernel's threads are being placed: they go home, and with them what holds them.
 */
#include "runtime/base/packet_cpu.h"
#include "runtime/packet_sched.h"
#include "tests/priv/runtime/engine_test.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

HostTest(packet_killed, a_maker_may_be_killed_at_any_moment)
{
	uint32_t before = 0, after = 0;
	struct err e = { 0 };

	cr_assert_eq(packet_sched_left(1000, &before, &e), 0, "%s", e.text);
	kill_makers("{\"name\":\"a\",\"packet_cpu\":{\"mode\":\"own\",\"limit\":\"10%\"},"
		    "\"interfaces\":[{\"name\":\"eth0\",\"bridge\":\"br0\","
		    "\"ipv4\":[\"10.0.0.1/24\"]}]," SLEEP "}",
		    50, 1000);
	/* what was promised to the threads has not leaked (packet_sched.h) */
	cr_expect(wait_until(packet_sched_left(1000, &after, &e) == 0 && after >= before, 3000),
		  "%u of 1000 were left, %u are", before, after);
}

static void change_to(const char *words)
{
	const struct vnf_resources same = VNF_RESOURCES_UNSET;
	struct packet_changes packet = { 0 };
	struct err e = { 0 };

	cr_assert_eq(packet_change_parse(words, &packet, &e), 0, "%s", e.text);
	cr_assert_eq(vnf_update(host_root(), "a", &(struct vnf_change){ &same, packet, false },
				NULL, &e),
		     0, "%s: %s", words, e.text);
	packet_changes_drop(&packet);
}

static uint32_t left(void)
{
	uint32_t permille = 0;
	struct err e = { 0 };

	sleep_ms(20); /* the kernel keeps a promise for its period */
	cr_assert_eq(packet_sched_left(1000000, &permille, &e), 0, "%s", e.text);
	return permille;
}

/* Threads that sleep, as here, lose their deadline with its promise only when they may run
 * everywhere, and when it has been made worthless before (packet_sched.h). Others on this machine
 * have deadlines, too, so in one of some tries. */
static bool is_given_back(void)
{
	uint32_t with, without;

	change_to("own,limit=30%,means=deadline");
	with = left();
	change_to("own");
	without = left();
	return without >= with + 290 && without <= with + 310;
}

static void give_back(const char *cpus)
{
	scoped_str char *vnf = str_printf(
		"{\"name\":\"a\",\"packet_cpu\":{\"mode\":\"own\"},\"resources\":{\"cpu\":{%s}},"
		"\"interfaces\":[{\"name\":\"eth0\",\"bridge\":\"br0\"}]," SLEEP "}",
		cpus);
	bool once = false;

	must_start(vnf);
	for (int i = 0; i < 4 && !once; i++)
		once = is_given_back();
	cr_expect(once, "%s", cpus);
	must_delete("a");
}

HostTest(packet_killed, an_update_gives_back_what_was_promised)
{
	give_back("");
}

HostTest(packet_killed, of_threads_with_few_cpus_too)
{
	give_back("\"cpus\":\"0\"");
}
