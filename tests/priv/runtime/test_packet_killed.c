/* SPDX-License-Identifier: Apache-2.0 */
/* A crash while the kernel's threads are being placed: they go home, and with them what holds them.
 */
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
