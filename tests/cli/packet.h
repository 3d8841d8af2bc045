/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_PACKET_H
#define NFRUN_TESTS_PACKET_H

/* For the tests of packet_cpu: the kernel's threads, and work for them. */

#include "runtime/base/fs.h"
#include "tests/cli/cli.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>

enum { PLACED_MS = 5000 };

/* What jq says of ROOT/ID/packet.json; malloc'd. "" when there is none. */
static inline char *packet(const char *id, const char *expression)
{
	scoped_str char *file = str_printf("%s/%s/packet.json", host_root(), id);
	scoped_run struct run r = run_cmd("jq", "-rc", expression, file);

	r.out[strcspn(r.out, "\n")] = '\0';
	return str_dup(r.out);
}

static inline pid_t thread_of(const char *id, const char *port, const char *host)
{
	scoped_str char *e = str_printf(
		".ends[] | select(.port == \"%s\" and .host == %s) | .tasks[0][0]", port, host);
	scoped_str char *tid = packet(id, e);

	return (pid_t)strtol(tid, NULL, 10);
}

static inline bool is_napi(pid_t tid)
{
	scoped_str char *path = str_printf("/proc/%d/comm", tid);
	struct err gone = { 0 };
	scoped_str char *comm = NULL;

	return tid > 0 && fs_read_at(AT_FDCWD, path, &comm, NULL, &gone) == 0 &&
	       strncmp(comm, "napi/", 5) == 0;
}

static inline bool is_placed(pid_t tid)
{
	scoped_str char *path = str_printf("/proc/%d/cgroup", tid);
	struct err gone = { 0 };
	scoped_str char *text = NULL;

	return is_napi(tid) && fs_read_at(AT_FDCWD, path, &text, NULL, &gone) == 0 &&
	       has(text, "0::/nfrun/") && has(text, "/packet\n");
}

static inline int policy_of(pid_t tid)
{
	return sched_getscheduler(tid);
}
enum { DEADLINE = 6 };

static inline uint64_t cpu_ns(pid_t tid)
{
	scoped_str char *path = str_printf("/proc/%d/schedstat", tid);
	scoped_str char *text = read_text(path);

	return strtoull(text, NULL, 10);
}

/* ID's eth0 has another thread than OLD, and that is where it belongs. */
static inline bool comes_anew(const char *id, pid_t old)
{
	return wait_until(thread_of(id, "eth0", "false") != old &&
				  is_placed(thread_of(id, "eth0", "false")),
			  PLACED_MS);
}

/* From inside; the kernel makes its threads anew. */
static inline void bounce_link(const char *id)
{
	must_run_nfrun("exec", id, "ip", "link", "set", "eth0", "down");
	must_run_nfrun("exec", id, "ip", "link", "set", "eth0", "up");
}

/* UDP at full speed from the host to the VNF; what of a CPU the thread took meanwhile, in percent.
 */
static inline double flood(pid_t tid, int ms)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	scoped_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int big = 1 << 24;
	uint64_t before;
	int64_t begin;

	cr_assert_eq(inet_pton(AF_INET, "10.7.0.2", &to.sin_addr), 1);
	/* else the sender waits for the VNF: what lies in the ring is the socket's */
	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &big, sizeof big), 0);
	before = cpu_ns(tid);
	begin = now_ms();
	while (now_ms() < begin + ms)
		for (int i = 0; i < 64; i++)
			(void)sendto(fd, "flood", 5, MSG_DONTWAIT, (struct sockaddr *)&to,
				     sizeof to); /* drops are what it is about */
	return (double)(cpu_ns(tid) - before) / 1e4 / (double)(now_ms() - begin);
}

#endif
