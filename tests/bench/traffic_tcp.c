/* SPDX-License-Identifier: Apache-2.0 */
/* TCP: one stream, as fast as it goes. */
#include "traffic.h"

#include "runtime/base/scope.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

enum { CHUNK = 128 << 10, WARM_UP_MS = 100 };

static char chunk[CHUNK];

static void push_until(int fd, double end, uint64_t *bytes)
{
	while (!traffic_stop && traffic_now_us() < end) {
		ssize_t n = send(fd, chunk, sizeof chunk, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			traffic_die("send");
		*bytes += n > 0 ? (uint64_t)n : 0;
	}
}

void traffic_push(const struct load *l)
{
	scoped(fd_drop) int fd = traffic_socket(SOCK_STREAM);
	uint64_t bytes = 0;

	if (connect(fd, (const struct sockaddr *)&l->to, sizeof l->to) < 0)
		traffic_die("connect");
	push_until(fd, traffic_now_us() + WARM_UP_MS * 1e3, &bytes); /* the window opens */
	double start = traffic_now_us(), cpu = traffic_cpu_us();

	bytes = 0;
	push_until(fd, start + l->seconds * 1e6, &bytes);
	double took = traffic_now_us() - start;

	/* What is still in the socket's buffer is a few MB at most: under 1 % of a second's. */
	printf("{\"mb_per_s\":%.1f,\"cpu_share\":%.4f}\n", (double)bytes / took,
	       (traffic_cpu_us() - cpu) / took);
}

/* One client after another. */
void traffic_serve(const struct load *l)
{
	scoped(fd_drop) int fd = traffic_socket(SOCK_STREAM);
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    bind(fd, (const struct sockaddr *)&l->to, sizeof l->to) < 0 || listen(fd, 4) < 0)
		traffic_die("listen");
	while (!traffic_stop) {
		scoped(fd_drop) int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (client < 0 && errno != EINTR && errno != ECONNABORTED)
			traffic_die("accept");
		while (client >= 0 && !traffic_stop && recv(client, chunk, sizeof chunk, 0) > 0)
			;
	}
}
