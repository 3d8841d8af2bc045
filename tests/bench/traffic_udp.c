/* SPDX-License-Identifier: Apache-2.0 */
/* UDP: a paced flood and its sink, and requests one at a time with their answers. */
#include "traffic.h"

#include "runtime/base/scope.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
	BATCH = 64,   /* messages a system call */
	CATCH_UP = 3, /* bursts that a late generator makes up for; the rest is "missed" */
	BUFFER = 4 << 20,
	SEND_BUFFER = 256 << 20,
	LOST_US = 200000,
};

/* ---- flood ------------------------------------------------------------------------------ */

struct batch {
	struct mmsghdr msg[BATCH];
	struct iovec iov;
	char payload[1500];
};

static void batch_init(struct batch *b, size_t size)
{
	memset(b, 0, sizeof *b);
	b->iov = (struct iovec){ b->payload, size };
	for (int i = 0; i < BATCH; i++)
		b->msg[i].msg_hdr = (struct msghdr){ .msg_iov = &b->iov, .msg_iovlen = 1 };
}

/* What a queue on the way refuses (ENOBUFS), or what would have to wait for room in the socket,
 * counts as refused, not as sent. */
static void send_burst(int fd, struct batch *b, uint64_t want, uint64_t *sent, uint64_t *refused)
{
	while (want > 0 && !traffic_stop) {
		unsigned n = want < BATCH ? (unsigned)want : BATCH;
		int done = sendmmsg(fd, b->msg, n, MSG_DONTWAIT);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno != ENOBUFS && errno != EAGAIN && errno != ECONNREFUSED)
			traffic_die("send");
		if (done < 0) {
			done = 1;
			++*refused;
		} else {
			*sent += (uint64_t)done;
		}
		want -= (uint64_t)done;
	}
}

void traffic_flood(const struct load *l)
{
	static struct batch b;
	scoped(fd_drop) int fd = traffic_socket(SOCK_DGRAM);
	double step = l->burst_ms * 1e3, start, late = 0;
	uint64_t sent = 0, refused = 0, missed = 0, bursts = 0;

	/* Packets that wait in a veth's ring count against their sender's buffer: with the usual
	 * one a slow receiver would stop this generator, which a wire cannot be. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &(int){ SEND_BUFFER }, sizeof(int)) < 0 ||
	    connect(fd, (const struct sockaddr *)&l->to, sizeof l->to) < 0)
		traffic_die("connect");
	batch_init(&b, (size_t)l->size);
	start = traffic_now_us();
	double end = start + l->seconds * 1e6, now = start;

	for (double at = start; at < end && !traffic_stop; at += step, bursts++) {
		traffic_sleep_until(at);
		now = traffic_now_us();
		if (now - at > late)
			late = now - at;
		uint64_t due = (uint64_t)((at + step - start) * l->pps / 1e6);
		uint64_t want = due - (sent + refused + missed);

		for (; now - at > CATCH_UP * step && at + step < end; at += step) {
			uint64_t next = (uint64_t)((at + 2 * step - start) * l->pps / 1e6);

			missed += next - due;
			due = next;
		}
		send_burst(fd, &b, want, &sent, &refused);
	}
	if (!traffic_stop)
		traffic_sleep_until(end); /* the last burst's time is part of it */
	now = traffic_now_us();
	printf("{\"asked_pps\":%.0f,\"pps\":%.0f,\"sent\":%lu,\"refused\":%lu,\"missed\":%lu,"
	       "\"bursts\":%lu,\"late_max_us\":%.0f,\"fifo\":%s,\"cpu_share\":%.4f}\n",
	       l->pps, (double)sent / (now - start) * 1e6, sent, refused, missed, bursts, late,
	       l->fifo ? "true" : "false", traffic_cpu_us() / (now - start));
}

/* ---- servers ----------------------------------------------------------------------------- */

static int bound_socket(const struct load *l)
{
	int fd = traffic_socket(SOCK_DGRAM), size = BUFFER;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size); /* as much as is allowed */
	if (bind(fd, (const struct sockaddr *)&l->to, sizeof l->to) < 0)
		traffic_die("bind");
	return fd;
}

void traffic_sink(const struct load *l)
{
	static struct mmsghdr msg[BATCH];
	static char payload[2048];
	struct iovec iov = { payload, sizeof payload };
	scoped(fd_drop) int fd = bound_socket(l);
	uint64_t received = 0;

	while (!traffic_stop) {
		for (int i = 0; i < BATCH; i++)
			msg[i].msg_hdr = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1 };
		int n = recvmmsg(fd, msg, BATCH, MSG_WAITFORONE, NULL);

		if (n < 0 && errno != EINTR)
			traffic_die("receive");
		received += n > 0 ? (uint64_t)n : 0;
		if (l->wait_ms > 0)
			traffic_sleep_until(traffic_now_us() + l->wait_ms * 1e3);
	}
	printf("{\"received\":%lu,\"cpu_us\":%.0f}\n", received, traffic_cpu_us());
}

