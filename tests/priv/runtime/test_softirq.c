/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/softirq.h"
#include "tests/support/support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { SENT = 1000 };

/* To nobody: it is received all the same. */
static void send_to_loopback(int count)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(9),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	scoped_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	cr_assert_geq(fd, 0);
	for (int i = 0; i < count; i++)
		cr_assert_eq(sendto(fd, "x", 1, 0, (const struct sockaddr *)&to, sizeof to), 1);
}

HostTest(softirq, what_is_received_takes_time_and_is_counted)
{
	scoped_softirq struct softirq s = SOFTIRQ_NONE;
	struct softirq_reading before, now;
	struct err e = { 0 };
	int r = softirq_open(&s, &e);

	skip_unless(r == 0 || e.code != EPERM, "the host does not allow eBPF on tracepoints");
	cr_assert_eq(r, 0, "%s: %s", e.text, err_cause(&e));
	cr_assert_eq(softirq_read(&s, &before, &e), 0, "%s", e.text);
	send_to_loopback(SENT);
	cr_assert_eq(softirq_read(&s, &now, &e), 0, "%s", e.text);

	/* Others on this machine may receive too. */
	cr_expect_geq(now.packets - before.packets, SENT);
	double each = softirq_share(&before, &now, SENT) / SENT;
	cr_expect(each > 50 && each < 1e6, "%.0f ns a packet", each);
}

HostTest(softirq, who_does_not_watch_knows_nothing)
{
	struct softirq s = SOFTIRQ_NONE;
	struct softirq_reading out;
	struct err e = { 0 };

	cr_expect_eq(softirq_read(&s, &out, &e), -1);
	softirq_close(&s);
	softirq_close(&s);
}
