/* SPDX-License-Identifier: Apache-2.0 */
/* The way back of a lent device. */
#include "netns/link.h"
#include "netns/net.h"
#include "netns/netdev_find.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

/* 1: there it is. After a crash in the middle of lending, only names and MAC tell; a move whose
 * rename failed has left it there under its old name. */
static int find_inside(struct net *n, const struct netdev *d, struct netdev_found *out,
		       struct err *e)
{
	const char *const names[] = { d->inside, d->name };
	const size_t n_names = d->inside_index ? 1 : ARRAY_LEN(names);

	for (size_t i = 0; n->guest && i < n_names; i++) {
		struct err why = { 0 };

		if (netdev_find(n->guest, names[i], d->inside_index, out, &why) == 0) {
			if (netdev_is_same(d, &out->d) &&
			    (d->inside_index || netdev_same_text(d->mac, out->d.mac)))
				return 1;
		} else if (why.code != ENODEV) {
			*e = why;
			return -1;
		}
	}
	return 0;
}

/* 1: there it is. Of virtual devices, only the MAC tells ours from one made later under its name.
 * Hardware comes back a moment after its namespace went: the kernel has a worker
 * for that. */
static int find_on_host(struct net *n, const struct netdev *d, struct netdev_found *out,
			struct err *e)
{
	const bool is_hardware = d->perm_mac || d->parent;
	const struct timespec nap = { .tv_nsec = 20 * 1000000L };
	struct err why = { 0 };

	if (netdev_find(n->host, d->name, 0, out, &why) == 0 && netdev_is_same(d, &out->d) &&
	    (is_hardware || netdev_same_text(d->mac, out->d.mac)))
		return 1;
	for (int tries = 0; is_hardware && tries < 100; tries++) {
		int r = netdev_hunt(n->host, d, out, e);

		if (r != 0)
			return r;
		nanosleep(&nap, NULL);
	}
	return 0;
}

static int rename_on_host(struct net *n, int index, const char *name, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	const struct ifinfomsg down = { .ifi_index = index, .ifi_change = IFF_UP };
	const struct ifinfomsg ifi = { .ifi_index = index };

	nl_header(nl_add(&b, RTM_SETLINK, 0, str_printf("set %s down", name)), &down, sizeof down);

	struct nl_msg *m = nl_add(&b, RTM_SETLINK, 0, str_printf("rename it to %s", name));
	nl_header(m, &ifi, sizeof ifi);
	nl_put_text(m, IFLA_IFNAME, name);
	return nl_run(n->host, &b, e);
}

static void put_mac(struct nl_msg *m, const char *mac)
{
	uint8_t bytes[32];
	size_t n = 0;

	for (char *end = NULL; n < sizeof bytes && *mac; mac = *end ? end + 1 : end) {
		bytes[n++] = (uint8_t)strtoul(mac, &end, 16);
		if (end == mac)
			break;
	}
	nl_put(m, IFLA_ADDRESS, bytes, n);
}

/* What the container may have changed. One request each, as drivers refuse some. */
static int restore(struct net *n, const struct netdev *d, struct err *e)
{
	scoped_batch struct nl_batch b = { 0 };
	scoped_found struct netdev_found now = { 0 };

	if (netdev_find(n->host, d->name, 0, &now, e) < 0)
		return -1;
	if (d->mac && !netdev_same_text(d->mac, now.d.mac))
		put_mac(link_add_change(&b, d->name, str_printf("set MAC %s", d->mac)), d->mac);
	if (d->mtu != now.d.mtu)
		nl_put_u32(link_add_change(&b, d->name, str_printf("set MTU %u", d->mtu)), IFLA_MTU,
			   d->mtu);
	if (!netdev_same_text(d->alias, now.d.alias)) {
		const char *alias = d->alias ? d->alias : "";

		nl_put(link_add_change(&b, d->name, str_dup("set alias")), IFLA_IFALIAS, alias,
		       strlen(alias));
	}
	if (b.n > 0 && nl_run(n->host, &b, e) < 0)
		return -1;

	const struct netdev_addr_how how = {
		.index = now.index, .name = d->name, .labels = true, .forgive = EEXIST
	};
	return netdev_dress(n->host, d, &how, d->flags, e);
}

/* Better under another name than lost. */
static int give_back_as_other(struct net *n, int index, int home, struct err *e)
{
	char other[IFNAMSIZ];

	if (netdev_fill_number(n->host, "dev%d", other, e) < 0 ||
	    netdev_move(n->guest, index, other, home, e) < 0)
		return -1;
	return err_tell(e, EEXIST,
			"the host has another device of that name by now: given back as "
			"%s, without its addresses",
			other);
}

static int move_back(struct net *n, const struct netdev *d, int index, struct err *e)
{
	scoped_fd int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	bool taken = false;

	if (home < 0)
		return err_set(e, errno, "open own network namespace");
	if (netdev_is_taken(n->host, d->name, &taken, e) < 0)
		return -1;
	if (taken)
		return give_back_as_other(n, index, home, e);
	return netdev_move(n->guest, index, d->name, home, e);
}

static int give_back(struct net *n, const struct netdev *d, struct err *e)
{
	scoped_found struct netdev_found f = { 0 };
	int there = find_inside(n, d, &f, e);

	if (there < 0)
		return -1;
	if (there)
		return move_back(n, d, f.index, e) < 0 ? -1 : restore(n, d, e);
	there = find_on_host(n, d, &f, e);
	if (there <= 0)
		return there;
	if (strcmp(f.d.name, d->name) != 0 && rename_on_host(n, f.index, d->name, e) < 0)
		return -1;
	return restore(n, d, e);
}

int netdev_give_back(struct net *n, const struct netdev *d, struct err *e)
{
	return give_back(n, d, e) < 0 ? err_wrap(e, "network device %s", d->name) : 0;
}