/* A request. In the answer to one with WANT_CPU stands what CPU time the server has used. */
struct request {
	uint32_t number, flags;
	double cpu_us;
};
enum { WANT_CPU = 1 };

void traffic_echo(const struct load *l)
{
	static char buf[2048];
	scoped(fd_drop) int fd = bound_socket(l);

	while (!traffic_stop) {
		struct sockaddr_in from;
		socklen_t len = sizeof from;
		ssize_t n = recvfrom(fd, buf, sizeof buf, 0, (struct sockaddr *)&from, &len);
		struct request r;

		if (n < (ssize_t)sizeof r)
			continue;
		memcpy(&r, buf, sizeof r);
		if (r.flags & WANT_CPU) {
			r.cpu_us = traffic_cpu_us();
			memcpy(buf, &r, sizeof r);
		}
		(void)sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&from,
			     len); /* lost: asked again */
	}
}

/* ---- ask ----------------------------------------------------------------------------------- */

/* A histogram of nanoseconds: 128 buckets for each power of two, so within 0.8 %. */
enum { SUB_BITS = 7, SUB = 1 << SUB_BITS, POWERS = 34 - SUB_BITS };
static uint32_t buckets[POWERS * SUB];

static unsigned bucket_of(uint64_t ns)
{
	unsigned shift = 0;

	while (ns >> shift >= 2 * SUB)
		shift++;
	unsigned b = shift * SUB + (unsigned)(ns >> shift);

	return b < ARRAY_LEN(buckets) ? b : ARRAY_LEN(buckets) - 1;
}

static double bucket_us(unsigned b)
{
	unsigned shift = b < 2 * SUB ? 0 : b / SUB - 1;

	return ((double)((uint64_t)(b - shift * SUB) << shift) + (double)(1UL << shift) / 2) / 1e3;
}

static double quantile_us(uint64_t total, double q)
{
	uint64_t rank = (uint64_t)(q * (double)total), seen = 0;

	for (unsigned b = 0; b < ARRAY_LEN(buckets); b++)
		if ((seen += buckets[b]) > rank)
			return bucket_us(b);
	return 0;
}

/* One round trip; its time in microseconds, or -1 when it was lost. */
static double round_trip(int fd, char *buf, size_t size, struct request *r)
{
	double start = traffic_now_us();
	struct request got;

	r->number++;
	memcpy(buf, r, sizeof *r);
	if (send(fd, buf, size, 0) < 0 && errno != ECONNREFUSED && errno != ENOBUFS)
		traffic_die("send");
	do {
		if (recv(fd, buf, size, 0) < (ssize_t)sizeof got)
			return -1;
		memcpy(&got, buf, sizeof got);
	} while (got.number != r->number); /* one that was given up */
	r->cpu_us = got.cpu_us;
	return traffic_now_us() - start;
}

static double servers_cpu(int fd, char *buf, size_t size, struct request *r)
{
	for (int i = 0; i < 25; i++) {
		r->flags = WANT_CPU;
		double took = round_trip(fd, buf, size, r);

		r->flags = 0;
		if (took >= 0)
			return r->cpu_us;
	}
	errno = 0;
	traffic_die("nobody answers");
}

void traffic_ask(const struct load *l)
{
	static char buf[2048];
	scoped(fd_drop) int fd = traffic_socket(SOCK_DGRAM);
	struct timeval patience = { 0, LOST_US };
	struct request r = { 0 };
	uint64_t trips = 0, lost = 0;
	size_t size = (size_t)l->size;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0 ||
	    connect(fd, (const struct sockaddr *)&l->to, sizeof l->to) < 0)
		traffic_die("connect");
	for (int i = 0; i < 200; i++) /* neighbours, caches, page faults */
		(void)round_trip(fd, buf, size, &r);
	double server = servers_cpu(fd, buf, size, &r), client = traffic_cpu_us();
	double start = traffic_now_us(), end = start + l->seconds * 1e6, now = start;

	for (; now < end && !traffic_stop; now = traffic_now_us()) {
		double took = round_trip(fd, buf, size, &r);

		if (took < 0) {
			lost++;
			continue;
		}
		buckets[bucket_of((uint64_t)(took * 1e3))]++;
		trips++;
	}
	client = traffic_cpu_us() - client;
	server = servers_cpu(fd, buf, size, &r) - server;
	printf("{\"rate\":%.0f,\"p50_us\":%.2f,\"p99_us\":%.2f,\"p999_us\":%.2f,\"lost\":%lu,"
	       "\"client_us_per_trip\":%.3f,\"server_us_per_trip\":%.3f}\n",
	       (double)trips / (now - start) * 1e6, quantile_us(trips, 0.5),
	       quantile_us(trips, 0.99), quantile_us(trips, 0.999), lost,
	       client / (double)(trips + !trips), server / (double)(trips + !trips));
}
