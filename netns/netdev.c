/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/netdev.h"
#include "netns/link.h"
#include "netns/net.h"
#include "netns/netdev_find.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static int choose_inside(struct net *n, const char *wanted, char out[IFNAMSIZ], struct err *e)
{
	bool taken = false;

	if (strchr(wanted, '%'))
		return netdev_fill_number(n->guest, wanted, out, e);
	snprintf(out, IFNAMSIZ, "%s", wanted);
	if (netdev_is_taken(n->guest, wanted, &taken, e) < 0)
		return -1;
	if (taken)
		return err_tell(e, EEXIST,
				"the container's network namespace has a device %s "
				"already",
				wanted);
	return 0;
}

static int check_lendable(struct net *n, const struct netdev_found *f, struct err *e)
{
	struct link_info master = { .name = "another device" };
	struct err ignored = { 0 };

	if (f->flags & IFF_LOOPBACK)
		return err_tell(e, EINVAL,
				"the loopback cannot be moved: every network namespace "
				"has its own");
	if (f->master == 0)
		return 0;
	(void)link_get_index(n->host, f->master, &master, &ignored); /* its name is for people */
	return err_tell(e, EBUSY, "it is a port of %s; take it out first: ip link set %s nomaster",
			master.name, f->d.name);
}

int netdev_look(struct net *n, const char *name, const char *inside, struct netdev *out,
		struct err *e)
{
	scoped_found struct netdev_found f = { 0 };

	assert(n->guest);
	*out = (struct netdev){ 0 };
	if (netdev_find(n->host, name, 0, &f, e) < 0)
		return e->code != ENODEV ? -1
					 : err_tell(e, ENODEV,
						    "network device %s: the host "
						    "has none of that name",
						    name);
	if (check_lendable(n, &f, e) < 0 ||
	    choose_inside(n, inside[0] ? inside : f.d.name, f.d.inside, e) < 0 ||
	    netdev_addrs_read(n->host, f.index, &f.d.addrs, e) < 0)
		return err_wrap(e, "network device %s", name);
	*out = f.d;
	f.d = (struct netdev){ 0 };
	return 0;
}

static int lend(struct net *n, struct netdev *d, struct err *e)
{
	scoped_found struct netdev_found host = { 0 }, guest = { 0 };

	if (netdev_find(n->host, d->name, 0, &host, e) < 0 ||
	    netdev_move(n->host, host.index, d->inside, n->guest_ns, e) < 0 ||
	    netdev_find(n->guest, d->inside, 0, &guest, e) < 0)
		return -1;
	d->inside_index = guest.index;

	const struct netdev_addr_how how = { .index = guest.index, .name = d->inside };
	return netdev_dress(n->guest, d, &how, d->flags | IFF_UP, e);
}

int netdev_lend(struct net *n, struct netdev *d, struct err *e)
{
	return lend(n, d, e) < 0 ? err_wrap(e, "network device %s", d->name) : 0;
}
