/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_NETDEVS_H
#define NFRUN_RUNTIME_NETDEVS_H

/* The host's devices that a container was lent (linux.netDevices), as part of the network step.
 *
 * The record holds what each was on the host before it is moved. A bind mount of the container's
 * network namespace at ROOT/ID/netns, made before the first device goes in, keeps the namespace
 * until they are back out: without it, a virtual device would end with the container's last
 * process, and hardware would come back with the name and MAC it had inside. So it is there only
 * for containers that have such devices. Where that mount is not to be seen (`delete` in another
 * mount namespace) the living process leads to the namespace; without that, what the kernel gave
 * back is found and put right, and a virtual device is gone. */

#include "runtime/container.h"

/* c->net has both sides. */
int netdevs_lend(struct container *c, struct err *e);

/* The calling thread is in the network namespace that plays the host. Each device is tried, the
 * first error is told; what is back is out of the record. */
int netdevs_give_back(struct container *c, struct err *e);

/* Let the namespace go, devices and all: there is no host to give them back to. */
void netdevs_forget(const struct container *c);

#endif
