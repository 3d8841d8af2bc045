/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/packet_probe.h"
#include "cgroups/cgroup.h"
#include "netns/packet.h"
#include "runtime/base/fs.h"
#include "runtime/base/kthread.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/base/sys.h"
#include "runtime/container.h"
#include "runtime/process.h"
#include "runtime/record.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

/* The quota lets 1 ms of every second run, and what a tick (10 ms at most) is late. Who gets to
 * twice that is not stopped. Who does not is stopped, or has little chance on a machine that is
 * busy: so the sender is in the same group, with the same weight, and goes on until it has got many
 * times as much itself. */
enum { QUOTA_US = 1000, PERIOD_US = 1000000, LATE_US = 12000 };
enum { SENDER_US = 400000, GIVE_UP_US = 5000000 };
enum { KILL_MS = 5000 };
enum { MARK = 1 }; /* in a namespace of our own */

static const char bridge[] = "br", host_end[] = "probe", guest_end[] = "eth0";

enum verdict { UNSURE, STOPS, GOES_ON };

struct outcome { /* what the child found */
	enum verdict verdict;
	int rc;
	struct err err;
};

/* --- the child: links, thread, packets --- */

struct trial {
	struct cgroup *group;
	struct net *net;
	pid_t tid;
};

static void trial_drop(struct trial *t)
{
	net_free(t->net);
}

static int new_netns(struct err *e)
{
	if (unshare(CLONE_NEWNET) < 0)
		return err_set(e, errno, "make a network namespace");
	return fs_open_at(AT_FDCWD, "/proc/thread-self/ns/net", O_RDONLY, 0, e);
}

static int make_links(struct trial *t, struct err *e)
{
	const struct bridge_spec b = { .name = bridge, .create = true };
	const struct port_spec p = {
		.name = guest_end,
		.bridge = bridge,
		.mac = { 2, 0, 0, 0, 0, 1 },
		.mtu = 1500,
		.mark = MARK,
		.alias = "nfrun probe",
	};
	scoped_fd int guest = new_netns(e), host = guest < 0 ? -1 : new_netns(e);
	bool made;

	if (host < 0 || net_open_host(&t->net, e) < 0 || net_open_guest(t->net, guest, e) < 0 ||
	    bridge_ensure(t->net, &b, MARK, &made, e) < 0 ||
	    port_create(t->net, &p, host_end, e) < 0)
		return -1;
	return port_configure(t->net, &p, e);
}

static int make_thread(struct trial *t, struct err *e)
{
	pid_t *tids = NULL;
	size_t n = 0;

	if (offload_set(t->net, NET_GUEST, guest_end, OFFLOAD_GRO, OFFLOAD_GRO, e) < 0 ||
	    offload_set(t->net, NET_HOST, host_end, OFFLOAD_TSO, 0, e) < 0 ||
	    napi_set_threaded(t->net, NET_GUEST, guest_end, true, e) < 0 ||
	    napi_threads(t->net, NET_GUEST, guest_end, &tids, &n, e) < 0)
		return -1;
	t->tid = n > 0 ? tids[0] : 0;
	free(tids);
	return n > 0 ? 0 : err_set(e, ESRCH, "find the kernel thread of a link");
}

