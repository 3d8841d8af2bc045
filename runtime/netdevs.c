/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/netdevs.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/network_home.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#define KEPT "netns" /* in the container's state directory */

/* --- the namespace --- */

/* Moved to where it is, a device would just be renamed on the host. */
static int check_own_namespace(const struct container *c, struct err *e)
{
	uint64_t host = 0, guest = 0;

	if (network_here(&host, e) < 0 || net_guest_cookie(c->net, &guest, e) < 0)
		return -1;
	if (host == guest)
		return err_tell(e, EINVAL,
				"linux.netDevices: the container has the host's network "
				"namespace; give it one of its own in linux.namespaces");
	return 0;
}

static int keep_namespace(const struct container *c, struct err *e)
{
	scoped_fd int file = fs_open_at(c->dir_fd, KEPT, O_RDONLY | O_CREAT | O_NOFOLLOW, 0400, e);
	char from[40], to[40];

	if (file < 0)
		return -1;
	snprintf(from, sizeof from, "/proc/%d/ns/net", c->rec.init.pid);
	snprintf(to, sizeof to, "/proc/self/fd/%d", file);
	if (mount(from, to, NULL, MS_BIND, NULL) < 0)
		return err_set(e, errno, "keep the network namespace: bind mount at %s/%s/%s",
			       c->root, c->id, KEPT);
	return 0;
}

void netdevs_forget(const struct container *c)
{
	char path[48];

	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", c->dir_fd, KEPT);
	(void)umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW); /* never mounted, or not to be seen */
	(void)unlinkat(c->dir_fd, KEPT, 0);
}

static bool is_namespace(int fd)
{
	struct statfs fs;

	return fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC;
}

/* -1: it is gone, or out of reach. */
static int open_namespace(const struct container *c)
{
	struct err ignored = { 0 };
	scoped_fd int kept = fs_open_at(c->dir_fd, KEPT, O_RDONLY | O_NOFOLLOW, 0, &ignored);
	char path[40];

	if (is_namespace(kept))
		return fd_take(&kept);
	if (!proc_id_alive(&c->rec.init))
		return -1;
	snprintf(path, sizeof path, "/proc/%d/ns/net", c->rec.init.pid);
	return fs_open_at(AT_FDCWD, path, O_RDONLY, 0, &ignored);
}

/* --- lending --- */

static int lend(struct container *c, const struct spec_net_device *s, struct err *e)
{
	struct netdev d = { 0 };

	if (netdev_look(c->net, s->name, s->rename, &d, e) < 0) {
		netdev_drop(&d);
		return -1;
	}
	record_add_net_device(&c->rec, &d);

	struct netdev *mine = &c->rec.net_devices.v[c->rec.net_devices.n - 1];
	if (record_save(c->dir_fd, &c->rec, e) < 0)
		return -1;
	if (c->rec.net_devices.n == 1 && keep_namespace(c, e) < 0)
		return -1;
	if (netdev_lend(c->net, mine, e) < 0)
		return -1;
	return record_save(c->dir_fd, &c->rec, e);
}

int netdevs_lend(struct container *c, struct err *e)
{
	const struct spec *s = c->spec;

	if (s->n_net_devices == 0)
		return 0;
	if (check_own_namespace(c, e) < 0)
		return -1;
	for (size_t i = 0; i < s->n_net_devices; i++)
		if (lend(c, &s->net_devices[i], e) < 0)
			return -1;
	return 0;
}

/* --- giving back --- */

static int give_back_all(struct container *c, struct net *n, struct err *e)
{
	struct netdevs *all = &c->rec.net_devices;
	size_t kept = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct err why = { 0 };

		if (netdev_give_back(n, &all->v[i], &why) == 0) {
			netdev_drop(&all->v[i]);
			continue;
		}
		if (kept == 0)
			*e = why;
		all->v[kept++] = all->v[i];
	}
	all->n = kept;
	return kept > 0 ? -1 : 0;
}

int netdevs_give_back(struct container *c, struct err *e)
{
	struct net *n = NULL;
	int r = -1;

	if (c->rec.net_devices.n == 0)
		return 0;

	/* Sockets of their own: c->net may be of a time when the caller was elsewhere. */
	scoped_fd int ns = open_namespace(c);
	if (net_open_host(&n, e) == 0 && (ns < 0 || net_open_guest(n, ns, e) == 0))
		r = give_back_all(c, n, e);
	net_free(n);
	if (r < 0)
		return -1;
	netdevs_forget(c);
	return record_save(c->dir_fd, &c->rec, e);
}
