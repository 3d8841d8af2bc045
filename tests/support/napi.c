/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/napi.h"
#include "tests/support/support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>

/* "napi/DEV-ID" in comm's 15 characters: DEV has to be short, and no other test's. */
const char *napi_link(void)
{
	static char dev[16];

	if (!*dev)
		(void)snprintf(dev, sizeof dev, "t%05d", getpid() % 100000);
	return dev;
}

const char *napi_peer(void)
{
	static char dev[24];

	(void)snprintf(dev, sizeof dev, "%sp", napi_link());
	return dev;
}

static void offload(const char *dev, uint32_t command, bool on)
{
	scoped_fd int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ethtool_value value = { .cmd = command, .data = on };
	struct ifreq r = { .ifr_data = (char *)&value };

	(void)snprintf(r.ifr_name, sizeof r.ifr_name, "%s", dev);
	cr_assert_eq(ioctl(s, SIOCETHTOOL, &r), 0, "offload of %s: %s", dev, strerror(errno));
}

/* A sysfs shows the links of the network namespace that it was mounted in. */
static void set_threaded(const char *dev)
{
	char where[] = "/run/nfrun-sysfs-XXXXXX";

	cr_assert(mkdtemp(where) != NULL);
	cr_assert_eq(mount("sysfs", where, "sysfs", 0, NULL), 0, "sysfs: %s", strerror(errno));
	scoped_str char *file = str_printf("%s/class/net/%s/threaded", where, dev);
	scoped_fd int fd = open(file, O_WRONLY | O_CLOEXEC);
	ssize_t n = write(fd, "1", 1);
	int failed = errno;
	(void)umount2(where, MNT_DETACH);
	(void)rmdir(where);
	cr_assert_eq(n, 1, "%s: %s", file, strerror(failed));
}

static pid_t find_thread(const char *dev)
{
	scoped_str char *prefix = str_printf("napi/%s-", dev);
	scoped_dir DIR *d = opendir("/proc");
	pid_t found = 0;

	for (const struct dirent *it; d && (it = readdir(d));) {
		scoped_str char *file = str_printf("/proc/%s/comm", it->d_name);
		scoped_fd int fd = open(file, O_RDONLY | O_CLOEXEC);
		char comm[32] = "";

		if (fd >= 0 && read(fd, comm, sizeof comm - 1) > 0 &&
		    strncmp(comm, prefix, strlen(prefix)) == 0)
			found = atoi(it->d_name);
	}
	return found;
}

pid_t napi_thread_make(void)
{
	pid_t tid = 0;

	need_root();
	skip_unless(access("/proc/2/comm", F_OK) == 0,
		    "needs to see kernel threads: the machine's pid namespace");
	host_netns();
	must_run("ip", "link", "add", napi_peer(), "type", "veth", "peer", "name", napi_link());
	offload(napi_link(), ETHTOOL_SGRO, true);
	offload(napi_peer(), ETHTOOL_STSO, false);
	must_run("ip", "link", "set", napi_peer(), "up");
	must_run("ip", "link", "set", napi_link(), "up");
	set_threaded(napi_link());
	cr_assert(wait_until((tid = find_thread(napi_link())) > 0, 5000), "no thread napi/%s-*",
		  napi_link());
	return tid;
}

void napi_thread_end(void)
{
	must_run("ip", "link", "del", napi_peer());
}

void napi_flood(int ms)
{
	scoped_fd int s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = (int)if_nametoindex(napi_peer()) };
	int room = 1 << 23; /* what waits at the other end counts against the sender's buffer */
	unsigned char frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 0 };

	(void)setsockopt(s, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
	for (int64_t end = now_ms() + ms; now_ms() < end;)
		for (int i = 0; i < 64; i++)
			(void)sendto(s, frame, sizeof frame, 0, (struct sockaddr *)&to, sizeof to);
}

/* Each socket looks at each packet, and takes its time to find that it does not want it. */
void napi_burden(void)
{
	enum { SOCKETS = 40, STEPS = 4000 };
	static struct sock_filter steps[STEPS];
	struct sock_fprog program = { .len = STEPS, .filter = steps };

	for (size_t i = 0; i + 1 < STEPS; i++)
		steps[i] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1);
	steps[STEPS - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	for (int i = 0; i < SOCKETS; i++) {
		int s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* stays open */
		struct sockaddr_ll at = { .sll_family = AF_PACKET,
					  .sll_protocol = htons(ETH_P_ALL),
					  .sll_ifindex = (int)if_nametoindex(napi_link()) };

		cr_assert_eq(setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program),
			     0, "filter: %s", strerror(errno));
		cr_assert_eq(bind(s, (struct sockaddr *)&at, sizeof at), 0);
	}
}

uint64_t napi_cpu_ns(pid_t tid)
{
	scoped_str char *file = str_printf("/proc/%d/schedstat", tid), *text = read_text(file);

	return strtoull(text, NULL, 10);
}
