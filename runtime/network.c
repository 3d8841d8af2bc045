/* SPDX-License-Identifier: Apache-2.0 */
/* The network step: bridges and ports of one container. */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/life.h"
#include "runtime/netdevs.h"
#include "runtime/network_home.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { NAME_ATTEMPTS = 16 };

static void plan_name(const struct container *c, struct record_port *p, unsigned attempt)
{
	ifname_host(p->host_name, c->id, p->name, attempt);
}

int network_plan(struct container *c, struct err *e)
{
	spec_derive_macs(c->spec, c->id);
	if (network_here(&c->rec.host_netns, e) < 0)
		return -1;
	c->rec.n_ports = 0;
	strs_free(&c->rec.bridges);
	for (size_t i = 0; i < c->spec->n_bridges; i++)
		strs_add(&c->rec.bridges, c->spec->bridges[i].name);
	for (size_t i = 0; i < c->spec->n_ports; i++) {
		const struct spec_port *s = &c->spec->ports[i];
		struct record_port p = { 0 };

		memcpy(p.name, s->name, sizeof p.name);
		memcpy(p.bridge, s->bridge, sizeof p.bridge);
		plan_name(c, &p, 0);
		record_add_port(&c->rec, &p);
		if (!strs_has(&c->rec.bridges, s->bridge))
			strs_add(&c->rec.bridges, s->bridge);
	}
	return 0;
}

/* Between "is there a port left" and "delete the bridge" nobody may plug one in. One lock for the
 * bridges of a state root. */
static int lock_bridges(const struct container *c, struct err *e)
{
	scoped_fd int fd = fs_open_at(c->root_fd, ".bridges.lock", O_RDWR | O_CREAT, 0600, e);

	if (fd < 0)
		return -1;
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_set(e, errno, "lock bridges");
	return fd_take(&fd);
}

static struct bridge_spec bridge_of(const struct container *c, const char *name)
{
	for (size_t i = 0; i < c->spec->n_bridges; i++) {
		const struct spec_bridge *b = &c->spec->bridges[i];

		if (strcmp(b->name, name) == 0)
			return (struct bridge_spec){ .name = b->name,
						     .create = b->create,
						     .mtu = b->mtu,
						     .mac = b->has_mac ? b->mac : NULL,
						     .addrs = b->addrs,
						     .n_addrs = b->n_addrs };
	}
	return (struct bridge_spec){ .name = name,
				     .create = true }; /* not listed: made on demand */
}

static int ensure_bridges(struct container *c, struct err *e)
{
	for (size_t i = 0; i < c->rec.bridges.n; i++) {
		struct bridge_spec b = bridge_of(c, c->rec.bridges.v[i]);
		bool made;

		if (bridge_ensure(c->net, &b, c->rec.bridge_mark, &made, e) < 0)
			return -1;
	}
	return 0;
}

/* struct route_spec mirrors struct spec_route: netns/ knows nothing of descriptions. The caller
 * frees. */
static struct route_spec *routes_of(const struct spec_port *s)
{
	struct route_spec *r = mem_alloc(s->n_routes * sizeof *r);

	for (size_t i = 0; i < s->n_routes; i++)
		r[i] = (struct route_spec){ .to = s->routes[i].to,
					    .via = s->routes[i].via,
					    .metric = s->routes[i].metric,
					    .onlink = s->routes[i].onlink };
	return r;
}

/* The record says which name before the link is made; when the name is somebody else's, the next.
 */
static int create_port(struct container *c, const struct port_spec *p, struct record_port *rec,
		       struct err *e)
{
	for (unsigned attempt = 1;; attempt++) {
		if (port_create(c->net, p, rec->host_name, e) == 0)
			return 0;
		if (e->code != EEXIST || attempt == NAME_ATTEMPTS)
			return -1;
		plan_name(c, rec, attempt);
		if (record_save(c->dir_fd, &c->rec, e) < 0)
			return -1;
	}
}

static int plug(struct container *c, size_t i, struct err *e)
{
	const struct spec_port *s = &c->spec->ports[i];
	scoped_str char *alias = str_printf("nfrun %s %s", c->id, s->name);
	struct route_spec *routes = routes_of(s);
	struct port_spec p = { .name = s->name,
			       .bridge = s->bridge,
			       .mtu = s->mtu,
			       .addrs = s->addrs,
			       .n_addrs = s->n_addrs,
			       .routes = routes,
			       .n_routes = s->n_routes,
			       .dad = s->dad,
			       .mark = c->rec.mark,
			       .alias = alias };

	memcpy(p.mac, s->mac, sizeof p.mac);
	int r = create_port(c, &p, &c->rec.ports[i], e);
	if (r == 0)
		r = port_configure(c->net, &p, e);
	free(routes);
	return r;
}

