/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_NETNS_PACKET_H
#define NFRUN_TESTS_NETNS_PACKET_H

/* A guest whose network namespace belongs to a user namespace, as a VNF's does, and what its packet
 * work is tried with. */

#include "netns/packet.h"
#include "tests/priv/netns/guest.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

/* A network namespace of a new user namespace in which root is 100000. */
static inline int new_user_netns(void)
{
	int up[2], down[2];
	char byte = 0, path[64];

	cr_assert_eq(pipe2(up, O_CLOEXEC), 0);
	cr_assert_eq(pipe2(down, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && write(up[1], "x", 1) == 1)
			(void)!read(down[0], &byte, 1);
		_exit(0);
	}
	cr_assert_eq(read(up[0], &byte, 1), 1);
	snprintf(path, sizeof path, "/proc/%d/uid_map", pid);
	write_text(path, "0 100000 65536");
	snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
	int ns = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert(ns >= 0);
	cr_assert_eq(write(down[1], "x", 1), 1);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	for (int i = 0; i < 2; i++) {
		close(up[i]);
		close(down[i]);
	}
	return ns;
}

enum { TEST_NS_PLAIN, TEST_NS_USER, TEST_NS_KINDS };

static inline void guest_begin_kind(struct guest *g, uint8_t id, int kind)
{
	guest_begin_in(g, id, kind == TEST_NS_USER ? new_user_netns() : new_netns());
}

/* Both ends of a guest's link. */
struct end {
	enum net_side side;
	const char *name;
};

#define guest_ends(g)                                                                              \
	{                                                                                          \
		{ NET_HOST, (g)->host_name },                                                      \
		{                                                                                  \
			NET_GUEST, (g)->port.name                                                  \
		}                                                                                  \
	}

static inline bool kernel_at_least(int major, int minor)
{
	struct utsname u;
	int a = 0, b = 0;

	uname(&u);
	sscanf(u.release, "%d.%d", &a, &b);
	return a > major || (a == major && b >= minor);
}

/* A file of a link's in sysfs as that side has it: mounted over this test's /sys for the moment. */
static inline char *sysfs_text(const struct guest *g, const struct end *end, const char *file)
{
	char command[512];

	snprintf(command, sizeof command,
		 "nsenter --net=/proc/%d/fd/%d unshare -m sh -c "
		 "'mount -t sysfs sysfs /mnt && cat /mnt/class/net/%s/%s'",
		 getpid(), g->ns, end->name, file);
	if (end->side == NET_HOST)
		snprintf(command, sizeof command,
			 "unshare -m sh -c 'mount -t sysfs sysfs /mnt && cat "
			 "/mnt/class/net/%s/%s'",
			 end->name, file);

	scoped_run struct run r = run_cmd("bash", "-c", command);
	cr_assert_eq(r.status, 0, "%s: %s", command, r.err);
	r.out[strcspn(r.out, "\n")] = '\0';
	return str_take(&r.out);
}

/* --- packets --- */

/* The guest with 10.0.0.1 at br0, which has 10.0.0.254; they know each other's MAC. */
static inline void guest_plug_reachable(struct guest *g)
{
	guest_addr(g, "10.0.0.1/24");
	guest_plug(g);
	must_run("ip", "address", "add", "10.0.0.254/24", "dev", "br0");
	must_run("ip", "link", "set", "br0", "address", "02:00:00:00:00:fe");
	must_run("ip", "neighbour", "replace", "10.0.0.1", "lladdr", "02:00:00:00:00:01", "dev",
		 "br0");
	scoped_run struct run n = inside(g, "ip", "neighbour", "replace", "10.0.0.254", "lladdr",
					 "02:00:00:00:00:fe", "dev", "eth0");
	cr_assert_eq(n.status, 0, "%s", n.err);
}

/* A UDP socket of that side that sends to the other one's discard port. Its buffer is large: what
 * waits in a ring or a queue counts in it, and the sender would wait as well. */
static inline int udp_to_peer(const struct guest *g, enum net_side side)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	scoped_fd int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	const int size = 16 << 20;

	if (side == NET_GUEST)
		cr_assert_eq(setns(g->ns, CLONE_NEWNET), 0);
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(setns(own, CLONE_NEWNET), 0);
	inet_pton(AF_INET, side == NET_HOST ? "10.0.0.1" : "10.0.0.254", &to.sin_addr);
	cr_assert_eq(setsockopt(s, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size), 0);
	cr_assert_eq(connect(s, (struct sockaddr *)&to, sizeof to), 0, "%s", strerror(errno));
	return s;
}

/* N datagrams: a send that tells of an ICMP answer to an earlier one sends nothing. */
static inline void send_some(int udp, int n, const void *data, size_t len)
{
	for (int tries = 0; n > 0; tries++) {
		cr_assert_lt(tries, 100000, "%s", strerror(errno));
		n -= send(udp, data, len, 0) == (ssize_t)len;
	}
}

/* A process that sends small datagrams by that socket as fast as it can, for 20 s at most. CPU: it
 * runs there; -1: anywhere. */
static inline pid_t flood_begin(int udp, int cpu)
{
	pid_t pid = fork();

	if (pid == 0) {
		cpu_set_t set;
		int64_t end = now_ms() + 20000;

		CPU_ZERO(&set);
		CPU_SET((size_t)(cpu < 0 ? 0 : cpu), &set);
		if (cpu >= 0)
			sched_setaffinity(0, sizeof set, &set);
		while (now_ms() < end)
			for (int i = 0; i < 100; i++)
				(void)!send(udp, "", 1, 0); /* refused: ICMP; fine */
		_exit(0);
	}
	return pid;
}

static inline void flood_end(pid_t pid)
{
	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

#endif