static int open_sender(struct err *e)
{
	const struct sockaddr_ll to = { .sll_family = AF_PACKET,
					.sll_protocol = htons(ETH_P_LOOP),
					.sll_ifindex = (int)if_nametoindex(host_end) };
	scoped_fd int s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int room = 1 << 22; /* or what waits at the other end keeps us from sending more */

	if (s < 0 || bind(s, (const struct sockaddr *)&to, sizeof to) < 0)
		return err_set(e, errno, "open a packet socket");
	(void)setsockopt(s, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
	return fd_take(&s);
}

/* To nobody, of no protocol: seen and thrown away. */
static void send_some(int s)
{
	enum { AT_ONCE = 128 };
	static const unsigned char frame[ETH_ZLEN] = {
		2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x90, 0
	};

	for (int i = 0; i < AT_ONCE; i++)
		(void)send(s, frame, sizeof frame, 0); /* full is what it is to be */
}

static int64_t clock_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Full: more was sent than it took, so that it is not for want of packets that it rests. */
static int is_full(struct trial *t, uint64_t *dropped, bool *full, struct err *e)
{
	struct port_stats s;

	if (port_stats_read(t->net, host_end, &s, e) < 0)
		return -1;
	*full = s.rx_dropped > *dropped;
	*dropped = s.rx_dropped;
	return 0;
}

/* USED by the thread and by the SENDER in ELAPSED, all in us. */
static enum verdict judge(int64_t used, int64_t sender, int64_t elapsed, bool full)
{
	int64_t allowed = LATE_US + QUOTA_US * (elapsed / PERIOD_US + 1);

	if (used > 2 * allowed)
		return GOES_ON;
	return full && sender >= SENDER_US && used <= allowed ? STOPS : UNSURE;
}

static int watch(struct trial *t, int socket, enum verdict *verdict, struct err *e)
{
	int64_t from = clock_us(CLOCK_MONOTONIC), sent = clock_us(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t before = 0, now = 0, dropped = 0;
	int64_t elapsed = 0;
	bool full = false;

	if (thread_cpu_ns(t->tid, &before, e) < 0)
		return -1;
	for (*verdict = UNSURE; *verdict == UNSURE && elapsed < GIVE_UP_US;) {
		send_some(socket);
		if (thread_cpu_ns(t->tid, &now, e) < 0 || is_full(t, &dropped, &full, e) < 0)
			return -1;
		elapsed = clock_us(CLOCK_MONOTONIC) - from;
		*verdict = judge((int64_t)(now - before) / 1000,
				 clock_us(CLOCK_PROCESS_CPUTIME_ID) - sent, elapsed, full);
	}
	return 0;
}

static int try_it(struct trial *t, enum verdict *verdict, struct err *e)
{
	if (make_links(t, e) < 0 || make_thread(t, e) < 0 ||
	    cgroup_open_entries(t->group, true, e) < 0 || cgroup_enter(t->group, e) < 0 ||
	    cgroup_packet_enter(t->group, t->tid, e) < 0)
		return -1;

	scoped_fd int sender = open_sender(e);
	if (sender < 0)
		return -1;

	int rc = watch(t, sender, verdict, e);
	/* a link goes only when its thread has been able to run */
	if (cgroup_packet_leave(t->group, rc < 0 ? &(struct err){ 0 } : e) < 0)
		rc = -1;
	return rc;
}

static void tell(int to_parent, const struct outcome *o)
{
	(void)!write(to_parent, o, sizeof *o); /* it may be gone */
}

/* Its network namespaces are its own. */
static void child(void *group, int to_parent)
{
	scoped(trial_drop) struct trial t = { .group = group };
	struct outcome o = { .verdict = UNSURE };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	o.rc = try_it(&t, &o.verdict, &o.err);
	tell(to_parent, &o);
}

/* --- the parent --- */

/* A process of its own does WORK and writes what came of it; nobody hears of its end but us. */
static int in_a_child(void (*work)(void *arg, int to_parent), void *arg, struct outcome *o,
		      struct err *e)
{
	struct clone_args args = { 0 };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, errno, "make a pipe");

	scoped_fd int in = ends[0], out = ends[1];
	pid_t pid = sys_clone3(&args);
	if (pid < 0)
		return err_set(e, errno, "make a process");
	if (pid == 0) {
		work(arg, out);
		_exit(0);
	}
	fd_drop(&out);

	ssize_t n = read(in, o, sizeof *o);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		continue;
	if (n != sizeof *o)
		return err_set(e, 0, "the process that tries it ended too soon");
	if (o->rc < 0)
		*e = o->err;
	return o->rc;
}

/* A group that can have no quota is one that nothing stops. */
static int try_in_group(struct cgroup *c, enum verdict *verdict, struct err *e)
{
	struct cgroup_limits none = CGROUP_LIMITS_UNSET;
	struct outcome o = { .verdict = GOES_ON };

	/* what another one left behind, and may still be dying */
	if (cgroup_kill(c, KILL_MS, e) < 0 || cgroup_create(c, &none, e) < 0)
		return -1;
	if (cgroup_packet_quota(c, QUOTA_US, PERIOD_US, e) < 0) {
		*verdict = GOES_ON;
		return e->code == EOPNOTSUPP || e->code == 0 ? 0 : -1;
	}
	if (in_a_child(child, c, &o, e) < 0)
		return -1;
	*verdict = o.verdict;
	return 0;
}

static int probe(const char *root, enum verdict *verdict, struct err *e)
{
	struct cgroup_host *host = NULL;
	struct cgroup *c = NULL;
	struct err left = { 0 };
	uint32_t hash;

	if (container_root_hash(root, &hash, e) < 0 || cgroup_host_open(&host, e) < 0)
		return -1;

	scoped_str char *name = str_printf("%08x-.probe", hash);
	int rc = cgroup_plan(host, name, &c, e);
	cgroup_host_free(host);
	if (rc == 0)
		rc = try_in_group(c, verdict, e);
	if (c && cgroup_remove(c, rc < 0 ? &left : e) < 0)
		rc = -1;
	cgroup_free(c);
	return rc;
}

/* --- what is known --- */

/* "BOOT-ID yes\n". What another boot found, or was interrupted in writing, counts for nothing. */
static bool is_known(int file, const char *boot, bool *stops)
{
	char text[128] = "";
	size_t len = strlen(boot);

	if (pread(file, text, sizeof text - 1, 0) <= 0 || strncmp(text, boot, len) != 0)
		return false;
	*stops = strcmp(text + len, " yes\n") == 0;
	return *stops || strcmp(text + len, " no\n") == 0;
}

static int keep(int file, const char *boot, bool stops, struct err *e)
{
	scoped_str char *text = str_printf("%s %s\n", boot, stops ? "yes" : "no");

	if (ftruncate(file, 0) < 0 || pwrite(file, text, strlen(text), 0) < 0)
		return err_set(e, errno, "write .packet-probe");
	return 0;
}

/* --- the worker --- */

struct job {
	const char *root, *boot;
	int file; /* locked */
};

/* It outlives whoever asked: what it makes it also takes away. */
static void worker(void *arg, int to_parent)
{
	const struct job *j = arg;
	const int ours[] = { to_parent, j->file };
	struct outcome o = { .verdict = UNSURE };

	o.rc = process_close_all_but(ours, ARRAY_LEN(ours), &o.err);
	if (o.rc == 0)
		o.rc = probe(j->root, &o.verdict, &o.err);
	if (o.rc == 0 && o.verdict != UNSURE) /* unsure: no use of it yet */
		o.rc = keep(j->file, j->boot, o.verdict == STOPS, &o.err);
	tell(to_parent, &o);
}

int packet_probe_quota(const char *root, bool *stops, struct err *e)
{
	scoped_str char *path = str_printf("%s/.packet-probe", root), *boot = NULL;
	struct outcome o;

	if (boot_id_read(&boot, e) < 0)
		return -1;

	scoped_fd int file = fs_open_at(AT_FDCWD, path, O_RDWR | O_CREAT, 0600, e);
	if (file < 0)
		return -1;
	if (flock(file, LOCK_EX) < 0)
		return err_set(e, errno, "lock %s", path);
	if (is_known(file, boot, stops))
		return 0;

	struct job j = { root, boot, file };
	if (in_a_child(worker, &j, &o, e) < 0)
		return err_wrap(e, "try whether a group's quota stops kernel threads");
	*stops = o.verdict == STOPS;
	return 0;
}