static int open_guest(const struct container *c, struct err *e)
{
	char path[40];

	snprintf(path, sizeof path, "/proc/%d/ns/net", c->rec.init.pid);
	return fs_open_at(AT_FDCWD, path, O_RDONLY, 0, e);
}

/* A namespace that was given by its path may be anybody's. */
static int check_not_the_hosts(int netns, struct err *e)
{
	struct stat host, guest;

	if (stat("/proc/self/ns/net", &host) < 0 || fstat(netns, &guest) < 0)
		return err_set(e, errno, "look at network namespaces");
	if (host.st_dev != guest.st_dev || host.st_ino != guest.st_ino)
		return 0;
	return err_set(
		e, 0,
		"the network namespace to be joined is the host's own, which gets no interfaces");
}

static int open_sockets(struct container *c, int netns, struct err *e)
{
	net_free(c->net);
	c->net = NULL;
	if (net_open_host(&c->net, e) < 0)
		return -1;
	return net_open_guest(c->net, netns, e);
}

static void note_warning(struct container *c, const char *warning)
{
	if (warning && !strs_has(&c->rec.warnings, warning))
		strs_add(&c->rec.warnings, warning);
}

static int plug_all(struct container *c, struct err *e)
{
	if (c->rec.bridges.n == 0)
		return 0;

	scoped_fd int lock = lock_bridges(c, e);

	if (lock < 0 || ensure_bridges(c, e) < 0)
		return -1;
	for (size_t i = 0; i < c->spec->n_ports; i++)
		if (plug(c, i, e) < 0)
			return err_wrap(e, "interface %s", c->spec->ports[i].name);
	note_warning(c, c->spec->n_ports > 0 ? bridge_netfilter_warning() : NULL);
	return 0;
}

/* The loopback of a namespace that others made is theirs. Most OCI containers have no links, and
 * for them the host's side is not looked at. */
int network_apply(struct container *c, struct err *e)
{
	bool is_new = c->spec->namespaces & CLONE_NEWNET;
	bool plain = c->spec->n_ports == 0 && c->rec.bridges.n == 0 && c->spec->n_net_devices == 0;

	if (!is_new && plain)
		return 0;

	scoped_fd int netns = open_guest(c, e);
	if (netns < 0 || (!is_new && check_not_the_hosts(netns, e) < 0))
		return -1;
	if (plain)
		return net_loopback_up_in(netns, e);
	if (open_sockets(c, netns, e) < 0 || (is_new && net_loopback_up(c->net, e) < 0))
		return -1;
	return plug_all(c, e) < 0 ? -1 : netdevs_lend(c, e);
}

/* With the bridges whose last ports these are, in one go. */
static int delete_ports(struct container *c, struct err *e)
{
	if (c->rec.mark == 0)
		return 0;
	for (size_t i = 0; i < c->rec.bridges.n; i++)
		if (bridge_bequeath(c->net, c->rec.bridges.v[i], c->rec.bridge_mark, c->rec.mark,
				    e) < 0)
			return -1;
	return ports_delete(c->net, c->rec.mark, e);
}

static int undo_here(struct container *c, struct err *e)
{
	if (netdevs_give_back(c, e) < 0)
		return -1;
	if (c->rec.mark == 0 && c->rec.bridges.n == 0)
		return 0;
	if (!c->net && net_open_host(&c->net, e) < 0)
		return -1;

	scoped_fd int lock = lock_bridges(c, e);
	if (lock < 0 || delete_ports(c, e) < 0)
		return -1;
	/* What a crash left without any port. */
	for (size_t i = 0; i < c->rec.bridges.n; i++)
		if (bridge_release(c->net, c->rec.bridges.v[i], c->rec.bridge_mark, e) < 0)
			return -1;
	return 0;
}

/* The links are where they were made. Somewhere else, a deletion by mark would hit strangers or
 * miss. */
int network_revert(struct container *c, struct err *e)
{
	struct err lost = { 0 };
	bool gone = false;
	int back = -1;

	if (c->rec.mark == 0 && c->rec.bridges.n == 0 && c->rec.net_devices.n == 0)
		return 0;
	if (network_go_home(&c->rec, &back, &gone, e) < 0)
		return -1;
	if (gone)
		netdevs_forget(c);

	int r = gone ? 0 : undo_here(c, e);
	if (network_return(&back, r ? &lost : e) < 0)
		r = -1;
	return r;
}
