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

#endif
