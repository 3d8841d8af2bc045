/* SPDX-License-Identifier: Apache-2.0 */
/* The host ends, watched in whichever network namespace they are. */
#include "runtime/base/scope.h"
#include "runtime/event_watch.h"
#include "netns/packet.h"
#include "runtime/network_home.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

/* A link that is deleted because its process has ended says nothing new. */
static bool tells_of_itself(const struct followed *it, const struct port_link *now)
{
	return it->v.status == STATUS_RUNNING && (now || proc_id_alive(&it->v.init));
}

void followed_look_at_links(struct follower *f, struct followed *it, const char *host_name)
{
	for (size_t i = 0; it->home && i < it->v.n_links; i++) {
		struct event_link *l = &it->v.links[i];
		struct port_link now;
		struct err e = { 0 };

		if (host_name && strcmp(host_name, l->host_name) != 0)
			continue;
		int r = port_link_read(it->home->net, l->host_name, &now, &e);
		if (r < 0 && e.code != ENODEV)
			continue;
		if (tells_of_itself(it, r < 0 ? NULL : &now))
			event_vnf_link(&it->v, l, r < 0 ? NULL : &now, &f->out);
	}
}

struct changed {
	struct follower *f;
	struct event_home *home;
};

static void changed(const char *name, void *arg)
{
	struct changed *c = arg;

	if (!*name)
		event_notice(
			c->f, NULL,
			"more links changed than the kernel could tell of; all were looked at");
	for (size_t i = 0; i < c->f->n; i++)
		if (c->f->v[i]->home == c->home)
			followed_look_at_links(c->f, c->f->v[i], *name ? name : NULL);
}

static int links_ready(struct follower *f, void *arg, uint32_t events, struct err *e)
{
	struct changed c = { f, arg };

	(void)events;
	return net_watch_read(c.home->links.fd, changed, &c, e);
}

static int open_home(struct follower *f, struct event_home *h, const struct record *r,
		     struct err *e)
{
	int back = -1;
	bool gone = false;

	if (network_go_home(r, &back, &gone, e) < 0)
		return -1;
	int rc =
		gone ? err_set(e, 0, "their network namespace is gone") : net_open_host(&h->net, e);
	if (rc == 0) {
		h->links = (struct event_source){ net_watch_open(h->net, NET_HOST, e), links_ready,
						  h };
		rc = h->links.fd < 0 ? -1 : event_source_add(f, &h->links, EPOLLIN, e);
	}
	struct err lost = { 0 };
	return network_return(&back, rc == 0 ? e : &lost) < 0 ? -1 : rc;
}

static void home_free(struct event_home *h)
{
	event_source_drop(&h->links);
	net_free(h->net);
	free(h);
}

void event_homes_free(struct follower *f)
{
	while (f->homes) {
		struct event_home *h = f->homes;

		f->homes = h->next;
		home_free(h);
	}
}

static struct event_home *make_home(struct follower *f, const struct record *r, const char *name)
{
	struct event_home *h = mem_alloc(sizeof *h);
	struct err e = { 0 };

	h->cookie = r->host_netns;
	h->links.fd = -1;
	if (open_home(f, h, r, &e) < 0) {
		scoped_str char *text = str_printf("changes of its links are not told: %s%s%s",
						   e.text, err_colon(&e), err_cause(&e));

		event_notice(f, name, text);
		home_free(h);
		return NULL;
	}
	h->next = f->homes;
	f->homes = h;
	return h;
}

void followed_find_home(struct follower *f, struct followed *it, const struct record *r)
{
	struct event_home *h = f->homes;

	if (r->n_ports == 0 || r->status != STATUS_RUNNING || r->of_past_boot)
		return;
	while (h && h->cookie != r->host_netns)
		h = h->next;
	it->home = h ? h : make_home(f, r, it->v.name);
}
