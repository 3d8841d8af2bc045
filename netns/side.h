/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_NETNS_SIDE_H
#define NFRUN_NETNS_SIDE_H

/* The two sides of a struct net: the calling thread's network namespace, and the guest's. */

#include "netns/net.h"
#include "netns/packet.h"

struct nl_sock *side_socket(const struct net *n, enum net_side side); /* rtnetlink; N's still */

/* What has to be done by a thread that is in the namespace: sockets and sysfs mounts belong to the
 * one they were made in, for ever. */
typedef int side_work(void *arg, struct err *e);

/* Do WORK with the calling thread inside NETNS_FD for the moment; returns what it does. */
int netns_do(int netns_fd, side_work *work, void *arg, struct err *e);
int side_do(const struct net *n, enum net_side side, side_work *work, void *arg, struct err *e);

/* A sysfs that shows that side's links, below "class/net": attached nowhere, so that it goes with
 * the descriptor, which the caller closes. */
int side_sysfs(const struct net *n, enum net_side side, struct err *e);

/* "class/net/NAME/FILE"; the caller frees. */
char *side_sysfs_path(const char *name, const char *file);

#endif
