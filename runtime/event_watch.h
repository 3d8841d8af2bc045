/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_EVENT_WATCH_H
#define NFRUN_RUNTIME_EVENT_WATCH_H

/* Following the containers of a state root: the loop and its sources. Used by the files named
 * event_* only. */

#include "runtime/event_parts.h"

struct follower;

/* Something that becomes readable. */
struct event_source {
	int fd; /* -1: none */
	int (*ready)(struct follower *f, void *arg, uint32_t events, struct err *e);
	void *arg;
};
int event_source_add(struct follower *f, struct event_source *s, uint32_t events, struct err *e);
void event_source_drop(struct event_source *s); /* closes it */

/* A network namespace that plays the host for some of them. */
struct event_home {
	uint64_t cookie;
	struct net *net;
	struct event_source links;
	struct event_home *next;
};

struct followed {
	struct event_vnf v;
	int dir_wd;                     /* inotify's number of its state directory; -1: none */
	struct cgroup *group;           /* watched, while it runs; else NULL */
	struct event_home *home;        /* NULL: no links, or not to be reached */
	struct event_source process;    /* pidfd: an OCI container's process */
	struct event_source supervisor; /* pidfd: a VNF's */
	int64_t check_at; /* when to look whether its supervisor is missed, ms; 0: not */
	int64_t look_at;  /* when to look at its counters again, ms; 0: not */
	int64_t wait_at;  /* an OCI container's end: when to stop waiting for its status */
};

struct follower {
	const char *root;
	const struct event_how *how;
	struct event_out out;
	int epoll;
	struct event_source inotify, signals, reader;
	struct event_source groups; /* the descriptors are the watch's */
	int root_wd;
	struct cgroup_watch *watch;
	struct event_home *homes;
	struct followed **v;
	size_t n;
	struct strs notices; /* those that are said once */
	bool over;
	struct err failed; /* set: writing did */
};

int64_t event_now_ms(void);
void event_stamp(struct follower *f); /* what is told from here on happens now */
void event_notice(struct follower *f, const char *about,
		  const char *text); /* ABOUT: NULL or a VNF */

/* --- event_root.c --- */

/* Make the state root if there is none. */
int event_root_watch(struct follower *f, struct err *e);
int event_root_ready(struct follower *f, void *arg, uint32_t events, struct err *e);
/* By what is there, whatever has been told. FIRST: it was there before us. */
void event_root_scan(struct follower *f, bool first);
struct followed *event_root_find(const struct follower *f, const char *name);
/* Forget those that are deleted. */
void event_root_drop_gone(struct follower *f);

/* --- event_follow.c: one of them --- */

/* Read again what there is of it; FIRST: it was there before us. */
void followed_refresh(struct follower *f, struct followed *it, bool first);
void followed_free(struct follower *f, struct followed *it);
/* Look at its counters. */
void followed_look(struct follower *f, struct followed *it);
/* What was to be done at a certain time and is due now. */
void followed_tick(struct follower *f, struct followed *it);
int64_t followed_due(const struct followed *it); /* INT64_MAX: never */

/* --- event_links.c --- */

void followed_find_home(struct follower *f, struct followed *it, const struct record *r);
void followed_look_at_links(struct follower *f, struct followed *it, const char *host_name);
void event_homes_free(struct follower *f);

#endif
