/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/genl.h"
#include "netns/link.h"
#include "netns/side.h"
#include "runtime/base/fs.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Of linux/netdev.h, which came with Linux 6.3; the requests about NAPI with 6.8. */
enum { NETDEV_CMD_NAPI_GET = 11 };
enum { NETDEV_A_NAPI_IFINDEX = 1, NETDEV_A_NAPI_PID = 4 };

/* Inode number of the first PID namespace since there are any (PROC_PID_INIT_INO). */
enum { FIRST_PIDNS = 0xEFFFFFFC };

/* --- on and off --- */

static bool is_off(int sysfs, const char *path)
{
	scoped_str char *text = NULL;
	struct err ignored = { 0 };

	return fs_read_at(sysfs, path, &text, NULL, &ignored) == 0 && *text == '0';
}

static int explain(const char *name, bool on, struct err *e)
{
	scoped_str char *head =
		str_printf("poll %s %s", name, on ? "by kernel threads" : "in SoftIRQ again");

	if (e->code == ENOENT)
		return err_tell(e, EOPNOTSUPP, "%s: this needs Linux 5.12", head);
	if (e->code == EOPNOTSUPP)
		return err_tell(e, EOPNOTSUPP,
				"%s: it polls nothing now: a veth does so while it is up and has "
				"GRO on",
				head);
	return err_wrap(e, "%s", head);
}

/* By sysfs, as netlink takes it (napi-set) from Linux 6.17 on only. It is written also when it
 * reads the same: there the file does not tell what was set for one NAPI instance alone. */
int napi_set_threaded(struct net *n, enum net_side side, const char *name, bool on, struct err *e)
{
	scoped_str char *path = side_sysfs_path(name, "threaded");
	struct link_info l;

	if (link_get(side_socket(n, side), name, &l, e) < 0)
		return -1;

	scoped_fd int sysfs = side_sysfs(n, side, e);
	if (sysfs < 0)
		return -1;
	if (fs_write_at(sysfs, path, on ? "1" : "0", e) == 0)
		return 0;
	if (!on && e->code == EOPNOTSUPP && is_off(sysfs, path))
		return 0;
	return explain(name, on, e);
}

/* --- which they are --- */

/* Kernel threads have no number in any other; the kernel tells 0 there, or one that is not ours. */
static int check_pid_namespace(struct err *e)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) < 0)
		return err_set(e, errno, "look at own PID namespace");
	if (st.st_ino != FIRST_PIDNS)
		return err_tell(e, EOPNOTSUPP,
				"kernel threads are out of reach in this PID namespace; run nfrun "
				"in the machine's first one");
	return 0;
}

struct threads {
	pid_t *v;
	size_t n;
};

static void threads_drop(struct threads *t)
{
	free(t->v);
}

static void take_thread(struct nlmsghdr *h, void *arg)
{
	struct threads *t = arg;
	struct nlattr *pid = genl_attr(h, NETDEV_A_NAPI_PID);

	if (!pid)
		return;
	t->v = mem_grow(t->v, t->n + 1, sizeof *t->v);
	t->v[t->n++] = (pid_t)nla_get_u32(pid);
}

int napi_threads(struct net *n, enum net_side side, const char *name, pid_t **tids, size_t *n_tids,
		 struct err *e)
{
	scoped(threads_drop) struct threads t = { 0 };
	scoped_batch struct nl_batch b = { 0 };
	scoped_genl struct genl netdev = { 0 };
	struct link_info l;

	if (link_get(side_socket(n, side), name, &l, e) < 0 || check_pid_namespace(e) < 0 ||
	    genl_open(n, side, "netdev", &netdev, e) < 0)
		return -1;

	struct nl_msg *m = genl_add(&b, &netdev, NETDEV_CMD_NAPI_GET, NLM_F_DUMP,
				    str_printf("list the kernel threads of %s", name));
	nl_put_u32(m, NETDEV_A_NAPI_IFINDEX, (uint32_t)l.index);
	if (nl_get(netdev.sk, &b, take_thread, &t, e) < 0)
		return e->code != EOPNOTSUPP ? -1
					     : err_tell(e, EOPNOTSUPP,
							"%s: this kernel does not tell; Linux 6.8 "
							"does",
							b.v[0].what);
	*tids = t.v;
	*n_tids = t.n;
	t = (struct threads){ 0 };
	return 0;
}
